package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

var printer = message.NewPrinter(language.English)

// schema compiles the schema at a pointer; nil for none. One that can't be compiled checks nothing: the
// mistake is the vendor's.
func (d *document) schema(pointer string) *jsonschema.Schema {
	if pointer == "" {
		return nil
	}
	s, known := d.schemas[pointer]
	if !known {
		place := pointer
		if strings.HasPrefix(pointer, "/") {
			place = "document.json#" + (&url.URL{Path: pointer}).EscapedPath()
		}
		s, _ = d.compiler.Compile(place)
		d.schemas[pointer] = s
	}
	return s
}

// checkText checks a parameter's text as the value that it stands for.
func (d *document) checkText(pointer, text string) error {
	s := d.schema(pointer)
	if s == nil || text == anything {
		return nil
	}
	// A list is sent as several parameters or with commas, so each item is checked against the items' type.
	values := []any{text}
	if v, err := jsonschema.UnmarshalJSON(strings.NewReader(text)); err == nil {
		values = append(values, v)
	}
	for _, v := range slices.Clone(values) {
		values = append(values, []any{v})
	}
	var err error
	for _, v := range values {
		if err = significant(s.Validate(v), v); err == nil {
			return nil
		}
	}
	return significant(s.Validate(values[0]), values[0])
}

// checkBody checks the body against the operation.
func (d *document) checkBody(op node, params []parameter, contentType string, body []byte) error {
	kind, _, _ := mime.ParseMediaType(contentType)
	if d.version2 {
		return d.checkBody2(params, kind, body)
	}
	described := op.child("requestBody")
	switch {
	case described == nil && len(body) == 0:
		return nil
	case described == nil:
		return errors.New("a body is sent, but the document has none")
	case len(body) == 0 && described.text("required") == "true":
		return errors.New("a body is required, but none is sent")
	case len(body) == 0:
		return nil
	}
	content := described.member("content")
	for _, name := range slices.Sorted(maps.Keys(content.members())) {
		pattern, _, _ := mime.ParseMediaType(name)
		if !sameType(pattern, kind) {
			continue
		}
		return d.checkContent(content.member(name).member("schema"), kind, body)
	}
	return fmt.Errorf("the body is %s; the document has %s", kind, strings.Join(slices.Sorted(maps.Keys(content.members())), ", "))
}

func (d *document) checkBody2(params []parameter, kind string, body []byte) error {
	at := slices.IndexFunc(params, func(p parameter) bool { return p.in == "body" })
	form := slices.ContainsFunc(params, func(p parameter) bool { return p.in == "formData" })
	switch {
	case len(body) == 0:
		for _, p := range params {
			if (p.in == "body" || p.in == "formData") && p.required {
				return fmt.Errorf("the body parameter %s is required, but no body is sent", p.name)
			}
		}
		return nil
	case at >= 0 && isJSON(kind):
		return d.checkJSON(params[at].schema, body)
	case form && kind == "application/x-www-form-urlencoded":
		names, _ := url.ParseQuery(string(body))
		for _, p := range params {
			if p.in == "formData" && p.required && !names.Has(p.name) {
				return fmt.Errorf("the field %s of the form is required, but not sent", p.name)
			}
		}
		return nil
	case at < 0 && !form:
		return errors.New("a body is sent, but the document has none")
	}
	return nil
}

func (d *document) checkContent(schema node, kind string, body []byte) error {
	switch {
	case isJSON(kind):
		return d.checkJSON(schema.pointer, body)
	case kind == "application/x-www-form-urlencoded":
		names, _ := url.ParseQuery(string(body))
		for _, required := range schema.resolved().member("required").items() {
			name, _ := required.value.(string)
			if !slices.ContainsFunc(slices.Collect(maps.Keys(names)), func(s string) bool { return s == name || strings.HasPrefix(s, name+"[") }) {
				return fmt.Errorf("the field %s of the form is required, but not sent", name)
			}
		}
	}
	return nil
}

func (d *document) checkJSON(pointer string, body []byte) error {
	s := d.schema(pointer)
	if s == nil {
		return nil
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return errors.New("the body is not JSON")
	}
	if err := significant(s.Validate(v), v); err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	return nil
}

func isJSON(kind string) bool { return kind == "application/json" || strings.HasSuffix(kind, "+json") }

// sameType compares media types; the document's may have wildcards.
func sameType(pattern, kind string) bool {
	if pattern == kind || pattern == "*/*" || isJSON(pattern) && isJSON(kind) {
		return true
	}
	prefix, wild := strings.CutSuffix(pattern, "/*")
	return wild && strings.HasPrefix(kind, prefix+"/")
}

// significant drops what a sample can't know, such as the allowed values of a text, and keeps what is about
// names and types.
func significant(err error, doc any) error {
	var failure *jsonschema.ValidationError
	if !errors.As(err, &failure) {
		return err
	}
	reasons := reasonsOf(failure, doc)
	if len(reasons) == 0 {
		return nil
	}
	slices.Sort(reasons)
	return errors.New(strings.Join(slices.Compact(reasons), "; "))
}

func reasonsOf(e *jsonschema.ValidationError, doc any) []string {
	at := strings.Join(e.InstanceLocation, ".")
	if at == "" {
		at = "it"
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		// One branch that fits but for values is enough; several that fit can not be told apart by a sample.
		var first []string
		for i, cause := range e.Causes {
			reasons := reasonsOf(cause, doc)
			if len(reasons) == 0 {
				return nil
			}
			if i == 0 {
				first = reasons
			}
		}
		return first
	case *kind.Required:
		return []string{fmt.Sprintf("%s lacks %s", at, strings.Join(k.Missing, ", "))}
	case *kind.AdditionalProperties:
		return []string{fmt.Sprintf("%s has %s, which the document does not know", at, strings.Join(k.Properties, ", "))}
	case *kind.Type:
		if valueAt(doc, e.InstanceLocation) == anything {
			return nil
		}
		return []string{fmt.Sprintf("%s is of type %s; the document says %s", at, k.Got, strings.Join(slices.Sorted(slices.Values(k.Want)), " or "))}
	case *kind.Enum, *kind.Const, *kind.Pattern, *kind.Format, *kind.MinLength, *kind.MaxLength, *kind.Minimum, *kind.Maximum,
		*kind.ExclusiveMinimum, *kind.ExclusiveMaximum, *kind.MultipleOf, *kind.MinItems, *kind.MaxItems, *kind.UniqueItems, *kind.MinProperties, *kind.MaxProperties, *kind.Not:
		return nil
	}
	if len(e.Causes) == 0 {
		return []string{at + ": " + e.ErrorKind.LocalizedString(printer)}
	}
	var reasons []string
	for _, cause := range e.Causes {
		reasons = append(reasons, reasonsOf(cause, doc)...)
	}
	return reasons
}

func valueAt(doc any, steps []string) any {
	for _, step := range steps {
		switch v := doc.(type) {
		case map[string]any:
			doc = v[step]
		case []any:
			var i int
			if json.Unmarshal([]byte(step), &i) != nil || i < 0 || i >= len(v) {
				return nil
			}
			doc = v[i]
		default:
			return nil
		}
	}
	return doc
}
