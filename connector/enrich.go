package connector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"

	"paceline"
	"paceline/mapping"
)

// enrichInto is the member of a row under which the answer stands unless the definition says otherwise.
const enrichInto = "enriched"

// Enrich completes each row of a delivery with what a method of the connector answers about it. The transaction does so,
// as its first call: whoever sent the delivery has its answer before.
type Enrich struct {
	method *Method
	into   string
	names  []string // that lead to the list of rows
	listed bool     // the payload has one; else it is the row itself
	fields []enrichField
	inputs []enrichInput
}

// enrichField is a field of the payload by the name that expressions call it.
type enrichField struct {
	name string
	at   mapping.Location // in a row
}

// enrichInput is the value of one parameter, or of one field of the request.
type enrichInput struct {
	value    *expression
	in, name string           // of a parameter
	location mapping.Location // of a field
	dataType paceline.DataType
	format   string
}

// enrichEnv has the names of the expressions: a row and the payload as a whole.
var enrichEnv = sync.OnceValue(func() *cel.Env {
	return newEnv(cel.Variable("row", cel.DynType), cel.Variable("body", cel.DynType))
})

// enrichFields gives each trigger that enriches the fields of the answers, where they stand in a row.
func (d *Definition) enrichFields() {
	for i := range d.Triggers {
		t := &d.Triggers[i]
		if t.Enrich == nil {
			continue
		}
		at := slices.IndexFunc(d.Methods, func(m MethodDef) bool { return m.ID == t.Enrich.Method })
		if at < 0 {
			continue
		}
		before, into := t.Payload.Rows, firstOf(t.Enrich.Into, enrichInto)
		if before != "" {
			before += "."
		}
		for _, f := range d.Methods[at].Response.Fields {
			if rest, list := strings.CutPrefix(f.Loc, "[]"); list {
				f.Loc = before + "[" + into + "]" + rest
			} else {
				f.Loc = before + into + "." + f.Loc
			}
			f.Required, f.Key, f.Default = false, false, nil
			t.Payload.Fields = append(t.Payload.Fields, f)
		}
	}
}

// enrich compiles what a trigger asks for about its rows.
func (b *builder) enrich(t *Trigger, at string) {
	def := t.Definition.Enrich
	if def == nil {
		return
	}
	m := b.c.methods[def.Method]
	if m == nil {
		var ids []string
		for _, m := range b.def.Methods {
			ids = append(ids, m.ID)
		}
		b.add(pointer(at, "method"), fmt.Sprintf("the method %q does not exist", def.Method), suggestion(def.Method, ids))
		return
	}
	e := &Enrich{method: m, into: firstOf(def.Into, enrichInto), listed: t.hasRows}
	for _, wrong := range []struct {
		has          bool
		what, remedy string
	}{
		{m.Repeat != paceline.RepeatSafe, "may not be repeated", "Add repeat: safe to it: it only asks."},
		{m.Definition.Kind == MethodScript || m.Definition.Kind == MethodReply, "makes no call of its own", "Name a method of kind action."},
		{m.pager != nil, "has pages", "Write paging: none at the method."},
		{m.batch != nil || m.cursor != nil || m.Definition.Job != nil || m.exits != nil, "has a batch, a cursor, a job or exits", "Name a method that asks for one thing."},
	} {
		if wrong.has {
			b.add(pointer(at, "method"), fmt.Sprintf("the method %s %s", m.ID, wrong.what), wrong.remedy)
		}
	}
	if t.hasRows {
		if e.names, _ = t.rows.Outer(); t.rows.Lists() != 1 {
			b.add(at, "the rows lie in lists of lists, which enrich does not reach", "Name a single list in payload.rows.")
		}
	}
	b.enrichRow(e, t, at)
	b.enrichInputs(e, def, at)
	t.enrich = e
}

// enrichRow finds the fields of a row.
func (b *builder) enrichRow(e *Enrich, t *Trigger, at string) {
	before := ""
	if t.hasRows {
		before = t.Definition.Payload.Rows
	}
	for _, f := range t.Definition.Payload.Fields {
		rest, within := strings.CutPrefix(f.Loc, before)
		if rest == "" && within {
			b.add(at, "the rows are plain values, to which nothing can be added", "Let a step behind the webhook step call the method.")
			return
		}
		if before != "" {
			rest = strings.TrimPrefix(rest, ".")
		}
		if l, err := mapping.ParseLocation(rest); within && err == nil && l.Lists() == 0 && f.Name != "" {
			if !slices.ContainsFunc(e.fields, func(have enrichField) bool { return have.name == f.Name }) {
				e.fields = append(e.fields, enrichField{f.Name, l})
			}
		}
	}
}

