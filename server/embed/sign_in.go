package embed

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
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
	if q.Header.Get("Sec-Fetch-Dest") == "iframe" && accountInterface(to) {
		h.signInAccount(w, q, token, to)
		return
	}
	told := toldOf(to)
	session, bound, err := h.Tenant.BeginEmbedSession(q.Context(), token, told)
	if err != nil {
		h.refuseVisit(w, q, err)
		return
	}
	if bound {
		to = withTold(to, told)
	}
	h.forgetVisits(w, q)
	life := int(tenant.EmbedSessionLife.Seconds())
	http.SetCookie(w, h.embedCookie(q, "", session, life))
	http.SetCookie(w, h.embedCookie(q, visitOf(session), session, life))
	to = withQuery(to, "visit="+visitOf(session))
	if q.Header.Get("Sec-Fetch-Dest") == "iframe" {
		to = h.framed(q, to, session)
	}
	http.Redirect(w, q, to, http.StatusSeeOther)
}

// accountPath is where the account interface is: a page of the web application, not of the embedded one.
const accountPath = "/a/"

func accountInterface(to string) bool {
	path, _, _ := strings.Cut(to, "?")
	return strings.HasPrefix(path+"/", accountPath)
}

// signInAccount shows the account interface in a frame, where the partner has allowed it. Its session is in a cookie of that frame,
// which browsers keep over TLS alone.
func (h *Handler) signInAccount(w http.ResponseWriter, q *http.Request, token, to string) {
	if h.BeginFrame == nil || !h.secure(q) {
		h.refuseVisit(w, q, paceline.Fail(paceline.CodeSignInToken))
		return
	}
	s, err := h.Tenant.BeginFrameSession(q.Context(), token)
	if err != nil {
		h.refuseVisit(w, q, err)
		return
	}
	h.BeginFrame(w, q, s.Token, int(tenant.SessionLife.Seconds()))
	if path, _, _ := strings.Cut(to, "?"); len(path) <= len(accountPath) {
		to = accountPath + url.PathEscape(s.Account.APIID) + "/cycles"
	}
	http.Redirect(w, q, to, http.StatusSeeOther)
}

// toldOf is what an address tells its page that visitors must not change.
func toldOf(to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return ""
	}
	return tenant.Told(u.Path, u.Query())
}

// withTold adds it to the address, as the page shows it with each request. What comes back in the result needs to be there once.
func withTold(to, told string) string {
	u, err := url.Parse(to)
	if err != nil {
		return to
	}
	own := u.Query()
	own.Del("complete")
	own.Set("told", base64.RawURLEncoding.EncodeToString([]byte(told)))
	u.RawQuery = own.Encode()
	return u.String()
}

// visitOf names a session in addresses: a browser may have several at a time, of several customers, each in a window of its own. It
// is no secret, and of no use without the cookie.
func visitOf(session string) string {
	sum := sha256.Sum256([]byte("visit " + session))
	return hex.EncodeToString(sum[:6])
}

// maxVisits bounds the sessions that a browser keeps at a time.
const maxVisits = 8

// forgetVisits takes away the oldest sessions of a browser that has had many; browsers send the oldest cookies first.
func (h *Handler) forgetVisits(w http.ResponseWriter, q *http.Request) {
	var have []string
	before := h.embedCookie(q, "0", "", 0).Name
	before = before[:len(before)-1]
	for _, c := range q.Cookies() {
		if visit, ok := strings.CutPrefix(c.Name, before); ok && visitName.MatchString(visit) {
			have = append(have, visit)
		}
	}
	for i := 0; i <= len(have)-maxVisits; i++ {
		http.SetCookie(w, h.embedCookie(q, have[i], "", -1))
	}
}

var visitName = regexp.MustCompile(`^[0-9a-f]{12}$`)

// withQuery adds to the query of an address.
func withQuery(address, pair string) string {
	if strings.Contains(address, "?") {
		return address + "&" + pair
	}
	return address + "?" + pair
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
	return withQuery(to, "partner="+string(partner.ID)) + "#session=" + session
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
	said := map[string]bool{"token": true, "returnurl": true, "visit": true, "partner": true, "told": true}
	for name := range own {
		if low := strings.ToLower(name); low == "visit" || low == "partner" || low == "told" { // whose the page is says the token alone
			own.Del(name)
		}
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

// embedCookie holds the session of a visit, or with "" of the last one. With TLS it also works within a frame of the partner's
// page, where browsers keep it apart from those of other sites.
func (h *Handler) embedCookie(q *http.Request, visit, session string, seconds int) *http.Cookie {
	c := &http.Cookie{Name: "embed-" + cmp.Or(visit, "session"), Value: session, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if h.secure(q) {
		c.Name, c.Secure, c.SameSite, c.Partitioned = "__Host-"+c.Name, true, http.SameSiteNoneMode, true
	}
	return c
}
