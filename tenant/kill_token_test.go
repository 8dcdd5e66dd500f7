package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"paceline"
	"paceline/tenant"
)

// client asks for a token with the credentials of the first run.
func (r killRooms) client(ctx context.Context, q tenant.TokenRequest) (tenant.Token, error) {
	q.ClientID = r.Notes.Get("client")
	if q.GrantType == "client_credentials" {
		q.ClientSecret = r.Notes.Get("secret")
	}
	token, err := r.IssueToken(ctx, q)
	if _, refused := errors.AsType[*tenant.OAuthError](err); refused {
		err = paceline.Fail(paceline.CodeDenied).Because(err)
	}
	return token, err
}

func (r killRooms) byPassword(ctx context.Context) (tenant.Token, error) {
	return r.client(ctx, tenant.TokenRequest{GrantType: "password", UserName: bo, Password: killPassword, ClientSecret: otherAccount})
}

func (r killRooms) connector() (id int32) {
	must(fmt.Sscan(r.Notes.Get("connector"), &id))
	return id
}

// setUp notes the link and the token for the connector of the account.
func (r killRooms) setUp(ctx context.Context) error {
	a, err := r.account(ctx)
	if err != nil {
		return err
	}
	made, err := r.CreateSetupToken(ctx, r.p, a, r.connector(), "dee", time.Hour)
	r.Notes.Put("link", string(made.Link))
	r.Notes.Put("typed", made.Token)
	return err
}

func (r killRooms) link() paceline.ID { return paceline.ID(r.Notes.Get("link")) }

// killTokens are about credentials of programs and tokens of all kinds.
var killTokens = []killRequest{
	{By: "tenant.Tenant.CreateClient", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.CreateClient(ctx, r.p, tenant.ClientInput{Description: "Program"})
		return err
	}},
	{By: "tenant.Tenant.DeleteClient", Again: paceline.CodeNotFound,
		Prepare: func(ctx context.Context, r killRooms) error {
			c, err := r.CreateClient(ctx, r.p, tenant.ClientInput{Description: "Goes"})
			if err != nil {
				return err
			}
			r.Notes.Put("goes", c.ClientID)
			_, err = r.IssueToken(ctx, tenant.TokenRequest{GrantType: "client_credentials", ClientID: c.ClientID, ClientSecret: c.Secret})
			return err
		},
		Do: func(ctx context.Context, r killRooms) error { return r.DeleteClient(ctx, r.p, r.Notes.Get("goes")) }},
	{By: "tenant.Tenant.clientGrant", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.client(ctx, tenant.TokenRequest{GrantType: "client_credentials"})
		return err
	}},
	{By: "tenant.Tenant.passwordGrant", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.byPassword(ctx)
		return err
	}},
	{By: "tenant.Tenant.refreshGrant", Again: paceline.CodeDenied,
		Prepare: func(ctx context.Context, r killRooms) error {
			token, err := r.byPassword(ctx)
			r.Notes.Put("refresh", token.RefreshToken)
			return err
		},
		Do: func(ctx context.Context, r killRooms) error {
			_, err := r.client(ctx, tenant.TokenRequest{GrantType: "refresh_token", RefreshToken: r.Notes.Get("refresh")})
			return err
		}},
	{By: "tenant.Tenant.GrantToken", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.GrantToken(ctx, r.p, otherAccount)
		return err
	}},
	{By: "tenant.Tenant.revoke", Again: paceline.CodeNotFound,
		Prepare: func(ctx context.Context, r killRooms) error {
			token, err := r.GrantToken(ctx, r.p, "")
			r.Notes.Put("bearer", token.AccessToken)
			return err
		},
		Do: func(ctx context.Context, r killRooms) error { return r.RevokeBearer(ctx, r.p, r.Notes.Get("bearer")) }},
	{By: "tenant.Tenant.storeSignInToken", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.CreateSignInToken(ctx, r.p, otherAccount, "dee")
		return err
	}},
	{By: "tenant.Tenant.useSignInToken", Again: paceline.CodeSignInToken,
		Prepare: func(ctx context.Context, r killRooms) error {
			token, err := r.CreateSignInToken(ctx, r.p, otherAccount, "dee")
			r.Notes.Put("sign in", token.Token)
			return err
		},
		Do: func(ctx context.Context, r killRooms) error { // with the session that it begins
			_, _, err := r.BeginEmbedSession(ctx, r.Notes.Get("sign in"), "")
			return err
		}},
	{By: "tenant.Tenant.CreateSetupToken", Do: func(ctx context.Context, r killRooms) error { return r.setUp(ctx) }},
	{By: "tenant.Tenant.changeSetup", Name: "opened", Prepare: func(ctx context.Context, r killRooms) error { return r.setUp(ctx) },
		Do: func(ctx context.Context, r killRooms) error { return r.OpenSetupLink(ctx, r.link()) }},
	{By: "tenant.Tenant.changeSetup", Name: "used", Again: paceline.CodeSetupUsed, Do: func(ctx context.Context, r killRooms) error {
		_, err := r.UseSetupToken(ctx, r.link(), r.Notes.Get("typed"))
		return err
	}},
	{By: "tenant.Tenant.DeleteSetupToken", Again: paceline.CodeNotFound, Do: func(ctx context.Context, r killRooms) error {
		a, err := r.account(ctx)
		if err == nil {
			err = r.DeleteSetupToken(ctx, r.p, a, r.connector(), r.link())
		}
		return err
	}},
	{By: "tenant.Tenant.RevokeBearers", Prepare: func(ctx context.Context, r killRooms) error {
		_, err := r.GrantToken(ctx, r.p, otherAccount)
		return err
	}, Do: func(ctx context.Context, r killRooms) error {
		_, err := r.RevokeBearers(ctx, r.p, paceline.Account{})
		return err
	}},
}

// killPartners are about the partner as a whole, and the last ones: another partner stands beside the first then.
var killPartners = []killRequest{
	{By: "tenant.Tenant.SetAddresses", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.SetAddresses(ctx, r.p, tenant.AddressesPatch{Programs: tenant.Value([]string{"192.0.2.0/24"})}, "192.0.2.1")
		return err
	}},
	{By: "tenant.Tenant.LockCredentials", Name: "locked", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.LockCredentials(ctx, true)
		return err
	}},
	{By: "tenant.Tenant.LockCredentials", Name: "unlocked", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.LockCredentials(ctx, false)
		return err
	}},
	{By: "tenant.Tenant.DeleteConsoleUser", Again: paceline.CodeNotFound, Do: func(ctx context.Context, r killRooms) error {
		p, err := r.person(ctx, ann)
		if err == nil {
			err = r.DeleteConsoleUser(ctx, r.p, p.UserID)
		}
		return err
	}},
	{By: "tenant.Tenant.CreateFirstRunLink", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.CreateFirstRunLink(ctx, r.p)
		return err
	}},
	{By: "tenant.Tenant.UseFirstRunLink", Again: paceline.CodeDenied,
		Prepare: func(ctx context.Context, r killRooms) error {
			secret, err := r.CreateFirstRunLink(ctx, r.p)
			r.Notes.Put("first run", secret)
			return err
		},
		Do: func(ctx context.Context, r killRooms) error {
			_, err := r.UseFirstRunLink(ctx, r.Notes.Get("first run"), tenant.FirstRunForm{Password: killPassword, PartnerName: "Shop"})
			return err
		}},
	{By: "tenant.Tenant.CreatePartner", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.CreatePartner(ctx, "Another")
		return err
	}},
}
