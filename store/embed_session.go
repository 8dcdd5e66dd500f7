package store

import "paceline"

// EmbedSession is a person who came in with a sign-in link.
type EmbedSession struct {
	Hash      []byte // SHA-256
	Partner   int64
	Account   int64
	User      paceline.ID
	ExpiresAt paceline.Micros
}

// InsertEmbedSession stores a session of the scope's account and deletes a few of the partner's that are over.
func (tx *Tx) InsertEmbedSession(scope paceline.Scope, s EmbedSession) error {
	if _, err := tx.exec(`DELETE FROM embed_session WHERE partner_id = $1 AND hash IN (SELECT hash FROM embed_session
		WHERE partner_id = $1 AND expires_at <= $2 ORDER BY expires_at, hash LIMIT 100)`, scope.Partner, tx.Now()); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO embed_session (hash, partner_id, account_id, person_id, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		s.Hash, scope.Partner, scope.Account, s.User, s.ExpiresAt)
	return err
}

// EmbedSessionByHash finds a session of any partner: it is where the caller's partner is learned.
func (tx *Tx) EmbedSessionByHash(hash []byte) (s EmbedSession, found bool, err error) {
	found, err = tx.one(`SELECT hash, partner_id, account_id, person_id, expires_at FROM embed_session WHERE hash = $1`,
		[]any{hash}, func(r *Row) {
			s = EmbedSession{Hash: r.Bytes(0), Partner: r.Int(1), Account: r.Int(2), User: r.ID(3), ExpiresAt: r.Micros(4)}
		})
	return s, found, err
}

// DeleteEmbedSessions ends the sessions of a user in the scope's account; of all users without one.
func (tx *Tx) DeleteEmbedSessions(scope paceline.Scope, user paceline.ID) error {
	_, err := tx.exec(`DELETE FROM embed_session WHERE partner_id = $1 AND account_id = $2 AND ($3 = '' OR person_id = $3)`,
		scope.Partner, scope.Account, user)
	return err
}

// DeleteEmbedSessionsOf ends the sessions of a user in all accounts.
func (tx *Tx) DeleteEmbedSessionsOf(scope paceline.Scope, user paceline.ID) error {
	_, err := tx.exec(`DELETE FROM embed_session WHERE partner_id = $1 AND person_id = $2`, scope.Partner, user)
	return err
}
