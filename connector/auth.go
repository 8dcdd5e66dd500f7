package connector

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"paceline"
)

// authType is one way of authentication: which values a person gives, how the API's AuthValue holds them,
// and where they go when the definition does not say. One file each registers its own in authTypes.
type authType struct {
	wire    string      // AuthType of the API
	fields  []AuthField // what a person types
	derived []AuthField // what templates may mention besides
	apply   Applies
	// compile prepares what makes the credential anew for each request out of its final bytes; most types
	// have none.
	compile func(b *builder, a *Auth, at string) signer
	// keys are the keys of the definition that the type uses besides fields and apply.
	keys []string
	// signed says that apply is filled for each request, since it mentions signature and request.
	signed bool
	// read takes an AuthValue apart into the values of the fields, by name.
	read func(a *Auth, value string) (map[string]string, error)
}

// signer makes what is sent anew with each request, such as a signature over it.
type signer interface {
	// sign sets headers of the request. It may be called again for the same request.
	sign(p *prepared, o *outgoing, now time.Time) error
}

var authTypes = map[string]authType{}

// registerAuth makes a type known under the name that definitions use. It returns a value only so that
// a file can call it in a declaration.
func registerAuth(name string, t authType) bool {
	authTypes[name] = t
	return true
}

// WireType returns the AuthType of the API: None, ApiKey (also for bearer), Basic, OAuth1 or AuthFields.
func (a *Auth) WireType() string { return authTypes[a.Type].wire }

// AllFields returns the values that a person gives, with the type's own where the definition has none.
func (a *Auth) AllFields() []AuthField {
	own := authTypes[a.Type].fields
	for i := range a.Parts {
		own = append(slices.Clip(own), a.Parts[i].AllFields()...)
	}
	if len(a.Fields) == 0 {
		return own
	}
	list := slices.Clone(a.Fields)
	for i := range list {
		for _, f := range own {
			list[i].multiline = list[i].multiline || f.multiline && f.Name == list[i].Name
		}
	}
	return list
}

// Optional reports whether the field may stay empty.
func (f AuthField) Optional() bool { return f.optional }

// Multiline reports whether people type the field over several lines: it is a PEM.
func (f AuthField) Multiline() bool { return f.multiline }

// Title returns the label, else the id.
func (a *Auth) Title() string { return firstOf(a.Label, a.ID) }

// names returns every value that the templates of apply may mention.
func (a *Auth) names() []AuthField {
	t := authTypes[a.Type]
	list := append([]AuthField{}, a.AllFields()...)
	if len(a.Fields) > 0 {
		list = append(list, t.fields...)
	}
	for i := range a.Parts { // their fields are among those of the chain
		inner := &a.Parts[i]
		list = append(list, inner.names()[len(inner.AllFields()):]...)
	}
	if a.Session != nil {
		for _, c := range a.Session.Capture {
			list = append(list, AuthField{Name: c.Name})
		}
	}
	return append(list, t.derived...)
}

func (a *Auth) applies() Applies {
	if len(a.Apply) > 0 {
		return a.Apply
	}
	return authTypes[a.Type].apply
}

// Check reports whether the AuthValue can be used with this way of authentication:
// CodeAuthValueInvalid with the reason, or nil.
func (a *Auth) Check(value string) error {
	if _, err := authTypes[a.Type].read(a, value); err != nil {
		return paceline.Fail(paceline.CodeAuthValueInvalid, "reason", err.Error())
	}
	return nil
}

// readFields reads a value that is one field, or a JSON object with a text for each of several.
func readFields(a *Auth, value string) (map[string]string, error) {
	fields := a.AllFields()
	if value == "" {
		return nil, fmt.Errorf("the value is empty")
	}
	if len(fields) == 1 {
		return map[string]string{fields[0].Name: value}, nil
	}
	var values map[string]string
	if err := json.Unmarshal([]byte(value), &values); err != nil {
		return nil, fmt.Errorf("expected a JSON object with a text for each of the fields")
	}
	for _, f := range fields {
		if values[f.Name] == "" && !f.optional {
			return nil, fmt.Errorf("the field %s is missing", f.Name)
		}
	}
	return values, nil
}
