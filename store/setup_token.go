package store

import "paceline"

// SetupToken lets a person connect one account connector, who has the link and types its token.
type SetupToken struct {
	ID               paceline.ID // of the link
	Partner, Account int64
	AccountConnector int32
	User             paceline.ID
	Hash             []byte // SHA-256 of the token
	Wrong            int    // how often another token was typed
	CreatedAt        paceline.Micros
	ExpiresAt        paceline.Micros
	OpenedAt         paceline.Micros // 0: not yet; like UsedAt and FinishedAt
	UsedAt           paceline.Micros
	FinishedAt       paceline.Micros
	Session          []byte // SHA-256 of the session; nil without one
	SessionUntil     paceline.Micros
}

const setupTokenColumns = `id, partner_id, account_id, account_connector, person_id, hash, wrong, created_at, expires_at,
	opened_at, used_at, finished_at, session, session_until`

func scanSetupToken(r *Row) SetupToken {
	return SetupToken{
		ID: r.ID(0), Partner: r.Int(1), Account: r.Int(2), AccountConnector: r.Int32(3), User: r.ID(4), Hash: r.Bytes(5),
		Wrong: int(r.Int(6)), CreatedAt: r.Micros(7), ExpiresAt: r.Micros(8), OpenedAt: r.Micros(9), UsedAt: r.Micros(10),
		FinishedAt: r.Micros(11), Session: r.Bytes(12), SessionUntil: r.Micros(13),
	}
}

// InsertSetupToken stores a token of the scope's account, and deletes a few of the partner's made before keepFrom.
func (tx *Tx) InsertSetupToken(scope paceline.Scope, t SetupToken, keepFrom paceline.Micros) error {
	if _, err := tx.exec(`DELETE FROM setup_token WHERE partner_id = $1 AND id IN (SELECT id FROM setup_token
		WHERE partner_id = $1 AND created_at < $2 ORDER BY created_at, id LIMIT 100)`, scope.Partner, keepFrom); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO setup_token (`+setupTokenColumns+`) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, 0, 0, 0, NULL, 0)`,
		t.ID, scope.Partner, scope.Account, int64(t.AccountConnector), t.User, t.Hash, t.CreatedAt, t.ExpiresAt)
	return err
}

// SetupTokens returns the tokens of an account connector, the newest first, at most 100.
func (tx *Tx) SetupTokens(scope paceline.Scope, accountConnector int32) (list []SetupToken, err error) {
	err = tx.query(`SELECT `+setupTokenColumns+` FROM setup_token
		WHERE partner_id = $1 AND account_id = $2 AND account_connector = $3 ORDER BY id DESC LIMIT 100`,
		[]any{scope.Partner, scope.Account, int64(accountConnector)}, func(r *Row) error {
			list = append(list, scanSetupToken(r))
			return nil
		})
	return list, err
}

// SetupTokenByLink finds a token of any partner by its link: it is where the caller's partner is learned.
func (tx *Tx) SetupTokenByLink(id paceline.ID) (t SetupToken, found bool, err error) {
	found, err = tx.one(`SELECT `+setupTokenColumns+` FROM setup_token WHERE id = $1`, []any{id}, func(r *Row) { t = scanSetupToken(r) })
	return t, found, err
}

// UpdateSetupToken stores what became of a token. The session of a used one is set by the first who asks:
// false means that somebody else was first, or that the token is gone.
func (tx *Tx) UpdateSetupToken(t SetupToken, use bool) (bool, error) {
	n, err := tx.exec(`UPDATE setup_token SET wrong = $5, opened_at = $6, used_at = $7, finished_at = $8, session = $9, session_until = $10
		WHERE partner_id = $1 AND account_id = $2 AND id = $3 AND ($4 = 0 OR used_at = 0)`,
		t.Partner, t.Account, t.ID, use, int64(t.Wrong), t.OpenedAt, t.UsedAt, t.FinishedAt, t.Session, t.SessionUntil)
	return n > 0, err
}

// DeleteSetupToken ends a token and its session, and reports whether it was there.
func (tx *Tx) DeleteSetupToken(scope paceline.Scope, accountConnector int32, id paceline.ID) (bool, error) {
	n, err := tx.exec(`DELETE FROM setup_token WHERE partner_id = $1 AND account_id = $2 AND account_connector = $3 AND id = $4`,
		scope.Partner, scope.Account, int64(accountConnector), id)
	return n > 0, err
}

// DeleteSetupTokens removes the tokens of a user for the scope's account, or of all users without one.
func (tx *Tx) DeleteSetupTokens(scope paceline.Scope, user paceline.ID) error {
	_, err := tx.exec(`DELETE FROM setup_token WHERE partner_id = $1 AND account_id = $2 AND ($3 = '' OR person_id = $3)`,
		scope.Partner, scope.Account, user)
	return err
}
