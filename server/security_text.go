package server

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"paceline"
)

// SecurityText answers /.well-known/security.txt (RFC 9116) with whom to tell of a flaw.
type SecurityText struct {
	Contacts []string // URIs, the preferred first; without any there is no such page
	URL      string   // of the API, without a slash at its end
	Clock    paceline.Clock
}

const (
	securityPath = "/.well-known/security.txt"
	// securityHolds is how long readers may keep what it says; the standard wants less than a year.
	securityHolds = 180 * 24 * time.Hour
)

// serves reports whether there is a page.
func (t *SecurityText) serves(q *http.Request) bool {
	return t != nil && len(t.Contacts) > 0 && (q.Method == http.MethodGet || q.Method == http.MethodHead)
}

// ServeHTTP answers one request.
func (t *SecurityText) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	var text strings.Builder
	for _, contact := range t.Contacts {
		fmt.Fprintf(&text, "Contact: %s\n", contact)
	}
	fmt.Fprintf(&text, "Expires: %s\n", t.Clock.Now().UTC().Add(securityHolds).Truncate(24*time.Hour).Format(time.RFC3339))
	fmt.Fprintf(&text, "Canonical: %s%s\n", t.URL, securityPath)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte(text.String()))
}
