package catalog

import (
	"context"
	"slices"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/mapping"
	"paceline/store"
)

// FieldTarget names what fields are discovered for: a method, and the object when it is not the method's own.
type FieldTarget struct {
	Method MethodRef
	Object string
}

// DiscoverFields asks the vendor which further fields a method has, as its customFields say, and returns those that
// are known after it. What the vendor no longer has is removed; what was set by hand stays. Errors: NotFound for the
// account connector or the method; Forbidden for a parent's connector; else as for CallMethod.
func (r *Room) DiscoverFields(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, read func() (FieldTarget, error)) ([]paceline.CustomField, error) {
	ac, rel, err := r.findOwn(ctx, p, a, id)
	if err != nil {
		return nil, err
	}
	target, err := read()
	if err != nil {
		return nil, err
	}
	method := methodToCall(rel, target.Method)
	if method == nil {
		return nil, notFound("Method")
	}
	in := MethodCall{}
	if target.Object != "" {
		in.object = &target.Object
	}
	return r.discover(ctx, p, a, ac, rel, method, in)
}

// DiscoverStepFields is DiscoverFields for the method of a step, whose typed values go along. A method without
// customFields, and a tool, have nothing to discover. Errors: NotFound; else as for DiscoverFields.
func (r *Room) DiscoverStepFields(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	c, releases, err := r.cycles.CycleOfStep(ctx, p, a, id)
	if err != nil {
		return err
	}
	step, _ := c.Flow.Step(id)
	if step == nil {
		return notFound("Step")
	}
	rel := releases.Of(step)
	method := methodToCall(rel, MethodRef{UID: step.Method})
	if method == nil || method.CustomFields == nil {
		return nil
	}
	ac, _, err := r.findOwn(ctx, p, a, step.AccountConnector)
	if err != nil {
		return err
	}
	in := typedOf(inputsOf(c, releases, id))
	if object := cycle.ObjectOf(step); object != "" {
		in.object = &object
	}
	_, err = r.discover(ctx, p, a, ac, rel, method, in)
	return err
}

func (r *Room) discover(ctx context.Context, p paceline.Principal, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release, method *connector.MethodDef, in MethodCall) ([]paceline.CustomField, error) {
	if method.CustomFields == nil {
		return nil, nil
	}
	object := ""
	if method.Object != nil {
		if object = method.Object.Name; in.object != nil {
			object = *in.object
		}
		in.object = &object
	}
	uid := rel.Compiled.MethodUID(method.ID)
	all := ac.Fields
	for _, side := range []struct {
		sources    connector.FieldSources
		forRequest bool
	}{{method.CustomFields.Request, true}, {method.CustomFields.Response, false}} {
		if len(side.sources) == 0 {
			continue
		}
		var found []paceline.CustomField
		for _, from := range side.sources {
			list, err := r.fieldsFrom(ctx, a, ac, rel, from.Method, in)
			if err != nil {
				return nil, err
			}
			found = append(found, from.Place(list)...)
		}
		err := r.changeFields(ctx, p, a, ac, func(tx *store.Tx, now []paceline.CustomField) error {
			at := paceline.CustomField{Method: uid, Object: object, ForRequest: side.forRequest}
			err := replaceDiscovered(tx, a, ac, now, at, found, rel)
			if err != nil {
				return err
			}
			all, err = tx.CustomFields(a.Scope(), ac.ID)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(f paceline.CustomField) bool { return f.Method != uid || f.Object != object }), nil
}

// fieldsFrom calls a field source with all its pages; of any other method the first page shows what there is.
func (r *Room) fieldsFrom(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release, source string, in MethodCall) (list []paceline.CustomField, err error) {
	def, _ := rel.MethodByID(source)
	if def == nil {
		return nil, notFound("Method")
	}
	compiled := rel.Compiled.Method(source)
	var page *connector.PageState
	for range maxLookupPages {
		result, err := r.call(ctx, a, ac, rel, def, in.only(rel, def), page)
		if err != nil {
			return nil, err
		}
		list = append(list, compiled.FieldsOf(result.Output)...)
		if page = result.Next; page == nil || !def.FieldSource || len(list) >= maxCustomFields {
			break
		}
	}
	return list, nil
}

// replaceDiscovered makes the discovered fields at a place those that were found.
func replaceDiscovered(tx *store.Tx, a paceline.Account, ac paceline.AccountConnector, now []paceline.CustomField, at paceline.CustomField, found []paceline.CustomField, rel *cycle.Release) error {
	kept := len(now)
	known := map[string]paceline.CustomField{}
	for _, f := range now {
		if f.Method == at.Method && f.Object == at.Object && f.ForRequest == at.ForRequest {
			known[f.Location] = f
		}
	}
	seen := map[string]bool{}
	for i, f := range found {
		f.Method, f.Object, f.ForRequest, f.Discovered, f.Position = at.Method, at.Object, at.ForRequest, true, kept+i
		if declared(rel, f) || seen[f.Location] || checkCustomField(&f, rel) != nil {
			continue
		}
		seen[f.Location] = true
		have, exists := known[f.Location]
		if exists && !have.Discovered {
			continue
		}
		if f.ID = have.ID; exists {
			f.Position = have.Position
		} else if kept++; kept > maxCustomFields {
			return invalid("Fields", "the vendor has more fields than an account connector can have")
		}
		if exists && sameField(have, f) {
			continue
		}
		if err := tx.PutCustomField(a.Scope(), ac.ID, ac.Release.UID, &f); err != nil {
			return err
		}
	}
	for location, f := range known {
		if f.Discovered && !seen[location] {
			if _, err := tx.DeleteCustomField(a.Scope(), ac.ID, f.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func sameField(x, y paceline.CustomField) bool {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	return x.DisplayName == y.DisplayName && x.DataType == y.DataType && x.Required == y.Required && x.ReadOnly == y.ReadOnly && x.Hidden == y.Hidden &&
		text(x.SystemName) == text(y.SystemName) && text(x.Description) == text(y.Description) && text(x.Format) == text(y.Format) &&
		text(x.Default) == text(y.Default) && slices.Equal(x.Values, y.Values)
}

// typedOf are the values that are typed into a step, by the keys of its parameters.
func typedOf(s StepInputs) MethodCall {
	in := MethodCall{byKey: map[string]mapping.Value{}}
	for _, have := range s.Parameters {
		if v := typedValue(have.Mapping); v != nil {
			in.byKey[have.Key] = v
		}
	}
	for _, have := range s.Fields {
		if v := typedValue(have.Mapping); v != nil {
			in.byKey["field:"+have.Location] = v
		}
	}
	return in
}

// typedValue returns a mapping's value where it does not depend on a transaction.
func typedValue(m paceline.Mapping) mapping.Value {
	value := m.Value
	if m.Type == paceline.MapLookup {
		value = m.LookupValue
	}
	if value == nil || !slices.Contains([]paceline.MappingType{paceline.MapStatic, paceline.MapValueList, paceline.MapLookup}, m.Type) {
		return nil
	}
	return mapping.Quote(*value)
}
