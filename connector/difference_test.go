package connector_test

import (
	"strings"
	"testing"

	"paceline/connector"
)

// TestDifferences shows what is told of another release.
func TestDifferences(t *testing.T) {
	t.Parallel()
	const begin = `apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
server: {baseUrl: "https://a.acme.example"}
`
	read := func(text string) *connector.Definition {
		def, problems := connector.Parse("acme", []byte(begin+text))
		if def == nil {
			t.Fatal(problems)
		}
		return def
	}
	before := read(`allowedHosts: [a.acme.example, b.acme.example]
auth: [{id: o, type: oauth2, grant: client_credentials, tokenUrl: "https://a.acme.example/t", scopes: {default: [read]}}]
script: {source: "function before_action() {}"}
methods:
  - {id: one, name: One, request: {method: GET, path: /1}, script: {source: "function after_action() {}"}}
  - {id: two, name: Two, request: {method: GET, path: /2}}
`)
	after := read(`allowedHosts: [a.acme.example, c.acme.example]
auth:
  - {id: o, type: oauth2, grant: client_credentials, tokenUrl: "https://a.acme.example/t", scopes: {default: [read]}}
  - {id: k, type: chain, parts: [{id: app, type: bearer}, {id: person, type: basic, apply: {in: header, name: X-Person, value: "{{auth.Basic}}"}}]}
script: {source: "function before_action() { action_data.x = 1 }"}
methods:
  - {id: one, name: One, request: {method: GET, path: /1}}
  - {id: two, name: Two, scopes: [read, write], request: {method: GET, path: /2}, script: {source: "function after_action() {}"}}
triggers: [{id: t, name: T, type: webhook, scopes: [events], verify: {type: none}}]
`)
	want := `a host is new: c.acme.example
a host is gone: b.acme.example
a scope is new: events
a scope is new: write
a way to sign in is new: k (chain)
a way to sign in is new: k, app (bearer)
a way to sign in is new: k, person (basic)
a script is another: connector
a script is new: method two
a script is gone: method one`
	if got := strings.Join(connector.Differences(before, after), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if same := connector.Differences(before, before); len(same) > 0 {
		t.Errorf("of itself it differs by %q", same)
	}
}
