package embed

import (
	"html/template"
	"net/http"

	"paceline"
)

// page is what a person sees in the end.
type page struct {
	Done                   bool
	Nonce, Origin, Message string
	Title, Problem, Detail string
}

// The message goes to the one origin that was checked, never to whoever listens.
var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
{{if .Done}}<title>Connected</title></head><body><main><h1>Connected</h1>
<p role="status">The connector is connected. You can close this window.</p></main>
<script nonce="{{.Nonce}}">(window.opener || window.parent).postMessage({{.Message}}, {{.Origin}}); if (window.opener) window.close();</script></body></html>
{{else}}<title>{{.Title}}</title></head><body><main><h1>{{.Title}}</h1>
<p role="alert">{{.Problem}}</p>{{if .Detail}}<p>{{.Detail}}</p>{{end}}</main></body></html>
{{end}}`))

func (h *Handler) show(w http.ResponseWriter, q *http.Request, status int, shown page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := pageTemplate.Execute(w, shown); err != nil {
		h.Log.DebugContext(q.Context(), "a page was not sent whole", "error", err)
	}
}

// titleOf says in a few words what a status means; callers know the first one.
func titleOf(kind paceline.Kind) string {
	if kind == paceline.Forbidden {
		return "403 – Forbidden: Access is denied."
	}
	return "The connector was not connected"
}
