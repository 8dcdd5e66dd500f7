package store

import "paceline"

// Properties returns the properties of an account connector by name; sealed values stay sealed.
func (tx *Tx) Properties(scope paceline.Scope, accountConnector int32) (list []paceline.Property, err error) {
	err = tx.query(`SELECT id, name, value, secret, sealed, hint FROM property
		WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3 ORDER BY name, id`,
		[]any{scope.Partner, scope.Account, accountConnector}, func(r *Row) error {
			list = append(list, paceline.Property{
				ID: r.Int32(0), Name: r.Text(1), Value: r.TextPtr(2), Secret: r.Bool(3), Sealed: r.Bytes(4), HintSealed: r.Bytes(5),
			})
			return nil
		})
	return list, err
}

// PutProperty inserts a property, or replaces the one with the same name and keeps its id. It sets
// p.ID and counts as a change of the account connector.
func (tx *Tx) PutProperty(scope paceline.Scope, accountConnector int32, p *paceline.Property) error {
	_, err := tx.one(`SELECT id FROM property
		WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3 AND name = $4`,
		[]any{scope.Partner, scope.Account, accountConnector, p.Name}, func(r *Row) { p.ID = r.Int32(0) })
	if err != nil {
		return err
	}
	if p.ID == 0 {
		num, err := tx.nextNum("property")
		if err != nil {
			return err
		}
		p.ID = int32(num)
	}
	_, err = tx.exec(`INSERT INTO property (id, partner_id, account_id, account_connector_id, name, value, secret, sealed, hint)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, value = excluded.value, secret = excluded.secret,
			sealed = excluded.sealed, hint = excluded.hint`,
		p.ID, scope.Partner, scope.Account, accountConnector, p.Name, p.Value, p.Secret, p.Sealed, p.HintSealed)
	if err != nil {
		return err
	}
	return tx.touchAccountConnector(scope, accountConnector)
}

// RenameProperty frees a name for PutProperty, which then finds the property by its new one.
func (tx *Tx) RenameProperty(scope paceline.Scope, accountConnector int32, id int32, name string) error {
	_, err := tx.exec(`UPDATE property SET name = $1
		WHERE partner_id = $2 AND account_id = $3 AND account_connector_id = $4 AND id = $5`,
		name, scope.Partner, scope.Account, accountConnector, id)
	return err
}

// DeleteProperty removes a property and says whether it was there.
func (tx *Tx) DeleteProperty(scope paceline.Scope, accountConnector, id int32) (bool, error) {
	n, err := tx.exec(`DELETE FROM property
		WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3 AND id = $4`,
		scope.Partner, scope.Account, accountConnector, id)
	if err != nil || n == 0 {
		return false, err
	}
	return true, tx.touchAccountConnector(scope, accountConnector)
}

func (tx *Tx) touchAccountConnector(scope paceline.Scope, id int32) error {
	_, err := tx.exec(`UPDATE account_connector SET version = version + 1
		WHERE partner_id = $1 AND account_id = $2 AND id = $3`, scope.Partner, scope.Account, id)
	return err
}
