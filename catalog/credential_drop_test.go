package catalog_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/store"
	"paceline/store/storetest"
)

// dropCase is a change that takes an account connector its credential.
type dropCase struct {
	change      func(t *testing.T, h *house, id int32) error
	stays       bool // it is authenticated afterwards, and its cycles go on
	atTheVendor int  // the webhooks that are left there
}

// TestEveryLossOfACredentialIsToldToTheVendor: whatever takes an account connector its credential, its tokens are revoked,
// and its webhooks removed unless another credential takes its place.
func TestEveryLossOfACredentialIsToldToTheVendor(t *testing.T) {
	key := ptr("another")
	upgrade := func(pairs ...string) func(*testing.T, *house, int32) error {
		return func(t *testing.T, h *house, id int32) error {
			t.Helper()
			_, err := h.Publish(t.Context(), edition(t, "2.0.0", pairs...))
			must(t, err)
			_, err = h.UpgradeConnector(t.Context(), h.p, h.root, id)
			return err
		}
	}
	cases := map[string]dropCase{
		"de-authenticated": {change: func(t *testing.T, h *house, id int32) error {
			_, err := h.DeauthenticateConnector(t.Context(), h.p, h.root, id)
			return err
		}},
		"another authentication": {change: func(t *testing.T, h *house, id int32) error {
			_, err := h.UpdateAccountConnector(t.Context(), h.p, h.root, id, catalog.AccountConnectorUpdate{Authentication: ptr("login")})
			return err
		}},
		"another authentication with its value": {stays: true, atTheVendor: 2, change: func(t *testing.T, h *house, id int32) error {
			_, err := h.UpdateAccountConnector(t.Context(), h.p, h.root, id, catalog.AccountConnectorUpdate{Authentication: ptr("login"), AuthValue: ptr("dTpw")})
			return err
		}},
		"another host": {change: func(t *testing.T, h *house, id int32) error {
			_, err := h.SetProperty(t.Context(), h.p, h.root, id, catalog.PropertyInput{Name: "BaseUrl", Value: ptr("https://other.example.com")})
			return err
		}},
		"another name for the host": {change: func(t *testing.T, h *house, id int32) error {
			ac, err := h.AccountConnector(t.Context(), h.p, h.root, id)
			must(t, err)
			k := slices.IndexFunc(ac.Properties, func(p paceline.Property) bool { return p.Name == "BaseUrl" })
			_, err = h.UpdateProperty(t.Context(), h.p, h.root, id, ac.Properties[k].ID, catalog.PropertyInput{Name: "Former"})
			return err
		}},
		"upgrade, the entry gone": {change: upgrade("id: token,", "id: fresh,")},
		"upgrade, another type":   {change: upgrade("{id: token, type: bearer, default: true, label: Token}", "{id: token, type: basic, default: true, label: Token}")},
		"upgrade to none":         {stays: true, atTheVendor: 2, change: upgrade("{id: token, type: bearer, default: true, label: Token}", "{id: free, type: none, default: true}")},
		"upgrade that keeps it":   {stays: true, atTheVendor: 2, change: upgrade()},
		"another value": {stays: true, atTheVendor: 2, change: func(t *testing.T, h *house, id int32) error {
			_, err := h.UpdateAccountConnector(t.Context(), h.p, h.root, id, catalog.AccountConnectorUpdate{AuthValue: key})
			return err
		}},
	}
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h := newHookHouse(t, open(t), nil)
				id := h.install(t)
				must(t, h.activate(t, id))
				must(t, c.change(t, h.house, h.ac.ID))
				hooks, _ := h.vendor.state()
				state, rows := h.stateOf(t, id)
				if len(hooks) != c.atTheVendor || len(rows) != c.atTheVendor || (state == paceline.CycleActive) != c.stays {
					t.Errorf("the vendor has %v, %d rows, state %d", hooks, len(rows), state)
				}
				ac, err := h.AccountConnector(t.Context(), h.p, h.root, h.ac.ID)
				must(t, err)
				if ac.Authenticated != c.stays {
					t.Errorf("authenticated: %t", ac.Authenticated)
				}
			})
		}
	})
}

