package tenant_test

import (
	"errors"
	"fmt"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/tenant"
)

func oauthCode(err error) string {
	if e, ok := errors.AsType[*tenant.OAuthError](err); ok {
		return e.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestIssueToken(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		a := h.account(t, "a b:c", "")
		h.account(t, "asleep", "")
		if _, err := h.SuspendAccount(t.Context(), h.p, "asleep"); err != nil {
			t.Fatal(err)
		}
		stranger := h.stranger(t)
		foreign, err := h.CreateAccount(t.Context(), stranger, tenant.AccountPatch{ID: tenant.Value("foreign"), Name: tenant.Value("F")})
		if err != nil {
			t.Fatal(err)
		}
		id, secret := h.first.ClientID, h.first.ClientSecret
		for _, c := range []struct {
			what string
			r    tenant.TokenRequest
			want string // OAuth error
		}{
			{"whole partner", tenant.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret}, ""},
			{"one account", tenant.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret, Scope: "account:a b:c"}, ""},
			{"one account by GUID", tenant.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret, Scope: "account:" + string(a.ID)}, ""},
			{"no grant type", tenant.TokenRequest{ClientID: id, ClientSecret: secret}, "invalid_request"},
			{"unknown grant type", tenant.TokenRequest{GrantType: "implicit", ClientID: id, ClientSecret: secret}, "unsupported_grant_type"},
			{"password grant while off", tenant.TokenRequest{GrantType: "password", ClientID: id, UserName: h.first.AdminUser, Password: h.first.AdminPassword}, "unsupported_grant_type"},
			{"refresh grant while off", tenant.TokenRequest{GrantType: "refresh_token", ClientID: id, RefreshToken: "x"}, "unsupported_grant_type"},
			{"GET while off", tenant.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret, ByGet: true}, "invalid_request"},
			{"no client", tenant.TokenRequest{GrantType: "client_credentials", ClientSecret: secret}, "invalid_client"},
			{"unknown client", tenant.TokenRequest{GrantType: "client_credentials", ClientID: "x", ClientSecret: secret}, "invalid_client"},
			{"client that is no text", tenant.TokenRequest{GrantType: "client_credentials", ClientID: "x\x00", ClientSecret: secret}, "invalid_client"},
			{"wrong secret", tenant.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret + "x"}, "invalid_client"},
			{"no secret", tenant.TokenRequest{GrantType: "client_credentials", ClientID: id}, "invalid_client"},
			{"unknown scope", tenant.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret, Scope: "everything"}, "invalid_scope"},
			{"empty account", tenant.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret, Scope: "account:"}, "invalid_scope"},
			{"unknown account", tenant.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret, Scope: "account:nobody"}, "invalid_scope"},
			{"suspended account", tenant.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret, Scope: "account:asleep"}, "invalid_scope"},
			{"foreign account", tenant.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret, Scope: "account:" + string(foreign.ID)}, "invalid_scope"},
		} {
			token, err := h.IssueToken(t.Context(), c.r)
			if got := oauthCode(err); got != c.want {
				t.Errorf("%s: error %q, want %q", c.what, got, c.want)
			}
			if err != nil {
				continue
			}
			p, err := h.Authenticate(t.Context(), token.AccessToken)
			want := h.p
			if c.r.Scope != "" {
				want.RestrictedTo = a.Num
			}
			if err != nil || p.Kind != want.Kind || p.Partner != want.Partner || p.RestrictedTo != want.RestrictedTo || p.Name != want.Name {
				t.Errorf("%s: principal %+v, %v; want %+v", c.what, p, err, want)
			}
			if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(token.AccessToken) || token.ExpiresIn != 1209599 || token.RefreshToken != "" ||
				token.ExpiresAt.Time().Sub(token.IssuedAt.Time()) != 1209599*time.Second || token.ClientID != id {
				t.Errorf("%s: token %+v", c.what, token)
			}
		}
	})
}

