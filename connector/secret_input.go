package connector

import (
	"fmt"
	"slices"

	"paceline/internal/seal"
	"paceline/mapping"
)

// secretInput is a parameter or a field of a method whose values nobody reads in what is logged.
type secretInput struct {
	in, name string           // of a parameter
	location mapping.Location // of a field
}

// secretInputs finds them, and refuses those among what is received: later steps take such values on.
func (b *builder) secretInputs(m *Method, at string) {
	for i := range m.Definition.Params {
		if p := &m.Definition.Params[i]; p.Secret && p.In == CredentialPlace {
			b.add(pointer(at, "params", i, "secret"), fmt.Sprintf("the parameter %s names an account connector, which is no secret", p.Name), "Remove it.")
		} else if p.Secret && !p.step { // the account connector's masker has those of steps
			m.secretInputs = append(m.secretInputs, secretInput{in: p.In, name: p.Name})
		}
	}
	for _, f := range m.Definition.Request.Fields {
		if l, err := mapping.ParseLocation(f.Loc); f.Secret && err == nil {
			m.secretInputs = append(m.secretInputs, secretInput{location: l})
		}
	}
	b.noSecrets(pointer(at, "response"), m.Definition.Response.Fields)
}

// noSecrets refuses secret fields among those that are received.
func (b *builder) noSecrets(at string, fields []FieldDef) {
	for i, f := range fields {
		if f.Secret {
			b.add(pointer(at, "fields", i, "secret"), "a field that is received is secret", "Remove it: secret is for what is sent.")
		}
	}
}

// hidden are the values that a call has for the method's secret inputs, and those of the call that it is a part of.
func (c *Call) hidden() []string {
	values := slices.Clip(c.outer)
	for _, s := range c.Method.secretInputs {
		if s.name != "" {
			values = appendTexts(values, c.Inputs.Param(s.in, s.name))
			continue
		}
		for _, f := range c.Inputs.Fields {
			if f.Location.Equal(s.location) {
				values = appendTexts(values, f.Value)
			}
		}
	}
	return values
}

// hide makes these values be masked in the call's exchanges and messages.
func (c *running) hide() {
	if values := c.Call.hidden(); len(values) > 0 {
		c.hidden = seal.NewMasker(values...)
	}
}

// appendTexts adds a value, or each of a list of values.
func appendTexts(texts []string, v mapping.Value) []string {
	switch mapping.KindOf(v) {
	case mapping.Missing, mapping.Null:
		return texts
	case mapping.List:
		for item := range wholeList.GetAll(v) {
			texts = appendTexts(texts, item)
		}
		return texts
	}
	return append(texts, mapping.Text(v))
}

// mask hides the secrets of the account connector and those among the call's own values.
func (c *running) mask(text []byte) []byte {
	text = c.prepared.masker.Mask(text)
	if c.hidden != nil {
		text = c.hidden.Mask(text)
	}
	return text
}
