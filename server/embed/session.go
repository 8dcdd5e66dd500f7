package embed

import (
	"bytes"
	"cmp"
	"io/fs"
	"net/http"
	"strings"

	"paceline"
	"paceline/tenant"
)

// The pages of a session, in lower case; any letter case is answered.
const (
	launchPath      = "/launch"
	orbitPath       = "/orbit"
	marketplacePath = "/launch/marketplace/"
	previewPath     = "/embed/preview"
)

// pageFile is the one page of the embedded application; nonceMark stands in it where the answer's nonce belongs.
const (
	pageFile  = "embed.html"
	nonceMark = "__NONCE__"
)

// sessionPage reports whether a path is one of these pages.
func sessionPage(path string) bool {
	path = strings.TrimSuffix(strings.ToLower(path), "/")
	return path == launchPath || path == orbitPath || path == home || strings.HasPrefix(path, marketplacePath)
}

// session answers with the application, which reads the address itself and asks for what it shows at dataPath. In a frame
// whose browser keeps no cookies, the address says whose page it is, and the application brings the session.
func (h *Handler) session(w http.ResponseWriter, q *http.Request) {
	partner, err := h.hostOf(q)
	if err != nil {
		h.refuseVisit(w, q, err)
		return
	}
	b := h.brandOf(q, partner)
	if session := h.cookieSession(q); session != "" && q.URL.Query().Get("visit") == "" {
		b.visit = visitOf(session)
		http.SetCookie(w, h.embedCookie(q, b.visit, session, int(tenant.EmbedSessionLife.Seconds())))
	}
	h.application(w, q, b, append([]string{"'self'"}, partner.Settings.Origins...))
}

// preview answers with the application as the console frames it, to show what a branding looks like: it shows examples and
// nobody's data.
func (h *Handler) preview(w http.ResponseWriter, q *http.Request) {
	h.application(w, q, brand{}, []string{"'self'"})
}

// application answers with the embedded application in a partner's brand.
func (h *Handler) application(w http.ResponseWriter, q *http.Request, b brand, frames []string) {
	page, err := fs.ReadFile(h.Files, pageFile)
	if err != nil {
		h.refuseVisit(w, q, paceline.Fail(paceline.CodeNoRoute))
		return
	}
	nonce := paceline.NewSecret(16)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'nonce-"+nonce+"'; style-src 'self' 'nonce-"+nonce+
		"'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "+strings.Join(frames, " "))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(b.put(bytes.ReplaceAll(page, []byte(nonceMark), []byte(nonce)), nonce))
}

// hostOf returns the partner in whose pages a page may be framed. Errors: Forbidden without a session, and for an address that names
// another partner than the session's.
func (h *Handler) hostOf(q *http.Request) (paceline.Partner, error) {
	named, framed := h.namedPartner(q)
	_, a, err := h.Tenant.EmbedSession(q.Context(), h.cookieSession(q))
	switch {
	case err == nil && framed && named.Num != a.Partner:
		return paceline.Partner{}, paceline.Fail(paceline.CodeEmbedSession)
	case framed:
		return named, nil
	case err != nil:
		return paceline.Partner{}, err
	}
	return h.Tenant.PartnerOf(q.Context(), a.Partner)
}

// namedPartner is the partner that the address of a page in a frame names.
func (h *Handler) namedPartner(q *http.Request) (paceline.Partner, bool) {
	id, ok := paceline.ParseID(q.URL.Query().Get("partner"))
	if !ok || q.Header.Get("Sec-Fetch-Dest") != "iframe" {
		return paceline.Partner{}, false
	}
	partner, err := h.Tenant.PartnerByID(q.Context(), id)
	return partner, err == nil
}

// refusedIn are the origins that may frame a refusal: those of the partner whose the token or the session was, or that the address
// names; where nobody knows any more whose a token was, the registered origin that the page says it is in. A refusal shows nothing of anybody.
func (h *Handler) refusedIn(q *http.Request) string {
	partner, found := h.namedPartner(q)
	if !found {
		token, _, _ := destination(q.URL.Query())
		var err error
		if partner, err = h.Tenant.PartnerNamed(q.Context(), token, h.cookieSession(q)); err != nil {
			if host := q.URL.Query().Get("origin"); h.Tenant.Registered(q.Context(), host) {
				return "'self' " + host
			}
			return "'none'"
		}
	}
	return framesOf(partner)
}

// framesOf are the origins that may frame what is static and a partner's.
func framesOf(partner paceline.Partner) string {
	if len(partner.Settings.Origins) == 0 {
		return "'none'"
	}
	return "'self' " + strings.Join(partner.Settings.Origins, " ")
}

// cookieSession is the session of the visit that the address or the application names, else the browser's last one.
func (h *Handler) cookieSession(q *http.Request) string {
	visit := cmp.Or(q.Header.Get(visitHeader), q.URL.Query().Get("visit"))
	if visit != "" && !visitName.MatchString(visit) {
		return ""
	}
	if c, err := q.Cookie(h.embedCookie(q, visit, "", 0).Name); err == nil {
		return c.Value
	}
	return ""
}
