package connector

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// readJSON reads a JSON document and remembers the line of each value.
func readJSON(doc []byte) (*node, *sourceError) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	r := &jsonReader{decoder: d, doc: doc}
	tree := r.value(0)
	if r.failed != nil {
		return nil, r.failed
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &sourceError{r.line(), "expected the end of the document after its last bracket", "Remove what follows."}
	}
	return tree, nil
}

type jsonReader struct {
	decoder *json.Decoder
	doc     []byte
	nodes   int
	counted int // offset up to which lines were counted
	lines   int
	failed  *sourceError
}

// line returns the line of the token that was read last.
func (r *jsonReader) line() int {
	offset := min(int(r.decoder.InputOffset()), len(r.doc))
	r.lines += bytes.Count(r.doc[r.counted:offset], []byte{'\n'})
	r.counted = offset
	return r.lines + 1
}

func (r *jsonReader) fail(message, remedy string) *node {
	if r.failed == nil {
		r.failed = &sourceError{r.line(), message, remedy}
	}
	return &node{}
}

func (r *jsonReader) token() json.Token {
	t, err := r.decoder.Token()
	if err != nil {
		r.fail("not JSON: "+err.Error(), "Check commas, quotes and brackets near this line.")
		return nil
	}
	return t
}

func (r *jsonReader) value(depth int) *node {
	t := r.token()
	if r.failed != nil {
		return &node{}
	}
	if r.nodes++; r.nodes > maxNodes || depth > maxDepth {
		return r.fail(fmt.Sprintf("the document has more than %d values or %d levels", maxNodes, maxDepth), "Make it smaller.")
	}
	out := &node{lineNum: r.line()}
	switch v := t.(type) {
	case bool:
		out.kind, out.text = boolNode, fmt.Sprint(v)
	case json.Number:
		out.kind, out.text = numberNode, v.String()
	case string:
		if strings.ContainsRune(v, 0) {
			return r.fail("a text contains a NUL character", "Remove it.")
		}
		out.kind, out.text = stringNode, v
	case json.Delim:
		if v == '[' {
			r.list(out, depth)
		} else {
			r.mapping(out, depth)
		}
	}
	return out
}

func (r *jsonReader) list(out *node, depth int) {
	out.kind = listNode
	for r.failed == nil && r.decoder.More() {
		out.items = append(out.items, r.value(depth+1))
	}
	if r.failed == nil {
		r.token()
	}
}

func (r *jsonReader) mapping(out *node, depth int) {
	out.kind = mapNode
	for r.failed == nil && r.decoder.More() {
		name, ok := r.token().(string)
		if !ok {
			r.fail("a key must be a text", "Put it in double quotes.")
			return
		}
		line := r.line()
		if !out.put(name, line, func() *node { return r.value(depth + 1) }) {
			r.fail(fmt.Sprintf("the key %q stands here a second time", name), "Remove one of the two.")
			return
		}
	}
	if r.failed == nil {
		r.token()
	}
}

// checkText refuses what no parser should see: other encodings, NUL, and nesting that would exhaust a
// recursive parser. Brackets are counted without regard to quotes, which is stricter by far than any
// definition needs to notice.
func checkText(doc []byte) *sourceError {
	if !utf8.Valid(doc) {
		return &sourceError{1, "the document is not UTF-8", "Save it as UTF-8."}
	}
	if i := bytes.IndexByte(doc, 0); i >= 0 {
		return &sourceError{1 + bytes.Count(doc[:i], []byte{'\n'}), "the document contains a NUL character", "Save it as UTF-8 without control characters."}
	}
	depth, line, marks, indent := 0, 1, 0, true
	for _, c := range doc {
		switch {
		case c == '\n':
			line, marks, indent = line+1, 0, true
			continue
		case c == '[' || c == '{':
			depth++
		case (c == ']' || c == '}') && depth > 0:
			depth--
		case indent && slices.Contains([]byte("-?:"), c):
			marks++
		case c != ' ' && c != '\t':
			indent = false
		}
		if depth > 4*maxDepth || marks > maxDepth {
			return &sourceError{line, fmt.Sprintf("the document is nested deeper than %d levels", maxDepth), "Flatten it."}
		}
	}
	return nil
}
