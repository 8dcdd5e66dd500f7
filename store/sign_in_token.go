package store

import "paceline"

// SignInToken lets one person into one account, once.
type SignInToken struct {
	Hash      []byte // SHA-256
	Partner   int64
	Account   int64
	User      paceline.ID
	ExpiresAt paceline.Micros
}

// InsertSignInToken stores a token of the scope's account and deletes a few of the partner's that have expired.
func (tx *Tx) InsertSignInToken(scope paceline.Scope, t SignInToken) error {
	if _, err := tx.exec(`DELETE FROM sign_in_token WHERE partner_id = $1 AND hash IN (SELECT hash FROM sign_in_token
		WHERE partner_id = $1 AND expires_at <= $2 ORDER BY expires_at, hash LIMIT 100)`, scope.Partner, tx.Now()); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO sign_in_token (hash, partner_id, account_id, person_id, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		t.Hash, scope.Partner, scope.Account, t.User, t.ExpiresAt)
	return err
}

// SignInTokenByHash finds a token of any partner: it is where the caller's partner is learned.
func (tx *Tx) SignInTokenByHash(hash []byte) (t SignInToken, found bool, err error) {
	found, err = tx.one(`SELECT hash, partner_id, account_id, person_id, expires_at FROM sign_in_token WHERE hash = $1`,
		[]any{hash}, func(r *Row) {
			t = SignInToken{Hash: r.Bytes(0), Partner: r.Int(1), Account: r.Int(2), User: r.ID(3), ExpiresAt: r.Micros(4)}
		})
	return t, found, err
}

// UseSignInToken removes a token and says whether it was there: of several that try, one gets true.
func (tx *Tx) UseSignInToken(scope paceline.Scope, hash []byte) (bool, error) {
	n, err := tx.exec(`DELETE FROM sign_in_token WHERE partner_id = $1 AND account_id = $2 AND hash = $3`, scope.Partner, scope.Account, hash)
	return n > 0, err
}

// DeleteSignInTokens removes the tokens of a user for the scope's account, or of all users without one.
func (tx *Tx) DeleteSignInTokens(scope paceline.Scope, user paceline.ID) error {
	_, err := tx.exec(`DELETE FROM sign_in_token WHERE partner_id = $1 AND account_id = $2 AND ($3 = '' OR person_id = $3)`,
		scope.Partner, scope.Account, user)
	return err
}
