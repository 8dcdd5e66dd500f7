package catalog

import (
	"context"
	"fmt"
	"slices"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/store"
)

// PartnerProperty is a value that a partner sets for a connector and all its accounts.
type PartnerProperty struct {
	ID    int32
	Name  string
	Value *string // nil for a secret one
	Set   bool
}

// PartnerProperties returns what the partner can set for a connector and for all its accounts at once, with the
// values that are set; secret ones have none. Errors: Unauthorized; NotFound for the connector.
func (r *Room) PartnerProperties(ctx context.Context, p paceline.Principal, ref ConnectorRef) ([]PartnerProperty, error) {
	if err := mayPublish(p); err != nil {
		return nil, err
	}
	rel, err := r.resolve(ctx, p, ref)
	if err != nil {
		return nil, err
	}
	set := map[string]PartnerProperty{}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.PartnerProperties(p.PartnerScope(), rel.Key.UID)
		for _, one := range list {
			set[one.Name] = PartnerProperty{Name: one.Name, Value: one.Value, Set: true}
		}
		return err
	})
	var out []PartnerProperty
	for _, def := range rel.Definition.Properties {
		if def.Scope != connector.ScopePartner {
			continue
		}
		one := set[def.Name]
		one.Name, one.ID = def.Name, rel.ID(connector.PropertyElement, def.Name)
		out = append(out, one)
	}
	return out, err
}

// SetPartnerProperty sets a value for all accounts of the partner; nil removes it. Errors: Unauthorized; NotFound for
// the connector; Invalid for a property that is not the partner's.
func (r *Room) SetPartnerProperty(ctx context.Context, p paceline.Principal, ref ConnectorRef, in PropertyInput) (PartnerProperty, error) {
	if err := mayPublish(p); err != nil {
		return PartnerProperty{}, err
	}
	rel, err := r.resolve(ctx, p, ref)
	if err != nil {
		return PartnerProperty{}, err
	}
	def := definedProperty(rel, in.Name)
	if def == nil || def.Scope != connector.ScopePartner {
		return PartnerProperty{}, paceline.Fail(paceline.CodeNoSuchProperty, "name", in.Name)
	}
	if in.Value != nil && !propertyText(*in.Value) {
		return PartnerProperty{}, invalid("Value", "it is too long or not text")
	}
	next := paceline.Property{ID: rel.ID(connector.PropertyElement, def.Name), Name: def.Name, Value: in.Value, Secret: def.Secret}
	if def.Secret && in.Value != nil {
		key, err := r.keys.PartnerKeyOf(ctx, p.Partner)
		if err != nil {
			return PartnerProperty{}, err
		}
		next.Value, next.Sealed = nil, key.SealSecret([]byte(*in.Value), partnerPlace(rel.Key.UID, def.Name), p.Partner, 0)
	}
	err = r.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		if in.Value == nil {
			if _, err := tx.DeletePartnerProperty(p.PartnerScope(), rel.Key.UID, def.Name); err != nil {
				return err
			}
		} else if err := tx.PutPartnerProperty(p.PartnerScope(), rel.Key.UID, next); err != nil {
			return err
		}
		return audit(tx, p, p.PartnerScope(), "connector.property_set", "connector", string(rel.Key.UID), def.Name)
	})
	r.instances.clear()
	return PartnerProperty{ID: next.ID, Name: next.Name, Value: next.Value, Set: in.Value != nil}, err
}

func partnerPlace(uid paceline.ID, name string) string {
	return "partner_property/" + string(uid) + "/" + name
}

// ofPartner is what a partner gives the instances of a connector: by what name vendors are called, and values of its own,
// secret ones sealed.
type ofPartner struct {
	agent  string
	values []paceline.Property
}

func readOfPartner(tx *store.Tx, rel *cycle.Release, partner int64) (of ofPartner, err error) {
	scope := paceline.Scope{Partner: partner}
	if of.agent, err = tx.UserAgent(scope); err != nil {
		return of, err
	}
	if slices.ContainsFunc(rel.Definition.Properties, func(def connector.Property) bool { return def.Scope == connector.ScopePartner }) {
		of.values, err = tx.PartnerProperties(scope, rel.Key.UID)
	}
	return of, err
}

// secret reports whether there is something to open.
func (of ofPartner) secret() bool {
	return slices.ContainsFunc(of.values, func(one paceline.Property) bool { return len(one.Sealed) > 0 })
}

// give gives it to an instance. The account's own value counts where the definition lets it stand in, and is dropped where
// it does not.
func (r *Room) give(ctx context.Context, of ofPartner, rel *cycle.Release, inst *connector.Instance) error {
	inst.UserAgent = of.agent
	for _, def := range rel.Definition.Properties {
		if def.Scope == connector.ScopePartner && def.Fallback == "" {
			delete(inst.Properties, def.Name)
		}
	}
	for _, one := range of.values {
		def := definedProperty(rel, one.Name)
		if def == nil || def.Scope != connector.ScopePartner || inst.Properties[one.Name] != "" {
			continue
		}
		value := ""
		if one.Value != nil {
			value = *one.Value
		}
		if len(one.Sealed) > 0 {
			opened, err := r.broker.Open(ctx, one.Sealed, partnerPlace(rel.Key.UID, one.Name), inst.Partner, 0)
			if err != nil {
				return fmt.Errorf("open the partner's property %s: %w", one.Name, err)
			}
			value = string(opened)
			inst.Secrets = append(inst.Secrets, value)
		}
		inst.Properties[one.Name] = value
	}
	return nil
}
