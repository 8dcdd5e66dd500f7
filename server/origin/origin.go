// Package origin says whether a request comes from our own pages: a browser adds cookies to what any page sends. Begin with Own.
package origin

import (
	"net/http"

	"paceline"
)

// Own refuses what another site's page or a followed link sends. A request without a browser's marks is let through: no
// browser adds cookies to it. Errors: Forbidden.
func Own(q *http.Request) error {
	if from := q.Header.Get("Sec-Fetch-Site"); from != "" && from != "same-origin" {
		return paceline.Fail(paceline.CodeForbidden)
	}
	return Change(q)
}

// Change refuses a change that another site's page sends; reading, and links, are no change. Errors: Forbidden.
func Change(q *http.Request) error {
	if protection.Check(q) != nil {
		return paceline.Fail(paceline.CodeForbidden)
	}
	return nil
}

var protection = http.NewCrossOriginProtection()
