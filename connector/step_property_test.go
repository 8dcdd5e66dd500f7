package connector_test

import (
	"context"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/connector/connectortest"
)

const scopedDefinition = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["{{BaseUrl}}"]
properties:
  - {name: BaseUrl, scope: account}
  - {name: Desk, scope: step, default: first}
  - {name: Pass, scope: step, secret: true}
  - {name: Brand, scope: partner}
server: {baseUrl: "{{BaseUrl}}", headers: {X-Brand: "{{Brand}}", X-Pass: "{{Pass}}"}}
auth: [{id: none, type: none}]
methods: [{id: get, name: Get, request: {method: GET, path: "/desks/{{Desk}}"}}]
`

// TestValuesOfPartnerAndStep: a call has the partner's values, and those of its step in place of defaults; one step's
// are not those of the next, and a secret one is masked in what is logged.
func TestValuesOfPartnerAndStep(t *testing.T) {
	t.Parallel()
	b := setupText(t, scopedDefinition)
	b.instance = &connector.Instance{Compiled: b.compiled, Properties: map[string]string{"BaseUrl": b.remote.URL, "Brand": "Contoso"}}
	b.remote.On("/desks/second floor", connectortest.JSON(200, "{}"))
	b.remote.On("/desks/first", connectortest.JSON(200, "{}"))
	result, failed := b.call("get", `template:Desk="second floor"`, `template:Pass="open-sesame"`)
	if failed != nil {
		t.Fatal(failed)
	}
	if text := string(result.Exchanges[0].Request); strings.Contains(text, "open-sesame") || !strings.Contains(text, "second%20floor") {
		t.Errorf("logged is %s", text)
	}
	if _, failed = b.call("get"); failed != nil {
		t.Fatal(failed)
	}
	got := b.remote.Received()
	if got[0].Path != "/desks/second%20floor" || got[0].Header.Get("X-Pass") != "open-sesame" || got[0].Header.Get("X-Brand") != "Contoso" {
		t.Errorf("the step's call: %s %v", got[0].Path, got[0].Header)
	}
	if got[1].Path != "/desks/first" || got[1].Header.Get("X-Pass") != "" || got[1].Header.Get("X-Brand") != "Contoso" {
		t.Errorf("the call of a step without values: %s %v", got[1].Path, got[1].Header)
	}
}

// TestScopesThatDecideOnAHost: neither a partner's nor a step's value may say where an account's credential goes.
func TestScopesThatDecideOnAHost(t *testing.T) {
	t.Parallel()
	for scope, refused := range map[string]bool{"account": false, "connector": false, "partner": true, "step": true} {
		for place, change := range map[string][2]string{
			"the base address": {`baseUrl: "{{BaseUrl}}"`, `baseUrl: "https://{{Place}}.acme.example"`},
			"an allowed host":  {`allowedHosts: ["{{BaseUrl}}"]`, `allowedHosts: ["{{BaseUrl}}", "{{Place}}.acme.example"]`},
			"a whole address":  {`path: "/desks/{{Desk}}"`, `url: "https://{{Place}}.acme.example/{{Desk}}"`},
		} {
			text := strings.Replace(scopedDefinition, change[0], change[1], 1)
			text = strings.Replace(text, "properties:\n", "properties:\n  - {name: Place, scope: "+scope+", default: eu}\n", 1)
			if place != "an allowed host" {
				text = strings.Replace(text, `allowedHosts: ["{{BaseUrl}}"]`, `allowedHosts: ["{{BaseUrl}}", "*.acme.example"]`, 1)
			}
			found := false
			for _, p := range connector.Lint("acme.yaml", []byte(text)) {
				if strings.Contains(p.Message, "decides on a host") {
					found = found || !p.Warning && p.Remedy != "" && p.Line > 0 && strings.Contains(p.Message, "Place")
				} else if !p.Warning {
					t.Errorf("%s in %s: %v", scope, place, p)
				}
			}
			if found != refused {
				t.Errorf("a property of scope %s in %s is refused: %t, want %t", scope, place, found, refused)
			}
		}
	}
}

// TestValuesOfAStepSurviveARenewal: a token that ends in the middle of a call is renewed, and the request that is made
// with the new one still has the step's values; the next call of whoever holds the account connector begins with it.
func TestValuesOfAStepSurviveARenewal(t *testing.T) {
	t.Parallel()
	text := strings.Replace(scopedDefinition, "auth: [{id: none, type: none}]",
		`auth: [{id: o, type: oauth2, grant: client_credentials, tokenUrl: "{{BaseUrl}}/token"}]`, 1)
	b := setupText(t, text)
	b.instance = &connector.Instance{
		Compiled: b.compiled, Auth: b.compiled.Auth(""), AuthValue: `{"AccessToken":"ended"}`, Client: connector.Client{ID: "app", Secret: "app-secret"},
		Properties: map[string]string{"BaseUrl": b.remote.URL, "Brand": "Contoso"},
	}
	keeper := &renewals{}
	b.runtime = b.runtimeWith(t, renewerOf(func(ctx context.Context, used *connector.Instance) (*connector.Instance, error) {
		next, err := keeper.Renew(ctx, used)
		next.Properties = b.instance.Properties
		return next, err
	}))
	b.remote.On("/desks/second", connectortest.JSON(401, "{}"), connectortest.JSON(200, "{}"), connectortest.JSON(200, "{}"))
	for range 2 {
		if _, failed := b.call("get", `template:Desk="second"`, `template:Pass="open-sesame"`); failed != nil {
			t.Fatal(failed)
		}
	}
	got := b.remote.Received()
	if len(got) != 3 || keeper.n != 1 {
		t.Fatalf("%d calls and %d renewals, want 3 and 1", len(got), keeper.n)
	}
	for i, want := range []string{"Bearer ended", "Bearer token-1", "Bearer token-1"} {
		if h := got[i].Header; h.Get("Authorization") != want || h.Get("X-Pass") != "open-sesame" || h.Get("X-Brand") != "Contoso" {
			t.Errorf("call %d of %s has %v, want %s", i, got[i].Path, h, want)
		}
	}
}

type renewerOf func(ctx context.Context, used *connector.Instance) (*connector.Instance, error)

func (f renewerOf) Renew(ctx context.Context, used *connector.Instance) (*connector.Instance, error) {
	return f(ctx, used)
}
