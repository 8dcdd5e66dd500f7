package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
	"paceline/store"
)

const customConnectorsTag = "Custom connectors"

// maxDefinition caps a definition, in bytes.
const maxDefinition = 8 << 20

type customInput struct {
	Body *wire.Body[map[string]any]
}

type customUpdateInput struct {
	AccountConnectorPath
	Body *wire.Body[map[string]any]
}

// customListOut is a custom connector in a list.
type customListOut struct {
	Id               int32
	Name             string
	UniqueIdentifier string
	ReleaseStatus    string `enum:"Draft,Live"`
	CreatedOnUtc     wire.Time
}

type customOut struct {
	ConnectorOut
	NotUnderstood []string `doc:"Extension: what of the definition was left out."`
}

func (a *API) customConnectors() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	route := func(id, method, path, summary string, ids []IDParam) Route {
		return Route{ID: "CustomConnectors_" + id, Method: method, Path: "/account/connectors/custom" + path, Tag: customConnectorsTag, Level: Account, Summary: summary, IDs: ids, MaxBody: maxDefinition}
	}
	add(a, route("All_GET", http.MethodGet, "", "List the connectors that the account alone has.", nil), a.customList)
	add(a, route("Create_POST", http.MethodPost, "", "Make a connector of a definition, for the account alone.", nil), a.customCreate)
	addRaw(a, route("Get_GET", http.MethodGet, "/{id}", "Get the definition, as it was sent.", owned), a.customGet)
	add(a, route("Update_PUT", http.MethodPut, "/{id}", "Give a connector another definition; what is installed keeps its release.", owned), a.customUpdate)
	addEmpty(a, route("Delete_DELETE", http.MethodDelete, "/{id}", "Offer a connector no more; what is installed keeps working.", owned), a.customDelete)
}

func (a *API) customList(ctx context.Context, c *Call, in *PageInput) ([]customListOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	l, err := a.Catalog.CustomConnectors(ctx, c.Principal, c.Account, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, customListWire), nil
}

func customListWire(c store.CustomConnector) customListOut {
	status := paceline.ReleaseLive
	if c.Draft {
		status = paceline.ReleaseDraft
	}
	return customListOut{Id: c.ID, Name: c.Name, UniqueIdentifier: string(c.UID), ReleaseStatus: string(status), CreatedOnUtc: wire.FromMicros(c.CreatedAt)}
}

func (a *API) customCreate(ctx context.Context, c *Call, in *customInput) (customOut, error) {
	made, err := a.Catalog.CreateCustomConnector(ctx, c.Principal, c.Account, in.Body.Raw(), "")
	return customWire(made, err)
}

func (a *API) customUpdate(ctx context.Context, c *Call, in *customUpdateInput) (customOut, error) {
	id, err := number(in.ID)
	if err != nil {
		return customOut{}, err
	}
	made, err := a.Catalog.UpdateCustomConnector(ctx, c.Principal, c.Account, id, in.Body.Raw(), "")
	return customWire(made, err)
}

func (a *API) customGet(ctx context.Context, c *Call, in *AccountConnectorPath) ([]byte, error) {
	id, err := number(in.ID)
	if err != nil {
		return nil, err
	}
	return a.Catalog.CustomDefinition(ctx, c.Principal, c.Account, id)
}

func (a *API) customDelete(ctx context.Context, c *Call, in *AccountConnectorPath) error {
	id, err := number(in.ID)
	if err != nil {
		return err
	}
	return a.Catalog.DeleteCustomConnector(ctx, c.Principal, c.Account, id)
}

func customWire(c catalog.CustomConnector, err error) (customOut, error) {
	if err != nil {
		return customOut{}, err
	}
	return customOut{ConnectorOut: connectorWire(c.Connector), NotUnderstood: wire.List(c.Left)}, nil
}
