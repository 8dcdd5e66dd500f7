package openapi

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"paceline"
	"paceline/connector"
)

// Report is what became of each method.
type Report struct {
	Connector string   `json:"connector"`
	Methods   []Method `json:"methods"`
}

// Method is one method; Reason says why it is not OK.
type Method struct {
	ID     string `json:"id"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason"`
}

// OK reports whether every method is.
func (r Report) OK() bool {
	return !slices.ContainsFunc(r.Methods, func(m Method) bool { return !m.OK })
}

// String lists the methods that fail, one a line, and a summary.
func (r Report) String() string {
	var b strings.Builder
	failed := 0
	for _, m := range r.Methods {
		if !m.OK {
			failed++
			fmt.Fprintf(&b, "%s: %s\n", m.ID, m.Reason)
		}
	}
	fmt.Fprintf(&b, "%s: %d methods, %d failed", r.Connector, len(r.Methods), failed)
	return b.String()
}

// Verify checks every method of the definition against the document. The error is definition_invalid for a
// document that can't be read.
func Verify(def *connector.Definition, document []byte) (Report, error) {
	d, err := readDocument(document)
	if err != nil {
		return Report{}, paceline.Fail(paceline.CodeDefinitionInvalid, "reason", err.Error())
	}
	sampler, err := newSampler(def)
	if err != nil {
		return Report{}, err
	}
	report := Report{Connector: def.Metadata.Key, Methods: []Method{}}
	for i := range def.Methods {
		m := Method{ID: def.Methods[i].ID}
		req, body, err := sampler.request(m.ID)
		if err == nil {
			err = d.check(req, body, sampler.credentials)
		}
		if m.OK = err == nil; !m.OK {
			m.Reason = err.Error()
		}
		report.Methods = append(report.Methods, m)
	}
	return report, nil
}

// check compares one request with the document; credentials are the places ("query:key") that auth fills.
func (d *document) check(req *http.Request, body []byte, credentials map[string]bool) error {
	path, values := d.match(req.URL.EscapedPath())
	if path == nil {
		return fmt.Errorf("the path %s is not in the document", req.URL.EscapedPath())
	}
	verb := strings.ToLower(req.Method)
	op := path.item.child(verb)
	if op == nil {
		return fmt.Errorf("%s has no %s", path.name, req.Method)
	}
	params := d.params(path.item, *op)
	query := req.URL.Query()
	for _, p := range params {
		var given []string
		switch p.in {
		case "path":
			if v, ok := values[p.name]; ok {
				given = []string{v}
			}
		case "query":
			given = valuesOf(query, p.name)
		case "header":
			if ignoredHeader(p.name) {
				continue
			}
			given = req.Header.Values(p.name)
		case "cookie":
			if c, err := req.Cookie(p.name); err == nil {
				given = []string{c.Value}
			}
		default:
			continue // of the body, see below
		}
		if len(given) == 0 && p.required && !credentials[p.in+":"+p.name] {
			return fmt.Errorf("the %s parameter %s is required, but not sent", p.in, p.name)
		}
		for _, v := range given {
			if err := d.checkText(p.schema, v); err != nil {
				return fmt.Errorf("the %s parameter %s: %w", p.in, p.name, err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		known := slices.ContainsFunc(params, func(p parameter) bool {
			return p.in == "query" && (p.name == name || strings.HasPrefix(name, p.name+"["))
		})
		if !known && !credentials["query:"+name] {
			return fmt.Errorf("the query parameter %s is not in the document", name)
		}
	}
	return d.checkBody(*op, params, req.Header.Get("Content-Type"), body)
}

// valuesOf returns the values of a parameter, also of one that is written name[].
func valuesOf(query url.Values, name string) []string {
	if v := query[name]; len(v) > 0 {
		return v
	}
	for key, v := range query {
		if strings.HasPrefix(key, name+"[") {
			return v
		}
	}
	return nil
}

// ignoredHeader reports headers that the program sets, or that the specification says to ignore.
func ignoredHeader(name string) bool {
	return slices.Contains([]string{"accept", "content-type", "authorization", "user-agent", "content-length"}, strings.ToLower(name))
}
