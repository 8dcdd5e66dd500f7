package connector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	celref "cel.dev/cel-go/common/types/ref"

	"paceline"
	"paceline/mapping"
)

// fieldMap reads descriptions of fields out of the rows of a field source; expressions without a text are nil.
type fieldMap struct {
	loc, name, label, description, kind, format, required, readOnly, hidden, value, values *expression
	types                                                                                  map[string]string
	members                                                                                *mapping.Location // in place of rows
}

// systemFields is how field sources without a fieldMap name what they say.
var systemFields = FieldMapDef{
	Loc: "row.cyclr_field_location", Label: "row.cyclr_display_name", Description: "row.cyclr_description", Type: "row.cyclr_data_type",
	Format: "row.cyclr_data_type_format", Required: "!row.cyclr_is_optional", ReadOnly: "row.cyclr_is_readonly", Hidden: "row.cyclr_is_hidden",
	Default: "row.cyclr_default_value", Values: "row.cyclr_field_values",
	Types: map[string]string{"0": "any", "1": "text", "2": "integer", "3": "float", "4": "boolean", "5": "datetime"},
}

// fieldSource compiles what makes a method a field source.
func (b *builder) fieldSource(m *Method, at string) {
	def := m.Definition.Response.FieldMap
	here := pointer(at, "response", "fieldMap")
	switch {
	case !m.Definition.FieldSource && def != nil:
		b.add(here, fmt.Sprintf("the method %s has a fieldMap but is no field source", m.ID), "Add fieldSource: true to the method, or remove fieldMap.")
		return
	case !m.Definition.FieldSource:
		return
	case !m.hasRows && (def == nil || def.Members == ""):
		b.add(at, fmt.Sprintf("the field source %s has no rows", m.ID), "Add response.rows with the location of the list of fields.")
	}
	if def == nil {
		def = &systemFields
	}
	expr := func(key, text string) *expression {
		if text == "" {
			return nil
		}
		env := rowEnv()
		if def.Members != "" {
			env = memberEnv()
		}
		e, failed := compileExpression(env, text)
		b.mistake(pointer(here, key), failed)
		return e
	}
	f := &fieldMap{
		loc: expr("loc", def.Loc), name: expr("name", def.Name), label: expr("label", def.Label), description: expr("description", def.Description),
		kind: expr("type", def.Type), format: expr("format", def.Format), required: expr("required", def.Required), readOnly: expr("readonly", def.ReadOnly),
		hidden: expr("hidden", def.Hidden), value: expr("default", def.Default), values: expr("values", def.Values), types: def.Types,
	}
	if def.Members != "" {
		l := b.location(pointer(here, "members"), def.Members)
		f.members = &l
	}
	for vendor, word := range def.Types {
		if _, known := typeNames[word]; !known || word == "" {
			b.add(pointer(here, "types", vendor), fmt.Sprintf("%q is not a type", word), "Use text, integer, float, decimal, boolean, datetime, file or any.")
		}
	}
	m.fieldMap = f
}

// customFields checks the methods that tell the fields of others, once all are compiled.
func (b *builder) customFields() {
	for i := range b.def.Methods {
		c := b.def.Methods[i].CustomFields
		if c == nil {
			continue
		}
		for key, sources := range map[string]FieldSources{"request": c.Request, "response": c.Response} {
			for _, from := range sources {
				b.fieldsFrom(&b.def.Methods[i], from, key, pointer("/methods", i, "customFields", key))
			}
		}
	}
}

func (b *builder) fieldsFrom(m *MethodDef, from FieldsFrom, key, at string) {
	id, source := from.Method, b.c.methods[from.Method]
	if from.At != "" {
		b.location(pointer(at, "at"), from.At)
	}
	if source == nil {
		b.add(at, fmt.Sprintf("the method %q does not exist", id), "Name a field source, or a method without inputs whose answer has the same shape.")
		return
	}
	for _, p := range source.Definition.Params {
		if p.Required && p.Default == nil && !slices.ContainsFunc(m.Params, func(own ParamDef) bool { return own.Name == p.Name }) {
			b.add(at, fmt.Sprintf("the method %s needs %s, which nobody gives it", id, p.Name), "Give the parameter a default, or give this method a parameter of the same name.")
		}
	}
	if !source.Definition.FieldSource && key == "request" {
		b.add(at, fmt.Sprintf("the method %s is no field source", id), "Add fieldSource: true and response.fieldMap to it: what an answer looks like does not tell what may be sent.")
	}
}

// maxFields bounds the fields that one source may tell.
const maxFields = 5000