// enrichInputs compiles what the method is given.
func (b *builder) enrichInputs(e *Enrich, def *EnrichDef, at string) {
	m := e.method.Definition
	var known []string
	given := map[string]bool{}
	for _, p := range m.Params {
		if p.In != ObjectPlace && p.In != CredentialPlace && !p.step {
			known = append(known, p.Name)
		}
	}
	for _, f := range m.Request.Fields {
		known = append(known, firstOf(f.Name, f.Loc))
	}
	for _, pair := range def.Map {
		here := pointer(at, "map", pair.Name)
		if !slices.Contains(known, pair.Name) {
			b.add(here, fmt.Sprintf("the method %s has no parameter or field %q", m.ID, pair.Name), suggestion(pair.Name, known))
			continue
		}
		given[pair.Name] = true
		value, failed := compileExpression(enrichEnv(), pair.Value)
		b.mistake(here, failed)
		in := enrichInput{value: value}
		if k := slices.IndexFunc(m.Params, func(p ParamDef) bool { return p.Name == pair.Name }); k >= 0 {
			in.in, in.name, in.dataType = m.Params[k].In, pair.Name, m.Params[k].Type
		} else {
			f := m.Request.Fields[slices.IndexFunc(m.Request.Fields, func(f FieldDef) bool { return firstOf(f.Name, f.Loc) == pair.Name })]
			in.location, in.dataType, in.format = b.location(here, f.Loc), f.Type, f.Format
		}
		e.inputs = append(e.inputs, in)
	}
	for _, p := range m.Params {
		if p.Required && p.Default == nil && !given[p.Name] {
			b.add(at, fmt.Sprintf("the method %s needs %s, which map does not give", m.ID, p.Name), "Add "+p.Name+": row. with the name of a field to map.")
		}
	}
	for _, f := range m.Request.Fields {
		if name := firstOf(f.Name, f.Loc); f.Required && f.Default == nil && !given[name] {
			b.add(at, fmt.Sprintf("the method %s needs %s, which map does not give", m.ID, name), "Add "+name+": row. with the name of a field to map.")
		}
	}
}

// Enrich returns what completes the rows of the trigger's deliveries; nil for none.
func (t *Trigger) Enrich() *Enrich { return t.enrich }

// Method is the method that is asked about each row.
func (e *Enrich) Method() *Method { return e.method }

// EnrichRows are the rows of one payload, about each of which there is a call.
type EnrichRows struct {
	enrich  *Enrich
	payload []byte
	rows    []mapping.Value
}

// Rows finds the rows of a payload. It fails for one that is no object.
func (e *Enrich) Rows(payload []byte) (*EnrichRows, error) {
	r := &EnrichRows{enrich: e, payload: payload}
	if !e.listed {
		r.rows = []mapping.Value{payload}
	} else {
		r.rows = slices.Collect(elementsAt(payload, e.names))
	}
	for _, row := range r.rows {
		if mapping.KindOf(row) != mapping.Object {
			return nil, fmt.Errorf("a row of the delivery is no object, so that nothing can be added to it")
		}
	}
	return r, nil
}

// Len returns the number of calls.
func (r *EnrichRows) Len() int { return len(r.rows) }

// Missing reports whether the payload lacks the list of rows: then there is nothing to add, and no problem.
func (r *EnrichRows) Missing() bool { return false }

// Inputs yields the values for the call about row i. A parameter whose expression gives nothing has none.
func (r *EnrichRows) Inputs(i int, _ func(string) (string, bool)) (in mapping.Inputs, _ []mapping.Warning, _ error) {
	row := native(r.rows[i])
	if members, ok := row.(map[string]any); ok {
		for _, f := range r.enrich.fields {
			if v, there := f.at.Get(r.rows[i]); there {
				members[f.name] = native(v)
			}
		}
	}
	vars := map[string]any{"row": row, "body": func() any { return native(r.payload) }}
	for _, input := range r.enrich.inputs {
		text, err := json.Marshal(plain(input.value.value(vars)))
		if err != nil || string(text) == "null" {
			continue
		}
		v, _ := mapping.CoerceAs(text, input.dataType, input.format)
		if input.name != "" {
			in.Params = append(in.Params, mapping.Param{In: input.in, Name: input.name, Value: v})
		} else {
			in.Fields = append(in.Fields, mapping.Field{Location: input.location, Value: v})
		}
	}
	return in, nil, nil
}

// Merge returns the payload with the answers, a list with one for each row, in its rows. An empty answer adds nothing.
func (r *EnrichRows) Merge(answers []byte) ([]byte, error) {
	rows := make([]mapping.Value, 0, len(r.rows))
	for answer := range wholeList.GetAll(answers) {
		if len(rows) == len(r.rows) {
			return nil, fmt.Errorf("there are more answers than rows")
		}
		rows = append(rows, r.enrich.with(r.rows[len(rows)], answer))
	}
	switch {
	case len(rows) < len(r.rows):
		return nil, fmt.Errorf("there are fewer answers than rows")
	case len(rows) == 0:
		return r.payload, nil
	case !r.enrich.listed:
		return rows[0], nil
	}
	out := appendOpen(nil, r.payload, r.enrich.names)
	for i, row := range rows {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, row...)
	}
	return append(append(out, ']'), strings.Repeat("}", len(r.enrich.names))...), nil
}

// with returns the row with the answer as its last member.
func (e *Enrich) with(row, answer mapping.Value) mapping.Value {
	if mapping.KindOf(answer) <= mapping.Null {
		return row
	}
	out := []byte{'{'}
	for name, v := range mapping.Members(row) {
		if name != e.into {
			out = append(append(append(mapping.AppendQuoted(out, name), ':'), v...), ',')
		}
	}
	out = append(append(mapping.AppendQuoted(out, e.into), ':'), answer...)
	return append(out, '}')
}
