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
	if !property.Secret {
		return property, nil
	}
	sealed, err := r.seal(ctx, ac, sealedProperty, in.Name, *in.Value)
	property.Value, property.Sealed = nil, sealed
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
// for a parent's connector and for what only the partner may set; Invalid, also when another property has the name.
func (r *Room) UpdateProperty(ctx context.Context, p paceline.Principal, a paceline.Account, id, property int32, in PropertyInput) (paceline.Property, error) {
	return r.writeProperty(ctx, p, a, id, property, in)
}

func (r *Room) writeProperty(ctx context.Context, p paceline.Principal, a paceline.Account, id, property int32, in PropertyInput) (paceline.Property, error) {
	ac, rel, err := r.findOwn(ctx, p, a, id)
	if err != nil {
		return paceline.Property{}, err
	}
	old := paceline.Property{}
	if i := slices.IndexFunc(ac.Properties, func(have paceline.Property) bool { return have.ID == property }); property != 0 {
		if i < 0 {
			return paceline.Property{}, notFound("Property")
		}
		old = ac.Properties[i]
		if in.Name == "" {
			in.Name = old.Name
		}
		if in.Value == nil {
			if in.Value, err = r.plainProperty(ctx, ac, old); err != nil {
				return paceline.Property{}, err
			}
		}
	}
	if err := mayRoute(p, rel, old.Name, in.Name); err != nil {
		return paceline.Property{}, err
	}
	next, err := r.sealProperty(ctx, rel, ac, in)
	if err != nil {
		return paceline.Property{}, err
	}
	err = r.changeProperties(ctx, p, a, rel, ac, in.Name, in.Value, func(tx *store.Tx, now *paceline.AccountConnector) error {
		next.ID = 0
		if property != 0 && old.Name != next.Name {
			if slices.ContainsFunc(now.Properties, func(have paceline.Property) bool { return have.Name == next.Name }) {
				return invalid("Name", "another property has it")
			}
			if err := tx.RenameProperty(a.Scope(), id, property, next.Name); err != nil {
				return err
			}
		}
		return tx.PutProperty(a.Scope(), id, &next)
	})
	next.Sealed = nil
	return next, err
}

// DeleteProperty removes a property. Errors: NotFound; Forbidden as for SetProperty.
func (r *Room) DeleteProperty(ctx context.Context, p paceline.Principal, a paceline.Account, id, property int32) error {
	ac, rel, err := r.findOwn(ctx, p, a, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(ac.Properties, func(have paceline.Property) bool { return have.ID == property })
	if i < 0 {
		return notFound("Property")
	}
	if err := mayRoute(p, rel, ac.Properties[i].Name); err != nil {
		return err
	}
	return r.changeProperties(ctx, p, a, rel, ac, ac.Properties[i].Name, nil, func(tx *store.Tx, _ *paceline.AccountConnector) error {
		deleted, err := tx.DeleteProperty(a.Scope(), id, property)
		if err == nil && !deleted {
			return notFound("Property")
		}
		return err
	})
}

// changeProperties runs a change of the property with a name. A property that decides to which host the
// credential goes drops the credential when its value changes, and stops the cycles that use it (D-38).
func (r *Room) changeProperties(ctx context.Context, p paceline.Principal, a paceline.Account, rel *cycle.Release, ac paceline.AccountConnector,
	name string, value *string, change func(*store.Tx, *paceline.AccountConnector) error) error {
	host := rel != nil && slices.Contains(rel.Compiled.HostProperties(), name)
	same, err := r.hasValue(ctx, ac, name, value)
	if err != nil {
		return err
	}
	keys, err := r.routes(ctx, a, ac, rel, func(inst *connector.Instance) {
		delete(inst.Properties, name)
		if value != nil {
			inst.Properties[name] = *value
		}
	})
	if err != nil {
		return err
	}
	var stopped []paceline.Cycle
	err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		stopped = nil
		now, found, err := tx.AccountConnector(a, ac.ID)
		if err != nil || !found {
			return orNotFound(err, "Account connector")
		}
		if err := change(tx, &now); err != nil {
			return err
		}
		if err := setRoutes(tx, ac, rel, keys); err != nil {
			return err
		}
		// What was compared is a moment old; if anything has changed since, it counts as another value.
		if host && len(now.AuthSealed) > 0 && (!same || now.Version != ac.Version) {
			now.AuthSealed, now.Authenticated = nil, false
			now.Version++ // the change above has counted
			if _, err := tx.UpdateAccountConnector(&now); err != nil {
				return err
			}
			if stopped, err = cycle.Fail(tx, p, a, ac.ID); err != nil {
				return err
			}
		}
		return audit(tx, p, a.Scope(), "account_connector.property_changed", "account_connector", idText(ac.ID), name)
	})
	if err == nil {
		r.instances.forget(ac.ID)
		r.cycles.Changed(ctx, stopped...)
	}
	return err
}

// hasValue reports whether the account connector has this very value of a property.
func (r *Room) hasValue(ctx context.Context, ac paceline.AccountConnector, name string, value *string) (bool, error) {
	for _, have := range ac.Properties {
		if have.Name != name {
			continue
		}
		old, err := r.plainProperty(ctx, ac, have)
		return err == nil && old != nil && value != nil && *old == *value, err
	}
	return false, nil
}

// plainProperty returns the value of a property, opened if it is secret.
func (r *Room) plainProperty(ctx context.Context, ac paceline.AccountConnector, p paceline.Property) (*string, error) {
	if !p.Secret || len(p.Sealed) == 0 {
		return p.Value, nil
	}
	value, err := r.open(ctx, ac, sealedProperty, p.Name, p.Sealed)
	return &value, err
}
