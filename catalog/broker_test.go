package catalog_test

import (
	"runtime"
	"testing"
	"weak"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/internal/seal"
)

// TestOpenedCredentialsAreNotKept: an account connector is opened while calls hold it, and is gone with the last of them.
func TestOpenedCredentialsAreNotKept(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ac := h.withSecrets(t)
		open := func() (*connector.Instance, weak.Pointer[connector.Instance]) {
			t.Helper()
			inst, err := h.Instance(t.Context(), h.root.Scope(), ac.ID)
			must(t, err)
			if inst.AuthValue != "the-credential-0001" || inst.Properties[catalog.WebhookSecret] != "the-webhook-secret-0001" {
				t.Fatalf("opened: %q %v", inst.AuthValue, inst.Properties)
			}
			return inst, weak.Make(inst)
		}
		first, kept := open()
		runtime.GC()
		second, again := open()
		if kept != again || first != second {
			t.Error("what a call holds is opened anew for another one")
		}
		runtime.KeepAlive(first)
		runtime.KeepAlive(second)
		first, second = nil, nil
		runtime.GC()
		if kept.Value() != nil {
			t.Error("nobody calls, and the credential is still open")
		}
		open()
	})
}

// TestLockedCredentials: while credentials are locked they are listed, shown by their ends, entered and changed; none is
// opened, also not one that another call still holds.
func TestLockedCredentials(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ac := h.withSecrets(t)
		held, err := h.Instance(ctx, h.root.Scope(), ac.ID)
		must(t, err)
		h.locked.Store(true)
		refused := func(what string) {
			t.Helper()
			_, err := h.Instance(ctx, h.root.Scope(), ac.ID)
			fails(t, what, err, paceline.CodeCredentialsLocked)
		}
		refused("one that a call holds")
		runtime.KeepAlive(held)
		hints := func(auth, property string) {
			t.Helper()
			list, err := h.AccountConnectors(ctx, h.p, h.root, "", paceline.Page{Number: 1, Size: 100})
			must(t, err)
			for _, shown := range list.Items {
				if shown.ID != ac.ID {
					continue
				}
				found := ""
				for _, p := range shown.Properties {
					if p.Name == catalog.WebhookSecret {
						found = p.Hint
					}
				}
				if shown.AuthHint != auth || found != property || len(shown.HintSealed) > 0 {
					t.Errorf("the hints are %q and %q, want %q and %q", shown.AuthHint, found, auth, property)
				}
			}
		}
		hints("0001", "0001")
		_, err = h.SetupForm(ctx, h.p, h.root, ac.ID)
		must(t, err)
		_, err = h.UpdateAccountConnector(ctx, h.p, h.root, ac.ID, catalog.AccountConnectorUpdate{AuthValue: ptr("the-credential-0002")})
		must(t, err)
		_, err = h.SetProperty(ctx, h.p, h.root, ac.ID, catalog.PropertyInput{Name: catalog.WebhookSecret, Value: ptr("the-webhook-secret-0002")})
		must(t, err)
		hints("0002", "0002")
		refused("one that was entered meanwhile")
		checked, err := h.Instance(seal.ToCheck(ctx), h.root.Scope(), ac.ID)
		if err != nil || checked.Properties[catalog.WebhookSecret] != "the-webhook-secret-0002" {
			t.Errorf("to check a delivery: %v", err)
		}
		refused("one that a delivery is checked with")
		h.locked.Store(false)
		inst, err := h.Instance(ctx, h.root.Scope(), ac.ID)
		if err != nil || inst.AuthValue != "the-credential-0002" {
			t.Errorf("unlocked: %v", err)
		}
	})
}

// withSecrets is an account connector with a credential and a secret property.
func (h *house) withSecrets(t *testing.T) catalog.AccountConnector {
	t.Helper()
	ac, err := h.InstallConnector(t.Context(), h.p, h.root, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{
		AuthValue: ptr("the-credential-0001"), Properties: []catalog.PropertyInput{
			{Name: "BaseUrl", Value: ptr("https://one.example.com")}, {Name: catalog.WebhookSecret, Value: ptr("the-webhook-secret-0001")}},
	})
	must(t, err)
	return ac
}
