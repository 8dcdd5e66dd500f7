package utility_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"paceline/connector"
	"paceline/mapping"
	scripts "paceline/script"
	"paceline/script/worker"
	"paceline/utility"
)

// TestMain makes the test's program a script worker when a pool starts it as one, and a server that dies when a kill test does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == worker.Argument {
		os.Exit(worker.Main(os.Stdin, os.Stdout))
	}
	killRequests.Victim()
	os.Exit(m.Run())
}

// echo answers with what it was sent, so that a script sees the credential that its request had.
type echo struct {
	mu     sync.Mutex
	bodies [][]byte
	sent   []string
}

func (e *echo) RoundTrip(q *http.Request) (*http.Response, error) {
	var body []byte
	if q.Body != nil {
		body, _ = io.ReadAll(q.Body)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if strings.HasSuffix(q.URL.Path, "/send") {
		e.bodies = append(e.bodies, body)
	}
	e.sent = append(e.sent, q.Header.Get("Authorization"))
	text, _ := json.Marshal(map[string]any{"ok": true, "url": q.URL.String(), "headers": q.Header, "body": string(body)})
	return &http.Response{StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(text)), Request: q}, nil
}

const reachDoc = `apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["*.api.acme.example"]
server: {baseUrl: "https://eu.api.acme.example"}
auth: [{id: key, type: bearer}]
methods:
  - {id: send, name: Send, repeat: safe, request: {method: POST, path: /send, format: json, fields: [{loc: other}, {loc: number}, {loc: connector}]}, response: {fields: [{loc: ok}]}}
`

// TestScriptsFindNothingOfOtherAccounts: a script that tries all it can think of reaches neither what another account's
// script has stored, with its own account connector or the same one, nor that account's credential, while what it tries
// works for the account itself.
func TestScriptsFindNothingOfOtherAccounts(t *testing.T) {
	t.Parallel()
	hostile, err := os.ReadFile("../script/testdata/hostile/out_other_account.js")
	if err != nil {
		t.Fatal(err)
	}
	def, problems := connector.Parse("acme", []byte(reachDoc))
	if def == nil {
		t.Fatal(problems)
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	pool := scripts.NewPool(scripts.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	eachStore(t, utility.Limits{}, func(t *testing.T, h *house) {
		remote := &echo{}
		runtime := connector.New(connector.Config{Transport: remote, Scripts: pool, Limits: connector.Limits{Sends: 1}})
		runtime.ProvideStorage(h.storage(utility.Limits{}))
		call := func(account int, instance int32, owner int, secret, code string) []byte {
			t.Helper()
			remote.bodies, remote.sent = nil, nil
			var in mapping.Inputs
			for name, value := range map[string]any{"other": "northwind", "number": h.accounts[0].Num, "connector": 1} {
				doc, _ := json.Marshal(value)
				in.Fields = append(in.Fields, mapping.Field{Location: mapping.MustLocation(name), Value: mapping.Value(doc)})
			}
			_, err := runtime.Call(t.Context(), connector.Call{
				Instance: &connector.Instance{Account: h.accounts[owner].Num, Partner: h.partner, Root: h.accounts[owner].Root, ID: instance, Compiled: compiled, AuthValue: secret},
				Method:   compiled.Method("send"), Inputs: in, Script: connector.ScriptCall{Step: code},
				Behalf: connector.Behalf{Partner: h.partner, Account: h.accounts[account].Num, Root: h.accounts[owner].Root, Cycle: int64(account + 1)},
			})
			if err != nil || len(remote.bodies) != 1 {
				t.Fatalf("%v, %d calls", err, len(remote.bodies))
			}
			return remote.bodies[0]
		}
		const store = `function before_action() {
			cyclr_storage_set('canary', 'grasshopper'); cycle_storage_set('canary', 'grasshopper');
			method_request = { found: cyclr_storage_get('canary') + cycle_storage_get('canary') + JSON.stringify(http_request({ url: 'https://eu.api.acme.example/echo' })) };
		}`
		if got := call(0, 1, 0, "canary-of-northwind", store); strings.Count(string(got), "grasshopper") != 2 || remote.sent[0] != "Bearer canary-of-northwind" {
			t.Fatalf("the account itself finds %s and sends %q", got, remote.sent)
		}
		for name, c := range map[string]struct {
			instance int32
			owner    int
		}{"with an account connector of its own": {2, 1}, "with one of the same number": {1, 1}, "with its parent's": {1, 0}} {
			var got struct {
				Found []string
				Tried int
			}
			if err := json.Unmarshal(call(1, c.instance, c.owner, "its own", string(hostile)), &got); err != nil || len(got.Found) > 0 || got.Tried < 140 {
				t.Errorf("%s: found %q of %d tried, %v", name, got.Found, got.Tried, err)
			}
			for _, sent := range remote.sent {
				if strings.Contains(sent, "canary") || sent != "" && sent != "Bearer its own" && sent != "{{auth.Token}}" {
					t.Errorf("%s: %q was sent", name, sent)
				}
			}
		}
		const look = "function before_action() { method_request = [cyclr_storage_get('canary'), cycle_storage_get('canary'), cyclr_storage_list_keys()] }"
		if got := string(call(0, 1, 0, "canary-of-northwind", look)); got != `["grasshopper","grasshopper",["canary"]]` {
			t.Errorf("the account itself finds %s afterwards", got)
		}
	})
}
