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

// TestScopesThatAPropertyNames: where a property says what is asked for instead, that is told before.
func TestScopesThatAPropertyNames(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		ctx := t.Context()
		_, err := h.Publish(ctx, catalog.Publication{Partner: h.p.Partner, Name: "own.yaml", Document: []byte(`apiVersion: connectors/v1
kind: Connector
metadata: {key: own, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c11, name: Own, version: 1.0.0}
allowedHosts: [api.own.example]
server: {baseUrl: https://api.own.example}
auth:
  - {id: consent, type: oauth2, default: true, grant: authorization_code, authorizeUrl: https://api.own.example/auth, tokenUrl: https://api.own.example/token, clientId: app, clientAuth: none,
     scopes: {default: [read, write], separator: ",", userEditable: true}}
methods: [{id: get, name: Get, request: {method: GET, path: /x}}]
`)})
		must(t, err)
		ac, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Own"}, catalog.ConnectorInstall{})
		must(t, err)
		told := func(want string) {
			t.Helper()
			form, err := h.SetupForm(ctx, h.p, h.root, ac.ID)
			must(t, err)
			address, _, err := h.BeginConsent(ctx, h.p, h.root, ac.ID, "session", catalog.Consent{Redirect: sentBack})
			must(t, err)
			u, err := url.Parse(address)
			must(t, err)
			if got := strings.Join(form.Scopes, ","); got != want || u.Query().Get("scope") != want {
				t.Errorf("told %q, asked for %q, want %q", got, u.Query().Get("scope"), want)
			}
		}
		told("read,write")
		_, err = h.SetProperty(ctx, h.p, h.root, ac.ID, catalog.PropertyInput{Name: "Scope", Value: ptr("read,admin")})
		must(t, err)
		told("read,admin")
	})
}
