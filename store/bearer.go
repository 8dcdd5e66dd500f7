package store

import "paceline"

// EndBearers deletes what lets somebody in who holds it: access tokens, sessions, sign-in and set-up tokens and sign-ins at vendors that are
// under way, of the scope's account, or without one of the partner, whose invitations and first-run links end as well. It returns the
// number of access tokens.
func (tx *Tx) EndBearers(scope paceline.Scope) (tokens int64, err error) {
	tokens, err = tx.exec(`DELETE FROM access_token WHERE partner_id = $1 AND ($2 = 0 OR account_id = $2)`, scope.Partner, scope.Account)
	for _, sql := range []string{
		`DELETE FROM sign_in_token WHERE partner_id = $1 AND ($2 = 0 OR account_id = $2)`,
		`DELETE FROM setup_token WHERE partner_id = $1 AND ($2 = 0 OR account_id = $2)`,
		`DELETE FROM embed_session WHERE partner_id = $1 AND ($2 = 0 OR account_id = $2)`,
		`DELETE FROM oauth_state WHERE partner_id = $1 AND ($2 = 0 OR account_id = $2)`,
		`DELETE FROM invitation WHERE partner_id = $1 AND CAST($2 AS BIGINT) = 0`,
		`DELETE FROM first_run_link WHERE partner_id = $1 AND CAST($2 AS BIGINT) = 0`,
	} {
		if err == nil {
			_, err = tx.exec(sql, scope.Partner, scope.Account)
		}
	}
	return tokens, err
}

// EndSignIns deletes the sign-ins at the vendor that are under way for an account connector of the scope's account: one that comes back
// makes no credential.
func (tx *Tx) EndSignIns(scope paceline.Scope, connector int32) error {
	_, err := tx.exec(`DELETE FROM oauth_state WHERE partner_id = $1 AND account_id = $2 AND account_connector_id = $3`, scope.Partner, scope.Account, connector)
	return err
}

// Credential is an account connector that has one, or is about to get one by a sign-in that is under way.
type Credential struct {
	Account   int64
	Connector int32 // the account connector
}

// Credentials returns up to n of them above the id after, by id: of the scope's account or of all of the partner's, of one
// connector or, with "", of any.
func (tx *Tx) Credentials(scope paceline.Scope, connector paceline.ID, after int32, n int) (list []Credential, err error) {
	err = tx.query(`SELECT account_id, id FROM account_connector WHERE partner_id = $1 AND ($2 = 0 OR account_id = $2)
		AND ($3 = '' OR connector_uid = $3) AND id > $4
		AND (auth_sealed IS NOT NULL OR id IN (SELECT account_connector_id FROM oauth_state WHERE partner_id = $1)) ORDER BY id LIMIT $5`,
		[]any{scope.Partner, scope.Account, connector, after, n}, func(r *Row) error {
			list = append(list, Credential{r.Int(0), r.Int32(1)})
			return nil
		})
	return list, err
}
