package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"paceline"
	"paceline/server/api"
)

// pages are the routes that are no operations of the API.
var pages = []string{"GET /docs", "GET /docs/icon.svg", "GET /docs/index", "GET /docs/page.js", "GET /docs/style.css", "GET /openapi.json"}

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
