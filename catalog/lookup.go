package catalog

import (
	"context"
	"slices"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/mapping"
)

// Choice is one entry of a drop-down.
type Choice struct{ Name, Value string }

// The bounds of a drop-down.
const (
	maxLookupPages = 20
	maxChoices     = 10_000
)

// RunLookup calls the method of a lookup and returns what it offers: entries without a value and second ones of a
// value are left out. Errors: NotFound for the account connector or the lookup; else as for CallMethod.
func (r *Room) RunLookup(ctx context.Context, p paceline.Principal, a paceline.Account, id, lookup int32, read func() (MethodCall, error)) ([]Choice, error) {
	ac, rel, err := r.find(ctx, p, a, id)
	if err != nil {
		return nil, err
	}
	def := lookupByID(rel, lookup)
	if def == nil {
		return nil, notFound("Trigger")
	}
	in, err := read()
	if err != nil {
		return nil, err
	}
	return r.lookup(ctx, a, ac, rel, *def, in)
}

// RunStepLookup is RunLookup for a parameter of a step, or a field of its request: with the lookup of that id, or
// with its own for 0. Parameters of the lookup's method that the step has too take the step's typed values. Errors:
// NotFound for the step, the parameter or field, the lookup; else as for CallMethod.
func (r *Room) RunStepLookup(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID, element int32, field bool, read func() (int32, error)) ([]Choice, error) {
	c, releases, err := r.cycles.CycleOfStep(ctx, p, a, step)
	if err != nil {
		return nil, err
	}
	inputs := inputsOf(c, releases, step)
	var own *Lookup
	if field {
		m, err := inputs.Field(element)
		if err != nil {
			return nil, err
		}
		own = m.Lookup
	} else {
		m, err := inputs.Parameter(element)
		if err != nil {
			return nil, err
		}
		own = m.Lookup
	}
	id, err := read()
	if err != nil {
		return nil, err
	}
	if id == 0 && own != nil {
		id = own.ID
	}
	ac, rel, err := r.find(ctx, p, a, inputs.AccountConnector)
	if err != nil {
		return nil, err
	}
	def := lookupByID(rel, id)
	if def == nil {
		return nil, notFound("Trigger")
	}
	return r.lookup(ctx, a, ac, rel, *def, typedValues(inputs, rel, def.Method))
}

// typedValues are the step's values for those parameters that a method has, too.
func typedValues(s StepInputs, rel *cycle.Release, method string) MethodCall {
	in := MethodCall{Parameters: map[string]mapping.Value{}}
	def, _ := rel.MethodByID(method)
	if def == nil {
		return in
	}
	for _, p := range methodOf(rel, def).Parameters {
		for _, have := range s.Parameters {
			m := have.Mapping
			value := m.Value
			if m.Type == paceline.MapLookup {
				value = m.LookupValue
			}
			if have.Key == p.Key && value != nil && slices.Contains([]paceline.MappingType{paceline.MapStatic, paceline.MapValueList, paceline.MapLookup}, m.Type) {
				in.Parameters[idText(p.ID)] = mapping.Quote(*value)
			}
		}
	}
	return in
}

func lookupByID(rel *cycle.Release, id int32) *connector.Lookup {
	if rel == nil || id == 0 {
		return nil
	}
	for i, l := range rel.Definition.Lookups {
		if rel.ID(connector.LookupElement, l.Name) == id {
			return &rel.Definition.Lookups[i]
		}
	}
	return nil
}

func (r *Room) lookup(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release, def connector.Lookup, in MethodCall) ([]Choice, error) {
	method, _ := rel.MethodByID(def.Method)
	if method == nil {
		return nil, notFound("Method")
	}
	var list []Choice
	var page *connector.PageState
	for range maxLookupPages {
		result, err := r.call(ctx, a, ac, rel, method, in, page)
		if err != nil {
			return nil, err
		}
		list = append(list, choices(result.Output, def)...)
		if page = result.Next; page == nil || len(list) >= maxChoices {
			break
		}
	}
	seen := make(map[string]bool, len(list))
	list = slices.DeleteFunc(list, func(c Choice) bool {
		twice := seen[c.Value]
		seen[c.Value] = true
		return twice
	})
	return list[:min(len(list), maxChoices)], nil
}

// choices reads the entries of one answer: the value and the label of each row of the list that holds the values.
func choices(doc []byte, def connector.Lookup) (list []Choice) {
	rows, value := rowsOf(def.Value)
	labelRows, label := rowsOf(def.Label)
	for row := range elements(doc, rows) {
		v := textAt(row, value)
		if v == "" {
			continue
		}
		name := v
		if def.Label != "" && labelRows == rows {
			if text := textAt(row, label); text != "" {
				name = text
			}
		}
		list = append(list, Choice{Name: name, Value: v})
	}
	return list
}

// rowsOf splits a location behind its last list.
func rowsOf(location string) (rows, rest string) {
	at := strings.LastIndexByte(location, ']') + 1
	return location[:at], strings.TrimPrefix(location[at:], ".")
}

func elements(doc []byte, rows string) func(func(mapping.Value) bool) {
	return func(yield func(mapping.Value) bool) {
		if len(doc) == 0 {
			return
		}
		if rows == "" {
			yield(doc)
			return
		}
		if l, err := mapping.ParseLocation(rows); err == nil {
			l.GetAll(doc)(yield)
		}
	}
}

func textAt(row mapping.Value, location string) string {
	if location == "" {
		return mapping.Text(row)
	}
	l, err := mapping.ParseLocation(location)
	if err != nil {
		return ""
	}
	v, _ := l.Get(row)
	return mapping.Text(v)
}
