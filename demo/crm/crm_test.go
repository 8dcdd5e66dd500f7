package crm

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"paceline/demo/standin"
)

func start(t *testing.T, o Options) *standin.Server {
	t.Helper()
	o.Key = "k3y"
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func call(t *testing.T, s *standin.Server, method, path, body, key string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set(KeyHeader, key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, strings.TrimSpace(string(text))
}

func TestAPI(t *testing.T) {
	t.Parallel()
	// The cases run one after another on one CRM.
	tests := []struct {
		name, method, path, body, key string
		status                        int
		holds                         []string // parts of the answer
	}{
		{"no key", "GET", "/api/tickets", "", "", 401, []string{`"unauthorized"`}},
		{"wrong key", "POST", "/api/tickets", `{"subject":"a"}`, "wrong", 401, nil},
		{"wrong key on an unknown path", "GET", "/nowhere", "", "wrong", 401, nil},
		{"who am I", "GET", "/api/me", "", "k3y", 200, []string{`"plan":"demo"`}},
		{"unknown path", "GET", "/nowhere", "", "k3y", 404, nil},
		{"create", "POST", "/api/tickets", `{"subject":"First","external_id":"e1","tags":["a"]}`, "k3y", 201, []string{`"id":4001`, `"status":"open"`, `"priority":"normal"`, `"revision":1`}},
		{"create the same again", "POST", "/api/tickets", `{"subject":"Twin","external_id":"e1"}`, "k3y", 409, []string{"4001"}},
		{"create without a subject", "POST", "/api/tickets", `{"status":"open"}`, "k3y", 422, []string{`"subject":"is required"`}},
		{"unknown field", "POST", "/api/tickets", `{"subject":"a","colour":"red"}`, "k3y", 422, []string{`"colour":"is not a known field"`}},
		{"wrong types", "POST", "/api/tickets", `{"subject":1,"tags":"a"}`, "k3y", 422, []string{`"subject":"is not a string"`, `"tags":"is not an array of strings"`}},
		{"wrong value", "POST", "/api/tickets", `{"subject":"a","priority":"asap"}`, "k3y", 422, []string{`"priority":"is not one of low, normal, high"`}},
		{"an id of its own choice", "POST", "/api/tickets", `{"subject":"a","id":9}`, "k3y", 422, []string{`"id":`}},
		{"no JSON", "POST", "/api/tickets", `{`, "k3y", 400, nil},
		{"get", "GET", "/api/tickets/4001", "", "k3y", 200, []string{`"subject":"First"`, `"tags":["a"]`}},
		{"get nothing", "GET", "/api/tickets/4999", "", "k3y", 404, nil},
		{"get no number", "GET", "/api/tickets/x", "", "k3y", 404, nil},
		{"update", "PUT", "/api/tickets/4001", `{"status":"pending","description":"d"}`, "k3y", 200, []string{`"status":"pending"`, `"subject":"First"`, `"description":"d"`, `"revision":2`}},
		{"empty a field", "PUT", "/api/tickets/4001", `{"description":null}`, "k3y", 200, []string{`"description":""`, `"revision":3`}},
		{"update nothing", "PUT", "/api/tickets/5", `{"status":"open"}`, "k3y", 404, nil},
		{"move to another external id", "PUT", "/api/tickets/4001", `{"external_id":"e2"}`, "k3y", 422, nil},
		{"upsert creates", "PUT", "/api/tickets/external/github-7", `{"subject":"Issue"}`, "k3y", 201, []string{`"id":4002`, `"external_id":"github-7"`}},
		{"upsert updates", "PUT", "/api/tickets/external/github-7", `{"subject":"Issue, renamed"}`, "k3y", 200, []string{`"id":4002`, `"revision":2`, "renamed"}},
		{"upsert of a long id", "PUT", "/api/tickets/external/" + strings.Repeat("x", 101), `{"subject":"a"}`, "k3y", 422, []string{"external_id"}},
		{"find by external id", "GET", "/api/tickets?external_id=github-7", "", "k3y", 200, []string{`"total":1`, `"id":4002`}},
		{"find by status", "GET", "/api/tickets?status=pending", "", "k3y", 200, []string{`"total":1`, `"id":4001`}},
		{"first page", "GET", "/api/tickets?per_page=1", "", "k3y", 200, []string{`"id":4002`, `"page":1`, `"pages":2`, `"total":2`}},
		{"second page", "GET", "/api/tickets?per_page=1&page=2", "", "k3y", 200, []string{`"id":4001`, `"page":2`}},
		{"past the end", "GET", "/api/tickets?page=9", "", "k3y", 200, []string{`"tickets":[]`, `"total":2`}},
		{"a page that is none", "GET", "/api/tickets?page=0&per_page=101&sort=x", "", "k3y", 422, []string{`"page"`, `"per_page"`, `"sort"`}},
	}
	s := start(t, Options{})
	for _, tt := range tests {
		resp, text := call(t, s, tt.method, tt.path, tt.body, tt.key)
		if resp.StatusCode != tt.status {
			t.Errorf("%s: %d, want %d: %s", tt.name, resp.StatusCode, tt.status, text)
		}
		for _, part := range tt.holds {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q is missing in %s", tt.name, part, text)
			}
		}
	}
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	s := start(t, Options{RequestsPerMinute: 2})
	for i, want := range []int{200, 200, 429} {
		resp, text := call(t, s, "GET", "/api/me", "", "k3y")
		if resp.StatusCode != want || (want == 429) != (resp.Header.Get("Retry-After") != "") {
			t.Errorf("request %d: %d, Retry-After %q: %s", i, resp.StatusCode, resp.Header.Get("Retry-After"), text)
		}
	}
	if resp, _ := call(t, s, "GET", "/api/me", "", "wrong"); resp.StatusCode != 401 {
		t.Errorf("a wrong key counts against the limit: %d", resp.StatusCode)
	}
}

func TestASecondStartFindsTheTickets(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crm.json")
	first := start(t, Options{StateFile: path})
	call(t, first, "PUT", "/api/tickets/external/e", `{"subject":"Kept"}`, "k3y")
	first.Close()
	second := start(t, Options{StateFile: path})
	_, text := call(t, second, "GET", "/api/tickets", "", "k3y")
	var list page
	if err := json.Unmarshal([]byte(text), &list); err != nil || list.Total != 1 || list.Tickets[0].Subject != "Kept" {
		t.Errorf("%s: %v", text, err)
	}
	_, text = call(t, second, "POST", "/api/tickets", `{"subject":"Next"}`, "k3y")
	if !strings.Contains(text, fmt.Sprintf(`"id":%d`, firstID+2)) {
		t.Errorf("numbers begin again: %s", text)
	}
}
