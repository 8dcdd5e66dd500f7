package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/tenant"
)

type secretOut struct {
	Secret string `doc:"What signs from now on: whsec_ and base64. It is shown this once."`
}

func (a *API) errorWebhook() {
	add(a, Route{ID: "Accounts_ErrorWebhookSecret_POST", Method: http.MethodPost, Path: "/accounts/{account}/errorwebhook/secret", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaAccounts, RightAs: paceline.EditRight, Extension: true, IDs: []IDParam{{In: "path", Name: "account", Owner: "partner"}},
		Summary: "Make a new secret for the signatures of an account's error webhook; the one before signs for another day."}, a.accountWebhookSecret)
	add(a, Route{ID: "ErrorWebhook_Secret_POST", Method: http.MethodPost, Path: "/errorwebhook/secret", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaSettings, RightAs: paceline.EditRight, Extension: true,
		Summary: "Make a new secret for the signatures of the partner's error webhook; the one before signs for another day."}, a.partnerWebhookSecret)
}

func (a *API) accountWebhookSecret(ctx context.Context, c *Call, in *AccountPath) (secretOut, error) {
	secret, err := a.tenant.NewErrorWebhookSecret(ctx, c.Principal, in.Account)
	return secretOut{secret}, err
}

func (a *API) partnerWebhookSecret(ctx context.Context, c *Call, _ *struct{}) (secretOut, error) {
	secret, err := a.tenant.NewErrorWebhookSecret(ctx, c.Principal, "")
	return secretOut{secret}, err
}
