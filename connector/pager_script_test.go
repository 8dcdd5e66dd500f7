package connector_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/script"
	"paceline/script/worker"
)

const scriptPages = `apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["*.api.acme.example"]
server: {baseUrl: "https://eu.api.acme.example"}
auth: [{id: key, type: bearer}]
methods:
  - id: list
    name: List
    request: {method: GET, path: /list}
    response: {rows: "[items]"}
    paging: {type: script, send: {in: query, name: after}, maxPages: 4, stop: [{when: "status == 299"}]}
    script: {source: SCRIPT}
`

// TestPagesByScript: the function next_page says what the next request is made of, within the bounds of every pager.
func TestPagesByScript(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	const home = "GET https://eu.api.acme.example/list"
	for name, c := range map[string]struct {
		script string
		pages  []string // queries or addresses behind the first
		failed error
		detail string
	}{
		"a value":               {"return page_number < 3 ? method_response.items[0].id + ':' + page_number : null", []string{"?after=7%3A1", "?after=7%3A2"}, nil, ""},
		"a number":              {"return page_number < 2 ? 5 : undefined", []string{"?after=5"}, nil, ""},
		"false ends":            {"return false", nil, nil, ""},
		"an address":            {"return page_number < 2 ? {url: '/list?at=2'} : null", []string{"?at=2"}, nil, ""},
		"a foreign address":     {"return {url: 'https://evil.example/list'}", nil, connector.ErrPageAddress, ""},
		"the same again":        {"return 'x'", []string{"?after=x"}, connector.ErrPageRepeated, ""},
		"more than are allowed": {"return page_number", []string{"?after=1", "?after=2", "?after=3"}, connector.ErrTooManyPages, ""},
		"too many values":       {"return ['a', 'b']", nil, nil, "next_page returned 2 values"},
		"no value":              {"return {page: 2}", nil, nil, "next_page returns"},
		"lists":                 {"return [[1]]", nil, nil, "next_page returns"},
		"an error":              {"throw new Error('no idea')", nil, nil, "no idea"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			def, problems := connector.Parse("acme", []byte(strings.Replace(scriptPages, "SCRIPT", `"function next_page() { `+c.script+` }"`, 1)))
			if def == nil {
				t.Fatal(problems)
			}
			compiled, err := connector.Compile(def)
			if err != nil {
				t.Fatal(err)
			}
			w := &web{answer: func(*http.Request) (int, string) { return 200, `{"items":[{"id":7}]}` }}
			runtime := connector.New(connector.Config{Transport: w, Scripts: pool})
			call := connector.Call{Instance: &connector.Instance{Account: 1, Partner: 1, Compiled: compiled, AuthValue: "geheim"}, Method: compiled.Method("list")}
			for {
				var result connector.Result
				if result, err = runtime.Call(t.Context(), call); err != nil || result.Next == nil {
					break
				}
				call.Page = result.Next
			}
			want := home + " Bearer geheim"
			for _, page := range c.pages {
				want += "\n" + home + page + " Bearer geheim"
			}
			if got := strings.Join(w.seen, "\n"); got != want {
				t.Errorf("the remote saw\n%s\nwant\n%s", got, want)
			}
			failed, _ := errors.AsType[*connector.Error](err)
			switch {
			case c.failed == nil && c.detail == "" && err != nil, c.failed != nil && !errors.Is(err, c.failed):
				t.Errorf("failed: %v, want %v", err, c.failed)
			case c.detail != "" && (failed == nil || !strings.Contains(failed.Detail, c.detail)):
				t.Errorf("failed: %v, want %s", err, c.detail)
			}
		})
	}
}
