package connector_test

import (
	"strings"
	"testing"

	"paceline"
)

const scoped = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: [api.acme.example]
server: {baseUrl: "https://api.acme.example"}
properties: [{name: Portal, scope: account}]
auth: [{id: consent, type: oauth2, grant: authorization_code, authorizeUrl: "https://api.acme.example/a", tokenUrl: "https://api.acme.example/t"}]
onConnect: {test: get-me}
methods:
  - {id: get-me, name: Get Me, scopes: [me], request: {method: GET, path: /me}}
  - {id: get-contact, name: Get Contact, scopes: [contacts], params: [{name: Id, in: path, required: true}], request: {method: GET, path: "/contacts/{{Id}}"}}
  - {id: list-portals, name: List Portals, scopes: [portals], request: {method: GET, path: /portals}, response: {rows: "[]", fields: [{loc: "[].id", name: Id}]}}
  - {id: other, name: Other, scopes: [other], request: {method: GET, path: /other}}
triggers:
  - {id: changed, name: Changed, type: webhook, scopes: [events], verify: {type: none}, payload: {fields: [{loc: id, name: Id}]}, enrich: {method: get-contact, map: {Id: row.Id}}}
  - id: shared
    name: Shared
    type: webhook
    verify: {type: token, header: X-Token, secret: "{{app.secret}}"}
    route: {mode: shared, key: {in: body, path: portal}, match: Portal, refresh: {method: list-portals, id: Id}}
`

// TestScopesOfTriggers: a trigger asks for its own scopes, and for those of what completes its deliveries and finds the ids of
// its account; whatever is used, those of what is called with a new credential are asked for.
func TestScopesOfTriggers(t *testing.T) {
	t.Parallel()
	c := setupText(t, scoped).compiled
	for used, want := range map[string]string{"": "me contacts portals other events", "other": "me other", "changed": "me contacts events", "shared": "me portals"} {
		var ids []paceline.ID
		if used != "" {
			ids = append(ids, c.MethodUID(used))
		}
		if got := strings.Join(c.Scopes(ids), " "); got != want {
			t.Errorf("with %q asked for %q, want %q", used, got, want)
		}
	}
}
