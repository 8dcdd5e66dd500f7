package cycle

import (
	"context"
	"encoding/json"
	"slices"

	"paceline"
	"paceline/connector"
	"paceline/store"
)

// pinned returns the releases of a flow's steps with the custom fields of the account connectors that they use.
func (r *Room) pinned(ctx context.Context, a paceline.Account, flow paceline.Flow) (Pinned, error) {
	pinned, err := r.releases.Pinned(ctx, a.Partner, flow)
	if err != nil {
		return pinned, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		connectors, err := connectorsOf(tx, a, flow)
		pinned = pinned.with(connectors)
		return err
	})
	return pinned, err
}

func (p Pinned) with(connectors connectorSet) Pinned {
	p.custom = make(map[int32][]paceline.CustomField)
	for id, ac := range connectors {
		if len(ac.Fields) > 0 {
			p.custom[id] = ac.Fields
		}
	}
	return p
}

// ObjectOf returns the vendor's name of the object that a step names, "" where it takes its method's.
func ObjectOf(step *paceline.Step) string {
	for _, m := range step.Params {
		if m.Key != connector.ObjectKey {
			continue
		}
		if v := m.Value; m.Type == paceline.MapLookup {
			v = m.LookupValue
			if v != nil {
				return *v
			}
		} else if v != nil && (m.Type == paceline.MapStatic || m.Type == paceline.MapValueList) {
			return *v
		}
	}
	return ""
}

// WithCustom returns the release as a step sees it whose account connector adds fields to the method: those of every
// object and those of the object, which is the method's own when it is "". What a webhook receives has fields, too.
func (r *Release) WithCustom(fields []paceline.CustomField, method paceline.ID, object string) *Release {
	id := r.methods[method]
	called, trigger := r.MethodByID(id)
	if trigger != nil && trigger.Type == "poll" {
		id = trigger.Method
		called, trigger = r.MethodByID(id)
	}
	if called == nil && trigger == nil {
		return r
	}
	if object == "" && called != nil {
		object = called.ObjectName()
	}
	own := r.Compiled.MethodUID(id)
	of := func(f paceline.CustomField) bool {
		return (f.Method == paceline.ZeroID || f.Method == own || f.Method == method) && (f.Object == "" || f.Object == object)
	}
	custom := make(map[store.Element]int32)
	add := func(list []connector.FieldDef, kind connector.ElementKind, key func(id, location string) string, want func(paceline.CustomField) bool) []connector.FieldDef {
		list = slices.Clip(list)
		for _, f := range fields {
			declared := func(have connector.FieldDef) bool { return have.Loc == f.Location }
			if of(f) && want(f) && !slices.ContainsFunc(list, declared) { // what the connector declares is not declared again
				custom[store.Element{Kind: string(kind), Key: key(id, f.Location)}] = f.ID
				list = append(list, fieldDef(f))
			}
		}
		return list
	}
	received := func(list []connector.FieldDef) []connector.FieldDef {
		return add(list, connector.ResponseFieldElement, connector.ResponseFieldKey, func(f paceline.CustomField) bool { return !f.ForRequest })
	}
	out, def := *r, *r.Definition
	if called != nil {
		def.Methods = slices.Clone(def.Methods)
		m := &def.Methods[slices.IndexFunc(def.Methods, func(m connector.MethodDef) bool { return m.ID == id })]
		m.Request.Fields = add(m.Request.Fields, connector.RequestFieldElement, connector.RequestFieldKey, func(f paceline.CustomField) bool { return f.ForRequest && !f.ReadOnly })
		m.Response.Fields = received(m.Response.Fields)
	} else {
		def.Triggers = slices.Clone(def.Triggers)
		tr := &def.Triggers[slices.IndexFunc(def.Triggers, func(t connector.TriggerDef) bool { return t.ID == id })]
		tr.Payload.Fields = received(tr.Payload.Fields)
	}
	if len(custom) == 0 {
		return r
	}
	out.Definition, out.custom = &def, custom
	return &out
}

func fieldDef(f paceline.CustomField) connector.FieldDef {
	def := connector.FieldDef{Loc: f.Location, Name: f.DisplayName, Label: f.DisplayName, Type: f.DataType, Required: f.Required && f.Default == nil, Hidden: f.Hidden}
	if f.SystemName != nil {
		def.Name = *f.SystemName
	}
	if f.Description != nil {
		def.Description = *f.Description
	}
	if f.Format != nil {
		def.Format = *f.Format
	}
	if f.Default != nil {
		text, _ := json.Marshal(*f.Default)
		def.Default = new(connector.Scalar)
		def.Default.UnmarshalJSON(text)
	}
	for _, v := range f.Values {
		def.Values = append(def.Values, connector.Choice{Value: v})
	}
	return def
}
