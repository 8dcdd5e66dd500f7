package catalog

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/store"
)

// WebhookSecret is the write-only property that every connector accepts: the secret with which deliveries
// to its webhook steps are signed (D-29).
const WebhookSecret = "WebhookSecret"

// reservedProperties may be set on every connector: they belong to the platform, not to the definition.
// The value says whether the property is secret.
var reservedProperties = map[string]bool{connector.PropertyClientID: false, connector.PropertyClientSecret: true, WebhookSecret: true}

// The bounds of a property, in bytes.
const (
	maxPropertyName  = 200
	maxPropertyValue = 64 << 10
)

// checkInstallProperty says whether an install may set a property.
func checkInstallProperty(p paceline.Principal, rel *cycle.Release, in PropertyInput) error {
	if err := mayRoute(p, rel, in.Name); err != nil {
		return err
	}
	if _, reserved := reservedProperties[in.Name]; reserved {
		return nil
	}
	def := definedProperty(rel, in.Name)
	if def == nil {
		return paceline.Fail(paceline.CodeNoSuchProperty, "name", in.Name)
	}
	if !def.OfAccount() {
		return paceline.Fail(paceline.CodeNotInstanceProperty, "name", in.Name)
	}
	return nil
}

func definedProperty(rel *cycle.Release, name string) *connector.Property {
	if rel == nil {
		return nil
	}
	for i := range rel.Definition.Properties {
		if rel.Definition.Properties[i].Name == name {
			return &rel.Definition.Properties[i]
		}
	}
	return nil
}

// isSecret reports whether a property is stored sealed and never read back.
func isSecret(rel *cycle.Release, name string) bool {
	if secret, reserved := reservedProperties[name]; reserved {
		return secret
	}
	def := definedProperty(rel, name)
	return def != nil && def.Secret
}

// sealProperty checks a property and makes what is stored of it.
func (r *Room) sealProperty(ctx context.Context, rel *cycle.Release, ac paceline.AccountConnector, in PropertyInput) (paceline.Property, error) {
	property := paceline.Property{Name: in.Name, Value: in.Value, Secret: isSecret(rel, in.Name)}
	if in.Name == "" || len(in.Name) > maxPropertyName || !utf8.ValidString(in.Name) || strings.ContainsRune(in.Name, 0) {
		return property, invalid("Name", "it is empty, too long or not text")
	}
	if in.Value == nil {
		return property, nil
	}
	if !propertyText(*in.Value) {
		return property, invalid("Value", "it is too long or not text")
	}
	if err := checkFieldList(rel, in); err != nil {
		return property, err
	}
	if !property.Secret {
		return property, nil
	}
	sealed, err := r.seal(ctx, ac, sealedProperty, in.Name, *in.Value)
	if err != nil {
		return property, err
	}
	property.Value, property.Sealed = nil, sealed
	property.HintSealed, err = r.sealHint(ctx, ac.Partner, ac.Account, *in.Value, sealed)
	return property, err
}

