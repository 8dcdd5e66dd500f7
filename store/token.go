package store

import "paceline"

const tokenColumns = `t.id, t.hash, t.partner_id, t.account_id, t.client_id, t.person_id, t.issued_at, t.expires_at`

func scanToken(r *Row) paceline.AccessToken {
	return paceline.AccessToken{
		ID: r.ID(0), Hash: r.Bytes(1), Partner: r.Int(2), RestrictedTo: r.Int(3), ClientID: r.Text(4), UserID: r.ID(5),
		IssuedAt: r.Micros(6), ExpiresAt: r.Micros(7),
	}
}

// InsertToken stores a token. refreshHash is nil without a refresh token; keepUntil is when the row is of no
// more use.
func (tx *Tx) InsertToken(scope paceline.Scope, t paceline.AccessToken, refreshHash []byte, keepUntil paceline.Micros) error {
	_, err := tx.exec(`INSERT INTO access_token (id, hash, partner_id, account_id, client_id, person_id, refresh_hash,
		issued_at, expires_at, keep_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		t.ID, t.Hash, scope.Partner, t.RestrictedTo, t.ClientID, t.UserID, refreshHash, t.IssuedAt, t.ExpiresAt, keepUntil)
	return err
}

// TokenByHash finds a token of any partner by its SHA-256: it is where a caller's partner is learned.
// The account to which it is restricted, if any, is not deleted.
func (tx *Tx) TokenByHash(hash []byte) (t paceline.AccessToken, found bool, err error) {
	found, err = tx.one(`SELECT `+tokenColumns+` FROM access_token t WHERE t.hash = $1`,
		[]any{hash}, func(r *Row) { t = scanToken(r) })
	return t, found, err
}

// TokenByRefresh finds the token that a refresh token belongs to.
func (tx *Tx) TokenByRefresh(scope paceline.Scope, hash []byte, now paceline.Micros) (t paceline.AccessToken, found bool, err error) {
	found, err = tx.one(`SELECT `+tokenColumns+` FROM access_token t
		WHERE t.refresh_hash = $2 AND t.partner_id = $1 AND t.keep_until > $3`,
		[]any{scope.Partner, hash, now}, func(r *Row) { t = scanToken(r) })
	return t, found, err
}

// TokenByID finds a token of the partner by the id that its list shows.
func (tx *Tx) TokenByID(scope paceline.Scope, id paceline.ID) (t paceline.AccessToken, found bool, err error) {
	found, err = tx.one(`SELECT `+tokenColumns+` FROM access_token t WHERE t.partner_id = $1 AND t.id = $2`,
		[]any{scope.Partner, id}, func(r *Row) { t = scanToken(r) })
	return t, found, err
}

// TokenEntry is a token in its list, with the API id of the account to which it is restricted.
type TokenEntry struct {
	paceline.AccessToken
	AccountAPIID string
}

// Tokens returns one page of the partner's tokens that have not expired, the newest first.
func (tx *Tx) Tokens(scope paceline.Scope, now paceline.Micros, page paceline.Page) (list paceline.List[TokenEntry], err error) {
	err = tx.query(`SELECT `+tokenColumns+`, a.api_id FROM access_token t
		LEFT JOIN account a ON a.partner_id = t.partner_id AND a.num = t.account_id
		WHERE t.partner_id = $1 AND t.expires_at > $2 ORDER BY t.issued_at DESC, t.id DESC LIMIT $3 OFFSET $4`,
		[]any{scope.Partner, now, page.Limit(), page.Offset()}, func(r *Row) error {
			list.Items = append(list.Items, TokenEntry{AccessToken: scanToken(r), AccountAPIID: r.Text(8)})
			return nil
		})
	if err != nil {
		return list, err
	}
	list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1 FROM access_token
		WHERE partner_id = $1 AND expires_at > $2 LIMIT $3) counted`, []any{scope.Partner, now})
	return list, err
}

// ExtendToken lets a token, which is restricted to the scope's account or to none, end later than it was to.
func (tx *Tx) ExtendToken(scope paceline.Scope, id paceline.ID, until paceline.Micros) error {
	_, err := tx.exec(`UPDATE access_token SET expires_at = $3 WHERE partner_id = $1 AND account_id = $4 AND id = $2 AND expires_at < $3`, scope.Partner, id, until, scope.Account)
	return err
}

// DeleteToken deletes one token and says whether there was one.
func (tx *Tx) DeleteToken(scope paceline.Scope, id paceline.ID) (bool, error) {
	n, err := tx.exec(`DELETE FROM access_token WHERE partner_id = $1 AND id = $2`, scope.Partner, id)
	return n > 0, err
}

// DeleteTokensOfAccount deletes the tokens that are restricted to the scope's account.
func (tx *Tx) DeleteTokensOfAccount(scope paceline.Scope) error {
	_, err := tx.exec(`DELETE FROM access_token WHERE partner_id = $1 AND account_id = $2`, scope.Partner, scope.Account)
	return err
}

// DeleteTokensOfUser deletes the tokens of one user; with an account in the scope, those restricted to it.
func (tx *Tx) DeleteTokensOfUser(scope paceline.Scope, user paceline.ID) error {
	_, err := tx.exec(`DELETE FROM access_token
		WHERE partner_id = $1 AND person_id = $2 AND ($3 = 0 OR account_id = $3)`, scope.Partner, user, scope.Account)
	return err
}

// SweepTokens deletes a few of the partner's tokens that are of no more use, so that issuing tokens keeps
// the table small.
func (tx *Tx) SweepTokens(scope paceline.Scope, now paceline.Micros) error {
	_, err := tx.exec(`DELETE FROM access_token WHERE partner_id = $1 AND id IN (SELECT id FROM access_token
		WHERE partner_id = $1 AND keep_until <= $2 ORDER BY keep_until, id LIMIT 100)`, scope.Partner, now)
	return err
}
