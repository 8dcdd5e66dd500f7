package api

import (
	"context"
	"slices"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
)

const accountConnectorsTag = "Account connectors"

type AccountConnectorPath struct {
	ID string `path:"id" doc:"Id of the account connector."`
}

type accountConnectorListInput struct {
	PageInput
	Search string `query:"search" doc:"Extension: a part of the name, or of the connector's, in any letter case." maxLength:"200"`
}

type accountConnectorIn struct {
	Name             wire.Opt[string]
	Description      wire.Opt[string]
	AuthenticationId wire.Opt[string] `doc:"Another than the present one drops the credential."`
	AuthValue        wire.Opt[string]
	// IsPartnerIntegrationConnector is the partner's alone to say.
	IsPartnerIntegrationConnector wire.Opt[bool] `doc:"Extension: whether it is the partner's own product. Only the partner may say so."`
}

type accountConnectorUpdateInput struct {
	AccountConnectorPath
	Body *wire.Body[accountConnectorIn]
}

type propertyListInput struct {
	AccountConnectorPath
	PageInput
}

type PropertyPath struct {
	AccountConnectorPath
	Property string `path:"property" doc:"Id of the property."`
}

type propertyCreateInput struct {
	AccountConnectorPath
	Body *wire.Body[propertyIn]
}

type propertyUpdateInput struct {
	PropertyPath
	Body *wire.Body[propertyIn]
}

func (a *API) accountConnectors() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	both := append(slices.Clone(owned), IDParam{In: "path", Name: "property", Owner: "account"})
	route := func(id, method, path, summary string, ids []IDParam) Route {
		return Route{ID: "AccountConnectors_" + id, Method: method, Path: "/account/connectors" + path, Tag: accountConnectorsTag, Level: Account, Summary: summary, IDs: ids}
	}
	add(a, route("All_GET", "GET", "", "List the account's connectors; a sub account's list has its parent's, too.", nil), a.accountConnectorList)
	add(a, route("Get_GET", "GET", "/{id}", "Get one account connector.", owned), a.accountConnectorGet)
	add(a, route("Update_PUT", "PUT", "/{id}", "Change name, description or credential; absent properties stay as they are.", owned), a.accountConnectorUpdate)
	addEmpty(a, route("Delete_DELETE", "DELETE", "/{id}", "Delete an account connector that no running cycle uses.", owned), a.accountConnectorDelete)
	add(a, route("Deauthenticate_PUT", "PUT", "/{id}/deauthenticate", "Drop the credential and stop the cycles that use it.", owned), a.accountConnectorDeauthenticate)
	forecast := route("Forecast_GET", "GET", "/{id}/forecast", "When the calls that are waiting will have been made, by the limits.", owned)
	forecast.Extension = true
	add(a, forecast, a.accountConnectorForecast)
	tools := route("Tools_GET", "GET", "/{id}/tools", "List the methods that agents may call on demand, with the JSON Schema of the call's body.", owned)
	tools.Extension = true
	add(a, tools, a.accountConnectorTools)
	upgrade := route("Upgrade_PUT", "PUT", "/{id}/upgrade", "Move an account connector to the live release of its connector; steps stay with theirs.", owned)
	upgrade.Extension = true
	add(a, upgrade, a.accountConnectorUpgrade)
	add(a, route("Properties_GET", "GET", "/{id}/properties", "List the properties; secret ones have no value.", owned), a.propertyList)
	add(a, route("CreateProperty_POST", "POST", "/{id}/properties", "Set a property by name.", owned), a.propertyCreate)
	add(a, route("Property_GET", "GET", "/{id}/properties/{property}", "Get one property.", both), a.propertyGet)
	add(a, route("UpdateProperty_PUT", "PUT", "/{id}/properties/{property}", "Change a property.", both), a.propertyUpdate)
	addEmpty(a, route("DeleteProperty_DELETE", "DELETE", "/{id}/properties/{property}", "Delete a property.", both), a.propertyDelete)
}

func (a *API) accountConnectorList(ctx context.Context, c *Call, in *accountConnectorListInput) ([]accountConnectorOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	l, err := a.Catalog.AccountConnectors(ctx, c.Principal, c.Account, in.Search, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, accountConnectorWire), nil
}

func (a *API) accountConnectorGet(ctx context.Context, c *Call, in *AccountConnectorPath) (out accountConnectorOut, err error) {
	id, err := number(in.ID)
	if err != nil {
		return out, err
	}
	ac, err := a.Catalog.AccountConnector(ctx, c.Principal, c.Account, id)
	if err != nil {
		return out, err
	}
	return accountConnectorWire(ac), nil
}

func (a *API) accountConnectorUpdate(ctx context.Context, c *Call, in *accountConnectorUpdateInput) (out accountConnectorOut, err error) {
	id, err := number(in.ID)
	if err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, a.orMissing(ctx, c, id, err)
	}
	description := body.Description.Ptr()
	if body.Description.Null {
		description = new(string)
	}
	ac, err := a.Catalog.UpdateAccountConnector(ctx, c.Principal, c.Account, id, catalog.AccountConnectorUpdate{
		Name: given(body.Name), Description: description, Authentication: body.AuthenticationId.Ptr(), AuthValue: body.AuthValue.Ptr(),
		Native: body.IsPartnerIntegrationConnector.Ptr(),
	})
	if err != nil {
		return out, err
	}
	return accountConnectorWire(ac), nil
}