// FieldsOf reads what a field source answered, or takes the fields of any other answer from its shape.
func (m *Method) FieldsOf(doc []byte) []paceline.CustomField {
	if m.fieldMap == nil {
		return FieldsOfSample(doc)
	}
	var list []paceline.CustomField
	seen := map[string]bool{}
	take := func(key string, row mapping.Value) {
		f, ok := m.fieldMap.field(key, native(row))
		if !ok || seen[f.Location] || len(list) >= maxFields {
			return
		}
		seen[f.Location] = true
		list = append(list, f)
	}
	if of := m.fieldMap.members; of != nil {
		for object := range of.GetAll(doc) {
			for key, member := range mapping.Members(object) {
				take(key, member)
			}
		}
		return list
	}
	for row := range m.rows.GetAll(doc) {
		take("", row)
	}
	return list
}

// Place returns fields at the places that they have in a method whose customFields are from.
func (from FieldsFrom) Place(list []paceline.CustomField) []paceline.CustomField {
	if from.At == "" {
		return list
	}
	return Within(from.At, list)
}

// field reads one row; ok is false for one that names no place.
func (m *fieldMap) field(key string, row any) (f paceline.CustomField, ok bool) {
	vars := map[string]any{"row": row}
	if m.members != nil {
		vars["key"] = key
	}
	loc := m.loc.text(vars)
	l, err := mapping.ParseLocation(loc)
	if err != nil || loc == "" {
		return f, false
	}
	f.Location, f.Discovered = l.String(), true
	f.DisplayName = firstOf(m.label.text(vars), m.name.text(vars), humanName(loc[strings.LastIndexByte(loc, '.')+1:]))
	f.SystemName, f.Description, f.Format, f.Default = textOrNil(m.name.text(vars)), textOrNil(m.description.text(vars)), textOrNil(m.format.text(vars)), textOrNil(m.value.text(vars))
	vendor := m.kind.text(vars)
	word, known := m.types[vendor]
	if !known {
		word = strings.ToLower(vendor)
	}
	if f.DataType, known = typeNames[word]; !known {
		f.DataType = paceline.TypeUndefined
	}
	f.Required, f.ReadOnly, f.Hidden = m.required.truth(vars), m.readOnly.truth(vars), m.hidden.truth(vars)
	f.Values = m.values.list(vars)
	return f, true
}

// expression is CEL that gives a value; a nil one, and one that cannot be evaluated, gives none.
type expression struct{ program cel.Program }

func compileExpression(env *cel.Env, text string) (*expression, *mistake) {
	ast, issues := env.Compile(text)
	if issues != nil && issues.Err() != nil {
		first, _, _ := strings.Cut(strings.TrimPrefix(issues.Err().Error(), "ERROR: "), "\n")
		return nil, &mistake{"the expression does not compile: " + strings.TrimPrefix(first, "<input>:"), "Write CEL, for example row.name."}
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(costLimit))
	if err != nil {
		return nil, &mistake{"the expression does not compile: " + err.Error(), "Write CEL, for example row.name."}
	}
	return &expression{program}, nil
}

func (e *expression) value(vars map[string]any) any {
	if e == nil {
		return nil
	}
	out, _, err := e.program.Eval(vars)
	if err != nil {
		return nil
	}
	return out.Value()
}

func (e *expression) text(vars map[string]any) string { return scalarText(e.value(vars)) }

func (e *expression) truth(vars map[string]any) bool {
	switch v := e.value(vars).(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "true")
	}
	return false
}

// list reads texts, or objects with a value.
func (e *expression) list(vars map[string]any) (texts []string) {
	b, err := json.Marshal(plain(e.value(vars)))
	if err != nil {
		return nil
	}
	for item := range wholeList.GetAll(b) {
		v := item
		if mapping.KindOf(item) == mapping.Object {
			v = nil
			for name, value := range mapping.Members(item) {
				if name == "value" {
					v = value
				}
			}
		}
		if k := mapping.KindOf(v); k != mapping.Missing && k != mapping.Null && k != mapping.Object && k != mapping.List {
			texts = append(texts, mapping.Text(v))
		}
	}
	return texts
}

// plain makes data of a value of CEL, which may consist of such values, and drops what is none.
func plain(v any) any {
	switch v := v.(type) {
	case nil, string, bool, int64, uint64, float64, map[string]any:
		return v
	case []any:
		list := make([]any, len(v))
		for i, inner := range v {
			list[i] = plain(inner)
		}
		return list
	case []celref.Val:
		list := make([]any, len(v))
		for i, inner := range v {
			list[i] = plain(inner.Value())
		}
		return list
	case map[celref.Val]celref.Val:
		object := make(map[string]any, len(v))
		for name, inner := range v {
			object[scalarText(name.Value())] = plain(inner.Value())
		}
		return object
	case celref.Val:
		return plain(v.Value())
	}
	return nil
}

func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return ""
}

func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