// TestEveryLossOfAGrantRevokesIt is the same for tokens of OAuth 2.
func TestEveryLossOfAGrantRevokesIt(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		for name, change := range map[string]func(t *testing.T, h *oauthHouse) error{
			"another authentication": func(t *testing.T, h *oauthHouse) error {
				_, err := h.UpdateAccountConnector(t.Context(), h.p, h.root, h.ac.ID, catalog.AccountConnectorUpdate{Authentication: ptr("login"), AuthValue: ptr("dTpw")})
				return err
			},
			"another host": func(t *testing.T, h *oauthHouse) error {
				_, err := h.SetProperty(t.Context(), h.p, h.root, h.ac.ID, catalog.PropertyInput{Name: "BaseUrl", Value: ptr("https://other.example.com")})
				return err
			},
			"upgrade, the entry gone": func(t *testing.T, h *oauthHouse) error {
				_, err := h.Publish(t.Context(), edition(t, "2.0.0"))
				must(t, err)
				_, err = h.UpgradeConnector(t.Context(), h.p, h.root, h.ac.ID)
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h := newOAuthHouse(t, open(t))
				h.authenticate(t, nil)
				inst := h.instance(t)
				must(t, change(t, h))
				if _, err := h.runtimes[0].Obtain(t.Context(), inst); err == nil || h.vendor.revoked.Load() != 1 {
					t.Errorf("%d revocations; with the refresh token: %v", h.vendor.revoked.Load(), err)
				}
				if now, err := h.AccountConnector(t.Context(), h.p, h.root, h.ac.ID); err != nil || now.Authentication == "consent" && now.Authenticated {
					t.Errorf("%q is authenticated: %t, %v", now.Authentication, now.Authenticated, err)
				}
			})
		}
	})
}

// TestAChangeKeepsARenewedToken: a change of the name that names the present way of authentication, too, does not put
// back the token of before a renewal.
func TestAChangeKeepsARenewedToken(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		h.authenticate(t, nil)
		inst := h.instance(t)
		var all sync.WaitGroup
		all.Go(func() {
			for i := range 10 {
				name := "Hub " + strings.Repeat("I", i+1)
				_, err := h.UpdateAccountConnector(t.Context(), h.p, h.root, h.ac.ID, catalog.AccountConnectorUpdate{Name: &name, Authentication: ptr("consent"), AuthValue: ptr("")})
				if err != nil {
					t.Error(err)
				}
			}
		})
		for range 5 {
			next, err := h.Renew(t.Context(), inst)
			must(t, err)
			inst = next
		}
		all.Wait()
		if got := h.instance(t).Grant(); got.RefreshToken != inst.Grant().RefreshToken {
			t.Error("a refresh token that was used up is stored again")
		}
	})
}

// TestNewlySecretPropertiesAreSealed: a value that a release declares secret is not shown any more after the upgrade to it.
func TestNewlySecretPropertiesAreSealed(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const plain = "  - {name: Region, scope: connector, default: eu}\n"
		_, err := h.Publish(t.Context(), edition(t, "1.1.0", plain, plain+"  - {name: Pin, scope: account}\n"))
		must(t, err)
		ac, err := h.InstallConnector(t.Context(), h.p, h.root, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{
			AuthValue: ptr("key"), Properties: []catalog.PropertyInput{{Name: "Pin", Value: ptr("4711")}},
		})
		must(t, err)
		_, err = h.Publish(t.Context(), edition(t, "2.0.0", plain, plain+"  - {name: Pin, scope: account, secret: true}\n"))
		must(t, err)
		up, err := h.UpgradeConnector(t.Context(), h.p, h.root, ac.ID)
		must(t, err)
		for _, p := range up.Properties {
			if p.Name == "Pin" && (p.Value != nil || !p.Secret) {
				t.Errorf("shown is %v, secret %t", *p.Value, p.Secret)
			}
		}
		inst, err := h.Instance(t.Context(), h.root.Scope(), ac.ID)
		must(t, err)
		if inst.Properties["Pin"] != "4711" || !up.Authenticated {
			t.Errorf("the value is %q, authenticated %t", inst.Properties["Pin"], up.Authenticated)
		}
	})
}
