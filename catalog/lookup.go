package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/mapping"
	"paceline/store"
)

// Choice is one entry of a drop-down.
type Choice struct{ Name, Value string }

// The bounds of a drop-down.
const (
	maxLookupPages = 20
	maxChoices     = 10_000
	maxLookups     = 256 // lists of choices that are kept
)

// LookupInput is what a caller of a lookup may say.
type LookupInput struct {
	Lookup     int32                    // of a step: 0 for the element's own
	Parameters map[string]mapping.Value // of the lookup's method, by id
	Search     string                   // in value or name; "" for all
}

// RunLookup calls the method of a lookup and returns what it offers: entries without a value and second ones of a
// value are left out. Errors: NotFound for the account connector or the lookup; else as for CallMethod.
func (r *Room) RunLookup(ctx context.Context, p paceline.Principal, a paceline.Account, id, lookup int32, read func() (LookupInput, error)) ([]Choice, error) {
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
	return r.lookup(ctx, a, ac, rel, *def, MethodCall{}, in)
}

// RunStepLookup is RunLookup for a parameter of a step, or a field of its request: with the lookup of that id, or
// with its own for 0. What is typed into the step goes along to parameters of the lookup's method that have the same
// name, or that the lookup names. Errors: NotFound for the step, the parameter or field, the lookup; else as for
// CallMethod.
func (r *Room) RunStepLookup(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID, element int32, field bool, read func() (LookupInput, error)) ([]Choice, error) {
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
	in, err := read()
	if err != nil {
		return nil, err
	}
	if in.Lookup == 0 && own != nil {
		in.Lookup = own.ID
	}
	ac, rel, err := r.find(ctx, p, a, inputs.AccountConnector)
	if err != nil {
		return nil, err
	}
	if made, _ := c.Flow.Step(step); made != nil {
		rel = releases.Of(made) // ids are the same in every release; what the step can call is its own release
	}
	def := lookupByID(rel, in.Lookup)
	if def == nil {
		return nil, notFound("Trigger")
	}
	return r.lookup(ctx, a, ac, rel, *def, typedOf(inputs), in)
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

// lookupKey names what a lookup has offered. The time is cut to how long it is kept.
type lookupKey struct {
	accountConnector int32
	version, time    int64
	release          paceline.ReleaseKey
	name, inputs     string
}

// lookup runs a lookup, whose method takes values of typed.
func (r *Room) lookup(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release, def connector.Lookup, typed MethodCall, in LookupInput) ([]Choice, error) {
	if auth := authOf(rel, ac.Authentication); auth != nil {
		if other := rel.Definition.Lookup(def.Instead[auth.ID]); other != nil {
			def = *other
		}
	}
	method, _ := rel.MethodByID(def.Method)
	if method == nil {
		return nil, notFound("Method")
	}
	call, err := lookupCall(rel, method, def, typed, in)
	if err != nil {
		return nil, err
	}
	load := func(ctx context.Context) ([]Choice, error) { return r.choices(ctx, a, ac, rel, method, def, call) }
	var list []Choice
	if keep := connector.Duration(def.Cache); keep > 0 {
		inputs, _ := call.inputs(rel, method)
		key := lookupKey{ac.ID, ac.Version, r.clock.Now().UnixMicro() / keep.Microseconds(), rel.Key, def.Name, fmt.Sprint(inputs.Params)}
		list, err = r.lookups.Get(ctx, key, load)
	} else {
		list, err = load(ctx)
	}
	if err != nil || in.Search == "" {
		return list, err
	}
	var found []Choice
	for want, i := store.Fold(in.Search), 0; i < len(list); i++ {
		if strings.Contains(store.Fold(list[i].Name), want) || strings.Contains(store.Fold(list[i].Value), want) {
			found = append(found, list[i])
		}
	}
	return found, nil
}

// lookupCall gathers the inputs of a lookup's method: what the caller gave, else what is typed.
func lookupCall(rel *cycle.Release, method *connector.MethodDef, def connector.Lookup, typed MethodCall, in LookupInput) (MethodCall, error) {
	for param, from := range def.Params {
		for _, p := range method.Params {
			if p.Name != param {
				continue
			}
			for key, v := range typed.byKey {
				if _, name, _ := strings.Cut(key, ":"); name == from {
					typed.byKey[paramKey(p)] = v
				}
			}
		}
	}
	call := typed.only(rel, method)
	call.Parameters = in.Parameters
	if def.Search != "" && in.Search != "" {
		for _, p := range method.Params {
			if p.Name == def.Search {
				call.byKey[paramKey(p)] = mapping.Quote(in.Search)
			}
		}
	}
	_, err := call.inputs(rel, method)
	return call, err
}

// choices calls the method with all its pages.
func (r *Room) choices(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release, method *connector.MethodDef, def connector.Lookup, in MethodCall) ([]Choice, error) {
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
