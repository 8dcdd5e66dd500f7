package connector

import (
	"strings"

	"paceline/mapping"
)

// Format graphql sends the document with the fields as its variables. An answer with errors is an error,
// with data besides them a warning, unless a rule says otherwise.
var _ = registerBody("graphql", bodyFormat{
	contentType: "application/json", accept: "application/json", build: buildGraphQL,
	check: func(b *builder, m *Method, at string) {
		r := m.Definition.Request
		if strings.TrimSpace(r.Document) == "" {
			b.add(at, "a request of format graphql lacks the key \"document\"", "Add the query or mutation.")
		}
		if r.Method != "POST" {
			b.add(pointer(at, "method"), "a request of format graphql is not a POST", "Write method: POST.")
		}
		if m.Definition.Response.Format != "" && m.Definition.Response.Format != "json" {
			b.add(at, "the answer to a request of format graphql is JSON", "Remove response.format.")
		}
	},
})

func buildGraphQL(m *Method, in *mapping.Inputs, _ *room) (content, error) {
	out := append(mapping.AppendQuoted([]byte(`{"query":`), m.Definition.Request.Document), `,"variables":`...)
	start := len(out)
	out, err := in.AppendJSON(out)
	if err == nil && len(out) == start {
		out = append(out, "{}"...)
	}
	return content{body: append(out, '}')}, err
}

var (
	graphErrors  = mustLocation("[errors]")
	graphMessage = mustLocation("[errors].message")
	graphData    = mustLocation("data")
)

// graphMeaning returns what a successful answer means to the language, and the first message in it.
func (a *answer) graphMeaning() (means, message string) {
	doc, err := a.document()
	if err != nil {
		return asSuccess, ""
	}
	if _, failed := graphErrors.Get(doc); !failed {
		return asSuccess, ""
	}
	text, _ := graphMessage.Get(doc)
	if data, _ := graphData.Get(doc); mapping.Empty(data) {
		return asError, mapping.Text(text)
	}
	return asWarning, mapping.Text(text)
}

// queries reports whether the document only reads, so that it may be sent again.
func (r *RequestDef) queries() bool {
	text := strings.TrimSpace(r.Document)
	return r.Format == "graphql" && (strings.HasPrefix(text, "{") || strings.HasPrefix(text, "query"))
}
