package connector_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/script"
	"paceline/script/worker"
)

const scriptSecretDoc = `apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: [eu.api.acme.example]
server: {baseUrl: "https://eu.api.acme.example"}
auth: [{id: key, type: api_key, apply: {in: query, name: pass, value: "{{auth.ApiKey}}"}}]
script: {source: "// nothing", authValue: true}
methods:
  - id: list
    name: List
    request: {method: GET, path: /list}
`

// TestScriptsAndTheCredential: the address that scripts see has no credential in it, and a sub account's step sees
// nothing of its parent's.
func TestScriptsAndTheCredential(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	def, problems := connector.Parse("acme", []byte(scriptSecretDoc))
	if def == nil {
		t.Fatal(problems)
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	const secret = "sehr geheim & lang"
	for account, want := range map[int64]string{1: secret, 2: "none"} {
		w := &web{}
		runtime := connector.New(connector.Config{Transport: w, Scripts: pool, Limits: connector.Limits{Sends: 1}})
		result, err := runtime.Call(t.Context(), connector.Call{
			Instance: &connector.Instance{Account: 1, Partner: 1, Compiled: compiled, AuthValue: secret}, Method: compiled.Method("list"),
			Behalf: connector.Behalf{Partner: 1, Account: account, Root: 1},
			Script: connector.ScriptCall{Step: "function after_action() { method_response = { at: method_endpoint, auth: typeof method_auth_value === 'undefined' ? 'none' : method_auth_value } }"},
		})
		if err != nil {
			t.Fatal(err)
		}
		var seen struct{ At, Auth string }
		if err := json.Unmarshal(result.Output, &seen); err != nil {
			t.Fatal(err)
		}
		if seen.Auth != want || !strings.HasPrefix(seen.At, "https://eu.api.acme.example/list?pass=") || strings.Contains(seen.At, "geheim") {
			t.Errorf("account %d sees %+v", account, seen)
		}
		if len(w.seen) != 1 || !strings.Contains(fmt.Sprint(w.seen), "geheim") {
			t.Errorf("the remote saw %q", w.seen)
		}
	}
}
