package connector_test

import (
	"strings"
	"testing"

	"paceline/connector"
)

const whole = `apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["*.acme.example"]
properties:
  - {name: Region, scope: account, required: true, default: eu}
  - {name: InstanceUrl, scope: account, hidden: true, source: auth, default: "https://api.{{Region}}.acme.example"}
server: {baseUrl: "{{InstanceUrl}}/v3"}
auth: [{id: key, type: api_key, default: true, fields: [{name: ApiKey}], apply: {in: header, name: X-Api-Key, value: "{{auth.ApiKey}}"}}]
limits: [{id: search, scope: instance, requests: 4, per: 1s, tags: [search]}]
methods:
  - {id: list-fields, name: List Fields, hidden: true, fieldSource: true, request: {method: GET, path: "/schemas/{{object.name}}/fields"}, response: {rows: "[r]", fieldMap: {loc: "'[r].' + row.name"}}}
  - {id: list, name: List, object: contacts, request: {method: GET, path: "/objects/{{object.name}}"}, response: {rows: "[r]"}, customFields: {response: list-fields}}
`

// TestLintKnowsWhatIsSaidElsewhere: the linter does not ask for what a definition says in another place, and still refuses what it
// says nowhere.
func TestLintKnowsWhatIsSaidElsewhere(t *testing.T) {
	t.Parallel()
	problems := connector.Lint("acme.yaml", []byte(whole))
	if len(problems) != 1 || !problems[0].Warning || !strings.Contains(problems[0].Message, "the limit search, so it limits nothing") {
		t.Errorf("problems: %v", problems)
	}
	def, _ := connector.Parse("acme.yaml", []byte(whole))
	if source := def.Methods[0]; source.ObjectName() != "contacts" || len(source.Params) != 1 || source.Params[0].In != connector.ObjectPlace {
		t.Errorf("the source asks about %q with %v", source.ObjectName(), source.Params)
	}
	for name, change := range map[string][2]string{
		"a default elsewhere":               {"https://api.{{Region}}.acme.example", "https://api.{{Region}}.evil.example"},
		"no default":                        {`, source: auth, default: "https://api.{{Region}}.acme.example"`, ""},
		"a value may not choose the domain": {"https://api.{{Region}}.acme.example", "https://acme.example.{{Region}}"},
		"nobody asks the source":            {", customFields: {response: list-fields}", ""},
		"who asks has no object":            {"object: contacts, request: {method: GET, path: \"/objects/{{object.name}}\"", "request: {method: GET, path: /objects"},
	} {
		text := strings.Replace(whole, change[0], change[1], 1)
		if text == whole || !connector.Failed(connector.Lint("acme.yaml", []byte(text))) {
			t.Errorf("%s: %v", name, connector.Lint("acme.yaml", []byte(text)))
		}
	}
}
