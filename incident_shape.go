package paceline

import (
	"regexp"
	"strings"
)

var (
	statusLine  = regexp.MustCompile(`(?m)^HTTP/[0-9.]+ ([0-9]{3})\b`)
	requestHead = "\r\n\r\n\r\nHTTP Request:\r\n"
)

// ShapeOf is what an incident's full message has in common with others of its kind, whatever data they are about: the
// method of the request and the status of the answer, such as POST 422; "" for an incident without a request.
func ShapeOf(detail string) string {
	answer, request, _ := strings.Cut(detail, requestHead)
	method, _, _ := strings.Cut(request, " ")
	if len(method) > 20 {
		method = ""
	}
	status := ""
	if m := statusLine.FindStringSubmatch(answer); m != nil {
		status = m[1]
	}
	return strings.TrimSpace(method + " " + status)
}

// Signature says what went wrong in which step: incidents with the same one have the same cause, as far as can be told.
type Signature struct {
	Step  ID // "" without one
	Code  Code
	Shape string
}

// Signature returns that of the incident.
func (in *Incident) Signature() Signature { return Signature{in.StepID, in.Code, in.Shape} }

// String writes it as ParseSignature reads it.
func (s Signature) String() string {
	return strings.Join([]string{string(s.Step), string(s.Code), s.Shape}, "/")
}

// ParseSignature reads a signature.
func ParseSignature(text string) (s Signature, ok bool) {
	parts := strings.SplitN(text, "/", 3)
	if len(parts) != 3 || parts[1] == "" {
		return s, false
	}
	return Signature{ID(strings.ToLower(parts[0])), Code(parts[1]), parts[2]}, true
}
