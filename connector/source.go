package connector

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Limits of a definition's text. They hold before any parser sees it.
const (
	maxSource = 2 << 20
	maxNodes  = 200_000
	maxDepth  = 64
	maxSigns  = 2_000  // places that look like an anchor, alias or tag
	maxBlock  = 2_000  // keys of one mapping of YAML
	maxCommas = 20_000 // of YAML
)

// node is one value of a document with the line where it begins. Both syntaxes become nodes, so that
// schema, decoding and every message work on one thing.
type node struct {
	kind    nodeKind
	text    string          // scalars: the string, or the JSON text of a number or boolean
	keys    []key           // mappings, in the order of the file
	seen    map[string]bool // names of keys
	items   []*node
	lineNum int
}

type key struct {
	name  string
	line  int
	value *node
}

type nodeKind int

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	stringNode
	listNode
	mapNode
)

// sourceError is a mistake of syntax, found before the document is a tree.
type sourceError struct {
	line            int
	message, remedy string
}

func (e *sourceError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.message) }

// readSource reads a document of either syntax.
func readSource(doc []byte) (*node, *sourceError) {
	if len(doc) > maxSource {
		return nil, &sourceError{1, fmt.Sprintf("the document has %d bytes; the limit is %d", len(doc), maxSource), "Split the connector in two."}
	}
	if err := checkText(doc); err != nil {
		return nil, err
	}
	doc = []byte(strings.TrimPrefix(string(doc), "\ufeff"))
	if first := strings.TrimLeft(string(doc), " \t\r\n"); strings.HasPrefix(first, "{") {
		return readJSON(doc)
	}
	return readYAML(doc)
}

// put adds a member and reports false when the name stands there already.
func (n *node) put(name string, line int, value func() *node) bool {
	if n.seen[name] {
		return false
	}
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	n.seen[name] = true
	n.keys = append(n.keys, key{name, line, value()})
	return true
}

// child returns the value of a mapping's key, or nil.
func (n *node) child(name string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.keys {
		if k.name == name {
			return k.value
		}
	}
	return nil
}

// line returns the line of the value at a JSON pointer; where the pointer leads nowhere, that of the
// deepest value on the way.
func (n *node) line(pointer string) int {
	if n == nil {
		return 0
	}
	line := n.lineNum
	for _, step := range splitPointer(pointer) {
		var next *node
		switch n.kind {
		case mapNode:
			for _, k := range n.keys {
				if k.name == step {
					next, line = k.value, k.line
				}
			}
		case listNode:
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.items) {
				next = n.items[i]
				line = next.lineNum
			}
		}
		if next == nil {
			return line
		}
		n = next
	}
	return line
}

// value returns the document as the schema validator expects it.
func (n *node) value() any {
	switch n.kind {
	case boolNode:
		return n.text == "true"
	case numberNode:
		return json.Number(n.text)
	case stringNode:
		return n.text
	case listNode:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = item.value()
		}
		return list
	case mapNode:
		m := make(map[string]any, len(n.keys))
		for _, k := range n.keys {
			m[k.name] = k.value.value()
		}
		return m
	}
	return nil
}

// appendJSON writes the document as compact JSON, keys in the order of the file.
func (n *node) appendJSON(b []byte) []byte {
	switch n.kind {
	case boolNode, numberNode:
		return append(b, n.text...)
	case stringNode:
		return appendString(b, n.text)
	case listNode:
		b = append(b, '[')
		for i, item := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendJSON(b)
		}
		return append(b, ']')
	case mapNode:
		b = append(b, '{')
		for i, k := range n.keys {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, k.name), ':')
			b = k.value.appendJSON(b)
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}

// pointer builds a JSON pointer out of keys and indices.
func pointer(base string, steps ...any) string {
	var b strings.Builder
	b.WriteString(base)
	for _, s := range steps {
		b.WriteByte('/')
		b.WriteString(pointerEscaper.Replace(fmt.Sprint(s)))
	}
	return b.String()
}

func splitPointer(p string) []string {
	if p == "" {
		return nil
	}
	steps := strings.Split(strings.TrimPrefix(p, "/"), "/")
	for i, s := range steps {
		steps[i] = pointerUnescaper.Replace(s)
	}
	return steps
}

// Made once: each of them builds tables, and a large definition asks thousands of times.
var (
	pointerEscaper   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")
)
