package catalog_test

import (
	"net/url"
	"strings"
	"testing"

	"paceline/catalog"
	"paceline/store"
	"paceline/store/storetest"
)

// TestScopesOfWhatIsUsed: a person is asked for what the account's cycles need, and is told so before; without any cycle,
// for what the connector can do.
func TestScopesOfWhatIsUsed(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		ctx := t.Context()
		check := func(want string) {
			t.Helper()
			address, _, err := h.BeginConsent(ctx, h.p, h.root, h.ac.ID, "session", catalog.Consent{Redirect: sentBack})
			must(t, err)
			u, err := url.Parse(address)
			must(t, err)
			if got := u.Query().Get("scope"); got != want {
				t.Errorf("asked for %q, want %q", got, want)
			}
			form, err := h.SetupForm(ctx, h.p, h.root, h.ac.ID)
			must(t, err)
			if got := strings.Join(form.Scopes, " "); got != want {
				t.Errorf("told %q, want %q", got, want)
			}
		}
		check("openid offline_access profile email")
		made, err := h.ImportTemplate(ctx, h.p, catalog.TemplateImport{Document: []byte(whoTemplate)})
		must(t, err)
		_, err = h.InstallTemplate(ctx, h.p, h.root, made.ID, catalog.TemplateInstall{})
		must(t, err)
		check("openid offline_access profile")
	})
}
