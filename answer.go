package paceline

import "strings"

// AnswerHeader reports whether a flow may set the header of its answer to a webhook. Those of the connection
// are the server's, and those that a browser keeps for the whole host are not a customer's: other pages live there.
func AnswerHeader(name string) bool {
	if name == "" || strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", c))
	}) {
		return false
	}
	switch name = strings.ToLower(name); name {
	case "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length", "content-type",
		"content-encoding", "date", "set-cookie", "set-cookie2", "clear-site-data", "strict-transport-security", "content-security-policy",
		"x-content-type-options", "service-worker-allowed", "alt-svc", "nel", "report-to", "reporting-endpoints", "public-key-pins", "x-transaction-id":
		return false
	}
	return !strings.HasPrefix(name, "proxy-") && !strings.HasPrefix(name, "sec-") && !strings.HasPrefix(name, "access-control-")
}

// HeaderText reports whether the text may be the value of a header.
func HeaderText(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}
