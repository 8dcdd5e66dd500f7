package catalog

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/mapping"
	"paceline/store"
)

// CustomFieldInput is what may be set of a custom field; nil leaves a value as it is, "" removes a text.
type CustomFieldInput struct {
	Method     *paceline.ID // of one method; the zero id: of every method
	Object     *string
	ForRequest *bool
	Location   *string

	SystemName, DisplayName, Description, Format *string
	DataType                                     *paceline.DataType
	Position                                     *int
}

// The bounds of the custom fields of an account connector.
const (
	maxCustomFields = 5000
	maxFieldText    = 2000
)

// CustomFields returns the custom fields of an account connector in their order. Errors: NotFound.
func (r *Room) CustomFields(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) ([]paceline.CustomField, error) {
	ac, _, err := r.find(ctx, p, a, id)
	return ac.Fields, err
}

// CustomField returns one custom field. Errors: NotFound.
func (r *Room) CustomField(ctx context.Context, p paceline.Principal, a paceline.Account, id, field int32) (paceline.CustomField, error) {
	list, err := r.CustomFields(ctx, p, a, id)
	if err != nil {
		return paceline.CustomField{}, err
	}
	i := slices.IndexFunc(list, func(f paceline.CustomField) bool { return f.ID == field })
	if i < 0 {
		return paceline.CustomField{}, notFound("Field")
	}
	return list[i], nil
}

// AddCustomField adds a field by hand, or replaces the one at its place. read gives the input once the account
// connector is found. Errors: NotFound; Forbidden for a parent's connector; Invalid.
func (r *Room) AddCustomField(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, read func() (CustomFieldInput, error)) (paceline.CustomField, error) {
	return r.writeCustomField(ctx, p, a, id, 0, read)
}

// UpdateCustomField changes a field, which keeps its id. Errors: as for AddCustomField; Invalid also when another
// field is at its new place.
func (r *Room) UpdateCustomField(ctx context.Context, p paceline.Principal, a paceline.Account, id, field int32, read func() (CustomFieldInput, error)) (paceline.CustomField, error) {
	return r.writeCustomField(ctx, p, a, id, field, read)
}

func (r *Room) writeCustomField(ctx context.Context, p paceline.Principal, a paceline.Account, id, field int32, read func() (CustomFieldInput, error)) (f paceline.CustomField, err error) {
	ac, rel, err := r.findOwn(ctx, p, a, id)
	if err != nil {
		return f, err
	}
	if field != 0 && !slices.ContainsFunc(ac.Fields, func(have paceline.CustomField) bool { return have.ID == field }) {
		return f, notFound("Field")
	}
	in, err := read()
	if err != nil {
		return f, err
	}
	err = r.changeFields(ctx, p, a, ac, func(tx *store.Tx, now []paceline.CustomField) error {
		f = paceline.CustomField{Method: paceline.ZeroID, Position: len(now)}
		if field != 0 {
			at := slices.IndexFunc(now, func(have paceline.CustomField) bool { return have.ID == field })
			if at < 0 {
				return notFound("Field")
			}
			f = now[at]
		} else if len(now) >= maxCustomFields {
			return invalid("ConnectorField", "the account connector has too many custom fields")
		}
		if err := in.apply(&f, rel); err != nil {
			return err
		}
		if at := slices.IndexFunc(now, func(have paceline.CustomField) bool { return samePlace(have, f) }); field == 0 && at >= 0 && in.Position == nil {
			f.Position = now[at].Position
		}
		if slices.ContainsFunc(now, func(have paceline.CustomField) bool { return have.ID != f.ID && f.ID != 0 && samePlace(have, f) }) {
			return invalid("ConnectorField", "another field is there")
		}
		f.Discovered = false // what people set stays when the vendor no longer has it
		return tx.PutCustomField(a.Scope(), id, ac.Release.UID, &f)
	})
	return f, err
}

func samePlace(x, y paceline.CustomField) bool {
	return x.Method == y.Method && x.Object == y.Object && x.ForRequest == y.ForRequest && x.Location == y.Location
}

// apply sets what was given and checks the whole.
func (in CustomFieldInput) apply(f *paceline.CustomField, rel *cycle.Release) error {
	set(&f.Method, in.Method)
	set(&f.Object, in.Object)
	set(&f.ForRequest, in.ForRequest)
	set(&f.Location, in.Location)
	set(&f.DisplayName, in.DisplayName)
	set(&f.DataType, in.DataType)
	set(&f.Position, in.Position)
	put(&f.SystemName, in.SystemName)
	put(&f.Description, in.Description)
	put(&f.Format, in.Format)
	return checkCustomField(f, rel)
}

func set[T any](dst *T, value *T) {
	if value != nil {
		*dst = *value
	}
}

