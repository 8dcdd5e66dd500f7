package store

import "paceline"

// SignInFailures are the failed tries to sign in with one name.
type SignInFailures struct {
	Count int
	Until paceline.Micros // before it no password is looked at
	Last  paceline.Micros
}

// SignInFailures returns those of a name, by its hash.
func (tx *Tx) SignInFailures(scope paceline.Scope, name []byte) (f SignInFailures, err error) {
	_, err = tx.one(`SELECT count, until, last FROM sign_in_failure WHERE partner_id = $1 AND name_hash = $2`, []any{scope.Partner, name}, func(r *Row) {
		f = SignInFailures{int(r.Int(0)), r.Micros(1), r.Micros(2)}
	})
	return f, err
}

// PutSignInFailures stores those of a name, and forgets the partner's that are older than a time.
func (tx *Tx) PutSignInFailures(scope paceline.Scope, name []byte, f SignInFailures, old paceline.Micros) error {
	_, err := tx.exec(`INSERT INTO sign_in_failure (partner_id, name_hash, count, until, last) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (partner_id, name_hash) DO UPDATE SET count = excluded.count, until = excluded.until, last = excluded.last`,
		scope.Partner, name, f.Count, f.Until, f.Last)
	if err == nil {
		_, err = tx.exec(`DELETE FROM sign_in_failure WHERE partner_id = $1 AND last < $2`, scope.Partner, old)
	}
	return err
}

// DeleteSignInFailures forgets those of a name.
func (tx *Tx) DeleteSignInFailures(scope paceline.Scope, name []byte) error {
	_, err := tx.exec(`DELETE FROM sign_in_failure WHERE partner_id = $1 AND name_hash = $2`, scope.Partner, name)
	return err
}
