package api

import (
	"context"
	"net/http"

	"paceline/catalog"
	"paceline/server/api/wire"
)

// setupFormOut is what to ask a person who connects an account connector.
type setupFormOut struct {
	Name             string
	Connector        string
	Authentication   string   `doc:"Title of the way to sign in; empty where there is none."`
	Consent          bool     `doc:"After the properties, the person signs in at the vendor."`
	Scopes           []string `doc:"What the vendor asks the person to allow then, by its names."`
	Authenticated    bool
	Properties       []setupFieldOut
	CredentialFields []setupFieldOut
}

type setupFieldOut struct {
	Name        string
	Label       string
	Description string
	Value       string `doc:"What it holds; never of a secret one."`
	IsSecret    bool
	IsRequired  bool
	IsMultiline bool   `doc:"Several lines may be typed."`
	HasValue    bool   `doc:"A secret one that holds a value; nothing typed leaves it."`
	Hint        string `json:",omitempty" doc:"Of a secret one that holds a value: its last four characters, where it is long enough."`
	Values      []setupChoiceOut
}

type setupChoiceOut struct{ Value, Label string }

type setupFormIn struct {
	Properties wire.Opt[map[string]string] `doc:"Values by name; what is absent or empty stays as it is."`
	Credential wire.Opt[map[string]string] `doc:"Values by name of CredentialFields."`
}

type setupFormInput struct {
	AccountConnectorPath
	Body *wire.Body[setupFormIn]
}

func (a *API) setupForms() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	add(a, Route{ID: "AccountConnectors_SetupForm_GET", Method: http.MethodGet, Path: "/account/connectors/{id}/setup", Tag: accountConnectorsTag, Level: Account, Extension: true, IDs: owned,
		Summary: "What to ask a person who connects the account connector."}, a.setupFormGet)
	add(a, Route{ID: "AccountConnectors_SetupForm_PUT", Method: http.MethodPut, Path: "/account/connectors/{id}/setup", Tag: accountConnectorsTag, Level: Account, Extension: true, IDs: owned,
		Summary: "Store what the person typed, properties and credential: all of it or nothing."}, a.setupFormPut)
}

func (a *API) setupFormGet(ctx context.Context, c *Call, in *AccountConnectorPath) (out setupFormOut, err error) {
	id, err := number(in.ID)
	if err != nil {
		return out, err
	}
	return a.setupForm(ctx, c, id)
}

func (a *API) setupFormPut(ctx context.Context, c *Call, in *setupFormInput) (out setupFormOut, err error) {
	id, err := number(in.ID)
	if err != nil {
		return out, err
	}
	if _, err := a.Catalog.SetupForm(ctx, c.Principal, c.Account, id); err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	if err := a.Catalog.SubmitSetup(ctx, c.Principal, c.Account, id, body.Properties.Value, body.Credential.Value); err != nil {
		return out, err
	}
	return a.setupForm(ctx, c, id)
}

func (a *API) setupForm(ctx context.Context, c *Call, id int32) (out setupFormOut, err error) {
	form, err := a.Catalog.SetupForm(ctx, c.Principal, c.Account, id)
	if err != nil {
		return out, err
	}
	return setupFormOut{
		Name: form.Name, Connector: form.Connector, Authentication: form.Auth, Consent: form.Consent, Scopes: wire.List(form.Scopes), Authenticated: form.Authenticated,
		Properties: translate(form.Properties, setupFieldWire), CredentialFields: translate(form.Fields, setupFieldWire),
	}, nil
}

func setupFieldWire(f catalog.SetupField) setupFieldOut {
	out := setupFieldOut{Name: f.Name, Label: f.Label, Description: f.Description, Value: f.Value, IsSecret: f.Secret, IsRequired: f.Required, IsMultiline: f.Multiline, HasValue: f.Held, Hint: f.Hint,
		Values: make([]setupChoiceOut, 0, len(f.Choices))}
	for _, v := range f.Choices {
		out.Values = append(out.Values, setupChoiceOut{v.Value, v.Label})
	}
	return out
}
