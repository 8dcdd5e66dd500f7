package store

import "paceline"

// InsertFirstRunLink stores the SHA-256 of a one-time link.
func (tx *Tx) InsertFirstRunLink(scope paceline.Scope, hash []byte, expires paceline.Micros) error {
	_, err := tx.exec(`INSERT INTO first_run_link (hash, partner_id, created_at, expires_at, used_at)
		VALUES ($1, $2, $3, $4, 0)`, hash, scope.Partner, tx.Now(), expires)
	return err
}

// FirstRunLink returns the partner of a link that is neither used nor expired.
func (tx *Tx) FirstRunLink(hash []byte, now paceline.Micros) (partner int64, found bool, err error) {
	found, err = tx.one(`SELECT partner_id FROM first_run_link WHERE hash = $1 AND used_at = 0 AND expires_at > $2`,
		[]any{hash, now}, func(r *Row) { partner = r.Int(0) })
	return partner, found, err
}

// UseFirstRunLink consumes a link. Of several calls at once only one is told true.
func (tx *Tx) UseFirstRunLink(scope paceline.Scope, hash []byte) (bool, error) {
	n, err := tx.exec(`UPDATE first_run_link SET used_at = $3
		WHERE partner_id = $1 AND hash = $2 AND used_at = 0 AND expires_at > $3`, scope.Partner, hash, tx.Now())
	return n == 1, err
}
