package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"paceline/catalog"
	"paceline/connector"
)

// TestConnectorsOfAPresetShareAnApp: the partner's app for one is that of the others with the same sign-in, and nobody's who
// could send its secret elsewhere.
func TestConnectorsOfAPresetShareAnApp(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		const google = "{id: g, type: oauth2, preset: google}"
		publish := func(n int, name string, account int64, entries ...string) {
			t.Helper()
			text := fmt.Sprintf(`apiVersion: connectors/v1
kind: Connector
metadata: {key: %s, uid: 7f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c1%d, name: %s, version: 1.0.0}
allowedHosts: [accounts.google.com, oauth2.googleapis.com, api.acme.example]
server: {baseUrl: "https://api.acme.example"}
auth: [%s]
methods: []
`, strings.ToLower(name), n, name, strings.Join(entries, ", "))
			_, err := h.Publish(ctx, catalog.Publication{Name: name, Document: []byte(text), Partner: h.p.Partner, Account: account})
			must(t, err)
		}
		publish(1, "Drive", 0, google)
		publish(2, "Sheets", 0, google)
		publish(3, "Both", 0, google, `{id: own, type: oauth2, grant: client_credentials, tokenUrl: "https://api.acme.example/token"}`)
		publish(4, "Theirs", h.root.Num, google)
		installed := []string{}
		client := func(name string) string {
			installed = append(installed, name)
			t.Helper()
			ac, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: name}, catalog.ConnectorInstall{Name: ptr(name + fmt.Sprint(len(installed)))})
			must(t, err)
			inst, err := h.Instance(ctx, h.root.Scope(), ac.ID)
			must(t, err)
			return inst.Client.ID + " " + inst.Client.Secret
		}
		set := func(name, id string) {
			t.Helper()
			_, err := h.SetOAuthApp(ctx, h.p, catalog.ConnectorRef{Name: name}, connector.Client{ID: id, Secret: id + "-secret"})
			must(t, err)
		}
		expect := func(when string, want map[string]string) {
			t.Helper()
			for name, app := range want {
				if app != "" {
					app += " " + app + "-secret"
				} else {
					app = " "
				}
				if got := client(name); got != app {
					t.Errorf("%s: %s uses the app %q, want %q", when, name, got, app)
				}
			}
		}
		set("Drive", "first")
		expect("set for one", map[string]string{"Drive": "first", "Sheets": "first", "Both": "", "Theirs": ""})
		set("Sheets", "second")
		set("Both", "own")
		expect("set for the other", map[string]string{"Drive": "second", "Sheets": "second", "Both": "own", "Theirs": ""})
		if apps, err := h.OAuthApps(ctx, h.p); err != nil || len(apps) != 3 {
			t.Errorf("the list has %+v, %v", apps, err)
		}
		if app, err := h.OAuthApp(ctx, h.p, catalog.ConnectorRef{Name: "Drive"}); err != nil || app.ClientID != "second" {
			t.Errorf("it is shown as %+v, %v", app, err)
		}
		must(t, h.RemoveOAuthApp(ctx, h.p, catalog.ConnectorRef{Name: "Drive"}))
		expect("removed", map[string]string{"Drive": "", "Sheets": "", "Both": "own"})
	})
}
