package api

import (
	"context"
	"encoding/json"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/server/api/wire"
	"paceline/store"
	"paceline/tenant"
)

type OwnConnectorPath struct {
	Connector string `path:"connector" doc:"Id of the connector."`
}

type ownConnectorIn struct {
	Definition    wire.Opt[string] `doc:"YAML or JSON text, in the format of the schema."`
	ReleaseStatus wire.Opt[string] `doc:"Draft or Live. A draft is replaced by the next change; a live one gets another release."`
}

type ownConnectorInput struct {
	Body *wire.Body[ownConnectorIn]
}

type ownConnectorUpdateInput struct {
	OwnConnectorPath
	Body *wire.Body[ownConnectorIn]
}

// ownConnectorOut is a connector of the partner with its definition.
type ownConnectorOut struct {
	Id               int32
	Name             string
	UniqueIdentifier string
	ReleaseStatus    string `enum:"Draft,Live"`
	CreatedOnUtc     wire.Time
	Release          int    `doc:"Counts releases."`
	Definition       string `doc:"As it was sent."`
}

type checkedOut struct {
	Problems   []problemOut
	Definition json.RawMessage `doc:"As JSON; null while there are errors."`
}

type problemOut struct {
	Line    int `doc:"Counts from 1; 0 for the whole."`
	Message string
	Remedy  string
	Warning bool
}

// triedOut is where a connector is tried.
type triedOut struct {
	AccountId          string `doc:"API id of the workshop, the account in which templates and connectors are tried."`
	AccountConnectorId int32
}

type workshopOut struct {
	AccountId string `doc:"API id of the workshop, whose connectors are the template connectors."`
}

func (a *API) ownConnectors() {
	owned := []IDParam{{In: "path", Name: "connector", Owner: "partner"}}
	route := func(id, method, path, summary string, right paceline.RightLevel, ids []IDParam) Route {
		return Route{ID: "OwnConnectors_" + id, Method: method, Path: "/customconnectors" + path, Tag: customConnectorsTag, Level: Partner, Extension: true,
			Summary: summary, IDs: ids, Right: tenant.AreaConnectors, RightAs: right, MaxBody: maxDefinition}
	}
	add(a, route("All_GET", http.MethodGet, "", "List the connectors that the partner has made for all its accounts.", paceline.ViewRight, nil), a.ownConnectorList)
	add(a, route("Create_POST", http.MethodPost, "", "Make a connector for all accounts.", paceline.EditRight, nil), a.ownConnectorCreate)
	add(a, route("Check_POST", http.MethodPost, "/check", "Say what is wrong with a definition, by line; nothing is stored.", paceline.ViewRight, nil), a.ownConnectorCheck)
	addRaw(a, route("Schema_GET", http.MethodGet, "/schema", "Get the JSON Schema of definitions.", paceline.ViewRight, nil), a.ownConnectorSchema)
	add(a, route("Get_GET", http.MethodGet, "/{connector}", "Get a connector with its definition.", paceline.ViewRight, owned), a.ownConnectorGet)
	add(a, route("Update_PUT", http.MethodPut, "/{connector}", "Give a connector another definition; what is installed keeps its release.", paceline.EditRight, owned), a.ownConnectorUpdate)
	addEmpty(a, route("Delete_DELETE", http.MethodDelete, "/{connector}", "Offer a connector no more; what is installed keeps working.", paceline.EditRight, owned), a.ownConnectorDelete)
	add(a, route("Try_POST", http.MethodPost, "/{connector}/try", "Put the newest release, be it a draft, into the workshop, where its methods can be called.", paceline.EditRight, owned), a.ownConnectorTry)
	add(a, Route{ID: "Templates_Workshop_POST", Method: http.MethodPost, Path: "/templates/workshop", Tag: templatesTag, Level: Partner, Extension: true,
		Right: tenant.AreaTemplates, RightAs: paceline.EditRight, Summary: "Get the account in which templates are designed; it is made the first time."}, a.workshop)
}

// ofPartner is the owner of what belongs to a partner and to none of its accounts.
func ofPartner(c *Call) paceline.Account { return paceline.Account{Partner: c.Principal.Partner} }

