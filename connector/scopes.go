package connector

import (
	"slices"
	"strings"

	"paceline"
)

// Scopes returns what the methods and triggers with these ids need, with all that they call: lookups, sources of custom
// fields, jobs, subscriptions, what completes deliveries, and what is called with a new credential. Without any id it is what the whole definition needs. The order is that of the definition.
func (c *Compiled) Scopes(used []paceline.ID) []string {
	need := map[string]bool{}
	var visit func(id string)
	inputs := func(lookup string) {
		for i := range c.Definition.Lookups {
			if l := &c.Definition.Lookups[i]; lookup != "" && l.Name == lookup {
				visit(l.Method)
			}
		}
	}
	visit = func(id string) {
		m := c.methods[id]
		if m == nil || need[id] {
			return
		}
		need[id] = true
		def := m.Definition
		for _, p := range def.Params {
			inputs(p.Lookup)
		}
		for _, f := range slices.Concat(def.Request.Fields, def.Response.Fields) {
			inputs(f.Lookup)
		}
		if def.CustomFields != nil {
			for _, from := range slices.Concat(def.CustomFields.Request, def.CustomFields.Response) {
				visit(from.Method)
			}
		}
		if def.Job != nil {
			visit(def.Job.Poll.Method)
			visit(def.Job.Result)
		}
	}
	if on := c.Definition.OnConnect; on != nil { // is called right after a person has agreed
		visit(on.Test)
		if on.Lookup != nil {
			visit(on.Lookup.Method)
		}
	}
	for id, m := range c.methods {
		if len(used) == 0 || slices.Contains(used, m.UID) {
			visit(id)
		}
	}
	triggers := map[string]bool{}
	for id, t := range c.triggers {
		if triggers[id] = len(used) == 0 || slices.Contains(used, t.UID); !triggers[id] {
			continue
		}
		visit(t.Definition.Method)
		if t.enrich != nil {
			visit(t.enrich.method.ID)
		}
		if r := t.Definition.Route; r != nil && r.Refresh != nil {
			visit(r.Refresh.Method)
		}
		if s := t.subscription; s != nil {
			for _, m := range []*Method{s.Create, s.Renew, s.Delete, s.Find} {
				if m != nil {
					visit(m.ID)
				}
			}
		}
	}
	var list []string
	add := func(needed bool, scopes []string) {
		for _, s := range scopes {
			if needed && !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
	}
	for i := range c.Definition.Methods {
		add(need[c.Definition.Methods[i].ID], c.Definition.Methods[i].Scopes)
	}
	for i := range c.Definition.Triggers {
		add(triggers[c.Definition.Triggers[i].ID], c.Definition.Triggers[i].Scopes)
	}
	return list
}

// Asks returns the scopes that a person is asked for whose account uses these methods and triggers, nil for another
// way of authentication than OAuth 2. own is what the account's property asks for instead, "" for nothing.
func (c *Compiled) Asks(auth *Auth, used []paceline.ID, own string) []string {
	if !auth.OAuth2() {
		return nil
	}
	def := auth.Scopes
	if def == nil {
		def = &ScopesDef{}
	}
	if own != "" {
		return slices.DeleteFunc(strings.Split(own, firstOf(def.Separator, " ")), func(s string) bool { return s == "" })
	}
	return def.with(c.Scopes(used))
}

// scopes checks that scopes of methods and triggers are asked for anywhere.
func (b *builder) scopes() {
	if slices.ContainsFunc(b.def.Auth, func(a Auth) bool { return a.Type == "oauth2" }) {
		return
	}
	for i := range b.def.Methods {
		if len(b.def.Methods[i].Scopes) > 0 {
			b.add(pointer("/methods", i, "scopes"), "scopes are asked for by auth of type oauth2 alone, which the connector does not have", "Remove them.")
		}
	}
	for i := range b.def.Triggers {
		if len(b.def.Triggers[i].Scopes) > 0 {
			b.add(pointer("/triggers", i, "scopes"), "scopes are asked for by auth of type oauth2 alone, which the connector does not have", "Remove them.")
		}
	}
}

// propertyScope is the property in which people write other scopes, unless a definition names another one.
const propertyScope = "Scope"

// scopeProperties declares the properties of scopes that people may edit.
func (d *Definition) scopeProperties() {
	for i := range d.Auth {
		s := d.Auth[i].Scopes
		if s == nil || !s.UserEditable {
			continue
		}
		s.Property = firstOf(s.Property, propertyScope)
		if !slices.ContainsFunc(d.Properties, func(p Property) bool { return p.Name == s.Property }) {
			d.Properties = append(d.Properties, Property{Name: s.Property, Label: "Scopes", Description: "What the vendor is asked for instead of the usual.", Scope: ScopeAccount, Type: paceline.TypeText})
		}
	}
}
