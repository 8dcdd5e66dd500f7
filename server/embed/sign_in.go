package embed

import (
	"net/http"
	"net/url"
	"strings"

	"paceline"
	"paceline/tenant"
)

// home is where a sign-in link leads that names no page.
const home = "/account"

// signIn uses a sign-in token up, begins a session, and sends the person to the page that the link names. The token
// is in the address of no page after this one.
func (h *Handler) signIn(w http.ResponseWriter, q *http.Request) {
	token, to, err := destination(q.URL.Query())
	if err != nil {
		h.refuseVisit(w, q, err)
		return
	}
	session, err := h.Tenant.BeginEmbedSession(q.Context(), token)
	if err != nil {
		h.refuseVisit(w, q, err)
		return
	}
	http.SetCookie(w, h.embedCookie(session, int(tenant.EmbedSessionLife.Seconds())))
	if q.Header.Get("Sec-Fetch-Dest") == "iframe" {
		to = h.framed(q, to, session)
	}
	http.Redirect(w, q, to, http.StatusSeeOther)
}

// framed adds to an address what a page in a frame needs whose browser keeps no cookies: whose it is, and behind the # the
// session, which no server sees and which the page takes out of its address at once.
func (h *Handler) framed(q *http.Request, to, session string) string {
	_, a, err := h.Tenant.EmbedSession(q.Context(), session)
	if err != nil {
		return to
	}
	partner, err := h.Tenant.PartnerOf(q.Context(), a.Partner)
	if err != nil {
		return to
	}
	joint := "?"
	if strings.Contains(to, "?") {
		joint = "&"
	}
	return to + joint + "partner=" + string(partner.ID) + "#session=" + session
}

// destination reads a link: its token, and the page with what is handed on to it. What the page's address says itself
// stays as it is. Errors: Invalid (CodeReturnURL).
func destination(query url.Values) (token, to string, err error) {
	page := ""
	for name, values := range query {
		switch strings.ToLower(name) {
		case "token":
			token = values[0]
		case "returnurl":
			page = values[0]
		}
	}
	if page == "" {
		page = home
	}
	if !local(page) {
		return "", "", paceline.Fail(paceline.CodeReturnURL)
	}
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil {
		return "", "", paceline.Fail(paceline.CodeReturnURL)
	}
	own := u.Query()
	said := map[string]bool{"token": true, "returnurl": true}
	for name := range own {
		said[strings.ToLower(name)] = true
	}
	for name, values := range query {
		if !said[strings.ToLower(name)] {
			own[name] = values
		}
	}
	u.RawQuery = own.Encode()
	return token, u.String(), nil
}

// local reports whether every browser takes an address for one of this site.
func local(page string) bool {
	return strings.HasPrefix(page, "/") && !strings.HasPrefix(page, "//") &&
		!strings.ContainsFunc(page, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' })
}

// embedCookie holds the session. With TLS it also works within a frame of the partner's page, where browsers keep it
// apart from those of other sites.
func (h *Handler) embedCookie(session string, seconds int) *http.Cookie {
	c := &http.Cookie{Name: "embed-session", Value: session, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if strings.HasPrefix(h.ServiceURL, "https://") {
		c.Name, c.Secure, c.SameSite, c.Partitioned = "__Host-"+c.Name, true, http.SameSiteNoneMode, true
	}
	return c
}
