package api

import (
	"context"
	"net/http"
	"time"

	"paceline"
	"paceline/server/api/wire"
	"paceline/store"
	"paceline/tenant"
)

const credentialsTag = "Credentials"

type clientIn struct {
	Description  wire.Opt[string]
	TokenMinutes wire.Opt[int] `doc:"How long its access tokens last: 5 to 20160, which is 14 days and what it is without."`
}

type clientOut struct {
	Id           string
	ClientId     string
	ClientSecret *string `json:",omitempty" doc:"Shown once, when it is made."`
	Description  string
	TokenMinutes int32 `doc:"How long its access tokens last."`
	CreatedOnUtc wire.Time
}

// tokenOut is a token without its text.
type tokenOut struct {
	Id           string
	ClientId     *string
	AccountId    *string `doc:"API id of the account that the token is restricted to."`
	IssuedOnUtc  wire.Time
	ExpiresAtUtc wire.Time
}

type clientCreateInput struct {
	Body *wire.Body[clientIn]
}

type clientPathInput struct {
	Client string `path:"client" doc:"Id or client id of the credentials."`
}

type tokenPathInput struct {
	Token string `path:"token" format:"uuid" doc:"Id of the token, as the list shows it."`
}

func (a *API) clients() {
	route := func(id, method, path, summary string, right paceline.RightLevel, ids ...IDParam) Route {
		return Route{ID: id, Method: method, Path: path, Tag: credentialsTag, Level: Partner, Extension: true, Summary: summary,
			Right: tenant.AreaCredentials, RightAs: right, IDs: ids}
	}
	add(a, route("Clients_All_GET", http.MethodGet, "/clients", "List the client credentials, without secrets.", paceline.ViewRight), a.clientList)
	add(a, route("Clients_Create_POST", http.MethodPost, "/clients", "Make client credentials; their secret is shown this once. At most five.", paceline.EditRight), a.clientCreate)
	addEmpty(a, route("Clients_Delete_DELETE", http.MethodDelete, "/clients/{client}", "Delete client credentials and revoke their tokens.", paceline.ManageRight,
		IDParam{In: "path", Name: "client", Owner: "partner"}), a.clientDelete)
	add(a, route("Tokens_All_GET", http.MethodGet, "/tokens", "List the tokens that have not expired, the newest first, without their texts.", paceline.ViewRight), a.tokenList)
	addEmpty(a, route("Tokens_Revoke_DELETE", http.MethodDelete, "/tokens/{token}", "End a token at once.", paceline.ManageRight,
		IDParam{In: "path", Name: "token", Owner: "partner"}), a.tokenRevoke)
}

func (a *API) clientList(ctx context.Context, c *Call, _ *struct{}) ([]clientOut, error) {
	list, err := a.tenant.Clients(ctx, c.Principal)
	return translate(list, clientWire), err
}

func (a *API) clientCreate(ctx context.Context, c *Call, in *clientCreateInput) (out clientOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	order := tenant.ClientInput{Description: body.Description.Value}
	if body.TokenMinutes.Has() {
		// Bounded before it is multiplied; what is out of bounds is refused, 0 too.
		if order.TokenLife = time.Duration(min(max(body.TokenMinutes.Value, 0), 1<<20)) * time.Minute; order.TokenLife == 0 {
			order.TokenLife = -1
		}
	}
	made, err := a.tenant.CreateClient(ctx, c.Principal, order)
	if err != nil {
		return out, err
	}
	out = clientWire(made.APIClient)
	out.ClientSecret = &made.Secret
	return out, nil
}

func (a *API) clientDelete(ctx context.Context, c *Call, in *clientPathInput) error {
	return a.tenant.DeleteClient(ctx, c.Principal, in.Client)
}

func (a *API) tokenList(ctx context.Context, c *Call, in *PageInput) ([]tokenOut, error) {
	page, err := in.page(true)
	if err != nil {
		return nil, err
	}
	l, err := a.tenant.Tokens(ctx, c.Principal, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, tokenWire), nil
}

func (a *API) tokenRevoke(ctx context.Context, c *Call, in *tokenPathInput) error {
	id, err := guid(in.Token)
	if err != nil {
		return err
	}
	return a.tenant.RevokeToken(ctx, c.Principal, id)
}

func clientWire(c paceline.APIClient) clientOut {
	return clientOut{Id: string(c.ID), ClientId: c.ClientID, Description: c.Description, TokenMinutes: tokenMinutes(c), CreatedOnUtc: wire.FromMicros(c.CreatedAt)}
}

func tokenMinutes(c paceline.APIClient) int32 {
	if c.TokenLife == 0 {
		return int32(14 * 24 * time.Hour / time.Minute)
	}
	return int32((c.TokenLife + 59) / 60)
}

func tokenWire(t store.TokenEntry) tokenOut {
	return tokenOut{Id: string(t.ID), ClientId: textPtr(t.ClientID), AccountId: textPtr(t.AccountAPIID), IssuedOnUtc: wire.FromMicros(t.IssuedAt), ExpiresAtUtc: wire.FromMicros(t.ExpiresAt)}
}
