package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/server/api/wire"
	"paceline/tenant"
)

// signInTokenOut opens an account's pages once.
type signInTokenOut struct {
	Token        string `doc:"For one sign-in within five minutes."`
	ExpiresAtUtc wire.Time
}

func (a *API) signInTokens() {
	add(a, Route{ID: "Accounts_CreateOneTimeToken_POST_0", Method: http.MethodPost, Path: "/accounts/{account}/signintoken", Tag: usersTag, Level: Partner,
		Right: tenant.AreaAccountUsers, RightAs: paceline.EditRight, IDs: []IDParam{{In: "path", Name: "account", Owner: "partner"}},
		Summary: "Make a single-use sign-in token for a user of an account; a new user is made."}, a.signInTokenCreate)
	add(a, Route{ID: "Accounts_CreateOneTimeToken_POST", Method: http.MethodPost, Path: "/accounts/tokens", Tag: usersTag, Level: Account,
		Summary: "Older form: make a single-use sign-in token for the account's built-in user."}, a.apiUserTokenCreate)
}

func (a *API) signInTokenCreate(ctx context.Context, c *Call, in *accountUserDeleteInput) (out signInTokenOut, err error) {
	if err := a.hasAccount(ctx, c, in.Account); err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	t, err := a.Tenant.CreateSignInToken(ctx, c.Principal, in.Account, body.UserName.Value)
	return signInTokenWire(t), err
}

func (a *API) apiUserTokenCreate(ctx context.Context, c *Call, _ *struct{}) (signInTokenOut, error) {
	t, err := a.Tenant.CreateAPIUserToken(ctx, c.Principal, c.Account)
	return signInTokenWire(t), err
}

func signInTokenWire(t tenant.SignInToken) signInTokenOut {
	return signInTokenOut{Token: t.Token, ExpiresAtUtc: wire.FromMicros(t.ExpiresAt)}
}