func (a *API) ownConnectorList(ctx context.Context, c *Call, in *PageInput) ([]customListOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	l, err := a.Catalog.CustomConnectors(ctx, c.Principal, ofPartner(c), page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, customListWire), nil
}

func (a *API) ownConnectorCreate(ctx context.Context, c *Call, in *ownConnectorInput) (out ownConnectorOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	made, err := a.Catalog.CreateCustomConnector(ctx, c.Principal, ofPartner(c), []byte(body.Definition.Value), body.ReleaseStatus.Value)
	if err != nil {
		return out, err
	}
	return ownConnectorWire(made.CustomConnector), nil
}

func (a *API) ownConnectorUpdate(ctx context.Context, c *Call, in *ownConnectorUpdateInput) (out ownConnectorOut, err error) {
	id, err := number(in.Connector)
	if err != nil {
		return out, err
	}
	if _, err := a.Catalog.CustomConnector(ctx, c.Principal, ofPartner(c), id); err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	made, err := a.Catalog.UpdateCustomConnector(ctx, c.Principal, ofPartner(c), id, []byte(body.Definition.Value), body.ReleaseStatus.Value)
	if err != nil {
		return out, err
	}
	return ownConnectorWire(made.CustomConnector), nil
}

func (a *API) ownConnectorGet(ctx context.Context, c *Call, in *OwnConnectorPath) (out ownConnectorOut, err error) {
	id, err := number(in.Connector)
	if err != nil {
		return out, err
	}
	found, err := a.Catalog.CustomConnector(ctx, c.Principal, ofPartner(c), id)
	if err != nil {
		return out, err
	}
	return ownConnectorWire(found), nil
}

func ownConnectorWire(c store.CustomConnector) ownConnectorOut {
	l := customListWire(c)
	return ownConnectorOut{Id: l.Id, Name: l.Name, UniqueIdentifier: l.UniqueIdentifier, ReleaseStatus: l.ReleaseStatus, CreatedOnUtc: l.CreatedOnUtc,
		Release: c.Release, Definition: string(c.Source)}
}

func (a *API) ownConnectorDelete(ctx context.Context, c *Call, in *OwnConnectorPath) error {
	id, err := number(in.Connector)
	if err != nil {
		return err
	}
	return a.Catalog.DeleteCustomConnector(ctx, c.Principal, ofPartner(c), id)
}

func (a *API) ownConnectorCheck(ctx context.Context, c *Call, in *ownConnectorInput) (out checkedOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	checked, err := a.Catalog.CheckDefinition(ctx, c.Principal, []byte(body.Definition.Value))
	if err != nil {
		return out, err
	}
	return checkedWire(checked), nil
}

func checkedWire(c catalog.CheckedDefinition) checkedOut {
	return checkedOut{Definition: orNull(c.Document), Problems: translate(c.Problems, func(p connector.Problem) problemOut {
		return problemOut{Line: p.Line, Message: p.Message, Remedy: p.Remedy, Warning: p.Warning}
	})}
}

func (a *API) ownConnectorSchema(context.Context, *Call, *struct{}) ([]byte, error) {
	return connector.Schema(), nil
}

func (a *API) ownConnectorTry(ctx context.Context, c *Call, in *OwnConnectorPath) (out triedOut, err error) {
	id, err := number(in.Connector)
	if err != nil {
		return out, err
	}
	if _, err := a.Catalog.CustomConnector(ctx, c.Principal, ofPartner(c), id); err != nil {
		return out, err
	}
	account, err := a.Tenant.OpenWorkshop(ctx, c.Principal, tenant.AreaConnectors)
	if err != nil {
		return out, err
	}
	tried, err := a.Catalog.TryCustomConnector(ctx, c.Principal, account, id)
	if err != nil {
		return out, err
	}
	return triedOut{AccountId: account.APIID, AccountConnectorId: tried.ID}, nil
}

func (a *API) workshop(ctx context.Context, c *Call, _ *struct{}) (out workshopOut, err error) {
	account, err := a.Tenant.OpenWorkshop(ctx, c.Principal, tenant.AreaTemplates)
	return workshopOut{AccountId: account.APIID}, err
}