// propertyText reports whether a text can be the value of a property.
func propertyText(s string) bool {
	return len(s) <= maxPropertyValue && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

// putProperty replaces the property with the same name or adds one.
func putProperty(list []paceline.Property, p paceline.Property) []paceline.Property {
	for i := range list {
		if list[i].Name == p.Name {
			list[i] = p
			return list
		}
	}
	return append(list, p)
}

// Properties returns the properties of an account connector by name; secret ones without value. Errors:
// NotFound.
func (r *Room) Properties(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) ([]paceline.Property, error) {
	ac, err := r.AccountConnector(ctx, p, a, id)
	return ac.Properties, err
}

// Property returns one property. Errors: NotFound.
func (r *Room) Property(ctx context.Context, p paceline.Principal, a paceline.Account, id, property int32) (paceline.Property, error) {
	list, err := r.Properties(ctx, p, a, id)
	if err != nil {
		return paceline.Property{}, err
	}
	i := slices.IndexFunc(list, func(have paceline.Property) bool { return have.ID == property })
	if i < 0 {
		return paceline.Property{}, notFound("Property")
	}
	return list[i], nil
}

// SetProperty adds a property of any name, or replaces the one that has it. Errors: NotFound; Forbidden
// for a parent's connector and for what only the partner may set; Invalid.
func (r *Room) SetProperty(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, in PropertyInput) (paceline.Property, error) {
	return r.writeProperty(ctx, p, a, id, 0, in)
}

// UpdateProperty changes name or value of a property; a nil value leaves it. Errors: NotFound; Forbidden
// for a parent's connector and for what only the partner may set; Invalid, also when another property has the name, or
// when the name would show a secret value.
func (r *Room) UpdateProperty(ctx context.Context, p paceline.Principal, a paceline.Account, id, property int32, in PropertyInput) (paceline.Property, error) {
	return r.writeProperty(ctx, p, a, id, property, in)
}

func (r *Room) writeProperty(ctx context.Context, p paceline.Principal, a paceline.Account, id, property int32, in PropertyInput) (next paceline.Property, err error) {
	err = r.alter(ctx, p, a, id, func(ac paceline.AccountConnector, rel *cycle.Release) (x alteration, err error) {
		in, old := in, paceline.Property{}
		if property != 0 {
			i := slices.IndexFunc(ac.Properties, func(have paceline.Property) bool { return have.ID == property })
			if i < 0 {
				return x, notFound("Property")
			}
			old = ac.Properties[i]
			if in.Name == "" {
				in.Name = old.Name
			}
			if in.Value == nil {
				if old.Secret && !isSecret(rel, in.Name) { // a name that is not secret would show the value
					return x, invalid("Name", "the property is secret, and one of this name is not")
				}
				if in.Value, err = r.plainProperty(ctx, ac, old); err != nil {
					return x, err
				}
			}
		}
		if err := mayRoute(p, rel, old.Name, in.Name); err != nil {
			return x, err
		}
		if next, err = r.sealProperty(ctx, rel, ac, in); err != nil {
			return x, err
		}
		renamed := property != 0 && old.Name != next.Name
		if renamed && slices.ContainsFunc(ac.Properties, func(have paceline.Property) bool { return have.Name == next.Name }) {
			return x, invalid("Name", "another property has it")
		}
		x.to, x.release = ac, rel
		x.to.Properties = slices.Clone(ac.Properties)
		if renamed {
			x.to.Properties = slices.DeleteFunc(x.to.Properties, func(have paceline.Property) bool { return have.ID == property })
		}
		x.to.Properties = putProperty(x.to.Properties, next)
		x.event("account_connector.property_changed", in.Name)
		x.properties = func(tx *store.Tx) error {
			if renamed {
				if err := tx.RenameProperty(a.Scope(), id, property, next.Name); err != nil {
					return err
				}
			}
			next.ID = 0
			return tx.PutProperty(a.Scope(), id, &next)
		}
		return x, nil
	})
	if next.Secret && in.Value != nil {
		next.Hint = hint(*in.Value)
	}
	next.Sealed, next.HintSealed = nil, nil
	return next, err
}

// DeleteProperty removes a property. Errors: NotFound; Forbidden as for SetProperty.
func (r *Room) DeleteProperty(ctx context.Context, p paceline.Principal, a paceline.Account, id, property int32) error {
	return r.alter(ctx, p, a, id, func(ac paceline.AccountConnector, rel *cycle.Release) (x alteration, err error) {
		i := slices.IndexFunc(ac.Properties, func(have paceline.Property) bool { return have.ID == property })
		if i < 0 {
			return x, notFound("Property")
		}
		if err := mayRoute(p, rel, ac.Properties[i].Name); err != nil {
			return x, err
		}
		x.to, x.release = ac, rel
		x.to.Properties = slices.Delete(slices.Clone(ac.Properties), i, i+1)
		x.event("account_connector.property_changed", ac.Properties[i].Name)
		x.properties = func(tx *store.Tx) error {
			_, err := tx.DeleteProperty(a.Scope(), id, property)
			return err
		}
		return x, nil
	})
}

// withProperties adds properties to an alteration.
func (r *Room) withProperties(ctx context.Context, p paceline.Principal, a paceline.Account, x *alteration, list []PropertyInput) error {
	if len(list) == 0 {
		return nil
	}
	x.to.Properties = slices.Clone(x.to.Properties)
	var next []paceline.Property
	for _, in := range list {
		if err := mayRoute(p, x.release, in.Name); err != nil {
			return err
		}
		property, err := r.sealProperty(ctx, x.release, x.to, in)
		if err != nil {
			return err
		}
		next = append(next, property)
		x.to.Properties = putProperty(x.to.Properties, property)
		x.event("account_connector.property_changed", in.Name)
	}
	id := x.to.ID
	x.properties = func(tx *store.Tx) error { return putProperties(tx, a, id, next) }
	return nil
}

// plainProperty returns the value of a property, opened if it is secret.
func (r *Room) plainProperty(ctx context.Context, ac paceline.AccountConnector, p paceline.Property) (*string, error) {
	if !p.Secret || len(p.Sealed) == 0 {
		return p.Value, nil
	}
	value, err := r.open(ctx, ac, sealedProperty, p.Name, p.Sealed)
	return &value, err
}
