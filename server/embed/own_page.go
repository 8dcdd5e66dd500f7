package embed

import (
	"encoding/json"
	"net/http"
	"strings"

	"paceline"
)

// Where pages of a partner's own HTML are, which may run scripts: at the end of a set-up, and when a vendor refuses. Whoever frames
// them passes what they show through a port that the page sends; they have no origin, so that their scripts reach nothing of
// ours (decision D-40).
const (
	ownPagePath  = "/embed/page/"
	completePage = "complete"
	errorPage    = "error"
)

// ownPage answers with a partner's own page. It is the same for everybody: what it is about comes from the page around it.
func (h *Handler) ownPage(w http.ResponseWriter, q *http.Request) {
	id, ok := paceline.ParseID(q.URL.Query().Get("partner"))
	if !ok || q.Method != http.MethodGet {
		h.refuseVisit(w, q, paceline.Fail(paceline.CodeNoRoute))
		return
	}
	partner, err := h.Tenant.PartnerByID(q.Context(), id)
	if err != nil {
		h.refuseVisit(w, q, paceline.Fail(paceline.CodeNoRoute))
		return
	}
	b, err := h.Storefront.BrandingOf(q.Context(), partner.Num)
	if err != nil {
		h.refuseVisit(w, q, err)
		return
	}
	text := map[string]string{completePage: b.CompleteHTML, errorPage: b.ErrorHTML}[strings.TrimPrefix(q.URL.Path, ownPagePath)]
	if text == "" {
		h.refuseVisit(w, q, paceline.Fail(paceline.CodeNoRoute))
		return
	}
	raw, err := json.Marshal(text)
	if err != nil {
		h.refuseVisit(w, q, err)
		return
	}
	origin, err := json.Marshal(partner.Settings.ServiceAt(h.ServiceURL))
	if err != nil {
		h.refuseVisit(w, q, err)
		return
	}
	frames := strings.Join(append([]string{"'self'"}, partner.Settings.Origins...), " ")
	w.Header().Set("Content-Security-Policy", "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox; default-src 'none'; script-src 'unsafe-inline'; "+
		"style-src 'unsafe-inline'; img-src https: data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors "+frames)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write([]byte(ownPageHead + string(raw) + ownPageMiddle + string(origin) + ownPageTail))
}

// The page asks for what it shows with a port, puts names in place as text, and writes the partner's HTML, whose scripts find the
// result as an object of that name.
const (
	ownPageHead = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title></title></head><body>
<script type="application/json" id="own">`
	ownPageMiddle = `</script>
<script>
(() => {
  const own = JSON.parse(document.getElementById("own").textContent);
  const channel = new MessageChannel();
  const port = channel.port1;
  port.onmessage = (e) => {
    port.onmessage = null;
    const { result, names, html } = e.data;
    const plain = (text) => String(text).replace(/[&<>"']/g, (c) => "&#" + c.charCodeAt(0) + ";");
    window.result = result;
    window.closePage = () => port.postMessage({ type: "closed" });
    window.leaveTo = (address) => port.postMessage({ type: "leave", address: String(address) });
    const page = own.replace(/\{\{\s*(\w+)\s*\}\}/g, (all, name) => name in html ? html[name] : name in names ? plain(names[name]) : all);
    document.open();
    document.write(page);
    document.close();
    const tell = () => port.postMessage({ type: "height", height: Math.ceil(document.documentElement.getBoundingClientRect().height) });
    new ResizeObserver(tell).observe(document.documentElement);
    tell();
  };
  if (window.parent !== window) window.parent.postMessage({ type: "own-page" }, `
	ownPageTail = `, [channel.port2]);
})();
</script></body></html>
`
)