// A token ends at its time, when it is revoked, and when its client is deleted; all of it at once, also
// for one that is in memory.
func TestTokenEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for _, text := range []string{"", "x", h.first.ClientSecret, paceline.NewHexSecret(32)} {
			_, err := h.Authenticate(ctx, text)
			wantCode(t, "token "+text, err, paceline.CodeDenied)
		}
		good := func(bearer string, want paceline.Code) {
			t.Helper()
			for range 2 { // the second time from memory
				_, err := h.Authenticate(ctx, bearer)
				wantCode(t, "authenticate", err, want)
			}
		}

		revoked, expired := h.token(t, ""), h.token(t, "")
		good(revoked.AccessToken, "")
		wantCode(t, "revoke", h.RevokeBearer(ctx, h.p, revoked.AccessToken), "")
		good(revoked.AccessToken, paceline.CodeDenied)
		wantCode(t, "revoke again", h.RevokeBearer(ctx, h.p, revoked.AccessToken), paceline.CodeNotFound)

		list, err := h.Tokens(ctx, h.p, paceline.Page{})
		if err != nil || len(list.Items) != 1 || list.Total != 1 {
			t.Fatalf("tokens %+v, %v", list, err)
		}

		good(expired.AccessToken, "")
		h.clock.add(1209598 * time.Second)
		good(expired.AccessToken, "")
		h.clock.add(time.Second)
		good(expired.AccessToken, paceline.CodeDenied)

		client, err := h.CreateClient(ctx, h.p, tenant.ClientInput{Description: "second"})
		if err != nil {
			t.Fatal(err)
		}
		r := tenant.TokenRequest{GrantType: "client_credentials", ClientID: client.ClientID, ClientSecret: client.Secret}
		mine, err := h.IssueToken(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		kept := h.token(t, "")
		good(mine.AccessToken, "")
		good(kept.AccessToken, "")
		wantCode(t, "delete the client", h.DeleteClient(ctx, h.p, client.ClientID), "")
		good(mine.AccessToken, paceline.CodeDenied)
		good(kept.AccessToken, "")
		if _, err = h.IssueToken(ctx, r); oauthCode(err) != "invalid_client" {
			t.Errorf("a deleted client gets a token: %v", err)
		}
		wantCode(t, "delete it again", h.DeleteClient(ctx, h.p, client.ClientID), paceline.CodeNotFound)

		granted, err := h.GrantToken(ctx, paceline.SystemPrincipalOf(h.p.Partner), "")
		if err != nil {
			t.Fatal(err)
		}
		good(granted.AccessToken, "")
	})
}

func TestClients(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		for i := 1; i < 5; i++ { // the first run has made one
			if _, err := h.CreateClient(t.Context(), h.p, tenant.ClientInput{Description: "more"}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := h.CreateClient(t.Context(), h.p, tenant.ClientInput{Description: "too many"})
		wantCode(t, "the sixth client", err, paceline.CodeClientLimit)
		for _, life := range []time.Duration{-1, time.Minute, 5*time.Minute - 1, 14*24*time.Hour + 1} {
			_, err := h.CreateClient(t.Context(), h.p, tenant.ClientInput{TokenLife: life})
			wantCode(t, "tokens for "+life.String(), err, paceline.CodeFieldInvalid)
		}
		clients, err := h.Clients(t.Context(), h.p)
		if err != nil || len(clients) != 5 {
			t.Fatalf("clients %+v, %v", clients, err)
		}
		for _, c := range clients {
			if !regexp.MustCompile(`^[0-9A-Za-z]{32}$`).MatchString(c.ClientID) {
				t.Errorf("client id %q", c.ClientID)
			}
		}
	})
}

// TestTokensLastAsTheirClientSays: tokens of a client for a short while end then, and its list says how long they last.
func TestTokensLastAsTheirClientSays(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for life, want := range map[time.Duration]int64{10 * time.Minute: 600, 14 * 24 * time.Hour: 1_209_599, 0: 1_209_599} {
			c, err := h.CreateClient(ctx, h.p, tenant.ClientInput{TokenLife: life})
			if err != nil {
				t.Fatal(err)
			}
			token, err := h.IssueToken(ctx, tenant.TokenRequest{GrantType: "client_credentials", ClientID: c.ClientID, ClientSecret: c.Secret})
			if err != nil || token.ExpiresIn != want {
				t.Fatalf("tokens of %v expire in %d, %v", life, token.ExpiresIn, err)
			}
			if _, err := h.Authenticate(ctx, token.AccessToken); err != nil {
				t.Errorf("a new token: %v", err)
			}
			h.clock.add(time.Duration(want) * time.Second)
			_, err = h.Authenticate(ctx, token.AccessToken)
			wantCode(t, "a token that is over", err, paceline.CodeDenied)
		}
		clients, err := h.Clients(ctx, h.p)
		short := 0
		for _, c := range clients {
			if c.TokenLife == 600 {
				short++
			}
		}
		if err != nil || short != 1 {
			t.Errorf("the clients are %+v, %v", clients, err)
		}
	})
}

