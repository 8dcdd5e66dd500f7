package embed

import (
	_ "embed"
	"html/template"
	"net/http"

	"paceline"
)

// page is what a person sees in the end.
type page struct {
	brand
	Done                   bool
	Nonce, Origin, Message string
	Title, Problem, Detail string
	Again                  string // where to try again; "" is in the window around
	Connecting             bool   // what failed is a connection
	Own                    string // address of the partner's own page about it
}

// pageStyle is the style of the pages that the server writes.
//
//go:embed page.css
var pageStyle string

// The message goes to the one origin that was checked, never to whoever listens.
var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{if .Done}}{{.T "connect.done"}}{{else}}{{.Title}}{{end}}</title><link rel="icon" href="{{.Icon}}"><style nonce="{{.Nonce}}">{{.Style}}</style></head><body><main>
{{if .Logo}}<img class="logo" src="{{.Logo}}" alt="{{.Name}}">{{end}}
{{if .Done}}<h1>{{.T "connect.done"}}</h1>
<p role="status">{{.T "connect.doneText"}}</p>
<script nonce="{{.Nonce}}">(window.opener || window.parent).postMessage({{.Message}}, {{.Origin}}); if (window.opener) window.close();</script>
{{else if .Own}}<iframe id="own" title="{{.Title}}" sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox" src="{{.Own}}"></iframe>
<script nonce="{{.Nonce}}">addEventListener("message", (e) => {
  const own = document.getElementById("own");
  if (e.source !== own.contentWindow || e.data?.type !== "own-page" || !e.ports[0]) return;
  e.ports[0].onmessage = (m) => { if (m.data.type === "height") own.height = m.data.height; if (m.data.type === "closed") window.close(); };
  e.ports[0].postMessage({ result: null, names: { error: {{.Problem}}, error_description: {{.Detail}} }, html: {} });
});</script>
{{else}}<h1>{{.Title}}</h1>
<p role="alert">{{.Problem}}</p>{{if .Detail}}<p>{{.Detail}}</p>{{end}}{{end}}
{{if .Again}}<p><a class="button" href="{{.Again}}">{{.T "connect.back"}}</a></p>{{else if .Connecting}}<p>{{.T "connect.again"}}</p>{{end}}
</main></body></html>
`))

// show answers with a page. ancestors are who may frame it.
func (h *Handler) show(w http.ResponseWriter, q *http.Request, status int, shown page, ancestors string) {
	shown.Nonce = paceline.NewSecret(16)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+shown.Nonce+"'; style-src 'nonce-"+shown.Nonce+
		"'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "+ancestors)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := pageTemplate.Execute(w, shown); err != nil {
		h.Log.DebugContext(q.Context(), "a page was not sent whole", "error", err)
	}
}