func checkCustomField(f *paceline.CustomField, rel *cycle.Release) error {
	if f.Method != paceline.ZeroID {
		if rel == nil {
			return notFound("Connector")
		}
		if method, trigger := rel.Method(f.Method); method == nil && trigger == nil {
			return invalid("MethodUniqueIdentifier", "the connector has no such method")
		}
	}
	l, err := mapping.ParseLocation(f.Location)
	if err != nil || f.Location == "" || !isText(f.Location, maxFieldText) {
		return invalid("ConnectorField", "it is not the location of a field")
	}
	f.Location = l.String()
	if f.Position < 0 || f.Position > math.MaxInt32 {
		return invalid("DisplayOrder", "it must be between 0 and 2147483647")
	}
	if f.DataType == "" {
		f.DataType = paceline.TypeUndefined
	}
	f.DisplayName = first(strings.TrimSpace(f.DisplayName), f.Location)
	texts := map[string]*string{"DisplayName": &f.DisplayName, "EntityIdentifier": &f.Object, "SystemField": f.SystemName, "Description": f.Description, "DataTypeFormat": f.Format}
	for name, text := range texts {
		if text != nil && !isText(*text, maxFieldText) {
			return invalid(name, "it is too long or not text")
		}
	}
	return nil
}

// DeleteCustomField removes a custom field; steps that map it keep their mapping. Errors: NotFound; Forbidden for a
// parent's connector.
func (r *Room) DeleteCustomField(ctx context.Context, p paceline.Principal, a paceline.Account, id, field int32) error {
	ac, _, err := r.findOwn(ctx, p, a, id)
	if err != nil {
		return err
	}
	return r.changeFields(ctx, p, a, ac, func(tx *store.Tx, _ []paceline.CustomField) error {
		deleted, err := tx.DeleteCustomField(a.Scope(), id, field)
		if err == nil && !deleted {
			return notFound("Field")
		}
		return err
	})
}

// DeleteCustomFields removes all custom fields of an account connector, or those of one method. Errors: as for
// DeleteCustomField.
func (r *Room) DeleteCustomFields(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, method paceline.ID) error {
	ac, _, err := r.findOwn(ctx, p, a, id)
	if err != nil {
		return err
	}
	return r.changeFields(ctx, p, a, ac, func(tx *store.Tx, now []paceline.CustomField) error {
		for _, f := range now {
			if method != "" && f.Method != method {
				continue
			}
			if _, err := tx.DeleteCustomField(a.Scope(), id, f.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// FieldSample asks for the fields of a JSON document.
type FieldSample struct {
	Place CustomFieldInput // Method, Object and ForRequest
	Text  string
}

// maxSample bounds the document of a FieldSample.
const maxSample = 1 << 20

// AddSampleFields adds a field for each value of a sample that the method does not have yet, and returns them.
// Errors: as for AddCustomField.
func (r *Room) AddSampleFields(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, read func() (FieldSample, error)) ([]paceline.CustomField, error) {
	ac, rel, err := r.findOwn(ctx, p, a, id)
	if err != nil {
		return nil, err
	}
	in, err := read()
	if err != nil {
		return nil, err
	}
	if len(in.Text) > maxSample || !json.Valid([]byte(in.Text)) {
		return nil, invalid("Sample", "it is not a JSON document of at most 1 MiB")
	}
	found := connector.FieldsOfSample([]byte(in.Text))
	if len(found) == 0 {
		return nil, invalid("Sample", "it has no values")
	}
	var place paceline.CustomField
	place.Method = paceline.ZeroID
	set(&place.Method, in.Place.Method)
	set(&place.Object, in.Place.Object)
	set(&place.ForRequest, in.Place.ForRequest)
	var added []paceline.CustomField
	err = r.changeFields(ctx, p, a, ac, func(tx *store.Tx, now []paceline.CustomField) error {
		added = nil
		for _, f := range found {
			f.Method, f.Object, f.ForRequest, f.Position = place.Method, place.Object, place.ForRequest, len(now)+len(added)
			if err := checkCustomField(&f, rel); err != nil {
				return err
			}
			if declared(rel, f) || slices.ContainsFunc(now, func(have paceline.CustomField) bool { return samePlace(have, f) }) {
				continue
			}
			if len(now)+len(added) >= maxCustomFields {
				return invalid("Sample", "the account connector would have too many custom fields")
			}
			if err := tx.PutCustomField(a.Scope(), id, ac.Release.UID, &f); err != nil {
				return err
			}
			added = append(added, f)
		}
		return nil
	})
	return added, err
}

// declared reports whether the connector itself has the field.
func declared(rel *cycle.Release, f paceline.CustomField) bool {
	if rel == nil {
		return false
	}
	m, found := MethodOf(rel, f.Method)
	list := m.ResponseFields
	if f.ForRequest {
		list = m.RequestFields
	}
	return found && slices.ContainsFunc(list, func(have Field) bool { return have.Location == f.Location })
}

// changeFields runs a change of the custom fields with its audit event. Plans that were made with them are made anew.
func (r *Room) changeFields(ctx context.Context, p paceline.Principal, a paceline.Account, ac paceline.AccountConnector, change func(*store.Tx, []paceline.CustomField) error) error {
	err := r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		now, found, err := tx.AccountConnector(a, ac.ID)
		if err != nil || !found {
			return orNotFound(err, "Account connector")
		}
		if err := change(tx, now.Fields); err != nil {
			return err
		}
		return audit(tx, p, a.Scope(), "account_connector.fields_changed", "account_connector", idText(ac.ID), now.Name)
	})
	if err == nil {
		r.instances.forget(ac.ID)
		r.cycles.ForgetAllPlans()
	}
	return err
}
