package store

import (
	"encoding/json"
	"fmt"
	"strconv"

	"paceline"
)

// InstanceOwner is the owner of the elements that an account connector adds to its connector.
func InstanceOwner(accountConnector int32) string {
	return "instance:" + strconv.FormatInt(int64(accountConnector), 10)
}

// CustomFields returns the custom fields of an account connector in their order.
func (tx *Tx) CustomFields(scope paceline.Scope, accountConnector int32) (list []paceline.CustomField, err error) {
	err = tx.query(`SELECT id, method_uid, object, for_request, location, position, discovered, detail FROM custom_field
		WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3 ORDER BY position, id`,
		[]any{scope.Partner, scope.Account, accountConnector}, func(r *Row) error {
			f := paceline.CustomField{
				ID: r.Int32(0), Method: r.ID(1), Object: r.Text(2), ForRequest: r.Bool(3), Location: r.Text(4),
				Position: int(r.Int(5)), Discovered: r.Bool(6),
			}
			if err := json.Unmarshal(r.Bytes(7), &f.CustomFieldDetail); err != nil {
				return fmt.Errorf("custom field %d: %w", f.ID, err)
			}
			list = append(list, f)
			return nil
		})
	return list, err
}

// PutCustomField replaces the field with f.ID or, for 0, the one at the same place, or adds one and sets f.ID. It
// counts as a change of the account connector. Nothing may be at the place of another field.
func (tx *Tx) PutCustomField(scope paceline.Scope, accountConnector int32, connector paceline.ID, f *paceline.CustomField) error {
	if f.ID == 0 {
		_, err := tx.one(`SELECT id FROM custom_field WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3
			AND method_uid = $4 AND object = $5 AND for_request = $6 AND location = $7`,
			[]any{scope.Partner, scope.Account, accountConnector, f.Method, f.Object, f.ForRequest, f.Location}, func(r *Row) { f.ID = r.Int32(0) })
		if err != nil {
			return err
		}
	}
	if f.ID == 0 {
		kind := "respfield"
		if f.ForRequest {
			kind = "reqfield"
		}
		var err error
		if f.ID, err = tx.instanceElement(scope, accountConnector, connector, kind, string(f.Method)+"/"+f.Object+"/"+f.Location); err != nil {
			return err
		}
	}
	detail, err := json.Marshal(f.CustomFieldDetail)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO custom_field (id, partner_id, account_id, account_connector_id, method_uid, object, for_request, location, position, discovered, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET method_uid = excluded.method_uid, object = excluded.object, for_request = excluded.for_request,
			location = excluded.location, position = excluded.position, discovered = excluded.discovered, detail = excluded.detail`,
		f.ID, scope.Partner, scope.Account, accountConnector, f.Method, f.Object, f.ForRequest, f.Location, f.Position, f.Discovered, detail)
	if err != nil {
		return err
	}
	return tx.touchAccountConnector(scope, accountConnector)
}

// instanceElement returns the id of an element that an account connector adds. One whose place was left by moving
// keeps its id, so that who comes to that place after it gets another.
func (tx *Tx) instanceElement(scope paceline.Scope, accountConnector int32, connector paceline.ID, kind, key string) (int32, error) {
	owner := InstanceOwner(accountConnector)
	for n := 1; ; n++ {
		name := key
		if n > 1 {
			name += "#" + strconv.Itoa(n)
		}
		if _, err := tx.AddElements(owner, connector, []Element{{kind, name}}); err != nil {
			return 0, err
		}
		var id int32
		if _, err := tx.one(`SELECT id FROM element WHERE owner = $1 AND connector_uid = $2 AND kind = $3 AND elem_key = $4`,
			[]any{owner, connector, kind, name}, func(r *Row) { id = r.Int32(0) }); err != nil {
			return 0, err
		}
		taken, err := tx.elementTaken(scope, accountConnector, id)
		if err != nil || !taken {
			return id, err
		}
	}
}

// elementTaken reports whether an element that the account connector added stands for something now.
func (tx *Tx) elementTaken(scope paceline.Scope, accountConnector, id int32) (bool, error) {
	return tx.one(`SELECT id FROM custom_field WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3 AND id = $4`,
		[]any{scope.Partner, scope.Account, accountConnector, id}, func(*Row) {})
}

// DeleteCustomField removes a custom field and says whether it was there.
func (tx *Tx) DeleteCustomField(scope paceline.Scope, accountConnector, id int32) (bool, error) {
	n, err := tx.exec(`DELETE FROM custom_field
		WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3 AND id = $4`,
		scope.Partner, scope.Account, accountConnector, id)
	if err != nil || n == 0 {
		return false, err
	}
	return true, tx.touchAccountConnector(scope, accountConnector)
}