func TestLegacyGrants(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		on := tenant.Value(true)
		if _, err := h.UpdateSettings(ctx, h.p, tenant.SettingsPatch{LegacyPasswordGrant: on, TokenByGet: on}); err != nil {
			t.Fatal(err)
		}
		a, b := h.account(t, "a", ""), h.account(t, "b", "")
		const password = "correct horse!"
		put := func(account, user string) {
			t.Helper()
			if err := h.PutAccountUser(ctx, h.p, account, tenant.UserPatch{UserName: user, Password: tenant.Value(password)}); err != nil {
				t.Fatal(err)
			}
		}
		put("a", "Ann")
		put("a", "Both")
		put("b", "Both")
		admin, adminPassword := h.first.AdminUser, h.first.AdminPassword
		grant := func(user, password, account string) tenant.TokenRequest {
			return tenant.TokenRequest{GrantType: "password", ClientID: h.first.ClientID, ClientSecret: account, UserName: user, Password: password, ByGet: true}
		}
		for _, c := range []struct {
			what       string
			r          tenant.TokenRequest
			want       string
			restricted int64
		}{
			{"administrator", grant(admin, adminPassword, ""), "", 0},
			{"administrator, one account", grant(admin, adminPassword, "b"), "", b.Num},
			{"administrator, unknown account", grant(admin, adminPassword, "nobody"), "invalid_grant", 0},
			{"user of one account", grant("Ann", password, ""), "", a.Num},
			{"user by another case", grant("ANN", password, "a"), "", a.Num},
			{"user, account of others", grant("Ann", password, "b"), "invalid_grant", 0},
			{"user of two accounts", grant("Both", password, ""), "invalid_grant", 0},
			{"user of two accounts, one named", grant("Both", password, "b"), "", b.Num},
			{"wrong password", grant("Ann", password+"?", ""), "invalid_grant", 0},
			{"unknown user", grant("Eve", password, ""), "invalid_grant", 0},
			{"no user", grant("", "", ""), "invalid_grant", 0},
		} {
			token, err := h.IssueToken(ctx, c.r)
			if got := oauthCode(err); got != c.want {
				t.Errorf("%s: error %q, want %q", c.what, got, c.want)
			}
			if err != nil {
				continue
			}
			p, err := h.Authenticate(ctx, token.AccessToken)
			if err != nil || p.Kind != paceline.UserPrincipal || p.RestrictedTo != c.restricted || p.Rights.Full != (c.r.UserName == admin) {
				t.Errorf("%s: principal %+v, %v", c.what, p, err)
			}

			// After a refresh, also of an expired token, neither old text works, and the restriction stays.
			refresh := tenant.TokenRequest{GrantType: "refresh_token", ClientID: h.first.ClientID, RefreshToken: token.RefreshToken}
			h.clock.add(15 * 24 * time.Hour)
			next, err := h.IssueToken(ctx, refresh)
			if err != nil {
				t.Errorf("%s: refresh: %v", c.what, err)
				continue
			}
			if again, err := h.Authenticate(ctx, next.AccessToken); err != nil || again.RestrictedTo != c.restricted || next.UserName != token.UserName {
				t.Errorf("%s: after the refresh %+v, %v", c.what, again, err)
			}
			_, err = h.Authenticate(ctx, token.AccessToken)
			wantCode(t, c.what+": the old token", err, paceline.CodeDenied)
			if _, err = h.IssueToken(ctx, refresh); oauthCode(err) != "invalid_grant" {
				t.Errorf("%s: a refresh token works twice: %v", c.what, err)
			}
			if c.restricted == b.Num {
				other := tenant.TokenRequest{GrantType: "refresh_token", ClientID: h.first.ClientID, RefreshToken: next.RefreshToken, ClientSecret: "a"}
				if _, err = h.IssueToken(ctx, other); oauthCode(err) != "invalid_grant" {
					t.Errorf("%s: a refresh changes the account: %v", c.what, err)
				}
			}
		}

		// A user who loses an account loses its tokens.
		token, err := h.IssueToken(ctx, grant("Ann", password, ""))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Authenticate(ctx, token.AccessToken); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "remove the user", h.RemoveAccountUser(ctx, h.p, "a", "ann"), "")
		_, err = h.Authenticate(ctx, token.AccessToken)
		wantCode(t, "token of a removed user", err, paceline.CodeDenied)
		if _, err := h.IssueToken(ctx, tenant.TokenRequest{GrantType: "refresh_token", ClientID: h.first.ClientID, RefreshToken: token.RefreshToken}); oauthCode(err) != "invalid_grant" {
			t.Errorf("refresh of a removed user: %v", err)
		}
	})
}

