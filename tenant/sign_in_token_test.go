package tenant_test

import (
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
