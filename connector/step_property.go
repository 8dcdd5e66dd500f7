package connector

import (
	"fmt"
	"maps"
	"slices"

	"paceline/mapping"
)

// stepParams gives every method a parameter for each property of scope step: so each step, and each
// transaction, can have its own value.
func (d *Definition) stepParams() {
	for _, p := range d.Properties {
		if p.Scope != ScopeStep {
			continue
		}
		for i := range d.Methods {
			m := &d.Methods[i]
			if slices.ContainsFunc(m.Params, func(have ParamDef) bool { return have.Name == p.Name }) {
				continue
			}
			m.Params = append(m.Params, ParamDef{
				Name: p.Name, In: "template", Label: p.Label, Description: p.Description, Type: p.Type, Required: p.Required,
				Hidden: p.Hidden, Values: p.Values, Default: p.Default, Secret: p.Secret, step: true,
			})
		}
	}
}

// stepProperties reports properties of a step, or of the partner, that decide where a credential goes: an account's
// credential must not be sent to where a transaction says.
func (b *builder) stepProperties() {
	for _, name := range b.c.HostProperties() {
		k := slices.IndexFunc(b.def.Properties, func(p Property) bool { return p.Name == name })
		if p := b.def.Properties[k]; p.Scope == ScopeStep || p.Scope == ScopePartner {
			b.add(pointer("/properties", k, "scope"), fmt.Sprintf("the property %s of scope %s decides on a host, to which credentials go", name, p.Scope), "Use scope account: changing it drops the credential.")
		}
	}
}

// withStep returns the instance with the values that a step has given for the properties of its own.
func (i *Instance) withStep(m *Method, in mapping.Inputs) *Instance {
	var own map[string]string
	var secrets []string
	for k := range m.Definition.Params {
		p := &m.Definition.Params[k]
		if !p.step {
			continue
		}
		v := in.Param(p.In, p.Name)
		if mapping.KindOf(v) <= mapping.Null {
			continue
		}
		if own == nil {
			own = maps.Clone(i.Properties)
			if own == nil {
				own = map[string]string{}
			}
		}
		own[p.Name] = mapping.Text(v)
		for _, def := range i.Compiled.Definition.Properties {
			if def.Name == p.Name && def.Secret {
				secrets = append(secrets, own[p.Name])
			}
		}
	}
	if own == nil {
		return i
	}
	return &Instance{
		Account: i.Account, Partner: i.Partner, Root: i.Root, ID: i.ID, Compiled: i.Compiled, Auth: i.Auth, AuthValue: i.AuthValue,
		Properties: own, Client: i.Client, Secrets: append(slices.Clip(i.Secrets), secrets...), UserAgent: i.UserAgent,
		Trial: i.Trial, Version: i.Version, base: i,
	}
}

// UsesApp reports whether deliveries are checked with the vendor's app.
func (c *Compiled) UsesApp() bool {
	for _, t := range c.triggers {
		if t.secret != nil && t.secret.mentions(rootApp) {
			return true
		}
	}
	return false
}
