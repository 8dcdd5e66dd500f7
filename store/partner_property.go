package store

import "paceline"

// PartnerProperties returns the values that a partner has set for a connector, by name.
func (tx *Tx) PartnerProperties(scope paceline.Scope, connector paceline.ID) (list []paceline.Property, err error) {
	err = tx.query(`SELECT name, value, secret, sealed FROM partner_property WHERE partner_id = $1 AND connector_uid = $2 ORDER BY name`,
		[]any{scope.Partner, connector}, func(r *Row) error {
			list = append(list, paceline.Property{Name: r.Text(0), Value: r.TextPtr(1), Secret: r.Bool(2), Sealed: r.Bytes(3)})
			return nil
		})
	return list, err
}

// PutPartnerProperty stores a value of a partner for a connector in place of the one before.
func (tx *Tx) PutPartnerProperty(scope paceline.Scope, connector paceline.ID, p paceline.Property) error {
	_, err := tx.exec(`INSERT INTO partner_property (partner_id, connector_uid, name, value, secret, sealed) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (partner_id, connector_uid, name) DO UPDATE SET value = excluded.value, secret = excluded.secret, sealed = excluded.sealed`,
		scope.Partner, connector, p.Name, p.Value, p.Secret, p.Sealed)
	return err
}

// DeletePartnerProperty removes a value of a partner for a connector and says whether there was one.
func (tx *Tx) DeletePartnerProperty(scope paceline.Scope, connector paceline.ID, name string) (bool, error) {
	n, err := tx.exec(`DELETE FROM partner_property WHERE partner_id = $1 AND connector_uid = $2 AND name = $3`, scope.Partner, connector, name)
	return n > 0, err
}
