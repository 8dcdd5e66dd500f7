package connector

import (
	"fmt"
	"slices"
	"strings"

	"paceline/mapping"
)

// OnConnect is what is called with a new credential.
type OnConnect struct {
	Lookup, Test *Method // nil without one
	set          []connectSet
}

// connectSet is a property with what it gets.
type connectSet struct {
	property string
	value    *template
}

// OnConnect returns what the definition says about new credentials, nil when it says nothing.
func (c *Compiled) OnConnect() *OnConnect { return c.connect }

// Values returns the values of properties that stand in an answer to the lookup. One of which anything is missing is not
// among them.
func (o *OnConnect) Values(answer []byte) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range o.set {
		text, missing, err := s.value.text(firstRow{o.Lookup, answer})
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", s.property, err)
		}
		if !missing {
			out[s.property] = text
		}
	}
	return out, nil
}

// onConnect compiles the calls of new credentials.
func (b *builder) onConnect() {
	def := b.def.OnConnect
	if def == nil {
		return
	}
	method := func(at, id string) *Method {
		m := b.c.methods[id]
		if m == nil && id != "" {
			b.add(at, fmt.Sprintf("the method %q does not exist", id), "Name a method of this file.")
		}
		return m
	}
	o := &OnConnect{Test: method("/onConnect/test", def.Test)}
	if l := def.Lookup; l != nil {
		o.Lookup = method("/onConnect/lookup/method", l.Method)
		for _, p := range l.Set {
			at := pointer("/onConnect/lookup/set", p.Name)
			k := slices.IndexFunc(b.def.Properties, func(have Property) bool { return have.Name == p.Name })
			if k < 0 || b.def.Properties[k].Scope != ScopeAccount {
				b.add(at, fmt.Sprintf("%q is not a property of scope account", shorten(p.Name)), "Declare the property that keeps the value.")
			}
			if o.Lookup == nil {
				continue
			}
			t, failed := parseTemplate(p.Value, rowNames{o.Lookup.Definition.Response.Fields}, plainEscape)
			b.mistake(at, failed)
			o.set = append(o.set, connectSet{p.Name, t})
		}
	}
	b.c.connect = o
}

// rowNames are the names of a template that is about a method's row.
type rowNames struct{ fields []FieldDef }

func (n rowNames) resolve(path string) (*ref, []string) {
	var known []string
	for _, f := range n.fields {
		if f.Name == "" {
			continue
		}
		if path == "row."+f.Name {
			return &ref{root: rootBody, name: strings.TrimPrefix(path, "row.")}, nil
		}
		known = append(known, "row."+f.Name)
	}
	return nil, known
}

// firstRow gives such a template the values of the first row of an answer.
type firstRow struct {
	method *Method
	answer []byte
}

func (r firstRow) lookup(of *ref) val {
	l := r.method.field(of.name)
	if l == nil {
		return val{}
	}
	v, _ := l.Get(r.answer)
	if mapping.KindOf(v) <= mapping.Null {
		return val{}
	}
	return valueVal(v)
}
