package connector

import (
	"fmt"
	"slices"

	"paceline/mapping"
)

// TriggerParams are the parameters of a step with a trigger: those of the method that registers the webhook for which
// the step gives the values.
func (d *Definition) TriggerParams(t *TriggerDef) (list []ParamDef) {
	if t == nil || t.Subscription == nil {
		return nil
	}
	k := slices.IndexFunc(d.Methods, func(m MethodDef) bool { return m.ID == t.Subscription.Create })
	if k < 0 {
		return nil
	}
	for _, p := range d.Methods[k].Params {
		if slices.Contains(t.Subscription.Params, p.Name) {
			list = append(list, p)
		}
	}
	return list
}

// Inputs are what a method of the subscription takes of the values that the step has given, by name.
func (s *Subscription) Inputs(m *Method, values map[string]mapping.Value) (in mapping.Inputs) {
	for _, p := range m.Definition.Params {
		if v := values[p.Name]; v != nil && slices.Contains(s.Definition.Params, p.Name) {
			in.Params = append(in.Params, mapping.Param{In: p.In, Name: p.Name, Value: v})
		}
	}
	return in
}

// subscriptionParams checks that every method of a subscription gets what it needs.
func (b *builder) subscriptionParams(s *Subscription, at string) {
	def := s.Definition
	if s.Create == nil {
		return
	}
	for i, name := range def.Params {
		here := pointer(at, "params", i)
		k := slices.IndexFunc(s.Create.Definition.Params, func(p ParamDef) bool { return p.Name == name })
		switch {
		case k < 0:
			var names []string
			for _, p := range s.Create.Definition.Params {
				names = append(names, p.Name)
			}
			b.add(here, fmt.Sprintf("the method %s has no parameter %q", def.Create, shorten(name)), suggestion(name, names))
		case s.Create.Definition.Params[k].Hidden:
			b.add(here, fmt.Sprintf("the parameter %s is hidden, so that no step can give it a value", name), "Remove it here, or show it.")
		case slices.Contains(def.Params[:i], name):
			b.add(here, fmt.Sprintf("the parameter %s is named twice", name), "Name it once.")
		}
	}
	for _, use := range []struct {
		key    string
		method *Method
	}{{"create", s.Create}, {"delete", s.Delete}, {"renew/method", s.Renew}, {"find/method", s.Find}} {
		if use.method == nil {
			continue
		}
		for _, p := range use.method.Definition.Params {
			if p.Required && p.Default == nil && !slices.Contains(def.Params, p.Name) {
				b.add(at+"/"+use.key, fmt.Sprintf("nobody gives the method %s its parameter %s", use.method.ID, p.Name), "Name it in params:, so that the step gives it, or add a default.")
			}
		}
	}
}
