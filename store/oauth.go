package store

import "paceline"

// TakeOAuthLease makes holder the only one who renews the token of an account connector, until then. It
// answers false while another one is.
func (tx *Tx) TakeOAuthLease(scope paceline.Scope, accountConnector int32, holder string, until paceline.Micros) (bool, error) {
	n, err := tx.exec(`INSERT INTO oauth_lease (account_connector_id, partner_id, account_id, holder, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account_connector_id) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
		WHERE oauth_lease.expires_at <= $6`,
		accountConnector, scope.Partner, scope.Account, holder, until, tx.Now())
	return n > 0, err
}

// EndOAuthLease ends the turn of holder, if it has not passed to another one yet.
func (tx *Tx) EndOAuthLease(scope paceline.Scope, accountConnector int32, holder string) error {
	_, err := tx.exec(`DELETE FROM oauth_lease WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3 AND holder = $4`,
		scope.Partner, scope.Account, accountConnector, holder)
	return err
}

// OAuthApp is a partner's app at a vendor.
type OAuthApp struct {
	ClientID     string
	SecretSealed []byte
}

// OAuthApp returns the partner's app for a connector.
func (tx *Tx) OAuthApp(scope paceline.Scope, connector paceline.ID) (app OAuthApp, found bool, err error) {
	found, err = tx.one(`SELECT client_id, secret_sealed FROM oauth_app WHERE partner_id = $1 AND connector_uid = $2`,
		[]any{scope.Partner, connector}, func(r *Row) { app = OAuthApp{r.Text(0), r.Bytes(1)} })
	return app, found, err
}

// OAuthApps returns the client ids of a partner's apps, by connector.
func (tx *Tx) OAuthApps(scope paceline.Scope) (apps map[paceline.ID]string, err error) {
	apps = make(map[paceline.ID]string)
	err = tx.query(`SELECT connector_uid, client_id FROM oauth_app WHERE partner_id = $1 ORDER BY connector_uid`, []any{scope.Partner}, func(r *Row) error {
		apps[r.ID(0)] = r.Text(1)
		return nil
	})
	return apps, err
}

// PutOAuthApp stores the partner's app for a connector in place of the one before.
func (tx *Tx) PutOAuthApp(scope paceline.Scope, connector paceline.ID, app OAuthApp) error {
	_, err := tx.exec(`INSERT INTO oauth_app (connector_uid, partner_id, client_id, secret_sealed) VALUES ($1, $2, $3, $4)
		ON CONFLICT (connector_uid, partner_id) DO UPDATE SET client_id = excluded.client_id, secret_sealed = excluded.secret_sealed`,
		connector, scope.Partner, app.ClientID, app.SecretSealed)
	return err
}

// DeleteOAuthApp removes the partner's app for a connector and says whether there was one.
func (tx *Tx) DeleteOAuthApp(scope paceline.Scope, connector paceline.ID) (bool, error) {
	n, err := tx.exec(`DELETE FROM oauth_app WHERE partner_id = $1 AND connector_uid = $2`, scope.Partner, connector)
	return n > 0, err
}

// OAuthState is a consent on its way: a person was sent to a vendor and is expected back.
type OAuthState struct {
	Hash, SessionHash []byte // SHA-256
	Partner, Account  int64
	AccountConnector  int32
	Sealed            []byte
	ExpiresAt         paceline.Micros
}

// InsertOAuthState stores a consent of the scope's account and deletes a few of the partner's that have expired.
func (tx *Tx) InsertOAuthState(scope paceline.Scope, s OAuthState) error {
	if _, err := tx.exec(`DELETE FROM oauth_state WHERE partner_id = $1 AND hash IN (SELECT hash FROM oauth_state
		WHERE partner_id = $1 AND expires_at <= $2 ORDER BY expires_at, hash LIMIT 100)`, scope.Partner, tx.Now()); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO oauth_state (hash, partner_id, account_id, account_connector_id, session_hash, sealed, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hash) DO NOTHING`,
		s.Hash, scope.Partner, scope.Account, s.AccountConnector, s.SessionHash, s.Sealed, s.ExpiresAt)
	return err
}

// OAuthStateByHash finds a consent of any partner by its secret: it is where the caller's partner is learned.
func (tx *Tx) OAuthStateByHash(hash []byte) (s OAuthState, found bool, err error) {
	found, err = tx.one(`SELECT hash, partner_id, account_id, account_connector_id, session_hash, sealed, expires_at
		FROM oauth_state WHERE hash = $1`, []any{hash}, func(r *Row) {
		s = OAuthState{Hash: r.Bytes(0), Partner: r.Int(1), Account: r.Int(2), AccountConnector: r.Int32(3), SessionHash: r.Bytes(4),
			Sealed: r.Bytes(5), ExpiresAt: r.Micros(6)}
	})
	return s, found, err
}

// UseOAuthState removes a consent and says whether it was there: of several that try, one gets true.
func (tx *Tx) UseOAuthState(scope paceline.Scope, hash []byte) (bool, error) {
	n, err := tx.exec(`DELETE FROM oauth_state WHERE partner_id = $1 AND account_id = $2 AND hash = $3`, scope.Partner, scope.Account, hash)
	return n > 0, err
}
