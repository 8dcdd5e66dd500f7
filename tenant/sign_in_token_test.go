package tenant_test

import (
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/tenant"
)

func TestSignInTokenAdmitsOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		a := h.account(t, "northwind", "")
		token, err := h.CreateSignInToken(t.Context(), h.p, "northwind", "ada@example.com")
		if err != nil {
			t.Fatal(err)
		}
		var admitted, refused atomic.Int32
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				p, in, err := h.UseSignInToken(t.Context(), token.Token)
				switch {
				case err == nil && p.Name == "ada@example.com" && p.RestrictedTo == a.Num && !p.MayPartner() && in.APIID == "northwind":
					admitted.Add(1)
				case paceline.CodeOf(err) == paceline.CodeSignInToken:
					refused.Add(1)
				default:
					t.Errorf("used: %+v, %v", p, err)
				}
			})
		}
		all.Wait()
		if admitted.Load() != 1 || refused.Load() != 49 {
			t.Errorf("%d were admitted and %d refused", admitted.Load(), refused.Load())
		}
	})
}

// TestSignInTokenEnds: with time, with the user's access and with the account.
func TestSignInTokenEnds(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		h.account(t, "northwind", "")
		for _, c := range []struct {
			name string
			end  func() error
			want paceline.Code
		}{
			{"in time", func() error { h.clock.add(5*time.Minute - time.Second); return nil }, ""},
			{"after five minutes", func() error { h.clock.add(5 * time.Minute); return nil }, paceline.CodeSignInToken},
			{"without access", func() error { return h.RemoveAccountUser(t.Context(), h.p, "northwind", "ada") }, paceline.CodeSignInToken},
			{"without the account", func() error { _, err := h.DeleteAccount(t.Context(), h.p, "northwind"); return err }, paceline.CodeSignInToken},
		} {
			token, err := h.CreateSignInToken(t.Context(), h.p, "northwind", "ada")
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if err := c.end(); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			_, _, err = h.UseSignInToken(t.Context(), token.Token)
			wantCode(t, c.name, err, c.want)
		}
		_, _, err := h.UseSignInToken(t.Context(), "nothing")
		wantCode(t, "an unknown token", err, paceline.CodeSignInToken)
	})
}

// TestTokensHaveAPurpose: one for a vendor's consent begins no session, and one for a page begins that page's alone.
func TestTokensHaveAPurpose(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		a := h.account(t, "northwind", "")
		visitor := h.p
		visitor.RestrictedTo, visitor.Name = a.Num, "ada"
		_, err := h.CreateConsentToken(t.Context(), h.p, a)
		wantCode(t, "of somebody who is on no page", err, paceline.CodeAccountHeader)
		consent, err := h.CreateConsentToken(t.Context(), visitor, a)
		wantCode(t, "for a consent", err, "")
		_, _, err = h.BeginEmbedSession(t.Context(), consent.Token, "")
		wantCode(t, "a session with it", err, paceline.CodeSignInToken)
		_, _, err = h.UseSignInToken(t.Context(), consent.Token)
		wantCode(t, "a sign-in with it", err, paceline.CodeSignInToken)
		for i, want := range []paceline.Code{"", paceline.CodeSignInToken} {
			p, in, err := h.UseConsentToken(t.Context(), consent.Token)
			wantCode(t, "the consent", err, want)
			if i == 0 && (p.Name != "ada" || in.Num != a.Num) {
				t.Errorf("it is %s's in %s", p.Name, in.APIID)
			}
		}

		told := tenant.Told("/Launch/", url.Values{"complete": {"7"}, "start": {"false"}, "tags": {"b", "a"}})
		if told != "complete=7&page=%2Flaunch&tags=b&tags=a" {
			t.Errorf("a page is told %s", told)
		}
		_, token, err := h.Embed(t.Context(), h.p, tenant.Embedding{Account: "northwind", Told: told})
		wantCode(t, "for a page", err, "")
		for _, other := range []string{"", tenant.Told("/launch", nil)} {
			_, _, err = h.BeginEmbedSession(t.Context(), token.Token, other)
			wantCode(t, "another page", err, paceline.CodeSignInToken)
		}
		session, bound, err := h.BeginEmbedSession(t.Context(), token.Token, told)
		wantCode(t, "the page", err, "")
		query, of := tenant.ToldTo(session, told)
		if !bound || !of || query.Get("complete") != "7" {
			t.Errorf("the session was told %v", query)
		}
		if query, of := tenant.ToldTo(session, tenant.Told("/launch", nil)); !of || len(query) != 0 {
			t.Errorf("what it was not told is %v", query)
		}
		if _, _, err = h.EmbedSession(t.Context(), session[:43]); paceline.CodeOf(err) != paceline.CodeEmbedSession {
			t.Errorf("a session that says nothing of its page: %v", err)
		}
		plain, err := h.CreateSignInToken(t.Context(), h.p, "northwind", "ada")
		wantCode(t, "a plain one", err, "")
		session, bound, err = h.BeginEmbedSession(t.Context(), plain.Token, told)
		if _, of := tenant.ToldTo(session, told); err != nil || bound || of || len(plain.Token) != 32 {
			t.Errorf("a plain link is bound: %v", err)
		}
	})
}

func TestSignInTokenFor(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		a := h.account(t, "northwind", "")
		restricted := h.p
		restricted.RestrictedTo = a.Num
		for _, c := range []struct {
			name          string
			p             paceline.Principal
			account, user string
			want          paceline.Code
		}{
			{"a new user", h.p, "northwind", "ada", ""},
			{"the user again", h.p, "northwind", "ADA", ""},
			{"nobody", h.p, "northwind", "", paceline.CodeFieldInvalid},
			{"an unknown account", h.p, "nothing", "", paceline.CodeNotFound},
			{"another partner's account", h.stranger(t), "northwind", "ada", paceline.CodeNotFound},
			{"a restricted caller", restricted, "northwind", "ada", paceline.CodeDenied},
			{"an administrator", h.p, "northwind", h.first.AdminUser, paceline.CodeForbidden},
		} {
			_, err := h.CreateSignInToken(t.Context(), c.p, c.account, c.user)
			wantCode(t, c.name, err, c.want)
		}
		if _, err := h.CreateAPIUserToken(t.Context(), restricted, a); err != nil {
			t.Errorf("the built-in user: %v", err)
		}
		err := h.SetPassword(t.Context(), h.p, tenant.UserPatch{UserName: "api user", Password: tenant.Value("long enough!")})
		wantCode(t, "a password of the built-in user", err, paceline.CodeForbidden)
	})
}
