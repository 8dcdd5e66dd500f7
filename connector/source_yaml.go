package connector

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// readYAML reads the part of YAML that a definition needs: mappings, lists and scalars. Anchors, aliases,
// tags and several documents are refused, so that no text is larger inside than it looks.
func readYAML(doc []byte) (tree *node, failed *sourceError) {
	if failed := checkBlocks(doc); failed != nil {
		return nil, failed
	}
	// The parser is a library's: whatever odd text makes it panic is a mistake of the text for us.
	defer func() {
		if r := recover(); r != nil {
			tree, failed = nil, &sourceError{1, "the text is not YAML", "Check indentation, quotes and brackets."}
		}
	}()
	file, err := parser.ParseBytes(doc, 0)
	if err != nil {
		line, message := 1, err.Error()
		if e, ok := errors.AsType[yaml.Error](err); ok {
			message = e.GetMessage()
			if t := e.GetToken(); t != nil && t.Position != nil {
				line = t.Position.Line
			}
		}
		return nil, &sourceError{line, "not YAML: " + message, "Check indentation, quotes and brackets near this line."}
	}
	var body ast.Node
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		if body != nil {
			return nil, &sourceError{d.Body.GetToken().Position.Line, "expected one document, found a second one", "Put each connector in a file of its own."}
		}
		body = d.Body
	}
	if body == nil {
		return nil, &sourceError{1, "the document is empty", `Begin with "apiVersion: connectors/v1".`}
	}
	r := yamlReader{}
	tree = r.read(body, 0)
	return tree, r.failed
}

// checkBlocks refuses text on which the parser would work for minutes: its time grows with the square of
// the keys of a mapping, of anchors and tags, and of the entries of a list in brackets.
func checkBlocks(doc []byte) *sourceError {
	var levels [256]int
	signs, commas, deepest := 0, 0, 0
	for number, line := range bytes.Split(doc, []byte{'\n'}) {
		text := bytes.TrimLeft(line, " -?\t")
		indent := min(len(line)-len(text), len(levels)-1)
		if len(text) == 0 || text[0] == '#' {
			continue
		}
		for i := indent + 1; i <= deepest; i++ {
			levels[i] = 0
		}
		deepest = max(deepest, indent)
		if bytes.IndexByte(line[:len(line)-len(text)], '-') >= 0 {
			levels[indent] = 0 // a new entry of a list
		}
		levels[indent]++
		commas += bytes.Count(text, []byte{','})
		for i, c := range text {
			if (c == '&' || c == '*' || c == '!') && (i == 0 || text[i-1] <= ' ' || strings.IndexByte(",[&*!", text[i-1]) >= 0) {
				signs++
			}
		}
		if levels[indent] > maxBlock || signs > maxSigns || commas > maxCommas {
			return &sourceError{number + 1, "the document is larger than YAML is read here", "Split it, or write it as JSON."}
		}
	}
	return nil
}

type yamlReader struct {
	nodes  int
	failed *sourceError
}

func (r *yamlReader) fail(at ast.Node, message, remedy string) *node {
	if r.failed == nil {
		r.failed = &sourceError{lineOf(at), message, remedy}
	}
	return &node{lineNum: lineOf(at)}
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 1
}

func (r *yamlReader) read(in ast.Node, depth int) *node {
	if r.nodes++; r.nodes > maxNodes || depth > maxDepth {
		return r.fail(in, fmt.Sprintf("the document has more than %d values or %d levels", maxNodes, maxDepth), "Make it smaller.")
	}
	out := &node{lineNum: lineOf(in)}
	switch n := in.(type) {
	case *ast.NullNode:
	case *ast.BoolNode:
		out.kind, out.text = boolNode, fmt.Sprint(n.Value)
	case *ast.IntegerNode:
		out.kind = numberNode
		out.text = fmt.Sprint(n.Value)
	case *ast.FloatNode:
		return r.number(n, out)
	case *ast.StringNode:
		out.kind, out.text = stringNode, n.Value
	case *ast.LiteralNode:
		out.kind, out.text = stringNode, n.Value.Value
	case *ast.SequenceNode:
		out.kind = listNode
		for _, item := range n.Values {
			out.items = append(out.items, r.read(item, depth+1))
		}
	case *ast.MappingNode:
		out.kind = mapNode
		for _, entry := range n.Values {
			r.entry(out, entry, depth)
		}
	case *ast.MappingValueNode:
		out.kind = mapNode
		r.entry(out, n, depth)
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return r.fail(in, "anchors and aliases (& and *) are not part of the format", "Write the value out where it is needed, or put the text in quotes.")
	case *ast.TagNode:
		return r.fail(in, "tags (!) are not part of the format", "Write the plain value, or put the text in quotes.")
	default:
		return r.fail(in, "this is not a value of the format", "Use a mapping, a list, a text, a number, true or false.")
	}
	if out.kind == stringNode && strings.ContainsRune(out.text, 0) {
		return r.fail(in, "a text contains a NUL character", "Remove it.")
	}
	if out.kind == stringNode && !utf8.ValidString(out.text) {
		return r.fail(in, "a text is not UTF-8", "Write the characters themselves, without byte escapes.")
	}
	return out
}

// number keeps the digits of the file where they are a JSON number, so that 1.10 stays 1.10.
func (r *yamlReader) number(n *ast.FloatNode, out *node) *node {
	text := strings.ReplaceAll(n.Token.Value, "_", "")
	if validNumber(text) {
		out.kind, out.text = numberNode, text
		return out
	}
	f := new(big.Float).SetFloat64(n.Value)
	out.kind, out.text = numberNode, f.Text('g', -1)
	if !validNumber(out.text) {
		return r.fail(n, fmt.Sprintf("%q is not a number", n.Token.Value), "Put it in quotes if it is a text.")
	}
	return out
}

func (r *yamlReader) entry(out *node, entry *ast.MappingValueNode, depth int) {
	var name string
	switch k := entry.Key.(type) {
	case *ast.StringNode:
		name = k.Value
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode, *ast.NullNode:
		name = entry.Key.GetToken().Value
	default:
		r.fail(entry.Key, "a key must be a plain text", "Write the key as a word, or in quotes.")
		return
	}
	line := lineOf(entry.Key)
	if !out.put(name, line, func() *node { return r.read(entry.Value, depth+1) }) {
		r.fail(entry.Key, fmt.Sprintf("the key %q stands here a second time", name), "Remove one of the two.")
		return
	}
	if len(out.keys) == 1 {
		out.lineNum = line
	}
}
