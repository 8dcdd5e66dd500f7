package session

import (
	"net/http"
	"strings"

	"paceline/server/origin"
)

// The names of cookies name nobody. With TLS the prefix keeps other hosts of the domain from setting them.
const (
	plainName  = "console-session"
	secureName = "__Host-" + plainName
	frameName  = "__Host-frame-session" // of the account interface in a frame of a partner's page
)

// Cookie is how browsers keep a session. No other name than its own is read: a sibling host could put its own session in the place
// of a person's.
type Cookie struct{ Secure bool }

// CookieAt is the cookie of the web application at an address.
func CookieAt(url string) Cookie { return Cookie{Secure: strings.HasPrefix(url, "https://")} }

func (c Cookie) name() string {
	if c.Secure {
		return secureName
	}
	return plainName
}

// Token returns the token of a request's cookie, or "".
func (c Cookie) Token(q *http.Request) string {
	for _, name := range []string{c.name(), frameName} {
		if sent, err := q.Cookie(name); err == nil {
			return sent.Value
		}
	}
	return ""
}

// framed reports whether a request's token is that of a frame.
func (c Cookie) framed(q *http.Request) bool {
	_, noOwn := q.Cookie(c.name())
	_, noFrame := q.Cookie(frameName)
	return noOwn != nil && noFrame == nil
}

// Bearer returns the token of a request that the application makes of the API, or "" for one without a session. Errors:
// Forbidden for what another site's page or a followed link sends, to which a browser adds cookies too: a GET may call a
// remote.
func (c Cookie) Bearer(q *http.Request) (string, error) {
	token := c.Token(q)
	if token == "" {
		return "", nil
	}
	return token, origin.Own(q)
}

// FrameCookie holds the token of somebody to whom a partner's page shows the account interface. It is of the frames of that page's
// site alone, and needs https.
func FrameCookie(token string, seconds int) *http.Cookie {
	return &http.Cookie{Name: frameName, Value: token, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: true, SameSite: http.SameSiteNoneMode, Partitioned: true}
}

// BeginFrame keeps a session of the account interface in a frame. Where the frame's page is of the same site, browsers send the
// console's cookie along, which would be taken before it: whoever that was is signed out.
func (c Cookie) BeginFrame(w http.ResponseWriter, q *http.Request, token string, seconds int) {
	http.SetCookie(w, FrameCookie(token, seconds))
	if _, err := q.Cookie(c.name()); err == nil {
		http.SetCookie(w, c.with("", -1))
	}
}

// endFrame takes the cookie of a frame away, where there is one.
func endFrame(w http.ResponseWriter, q *http.Request) {
	if _, err := q.Cookie(frameName); err == nil {
		http.SetCookie(w, FrameCookie("", -1))
	}
}

func (c Cookie) with(token string, seconds int) *http.Cookie {
	return &http.Cookie{Name: c.name(), Value: token, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.Secure}
}
