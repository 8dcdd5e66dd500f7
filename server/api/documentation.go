package api

import (
	"embed"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"paceline/server/fault"
)

//go:embed docs
var docsFiles embed.FS

// documentation serves the OpenAPI document and the interactive page.
func (a *API) documentation() {
	a.router.Get("/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		doc, err := a.OpenAPI()
		if err != nil {
			a.log.Error("openapi document", "error", err)
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Write(doc)
	})
	page := func(name, kind string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			body, err := docsFiles.ReadFile("docs/" + name)
			if err != nil {
				a.log.Error("documentation page", "error", err)
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			head := w.Header()
			head.Set("Content-Type", kind)
			head.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
			head.Set("Referrer-Policy", "no-referrer")
			w.Write(body)
		}
	}
	a.router.Get("/docs/index", page("index.html", "text/html; charset=utf-8"))
	a.router.Get("/docs", page("index.html", "text/html; charset=utf-8"))
	a.router.Get("/docs/style.css", page("style.css", "text/css; charset=utf-8"))
	a.router.Get("/docs/icon.svg", page("icon.svg", "image/svg+xml"))
	a.router.Get("/docs/page.js", page("page.js", "text/javascript; charset=utf-8"))
}

// OpenAPI returns the document, indented, as it is committed.
func (a *API) OpenAPI() ([]byte, error) {
	compact, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(compact, &tree); err != nil {
		return nil, err
	}
	doc, err := json.MarshalIndent(tree, "", " ")
	return append(doc, '\n'), err
}

// schemaName names the schemas of the document after the Go types, without the wrappers of wire.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for _, wrapper := range []string{"Opt", "Body"} {
		name = strings.TrimPrefix(name, wrapper)
	}
	switch {
	case name == "": // lists and maps have no name of their own
		return name
	case t == reflect.TypeFor[fault.Answer]():
		return "Error"
	case strings.HasSuffix(name, "Out"):
		name = strings.TrimSuffix(name, "Out")
	case strings.HasSuffix(name, "In"):
		name = strings.TrimSuffix(name, "In") + "Input"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}
