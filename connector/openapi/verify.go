package openapi

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"paceline/connector"
)

// Report is what became of each method.
type Report struct {
	Connector string   `json:"connector"`
	Methods   []Method `json:"methods"`
	Notes     []string `json:"-"` // on the document as a whole
}

// Method is one method; Reason says why it is not OK. Notes tell what could not be checked, and what the document
// allows without naming it.
type Method struct {
	ID     string   `json:"id"`
	OK     bool     `json:"ok"`
	Reason string   `json:"reason"`
	Notes  []string `json:"-"`
}

// OK reports whether every method is.
func (r Report) OK() bool {
	return !slices.ContainsFunc(r.Methods, func(m Method) bool { return !m.OK })
}

// String lists the methods that fail and the notes, one a line, and a summary.
func (r Report) String() string {
	var b strings.Builder
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	failed := 0
	for _, m := range r.Methods {
		if !m.OK {
			failed++
			fmt.Fprintf(&b, "%s: %s\n", m.ID, m.Reason)
		}
		for _, note := range m.Notes {
			fmt.Fprintf(&b, "%s: note: %s\n", m.ID, note)
		}
	}
	fmt.Fprintf(&b, "%s: %d methods, %d failed", r.Connector, len(r.Methods), failed)
	return b.String()
}

// Verify checks every method of the definition against the document. The error says why the document can't be read.
func Verify(def *connector.Definition, document []byte) (Report, error) {
	d, err := readDocument(document)
	if err != nil {
		return Report{}, err
	}
	sampler, err := newSampler(def)
	if err != nil {
		return Report{}, err
	}
	report := Report{Connector: def.Metadata.Key, Methods: []Method{}}
	if len(d.lost) > 0 {
		report.Notes = []string{"what these references of the document stand for is not checked: " + strings.Join(d.lost, ", ")}
	}
	for i := range def.Methods {
		m := Method{ID: def.Methods[i].ID}
		d.notes = nil
		m.Reason = d.checkMethod(sampler, &def.Methods[i])
		m.OK = m.Reason == ""
		slices.Sort(d.notes)
		m.Notes = slices.Compact(d.notes)
		report.Methods = append(report.Methods, m)
	}
	return report, nil
}

// checkMethod returns what is wrong with a method, "" for nothing.
func (d *document) checkMethod(s *sampler, m *connector.MethodDef) string {
	if m.Kind == connector.MethodReply {
		d.note("it answers the sender of a webhook; nothing is called")
		return ""
	}
	if m.Kind == "script" {
		d.note("it makes no call of its own, its script does; that is not checked")
		return ""
	}
	if s.scripted || m.Script != nil {
		d.note("what scripts change in the request is not checked")
	}
	req, body, err := s.request(m.ID)
	if err == nil {
		err = d.check(req, body, s, m.Request.Format == "graphql")
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func (d *document) note(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// check compares one request with the document.
func (d *document) check(req *http.Request, body []byte, s *sampler, graphql bool) error {
	verb := strings.ToLower(req.Method)
	path, values := d.match(verb, req.URL, s.open)
	if path == nil && graphql {
		d.note("it speaks GraphQL, which the document does not describe")
		return nil
	}
	if path == nil {
		if near := d.like(req.URL); near != "" {
			return fmt.Errorf("the path %s is not in the document, which has %s", req.URL.EscapedPath(), near)
		}
		return fmt.Errorf("the path %s is not in the document", req.URL.EscapedPath())
	}
	op := path.item.child(verb)
	if op == nil {
		return fmt.Errorf("%s has no %s", path.name, req.Method)
	}
	d.secret = s.credentials
	params := d.params(path.item, *op)
	query := req.URL.Query()
	known := slices.Concat(slices.Collect(maps.Keys(path.fixed)), d.secrets)
	for _, p := range params {
		var given []sent
		switch p.in {
		case "path":
			if v, ok := values[p.name]; ok {
				given = []sent{{p.schema, v}}
			}
		case "query":
			var names []string
			given, names = d.querySent(p, query)
			known = append(known, names...)
		case "header":
			if ignoredHeader(p.name) {
				continue
			}
			for _, v := range req.Header.Values(p.name) {
				given = append(given, sent{p.schema, v})
			}
		case "cookie":
			if c, err := req.Cookie(p.name); err == nil {
				given = []sent{{p.schema, c.Value}}
			}
		default:
			continue // of the body, see below
		}
		if len(given) == 0 && p.required && !s.fills(p.in, p.name) {
			return fmt.Errorf("the %s parameter %s is required, but not sent", p.in, p.name)
		}
		for _, v := range given {
			if err := d.checkText(v.schema, v.text); err != nil {
				return fmt.Errorf("the %s parameter %s: %w", p.in, p.name, err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(known, name) && !s.fills("query", name) {
			return fmt.Errorf("the query parameter %s is not in the document", name)
		}
	}
	return d.checkBody(*op, params, req.Header.Get("Content-Type"), body)
}

// sent is one value of a parameter, with the schema for it; "" for none.
type sent struct{ schema, text string }

// querySent returns the values of a query parameter and the names under which it may be sent: its own, name[] and
// name[0] of a list, name[property] of a deep object, and the properties' own names of any other object.
func (d *document) querySent(p parameter, query url.Values) (given []sent, names []string) {
	properties := d.propertiesOf(p.place, 0)
	object := p.deep || len(properties) > 0
	for _, name := range slices.Sorted(maps.Keys(query)) {
		schema := p.schema
		if name != p.name {
			inner, ok := strings.CutPrefix(name, p.name+"[")
			property := properties[strings.TrimSuffix(inner, "]")]
			switch {
			case ok && object:
				schema = property.pointer
			case ok:
			case object && !p.deep && properties[name].doc != nil:
				schema = properties[name].pointer
			default:
				continue
			}
		}
		names = append(names, name)
		for _, text := range query[name] {
			given = append(given, sent{schema, text})
		}
	}
	return given, names
}

// propertiesOf returns the properties of an object with those of the schemas that it is made of.
func (d *document) propertiesOf(schema node, depth int) map[string]node {
	all := map[string]node{}
	if schema.value == nil || depth > 8 {
		return all
	}
	schema = schema.resolved()
	for _, word := range []string{"allOf", "anyOf", "oneOf"} {
		for _, branch := range schema.member(word).items() {
			maps.Copy(all, d.propertiesOf(branch, depth+1))
		}
	}
	maps.Copy(all, schema.member("properties").members())
	return all
}

// ignoredHeader reports headers that the program sets, or that the specification says to ignore.
func ignoredHeader(name string) bool {
	return slices.Contains([]string{"accept", "content-type", "authorization", "user-agent", "content-length"}, strings.ToLower(name))
}
