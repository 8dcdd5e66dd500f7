package store

import "paceline"

// SecondFactor is what a user signs in with besides the password, sealed. It counts once it is confirmed.
type SecondFactor struct {
	Sealed    []byte
	Confirmed bool
}

// SecondFactor returns that of a user of the partner.
func (tx *Tx) SecondFactor(scope paceline.Scope, user paceline.ID) (f SecondFactor, found bool, err error) {
	found, err = tx.one(`SELECT sealed, confirmed FROM second_factor WHERE partner_id = $1 AND person_id = $2`,
		[]any{scope.Partner, user}, func(r *Row) { f = SecondFactor{r.Bytes(0), r.Bool(1)} })
	return f, found, err
}

// PutSecondFactor stores that of a user, in the place of the one before.
func (tx *Tx) PutSecondFactor(scope paceline.Scope, user paceline.ID, f SecondFactor) error {
	_, err := tx.exec(`INSERT INTO second_factor (partner_id, person_id, sealed, confirmed) VALUES ($1, $2, $3, $4)
		ON CONFLICT (partner_id, person_id) DO UPDATE SET sealed = excluded.sealed, confirmed = excluded.confirmed`,
		scope.Partner, user, f.Sealed, f.Confirmed)
	return err
}

// DeleteSecondFactor lets a user sign in with the password alone.
func (tx *Tx) DeleteSecondFactor(scope paceline.Scope, user paceline.ID) error {
	_, err := tx.exec(`DELETE FROM second_factor WHERE partner_id = $1 AND person_id = $2`, scope.Partner, user)
	return err
}
