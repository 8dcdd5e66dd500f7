package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"paceline"
	"paceline/server/api"
)

// pages are the routes that are no operations of the API.
var pages = []string{"GET /api/connectorstore", "GET /api/connectorstore/{id}", "GET /docs", "GET /docs/icon.svg", "GET /docs/index", "GET /docs/page.js", "GET /docs/style.css", "GET /openapi.json"}

// TestRouteInventory: every mounted route is an operation of the document, an alias that it tells, or a
// named page; and every route has its columns.
func TestRouteInventory(t *testing.T) {
	t.Parallel()
	a := api.New(api.Services{})
	text, err := a.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Aliases    []string `json:"x-aliases"`
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for path, item := range doc.Paths {
		for method, op := range item {
			documented[strings.ToUpper(method)+" "+path] = true
			for _, alias := range op.Aliases {
				verb, rest, _ := strings.Cut(alias, " ")
				documented[verb+" "+api.Prefix+rest] = true
			}
			for part := range strings.SplitSeq(path, "/") {
				name, isParam := strings.CutPrefix(part, "{")
				name = strings.TrimSuffix(name, "}")
				if isParam && !slices.ContainsFunc(op.Parameters, func(p struct{ Name, In string }) bool { return p.In == "path" && p.Name == name }) {
					t.Errorf("%s %s does not read its parameter %s", method, path, name)
				}
			}
		}
	}
	for _, page := range pages {
		documented[page] = true
	}
	mounted := map[string]bool{}
	err = chi.Walk(a.Router(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		mounted[method+" "+route] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for route := range mounted {
		if !documented[route] {
			t.Errorf("%s is mounted and neither an operation, an alias nor a named page", route)
		}
	}
	for route := range documented {
		if !mounted[route] {
			t.Errorf("%s is documented and not mounted", route)
		}
	}
	seen := map[string]bool{}
	for _, r := range a.Routes() {
		if r.ID == "" || r.Summary == "" || r.Tag == "" || seen[r.ID] {
			t.Errorf("%s %s lacks an id of its own, a summary or a tag", r.Method, r.Path)
		}
		seen[r.ID] = true
		if r.Right == "" || r.RightAs == paceline.NoRight {
			t.Errorf("%s: the right that a console user needs is not named", r.ID)
		}
		if strings.Contains(r.Path, "{") && len(r.IDs) == 0 {
			t.Errorf("%s has a parameter and does not say whose it is", r.ID)
		}
	}
}

// TestDocumentIsFresh: the committed document is what the code says.
func TestDocumentIsFresh(t *testing.T) {
	t.Parallel()
	made, err := api.New(api.Services{}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(made) != string(committed) {
		t.Error("server/api/openapi.json is stale: run make generate")
	}
}

// TestDocumentIsComplete: every operation says what it takes and what it answers, everything that it refers to is there,
// and nothing is there that no operation uses.
func TestDocumentIsComplete(t *testing.T) {
	t.Parallel()
	text, err := api.New(api.Services{}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	var follow func(where string, raw json.RawMessage)
	follow = func(where string, raw json.RawMessage) {
		for _, m := range reference.FindAllStringSubmatch(string(raw), -1) {
			if used[m[1]] {
				continue
			}
			used[m[1]] = true
			if doc.Components.Schemas[m[1]] == nil {
				t.Errorf("%s refers to %s, which is not there", where, m[1])
			}
			follow(m[1], doc.Components.Schemas[m[1]])
		}
	}
	for path, item := range doc.Paths {
		for method, raw := range item {
			where := method + " " + path
			follow(where, raw)
			var op struct {
				OperationId, Summary string
				Security             []any
				Parameters           []struct {
					Name, In string
					Schema   json.RawMessage
				}
				RequestBody *struct {
					Content map[string]struct{ Schema json.RawMessage }
				}
				Responses map[string]struct {
					Description string
					Content     map[string]struct{ Schema json.RawMessage }
				}
			}
			if err := json.Unmarshal(raw, &op); err != nil {
				t.Fatalf("%s: %v", where, err)
			}
			for _, p := range op.Parameters {
				if p.Schema == nil {
					t.Errorf("%s: the parameter %s has no schema", where, p.Name)
				}
			}
			if op.RequestBody != nil && op.RequestBody.Content["application/json"].Schema == nil {
				t.Errorf("%s: its body has no schema", where)
			}
			success := false
			for status, r := range op.Responses {
				success = success || strings.HasPrefix(status, "2")
				if r.Description == "" {
					t.Errorf("%s: its answer %s has no description", where, status)
				}
				for kind, content := range r.Content {
					if content.Schema == nil && kind != "text/event-stream" {
						t.Errorf("%s: its answer %s as %s has no schema", where, status, kind)
					}
				}
			}
			if !success || op.Responses["default"].Description == "" || op.OperationId == "" || op.Summary == "" || len(op.Security) == 0 {
				t.Errorf("%s lacks an answer for success or failure, an id, a summary, or who may call it", where)
			}
		}
	}
	for name := range doc.Components.Schemas {
		if !used[name] {
			t.Errorf("no operation uses the schema %s", name)
		}
	}
}

var reference = regexp.MustCompile(`"#/components/schemas/([^"]+)"`)
