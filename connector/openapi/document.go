package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxDocument bounds a vendor's document, in bytes.
const maxDocument = 64 << 20

// document is a vendor's document, read once.
type document struct {
	root     node
	version2 bool
	prefixes []string // paths of the servers, without a slash at the end
	paths    []*pathItem
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
	inlined  map[string]string // resources of parameters, by pointer
}

// pathItem is one path of the document.
type pathItem struct {
	name    string
	pattern *regexp.Regexp
	names   []string // of the values in the path
	literal int      // characters that are no value; the larger, the closer the match
	item    node
}

// parameter is one parameter of an operation, references resolved.
type parameter struct {
	in, name string
	required bool
	schema   string // pointer to its schema, or a resource; "" for none
}

// node is a place in the document: what stands there, and the pointer that leads to it.
type node struct {
	doc     *document
	pointer string
	value   any
}

func readDocument(text []byte) (*document, error) {
	if len(text) > maxDocument {
		return nil, fmt.Errorf("the document is larger than %d bytes", maxDocument)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if first := bytes.TrimLeft(text, " \t\r\n"); len(first) == 0 || first[0] != '{' {
		var err error
		if text, err = yaml.YAMLToJSON(text); err != nil {
			return nil, fmt.Errorf("the document is neither JSON nor YAML")
		}
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("the document is not JSON: %w", err)
	}
	d := &document{schemas: map[string]*jsonschema.Schema{}, inlined: map[string]string{}, compiler: jsonschema.NewCompiler()}
	d.compiler.UseLoader(jsonschema.SchemeURLLoader{}) // no reference leads out of the document
	d.root = node{d, "", value}
	version := d.root.text("openapi")
	d.version2 = strings.HasPrefix(d.root.text("swagger"), "2")
	if !d.version2 && !strings.HasPrefix(version, "3.") {
		return nil, fmt.Errorf("the document is not an OpenAPI document of version 2 or 3")
	}
	// Before 3.1 schemas are of an older draft, with a word of their own for null.
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	if d.version2 || strings.HasPrefix(version, "3.0") {
		d.compiler.DefaultDraft(jsonschema.Draft4)
		nullable(value)
	}
	if err := d.compiler.AddResource("document.json", value); err != nil {
		return nil, fmt.Errorf("the document can not be read: %w", err)
	}
	d.servers()
	for name, item := range d.root.member("paths").members() {
		if strings.HasPrefix(name, "/") {
			d.paths = append(d.paths, newPath(name, item.resolved()))
		}
	}
	slices.SortFunc(d.paths, func(a, b *pathItem) int {
		if a.literal != b.literal {
			return b.literal - a.literal
		}
		return strings.Compare(a.name, b.name)
	})
	if len(d.paths) == 0 {
		return nil, fmt.Errorf("the document has no paths")
	}
	return d, nil
}

// nullable writes "nullable: true" as the type null, which validators know.
func nullable(v any) {
	switch v := v.(type) {
	case []any:
		for _, inner := range v {
			nullable(inner)
		}
	case map[string]any:
		for _, inner := range v {
			nullable(inner)
		}
		if allowed, _ := v["nullable"].(bool); allowed {
			if t, ok := v["type"].(string); ok {
				v["type"] = []any{t, "null"}
			}
		}
	}
}

func (d *document) servers() {
	if d.version2 {
		d.prefixes = []string{strings.TrimSuffix(d.root.text("basePath"), "/")}
		return
	}
	for _, server := range d.root.member("servers").items() {
		address := server.text("url")
		for name, v := range server.member("variables").members() {
			address = strings.ReplaceAll(address, "{"+name+"}", v.text("default"))
		}
		if u, err := url.Parse(address); err == nil {
			d.prefixes = append(d.prefixes, strings.TrimSuffix(u.EscapedPath(), "/"))
		}
	}
	if len(d.prefixes) == 0 {
		d.prefixes = []string{""}
	}
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

func newPath(name string, item node) *pathItem {
	p := &pathItem{name: name, item: item}
	pattern, rest := "^", name
	for _, at := range placeholder.FindAllStringIndex(name, -1) {
		before := name[len(name)-len(rest) : at[0]]
		pattern += regexp.QuoteMeta(before) + "([^/]+)"
		p.literal += len(before)
		p.names = append(p.names, strings.Trim(name[at[0]:at[1]], "{}"))
		rest = name[at[1]:]
	}
	p.literal += len(rest)
	p.pattern = regexp.MustCompile(pattern + regexp.QuoteMeta(rest) + "$")
	return p
}

// match finds the path of a request, the most literal one, and the values in it.
func (d *document) match(path string) (*pathItem, map[string]string) {
	for _, p := range d.paths {
		for _, prefix := range d.prefixes {
			rest, ok := strings.CutPrefix(path, prefix)
			if !ok {
				continue
			}
			if found := p.pattern.FindStringSubmatch(rest); found != nil {
				values := map[string]string{}
				for i, name := range p.names {
					values[name], _ = url.PathUnescape(found[i+1])
				}
				return p, values
			}
		}
	}
	return nil, nil
}

// params returns the parameters of an operation; its own win over those of the path.
func (d *document) params(item, op node) []parameter {
	var list []parameter
	for _, source := range []node{op, item} {
		for _, n := range source.member("parameters").items() {
			n = n.resolved()
			p := parameter{in: n.text("in"), name: n.text("name"), required: n.text("required") == "true", schema: n.member("schema").pointer}
			if d.version2 && p.in != "body" {
				p.schema = d.inline(n)
			} else if p.schema == "" {
				for _, content := range n.member("content").members() {
					p.schema = content.member("schema").pointer
				}
			}
			if !slices.ContainsFunc(list, func(q parameter) bool { return q.in == p.in && q.name == p.name }) {
				list = append(list, p)
			}
		}
	}
	return list
}

// inline makes a schema of a parameter of version 2, whose type stands in the parameter itself, beside a
// "required" that means another thing there.
func (d *document) inline(n node) string {
	parameter, _ := n.value.(map[string]any)
	schema := map[string]any{}
	for _, key := range []string{"type", "items", "enum", "format"} {
		if v, ok := parameter[key]; ok {
			schema[key] = v
		}
	}
	name := fmt.Sprintf("parameter-%d.json", len(d.inlined))
	if known, ok := d.inlined[n.pointer]; ok {
		return known
	}
	if schema["type"] == "file" || d.compiler.AddResource(name, schema) != nil {
		name = ""
	}
	d.inlined[n.pointer] = name
	return name
}

// member returns what stands under the name; its value is nil when there is nothing.
func (n node) member(name string) node {
	m, _ := n.value.(map[string]any)
	v, ok := m[name]
	if !ok {
		return node{doc: n.doc}
	}
	return node{n.doc, n.pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name), v}
}

// child is member with references resolved, nil for nothing.
func (n node) child(name string) *node {
	c := n.member(name)
	if c.value == nil {
		return nil
	}
	c = c.resolved()
	return &c
}

func (n node) members() map[string]node {
	m, _ := n.value.(map[string]any)
	out := make(map[string]node, len(m))
	for name := range m {
		out[name] = n.member(name)
	}
	return out
}

func (n node) items() []node {
	list, _ := n.value.([]any)
	out := make([]node, len(list))
	for i, v := range list {
		out[i] = node{n.doc, fmt.Sprintf("%s/%d", n.pointer, i), v}
	}
	return out
}

// text returns a text, number or boolean as text, "" for anything else.
func (n node) text(name string) string {
	switch v := n.member(name).value.(type) {
	case string:
		return v
	case bool, json.Number:
		return fmt.Sprint(v)
	}
	return ""
}

// resolved follows references within the document, a bounded number of times.
func (n node) resolved() node {
	for range 50 {
		ref := n.text("$ref")
		if ref == "" {
			return n
		}
		pointer, local := strings.CutPrefix(ref, "#/")
		if !local {
			return node{doc: n.doc}
		}
		next := n.doc.root
		for step := range strings.SplitSeq(pointer, "/") {
			if plain, err := url.PathUnescape(step); err == nil {
				step = plain
			}
			next = next.member(strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
		}
		n = next
	}
	return node{doc: n.doc}
}
