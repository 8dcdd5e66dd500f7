package connector_test

import (
	"strings"
	"testing"

	"paceline/connector"
)

// TestRoutesThatAnybodyCouldWrite: the vendor's id of an account comes neither from a person's browser nor from a default.
func TestRoutesThatAnybodyCouldWrite(t *testing.T) {
	t.Parallel()
	const text = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: ring, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7d02, name: Ring, version: 1.0.0}
allowedHosts: ["ring.example.com", "{{Site}}"]
server: {baseUrl: "https://ring.example.com"}
properties: [{name: Site, scope: account}, {name: Colour, scope: account}, {name: RingId, scope: account}]
auth:
  - id: consent
    type: oauth2
    grant: authorization_code
    authorizeUrl: https://ring.example.com/authorize
    tokenUrl: https://ring.example.com/token
    capture: [{from: token, path: ring, into: RingId}]
triggers:
  - id: rang
    name: Rang
    type: webhook
    verify: {type: hmac, secret: "{{app.secret}}", header: X-Signature}
    route: {mode: shared, key: {in: body, path: ring}, match: RingId}
    payload: {fields: [{loc: ring, name: Ring}]}
methods: [{id: who, name: Who, request: {method: GET, path: /me}}]
`
	for what, c := range map[string]struct{ old, new, want string }{
		"as it is":          {"", "", ""},
		"from the id token": {"from: token", "from: id_token", ""},
		"from the browser":  {"from: token", "from: redirect", "whose events"},
		"another's from it": {"{from: token, path: ring, into: RingId}", "{from: redirect, path: c, into: Colour}", ""},
		"a default":         {"{name: RingId, scope: account}", "{name: RingId, scope: account, default: abc}", "has a default"},
		"a made-up default": {"{name: RingId, scope: account}", `{name: RingId, scope: account, default: "{{Colour}}"}`, "has a default"},
	} {
		var found []string
		for _, p := range connector.Lint("ring.yaml", []byte(strings.Replace(text, c.old, c.new, 1))) {
			if !p.Warning {
				found = append(found, p.Message)
			}
		}
		if c.want == "" && len(found) > 0 || c.want != "" && (len(found) != 1 || !strings.Contains(found[0], c.want)) {
			t.Errorf("%s: %q", what, found)
		}
	}

	def, problems := connector.Parse("ring.yaml", []byte(text))
	if def == nil {
		t.Fatal(problems)
	}
	c, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"RingId": true, "Site": true, "Colour": false} {
		if c.DecidesRoute(name) != want {
			t.Errorf("%s decides: %t", name, !want)
		}
	}
}
