package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
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
	odata    bool
	prefixes []string // patterns of the servers' paths, without a slash at the end
	secrets  []string // names of query parameters by which its security schemes send keys
	paths    []*pathItem
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
	inlined  map[string]string // resources of parameters, by pointer
	lost     []string          // references that lead nowhere
	notes    []string          // on the method that is checked
	secret   map[string]bool   // places that auth fills, as in sampler.credentials
}

// pathItem is one path of the document.
type pathItem struct {
	name     string
	pattern  string                    // of the path as plain gives it
	patterns map[string]*regexp.Regexp // with the servers before it, by verb
	names    []string                  // of the values in the path
	literal  int                       // characters that are no value; the larger, the closer the match
	fixed    url.Values                // of a query that stands in the path
	item     node
}

// parameter is one parameter of an operation, references resolved.
type parameter struct {
	in, name string
	required bool
	schema   string // pointer to its schema, or a resource; "" for none
	place    node   // of that schema, for its properties
	deep     bool   // of an object, each property is name[property]
}

// node is a place in the document: what stands there, and the pointer that leads to it.
type node struct {
	doc     *document
	pointer string
	value   any
}

func readDocument(text []byte) (*document, error) {
	if len(text) > maxDocument {
		return nil, fmt.Errorf("it is larger than %d bytes", maxDocument)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !json.Valid(text) {
		converted, err := yaml.YAMLToJSON(text)
		if first := bytes.TrimLeft(text, " \t\r\n"); err != nil && len(first) > 0 && first[0] == '{' {
			return nil, fmt.Errorf("not JSON: %w", json.Unmarshal(text, new(any)))
		} else if err != nil {
			return nil, fmt.Errorf("neither JSON nor YAML: %s", firstLine(err))
		}
		text = converted
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	d := &document{schemas: map[string]*jsonschema.Schema{}, inlined: map[string]string{}, compiler: jsonschema.NewCompiler()}
	d.compiler.UseLoader(jsonschema.SchemeURLLoader{}) // no reference leads out of the document
	d.root = node{d, "", value}
	version := d.root.text("openapi")
	d.version2 = strings.HasPrefix(d.root.text("swagger"), "2")
	if !d.version2 && !strings.HasPrefix(version, "3.") {
		return nil, fmt.Errorf("not an OpenAPI document of version 2 or 3")
	}
	// Before 3.1 schemas are of an older draft, with a word of their own for null.
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	old := d.version2 || strings.HasPrefix(version, "3.0")
	if old {
		d.compiler.DefaultDraft(jsonschema.Draft4)
	}
	info := d.root.member("info")
	d.odata = strings.Contains(info.text("title")+info.text("description"), "OData")
	t := &tidier{root: d.root, old: old}
	t.walk(value, false)
	slices.Sort(t.lost)
	d.lost = slices.Compact(t.lost)
	if err := d.compiler.AddResource("document.json", value); err != nil {
		return nil, fmt.Errorf("it can not be read: %w", err)
	}
	d.servers()
	for _, schemes := range []node{d.root.member("securityDefinitions"), d.root.member("components").member("securitySchemes")} {
		for _, scheme := range schemes.members() {
			if scheme = scheme.resolved(); scheme.text("in") == "query" {
				d.secrets = append(d.secrets, scheme.text("name"))
			}
		}
	}
	for name, item := range d.root.member("paths").members() {
		if strings.HasPrefix(name, "/") {
			d.paths = append(d.paths, d.newPath(name, item.resolved()))
		}
	}
	slices.SortFunc(d.paths, func(a, b *pathItem) int {
		if a.literal != b.literal {
			return b.literal - a.literal
		}
		return strings.Compare(a.name, b.name)
	})
	if len(d.paths) == 0 {
		return nil, fmt.Errorf("it has no paths")
	}
	return d, nil
}

// placeholder is a value in a path or an address.
var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// servers reads the paths that stand before those of the document, as patterns.
func (d *document) servers() {
	if d.version2 {
		d.prefixes = []string{prefixOf(d.root.text("basePath"), nil)}
		return
	}
	if d.prefixes = serversOf(d.root); len(d.prefixes) == 0 {
		d.prefixes = []string{""}
	}
}

func serversOf(n node) (prefixes []string) {
	for _, server := range n.member("servers").items() {
		prefixes = append(prefixes, prefixOf(server.text("url"), server.member("variables").members()))
	}
	return prefixes
}

// prefixOf makes a pattern of the path of a server. A variable may have any of its listed values, and any at all
// where none are listed.
func prefixOf(address string, variables map[string]node) string {
	if whole := placeholder.FindString(address); whole != "" && strings.HasPrefix(address, whole) {
		if v := variables[strings.Trim(whole, "{}")].text("default"); strings.Contains(v, "://") {
			address = v + strings.TrimPrefix(address, whole)
		}
	}
	if _, rest, absolute := strings.Cut(address, "//"); absolute {
		_, path, _ := strings.Cut(rest, "/")
		address = path
	}
	address, _, _ = strings.Cut(address, "?")
	address, _, _ = strings.Cut(address, "#")
	if address = strings.Trim(strings.TrimPrefix(address, "."), "/"); address == "" {
		return ""
	}
	pattern, rest := "/", address
	for _, at := range placeholder.FindAllStringIndex(address, -1) {
		pattern += literal(address[len(address)-len(rest) : at[0]])
		v := variables[strings.Trim(address[at[0]:at[1]], "{}")]
		choices := []string{}
		if fixed := v.text("default"); fixed != "" {
			choices = append(choices, literal(fixed))
		}
		for _, value := range v.member("enum").items() {
			if text, ok := value.value.(string); ok {
				choices = append(choices, literal(text))
			}
		}
		if len(v.member("enum").items()) == 0 {
			choices = append(choices, "[^/]+")
		}
		pattern += "(?:" + strings.Join(choices, "|") + ")"
		rest = address[at[1]:]
	}
	return pattern + literal(rest)
}

// literal writes a part of a path as a pattern of the path as plain gives it.
func literal(text string) string { return regexp.QuoteMeta(plain(text)) }

// plain writes a path without escapes, but for slashes that are none of its own.
func plain(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if text, err := url.PathUnescape(part); err == nil {
			parts[i] = strings.ReplaceAll(text, "/", "%2F")
		}
	}
	return strings.Join(parts, "/")
}

// call is a part of a path that names a function or an action of OData, with its namespace and brackets or without them:
// services take either.
var call = regexp.MustCompile(`/((?:[A-Za-z_]\w*\.)*)([A-Za-z_]\w*)(\(\))?(?:/|$)`)

// calls makes namespace and brackets of such parts optional in the pattern of a path.
func calls(path string) string {
	pattern := ""
	for {
		at := call.FindStringSubmatchIndex(path)
		if at == nil {
			return pattern + literal(path)
		}
		space, name := path[at[2]:at[3]], path[at[4]:at[5]]
		pattern += literal(path[:at[2]])
		if space != "" {
			pattern += "(?:" + literal(space) + ")?"
		}
		pattern += literal(name)
		end := at[5]
		if at[6] >= 0 {
			pattern += `(?:\(\))?`
			end = at[7]
		}
		path = path[end:]
	}
}

// newPath reads a path; own are the servers of the path and of its operations.
func (d *document) newPath(name string, item node) *pathItem {
	p := &pathItem{name: name, item: item, fixed: url.Values{}, patterns: map[string]*regexp.Regexp{}}
	path, query, _ := strings.Cut(name, "?")
	path, _, _ = strings.Cut(path, "#")
	for constant := range strings.SplitSeq(query, "&") { // as some documents tell operations of one path apart
		if key, value, ok := strings.Cut(constant, "="); ok {
			p.fixed.Set(key, value)
		}
	}
	rest := path
	for _, at := range placeholder.FindAllStringIndex(path, -1) {
		before := path[len(path)-len(rest) : at[0]]
		p.pattern += d.literal(before) + "([^/]+)"
		p.literal += len(before)
		p.names = append(p.names, strings.Trim(path[at[0]:at[1]], "{}"))
		rest = path[at[1]:]
	}
	p.literal += len(rest)
	p.pattern += d.literal(rest)
	return p
}

// literal is a part of a path between its values, as a pattern.
func (d *document) literal(part string) string {
	if d.odata {
		return calls(part)
	}
	return literal(part)
}

// matched returns the values of a path under the servers that an operation has: its own, else those of its path, else
// those of the document.
func (p *pathItem) matched(d *document, verb, path string, open bool) (map[string]string, bool) {
	expression := p.patterns[verb]
	if expression == nil {
		prefixes := serversOf(p.item.member(verb))
		if len(prefixes) == 0 {
			prefixes = serversOf(p.item)
		}
		if len(prefixes) == 0 {
			prefixes = d.prefixes
		}
		if open {
			prefixes = append([]string{""}, prefixes...)
		}
		var err error
		if expression, err = regexp.Compile("^(?:" + strings.Join(prefixes, "|") + ")" + p.pattern + "$"); err != nil {
			return nil, false // longer than expressions may be
		}
		p.patterns[verb] = expression
	}
	found := expression.FindStringSubmatch(path)
	if found == nil {
		return nil, false
	}
	values := map[string]string{}
	for i, name := range p.names {
		values[name] = strings.ReplaceAll(found[i+1], "%2F", "/")
	}
	return values, true
}

// match finds the path of a request, the most literal one that has the verb, and the values in it. open says that the
// request's address begins with what people type, so that it may have the path of a server in it or not.
func (d *document) match(verb string, u *url.URL, open bool) (*pathItem, map[string]string) {
	var first *pathItem
	var values map[string]string
	query := u.Query()
	for _, p := range d.paths {
		if slices.ContainsFunc(slices.Collect(maps.Keys(p.fixed)), func(name string) bool { return query.Get(name) != p.fixed.Get(name) }) {
			continue
		}
		found, ok := p.matched(d, verb, plain(u.EscapedPath()), open)
		if !ok {
			continue
		}
		if p.item.child(verb) != nil {
			return p, found
		}
		if first == nil {
			first, values = p, found
		}
	}
	return first, values
}

// like returns a path of the document that differs from the request's in a slash at the end, in letter case, or in what
// stands before it; "" for none.
func (d *document) like(u *url.URL) string {
	path := strings.ToLower(strings.TrimSuffix(plain(u.EscapedPath()), "/"))
	for _, p := range d.paths {
		if p.literal < 2 {
			continue
		}
		if near, err := regexp.Compile("(?i)" + strings.TrimSuffix(p.pattern, "/") + "$"); err == nil && near.MatchString(path) {
			return p.name
		}
	}
	return ""
}

// params returns the parameters of an operation; its own win over those of the path.
func (d *document) params(item, op node) []parameter {
	var list []parameter
	for _, source := range []node{op, item} {
		for _, n := range source.member("parameters").items() {
			n = n.resolved()
			if n.text("name") == "" {
				continue // a reference that leads nowhere
			}
			p := parameter{in: n.text("in"), name: n.text("name"), required: n.text("required") == "true", deep: n.text("style") == "deepObject"}
			p.place = n.member("schema")
			p.schema = p.place.pointer
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
	for _, key := range []string{"type", "items", "enum"} {
		if v, ok := parameter[key]; ok {
			schema[key] = v
		}
	}
	if kind, ok := schema["type"].(string); ok && !slices.Contains(knownTypes, kind) {
		delete(schema, "type")
	}
	name := fmt.Sprintf("parameter-%d.json", len(d.inlined))
	if known, ok := d.inlined[n.pointer]; ok {
		return known
	}
	if d.compiler.AddResource(name, schema) != nil {
		name = ""
	}
	d.inlined[n.pointer] = name
	return name
}

// firstLine returns the beginning of a long error, with a place in it.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
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
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(next.items()) {
				next = next.items()[i]
				continue
			}
			next = next.member(strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
		}
		n = next
	}
	return node{doc: n.doc}
}
