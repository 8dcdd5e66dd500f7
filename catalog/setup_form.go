package catalog

import (
	"context"
	"strings"

	"paceline"
	"paceline/connector"
)

// SetupForm is what a person fills in to connect an account connector.
type SetupForm struct {
	Name      string // of the account connector
	Connector string
	Account   string
	Auth      string // title of its way of authentication, "" for one that has none
	// Consent says that the person goes to the vendor next.
	Consent       bool
	Scopes        []string // that the vendor is asked for then
	Authenticated bool
	Properties    []SetupField
	Fields        []SetupField // of the credential

	authentication string // id of its entry
}

// SetupField is one input.
type SetupField struct {
	Name, Label, Description string
	Value                    string // what it holds; secret ones are never shown
	Secret, Required, Held   bool   // Held: a secret one has a value, which nothing typed leaves as it is
	Hint                     string // of Held: by what the value ends, "" for one that is too short
	Multiline                bool   // several lines may be typed
	Choices                  []connector.Choice
}

// SetupForm returns what to ask a person who connects the account's own connector. Errors: NotFound; Forbidden for a
// parent's.
func (r *Room) SetupForm(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) (form SetupForm, err error) {
	ac, rel, err := r.findOwn(ctx, p, a, id)
	if err != nil {
		return form, err
	}
	if rel == nil {
		return form, notFound("Connector")
	}
	form = SetupForm{Name: ac.Name, Connector: rel.Definition.Metadata.Name, Account: a.Name, Authenticated: ac.Authenticated, authentication: ac.Authentication}
	auth := authOf(rel, ac.Authentication)
	if auth != nil && auth.Type != "none" {
		form.Auth = auth.Title()
	}
	if form.Consent = auth.Interactive(); form.Consent {
		used, err := r.used(ctx, a, ac)
		if err != nil {
			return form, err
		}
		own, err := r.ownScopes(ctx, ac, rel, auth)
		if err != nil {
			return form, err
		}
		form.Scopes = rel.Compiled.Asks(auth, used, own)
	}
	for _, def := range rel.Definition.Properties {
		if def.Scope != connector.ScopeAccount || def.Hidden {
			continue
		}
		if _, reserved := reservedProperties[def.Name]; reserved || mayRoute(p, rel, def.Name) != nil {
			continue
		}
		f := SetupField{Name: def.Name, Label: def.Label, Description: def.Description, Secret: def.Secret, Required: def.Required, Multiline: def.Multiline || len(def.Fields) > 0, Choices: def.Values}
		if f.Label == "" {
			f.Label = def.Name
		}
		if def.Default != nil && !def.Secret && !strings.Contains(def.Default.Text(), "{{") {
			f.Value = def.Default.Text()
		}
		for _, have := range ac.Properties {
			if have.Name == def.Name {
				f.Held, f.Hint = have.Secret, r.hintOf(ctx, ac, have)
				if have.Value != nil && !def.Secret {
					f.Value = *have.Value
				}
			}
		}
		form.Properties = append(form.Properties, f)
	}
	if auth == nil || auth.OAuth2() || auth.Interactive() || needsNoValue(rel, ac.Authentication) {
		return form, nil
	}
	for _, field := range auth.AllFields() {
		f := SetupField{Name: field.Name, Label: field.Label, Secret: field.Secret == nil || *field.Secret, Multiline: field.Multiline(), Required: !field.Optional()}
		if f.Label == "" {
			f.Label = field.Name
		}
		form.Fields = append(form.Fields, f)
	}
	return form, nil
}

// SubmitSetup stores what a person typed, properties and credential by the names of the form: all of it or nothing. Names
// that the form has not are ignored. A property that is not named stays as it is, and so does one that is secret or required
// where nothing is typed; any other is emptied then, for the form shows what it has. Errors: NotFound; Forbidden; Invalid for
// what is missing or has the wrong form.
func (r *Room) SubmitSetup(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, properties, credential map[string]string) error {
	form, err := r.SetupForm(ctx, p, a, id)
	if err != nil {
		return err
	}
	for _, f := range form.Properties {
		value := properties[f.Name]
		if value == "" && f.Required && !f.Held && f.Value == "" {
			return invalid(f.Label, "it is empty")
		}
	}
	for _, f := range form.Fields {
		if credential[f.Name] == "" && len(form.Fields) == 1 {
			return invalid(f.Label, "it is empty")
		}
	}
	var in AccountConnectorUpdate
	for _, f := range form.Properties {
		value, typed := properties[f.Name]
		if typed && value != f.Value && (value != "" || !f.Secret && !f.Required) {
			in.Properties = append(in.Properties, PropertyInput{Name: f.Name, Value: &value})
		}
	}
	if len(form.Fields) > 0 {
		_, rel, err := r.findOwn(ctx, p, a, id)
		if err != nil {
			return err
		}
		value := authOf(rel, form.authentication).AuthValue(credential)
		in.AuthValue = &value
	}
	if len(in.Properties) == 0 && in.AuthValue == nil {
		return nil
	}
	_, err = r.UpdateAccountConnector(ctx, p, a, id, in)
	return err
}
