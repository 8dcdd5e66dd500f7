package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

var printer = message.NewPrinter(language.English)

// schema compiles the schema at a pointer; nil for none. One that can't be compiled checks nothing, since the mistake is
// the vendor's, and a note says so.
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
	if s == nil {
		d.note("the document's schema at %s can not be read, and nothing is checked against it", pointer)
	}
	return s
}

// checkText checks a parameter's text as the value that it stands for.
func (d *document) checkText(pointer, text string) error {
	s := d.schema(pointer)
	if s == nil || text == anything {
		return nil
	}
	var first error
	for _, v := range readings(text) {
		err := d.significant(s.Validate(v), v)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// readings are the values that a text in an address, a header or a form may stand for: the text, the number, truth or
// document that it is, an item of a list that is sent as several parameters, and a list in one text.
func readings(text string) []any {
	one := func(text string) []any {
		values := []any{text}
		if v, err := jsonschema.UnmarshalJSON(strings.NewReader(text)); err == nil {
			values = append(values, v)
		}
		return values
	}
	all := one(text)
	for _, v := range one(text) {
		all = append(all, []any{v})
	}
	for _, separator := range []string{",", "|", " ", "\t"} {
		if !strings.Contains(text, separator) {
			continue
		}
		var texts, values []any
		for item := range strings.SplitSeq(text, separator) {
			readings := one(strings.TrimSpace(item))
			texts, values = append(texts, readings[0]), append(values, readings[len(readings)-1])
		}
		all = append(all, texts, values)
	}
	return all
}

// checkBody checks the body against the operation.
func (d *document) checkBody(op node, params []parameter, contentType string, body []byte) error {
	kind := mediaType(contentType)
	if d.version2 {
		return d.checkBody2(op, params, kind, contentType, body)
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
	names := slices.Sorted(maps.Keys(content.members()))
	for _, name := range names {
		if content.member(name).value == nil {
			continue
		}
		if pattern := mediaType(name); pattern == kind {
			return d.checkContent(content.member(name).member("schema"), kind, contentType, body)
		}
	}
	for _, name := range names {
		if pattern := mediaType(name); sameType(pattern, kind) {
			if !strings.Contains(pattern, "*") {
				d.note("the body is sent as %s; the document has %s", kind, pattern)
			}
			return d.checkContent(content.member(name).member("schema"), kind, contentType, body)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("the body is %s; the document has %s", kind, strings.Join(names, ", "))
}

// mediaType returns a media type without its parameters, such as the charset.
func mediaType(text string) string {
	kind, _, _ := strings.Cut(text, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

func isForm(kind string) bool {
	return kind == "application/x-www-form-urlencoded" || kind == "multipart/form-data"
}

func (d *document) checkBody2(op node, params []parameter, kind, contentType string, body []byte) error {
	at := slices.IndexFunc(params, func(p parameter) bool { return p.in == "body" })
	var form []parameter
	for _, p := range params {
		if p.in == "formData" {
			form = append(form, p)
		}
	}
	consumes := op.member("consumes").items()
	if len(consumes) == 0 {
		consumes = d.root.member("consumes").items()
	}
	var listed []string
	for _, c := range consumes {
		if text, ok := c.value.(string); ok {
			listed = append(listed, mediaType(text))
		}
	}
	switch {
	case len(body) == 0:
		for _, p := range params {
			if (p.in == "body" || p.in == "formData") && p.required {
				return fmt.Errorf("the body parameter %s is required, but no body is sent", p.name)
			}
		}
		return nil
	case at < 0 && len(form) == 0:
		return errors.New("a body is sent, but the document has none")
	case len(form) > 0 && !isForm(kind):
		return fmt.Errorf("the body is %s; the document has a form", kind)
	case len(form) > 0:
		fields := map[string]parameter{}
		for _, p := range form {
			fields[p.name] = p
		}
		return d.checkForm(fields, false, contentType, body)
	case len(listed) > 0 && !slices.ContainsFunc(listed, func(pattern string) bool { return sameType(pattern, kind) }):
		return fmt.Errorf("the body is %s; the document has %s", kind, strings.Join(listed, ", "))
	case isJSON(kind):
		return d.checkJSON(params[at].place, body)
	case len(listed) == 0 && isForm(kind):
		return fmt.Errorf("the body is %s; the document has a body parameter, which is JSON", kind)
	}
	return nil
}

func (d *document) checkContent(schema node, kind, contentType string, body []byte) error {
	switch {
	case isJSON(kind):
		return d.checkJSON(schema, body)
	case isForm(kind):
		whole := schema.resolved()
		fields := map[string]parameter{}
		for name, property := range d.propertiesOf(schema, 0) {
			fields[name] = parameter{in: "formData", name: name, schema: property.pointer, place: property}
		}
		for _, name := range d.requiredOf(schema, 0) {
			p := fields[name]
			p.name, p.required = name, true
			fields[name] = p
		}
		return d.checkForm(fields, len(fields) == 0 || whole.member("additionalProperties").value != false, contentType, body)
	}
	if schema.value != nil {
		d.note("a body of type %s is not compared with its schema", kind)
	}
	return nil
}

// requiredOf returns the names that an object must have.
func (d *document) requiredOf(schema node, depth int) (names []string) {
	if schema.value == nil || depth > 8 {
		return nil
	}
	schema = schema.resolved()
	for _, branch := range schema.member("allOf").items() {
		names = append(names, d.requiredOf(branch, depth+1)...)
	}
	for _, required := range schema.member("required").items() {
		if name, ok := required.value.(string); ok {
			names = append(names, name)
		}
	}
	return names
}

// checkForm checks the fields of a form; open says that it may have others.
func (d *document) checkForm(fields map[string]parameter, open bool, contentType string, body []byte) error {
	values, err := formValues(contentType, body)
	if err != nil {
		return err
	}
	sent := map[string]bool{}
	var unknown error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		field, nested := name, false
		if _, whole := fields[name]; !whole {
			field, _, nested = strings.Cut(name, "[")
		}
		p, known := fields[field]
		if !known {
			if _, list := fields[field+"[]"]; list {
				field, known = field+"[]", true
			}
		}
		if sent[field] = true; !known {
			if open {
				d.note("the document does not name the field %s of the form", field)
			} else if unknown == nil {
				unknown = fmt.Errorf("the form has %s, which the document does not know", field)
			}
			continue
		}
		for _, v := range values[name] {
			if nested {
				break
			}
			if err := d.checkText(p.schema, v); err != nil {
				return fmt.Errorf("the field %s of the form: %w", field, err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name].required && !sent[name] && !d.secret[strings.ToLower("body:"+name)] {
			return fmt.Errorf("the field %s of the form is required, but not sent", name)
		}
	}
	return unknown
}

// formValues reads the fields of a form; files have no value to check.
func formValues(contentType string, body []byte) (url.Values, error) {
	kind, params, _ := mime.ParseMediaType(contentType)
	if kind != "multipart/form-data" {
		return url.ParseQuery(string(body))
	}
	form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(int64(len(body)) + 1)
	if err != nil {
		return nil, errors.New("the body is not a form of parts")
	}
	values := url.Values(form.Value)
	for name := range form.File {
		values[name] = []string{anything}
	}
	return values, nil
}

func (d *document) checkJSON(place node, body []byte) error {
	s := d.schema(place.pointer)
	if s == nil {
		return nil
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return errors.New("the body is not JSON")
	}
	if err := d.significant(s.Validate(v), v); err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	d.unnamed(place, v, "", 0)
	return nil
}

// unnamed notes members that a schema allows without naming them: mostly they are misspelt.
func (d *document) unnamed(schema node, v any, at string, depth int) {
	if depth > 32 || schema.value == nil {
		return
	}
	schema = schema.resolved()
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			d.unnamed(schema.member("items"), item, fmt.Sprintf("%s%d.", at, i), depth+1)
		}
	case map[string]any:
		properties := d.propertiesOf(schema, 0)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if property, known := properties[name]; known {
				d.unnamed(property, v[name], at+name+".", depth+1)
			} else if len(properties) > 0 && schema.member("additionalProperties").value == nil && schema.member("patternProperties").value == nil {
				d.note("the document does not name %s%s of the body", at, name)
			}
		}
	}
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
func (d *document) significant(err error, doc any) error {
	var failure *jsonschema.ValidationError
	if !errors.As(err, &failure) {
		return err
	}
	reasons := d.reasonsOf(failure, doc)
	if len(reasons) == 0 {
		return nil
	}
	slices.Sort(reasons)
	return errors.New(strings.Join(slices.Compact(reasons), "; "))
}

func (d *document) reasonsOf(e *jsonschema.ValidationError, doc any) []string {
	at := strings.Join(e.InstanceLocation, ".")
	if at == "" {
		at = "it"
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		// One branch that fits but for values is enough; several that fit can not be told apart by a sample.
		var best []string
		for _, cause := range e.Causes {
			reasons := d.reasonsOf(cause, doc)
			if len(reasons) == 0 {
				return nil
			}
			if best == nil || len(reasons) < len(best) {
				best = reasons
			}
		}
		return best
	case *kind.Required:
		missing := slices.DeleteFunc(slices.Clone(k.Missing), func(name string) bool {
			return d.filled(strings.Join(append(slices.Clone(e.InstanceLocation), name), "."))
		})
		if len(missing) == 0 {
			return nil
		}
		return []string{fmt.Sprintf("%s lacks %s", at, strings.Join(missing, ", "))}
	case *kind.AdditionalProperties:
		return []string{fmt.Sprintf("%s has %s, which the document does not know", at, strings.Join(k.Properties, ", "))}
	case *kind.Type:
		if valueAt(doc, e.InstanceLocation) == anything {
			return nil
		}
		return []string{fmt.Sprintf("%s is of type %s; the document says %s", at, k.Got, strings.Join(slices.Sorted(slices.Values(k.Want)), " or "))}
	case *kind.Enum:
		// What the definition itself says, such as a fixed value, can be held to the list.
		if text, ok := valueAt(doc, e.InstanceLocation).(string); ok && !isSample(text) && slices.ContainsFunc(k.Want, isText) {
			return []string{fmt.Sprintf("%s is %q, which the document does not allow", at, text)}
		}
		return nil
	case *kind.RefCycle:
		d.note("a schema of the document leads to itself, and is not checked")
		return nil
	case *kind.Const, *kind.Pattern, *kind.Format, *kind.MinLength, *kind.MaxLength, *kind.Minimum, *kind.Maximum,
		*kind.ExclusiveMinimum, *kind.ExclusiveMaximum, *kind.MultipleOf, *kind.MinItems, *kind.MaxItems, *kind.UniqueItems, *kind.MinProperties, *kind.MaxProperties, *kind.Not:
		return nil
	}
	if len(e.Causes) == 0 {
		return []string{at + ": " + e.ErrorKind.LocalizedString(printer)}
	}
	var reasons []string
	for _, cause := range e.Causes {
		reasons = append(reasons, d.reasonsOf(cause, doc)...)
	}
	return reasons
}

func isText(v any) bool { _, ok := v.(string); return ok }

// filled reports whether auth puts something at the place in the body, or into it.
func (d *document) filled(at string) bool {
	for place := range d.secret {
		if place == strings.ToLower("body:"+at) || strings.HasPrefix(place, strings.ToLower("body:"+at+".")) {
			return true
		}
	}
	return false
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
