package session

import (
	"net/http"
	"strings"

	"paceline/server/origin"
)

// The cookie's names, which name nobody. With TLS the prefix keeps other hosts of the domain from setting it.
const (
	plainName  = "console-session"
	secureName = "__Host-" + plainName
	frameName  = "__Host-frame-session" // of the account interface in a frame of a partner's page
)

// Token returns the token of a request's cookie, or "".
func Token(q *http.Request) string {
	for _, name := range []string{secureName, plainName, frameName} {
		if c, err := q.Cookie(name); err == nil {
			return c.Value
		}
	}
	return ""
}

// Bearer returns the token of a request that the application makes of the API, or "" for one without a session. Errors:
// Forbidden for what another site's page or a followed link sends, to which a browser adds cookies too: a GET may call a
// remote.
func Bearer(q *http.Request) (string, error) {
	token := Token(q)
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

func (h *Handler) cookie(token string, seconds int) *http.Cookie {
	c := &http.Cookie{Name: plainName, Value: token, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if strings.HasPrefix(h.PublicURL, "https://") {
		c.Name, c.Secure = secureName, true
	}
	return c
}
