package embed

import (
	"net/http"
	"strings"

	"paceline"
	"paceline/server/fault"
)

// hostPath is where partners' pages load the script from that opens ours: embed.js for a script element, embed.mjs for an
// import, embed.d.ts for editors.
const hostPath = "/embed/host/"

// host answers with a file of the script. It is public, for pages of any origin.
func (h *Handler) host(w http.ResponseWriter, q *http.Request) {
	name := strings.TrimPrefix(q.URL.Path, hostPath)
	kind := map[string]string{"embed.js": "text/javascript; charset=utf-8", "embed.mjs": "text/javascript; charset=utf-8", "embed.d.ts": "text/plain; charset=utf-8"}[name]
	if kind == "" || q.Method != http.MethodGet && q.Method != http.MethodHead {
		fault.New(http.StatusNotFound, paceline.CodeNoRoute.Text()).Write(w)
		return
	}
	head := w.Header()
	head.Set("Content-Type", kind)
	head.Set("Cache-Control", "public, max-age=300")
	head.Set("Access-Control-Allow-Origin", "*")
	head.Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.ServeFileFS(w, q, h.Files, "host/"+name)
}