// orMissing tells that the account connector does not exist, or is the parent's, rather than what is wrong with the body.
func (a *API) orMissing(ctx context.Context, c *Call, id int32, body error) error {
	switch ac, err := a.Catalog.AccountConnector(ctx, c.Principal, c.Account, id); {
	case err != nil:
		return err
	case ac.ParentAccountID != "":
		return paceline.Fail(paceline.CodeParentConnector)
	}
	return body
}

func (a *API) accountConnectorDelete(ctx context.Context, c *Call, in *AccountConnectorPath) error {
	id, err := number(in.ID)
	if err != nil {
		return err
	}
	return a.Catalog.DeleteAccountConnector(ctx, c.Principal, c.Account, id)
}

func (a *API) accountConnectorDeauthenticate(ctx context.Context, c *Call, in *AccountConnectorPath) (out message, err error) {
	id, err := number(in.ID)
	if err != nil {
		return out, err
	}
	name, err := a.Catalog.DeauthenticateConnector(ctx, c.Principal, c.Account, id)
	if err != nil {
		return out, err
	}
	return message{"Connector '" + name + "' successfully de-authenticated."}, nil
}

func (a *API) accountConnectorUpgrade(ctx context.Context, c *Call, in *AccountConnectorPath) (out accountConnectorOut, err error) {
	id, err := number(in.ID)
	if err != nil {
		return out, err
	}
	ac, err := a.Catalog.UpgradeConnector(ctx, c.Principal, c.Account, id)
	if err != nil {
		return out, err
	}
	return accountConnectorWire(ac), nil
}

func (a *API) propertyList(ctx context.Context, c *Call, in *propertyListInput) ([]propertyOut, error) {
	id, err := number(in.ID)
	if err != nil {
		return nil, err
	}
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	all, err := a.Catalog.Properties(ctx, c.Principal, c.Account, id)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(x, y paceline.Property) int {
		by := strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name))
		if strings.EqualFold(page.OrderBy, "Id") {
			by = int(x.ID) - int(y.ID)
		}
		if page.Descending {
			return -by
		}
		return by
	})
	total := len(all)
	start := min(page.Offset(), total)
	shown := all[start:min(start+page.Limit(), total)]
	return list(c, page, paceline.List[paceline.Property]{Items: shown, Total: total}, func(p paceline.Property) propertyOut { return propertyWire(p, id) }), nil
}

func (a *API) propertyGet(ctx context.Context, c *Call, in *PropertyPath) (out propertyOut, err error) {
	id, property, err := in.numbers()
	if err != nil {
		return out, err
	}
	p, err := a.Catalog.Property(ctx, c.Principal, c.Account, id, property)
	if err != nil {
		return out, err
	}
	return propertyWire(p, id), nil
}

func (a *API) propertyCreate(ctx context.Context, c *Call, in *propertyCreateInput) (out propertyOut, err error) {
	id, err := number(in.ID)
	if err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, a.orMissing(ctx, c, id, err)
	}
	p, err := a.Catalog.SetProperty(ctx, c.Principal, c.Account, id, catalog.PropertyInput{Name: body.Name.Value, Value: body.Value.Ptr()})
	if err != nil {
		return out, err
	}
	return propertyWire(p, id), nil
}

func (a *API) propertyUpdate(ctx context.Context, c *Call, in *propertyUpdateInput) (out propertyOut, err error) {
	id, property, err := in.numbers()
	if err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		if _, missing := a.Catalog.Property(ctx, c.Principal, c.Account, id, property); missing != nil {
			return out, missing
		}
		return out, err
	}
	p, err := a.Catalog.UpdateProperty(ctx, c.Principal, c.Account, id, property, catalog.PropertyInput{Name: body.Name.Value, Value: body.Value.Ptr()})
	if err != nil {
		return out, err
	}
	return propertyWire(p, id), nil
}

func (a *API) propertyDelete(ctx context.Context, c *Call, in *PropertyPath) error {
	id, property, err := in.numbers()
	if err != nil {
		return err
	}
	return a.Catalog.DeleteProperty(ctx, c.Principal, c.Account, id, property)
}

func (p PropertyPath) numbers() (id, property int32, err error) {
	if id, err = number(p.ID); err == nil {
		property, err = number(p.Property)
	}
	return id, property, err
}

// toolOut is a method that agents may call: POST its Body to /account/connectors/{id}/methods/{MethodId}.
type toolOut struct {
	MethodId               int
	MethodUniqueIdentifier string
	Name                   string
	Description            string
	ReadOnly               bool           `doc:"It changes nothing at the vendor."`
	InputSchema            map[string]any `doc:"JSON Schema of the body of a call of the method on demand."`
}

func (a *API) accountConnectorTools(ctx context.Context, c *Call, in *AccountConnectorPath) ([]toolOut, error) {
	id, err := number(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.Tools(ctx, c.Principal, c.Account, id)
	return translate(list, func(t catalog.Tool) toolOut {
		return toolOut{MethodId: int(t.Method.ID), MethodUniqueIdentifier: string(t.Method.UID), Name: t.Method.Name, Description: t.Description, ReadOnly: t.ReadOnly, InputSchema: t.Input}
	}), err
}

// forecastOut says when a backlog will be through.
type forecastOut struct {
	WaitingCalls int `doc:"At most: one for each step of each transaction in progress that uses the connector."`
	ThroughAtUtc wire.Time
}

func (a *API) accountConnectorForecast(ctx context.Context, c *Call, in *AccountConnectorPath) (out forecastOut, err error) {
	id, err := number(in.ID)
	if err != nil {
		return out, err
	}
	f, err := a.Catalog.Forecast(ctx, c.Principal, c.Account, id)
	return forecastOut{WaitingCalls: f.Calls, ThroughAtUtc: wire.FromMicros(f.ThroughAt)}, err
}
