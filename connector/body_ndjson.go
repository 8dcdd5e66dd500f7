package connector

import (
	"bytes"
	"fmt"

	"paceline/mapping"
)

// Format ndjson writes and reads a list as one JSON value a line.
var (
	_ = registerBody("ndjson", bodyFormat{contentType: "application/x-ndjson", build: buildNDJSON, check: func(b *builder, m *Method, at string) {
		for i, f := range m.Definition.Request.Fields {
			if l, err := mapping.ParseLocation(f.Loc); err == nil {
				if names, ok := l.Outer(); !ok || len(names) > 0 {
					b.add(pointer(at, "fields", i, "loc"), fmt.Sprintf("%q does not lie in a line", shorten(f.Loc)), `Begin it with "[].", since the body is a list of lines.`)
				}
			}
		}
	}})
	_ = registerAnswer("ndjson", answerFormat{accept: "application/x-ndjson", decode: decodeNDJSON})
)

func buildNDJSON(_ *Method, in *mapping.Inputs, _ *room) (content, error) {
	doc, err := in.AppendJSON(nil)
	if err != nil {
		return content{}, err
	}
	var out []byte
	for row := range wholeList.GetAll(doc) {
		out = append(append(out, row...), '\n')
	}
	return content{body: out}, nil
}

func decodeNDJSON(_ *ResponseDef, _ *answer, body []byte, _ int64) ([]byte, error) {
	out := make([]byte, 1, len(body)+2)
	out[0] = '['
	n := 0
	for line := range bytes.Lines(body) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := checkJSON(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, line...)
	}
	return append(out, ']'), nil
}