// Who guesses at the names of many people has to wait, too, and whoever comes from the same network; nobody else has to.
func TestGuessesOfAnAddressAreThrottled(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		signIn := func(user, password, from string) error {
			_, err := h.BeginSession(ctx, tenant.SessionRequest{UserName: user, Password: password, From: from})
			return err
		}
		for n := range 20 {
			wantCode(t, "a guess", signIn(fmt.Sprint("person ", n), "a guess!", "2001:db8::1"), paceline.CodeDenied)
		}
		admin, password := h.first.AdminUser, h.first.AdminPassword
		wantCode(t, "from the same network", signIn(admin, password, "2001:db8::ffff"), paceline.CodeThrottled)
		for _, from := range []string{"2001:db8:0:1::1", "203.0.113.9", "", "no address"} {
			wantCode(t, "from "+from, signIn(admin, password, from), "")
		}
		h.clock.add(time.Second)
		wantCode(t, "in time", signIn(admin, password, "2001:db8::1"), "")
		wantCode(t, "a guess after a right password", signIn("person", "a guess!", "2001:db8::1"), paceline.CodeDenied)
		wantCode(t, "which did not free the address", signIn(admin, password, "2001:db8::1"), paceline.CodeThrottled)
		// Behind a proxy that is not told of, all have one address: none of them waits for the others.
		for _, from := range []string{"127.0.0.1", "10.1.2.3", "::ffff:192.168.0.1", "fd00::1"} {
			for n := range 21 {
				wantCode(t, "a guess", signIn(fmt.Sprint("person ", n), "a guess!", from), paceline.CodeDenied)
				if n == 1 && from != "127.0.0.1" {
					break // each costs the time of a hash
				}
			}
			wantCode(t, "from "+from, signIn(admin, password, from), "")
		}
	})
}

// After several wrong passwords even the right one has to wait, for a while that ends.
func TestSignInIsThrottled(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		admin, password := h.first.AdminUser, h.first.AdminPassword
		p, err := h.SignIn(ctx, h.p.Partner, admin, password)
		if err != nil || !p.Rights.Full || p.Kind != paceline.UserPrincipal || p.RestrictedTo != 0 {
			t.Fatalf("sign in: %+v, %v", p, err)
		}
		for range 5 {
			_, err = h.SignIn(ctx, h.p.Partner, admin, "wrong")
			wantCode(t, "wrong password", err, paceline.CodeDenied)
		}
		_, err = h.SignIn(ctx, h.p.Partner, admin, password)
		wantCode(t, "right password too early", err, paceline.CodeThrottled)
		h.clock.add(time.Second)
		_, err = h.SignIn(ctx, h.p.Partner, admin, password)
		wantCode(t, "right password in time", err, "")
		// A crowd of guesses at once cannot get past it either.
		var looked atomic.Int64
		var wait sync.WaitGroup
		for range 30 {
			wait.Go(func() {
				if _, err := h.SignIn(ctx, h.p.Partner, admin, "wrong"); paceline.CodeOf(err) == paceline.CodeDenied {
					looked.Add(1)
				}
			})
		}
		wait.Wait()
		if n := looked.Load(); n > 6 {
			t.Errorf("%d of 30 guesses at once were looked at", n)
		}
		_, err = h.SignIn(ctx, h.stranger(t).Partner, admin, password)
		wantCode(t, "at another partner", err, paceline.CodeDenied)
	})
}
