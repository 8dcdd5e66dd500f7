package tenant

import (
	"net/url"
	"strings"

	"paceline"
)

const maxURL = 2_048

// webhookURL returns the address of an error webhook with its scheme, https when the caller gave none.
// The text is kept as it was, white space included, so that the message names what was sent.
func webhookURL(raw string) (string, error) {
	full := raw
	if !hasScheme(raw) {
		full = "https://" + raw
	}
	u, err := url.Parse(full)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" ||
		len(full) > maxURL || strings.ContainsAny(full, " \t\r\n\x00") {
		return "", paceline.Fail(paceline.CodeErrorWebhookURL, "url", full)
	}
	return full, nil
}

// hasScheme reports whether text begins like "https://".
func hasScheme(text string) bool {
	scheme, _, found := strings.Cut(text, "://")
	if !found || scheme == "" {
		return false
	}
	for i, c := range scheme {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", c)) {
			return false
		}
	}
	return true
}
