package store

import "paceline"

// Invitation lets a console user choose a password, once.
type Invitation struct {
	Partner   int64
	Person    paceline.ID
	ExpiresAt paceline.Micros
}

// PutInvitation stores the SHA-256 of a user's invitation, in the place of the one before.
func (tx *Tx) PutInvitation(scope paceline.Scope, user paceline.ID, hash []byte, expires paceline.Micros) error {
	_, err := tx.exec(`INSERT INTO invitation (partner_id, person_id, hash, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (partner_id, person_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at`, scope.Partner, user, hash, expires)
	return err
}

// InvitationByHash finds an invitation that has not expired, whoever's it is: its holder is nobody yet.
func (tx *Tx) InvitationByHash(hash []byte, now paceline.Micros) (i Invitation, found bool, err error) {
	found, err = tx.one(`SELECT partner_id, person_id, expires_at FROM invitation WHERE hash = $1 AND expires_at > $2`,
		[]any{hash, now}, func(r *Row) { i = Invitation{r.Int(0), r.ID(1), r.Micros(2)} })
	return i, found, err
}

// DeleteInvitation ends a user's invitation.
func (tx *Tx) DeleteInvitation(scope paceline.Scope, user paceline.ID) error {
	_, err := tx.exec(`DELETE FROM invitation WHERE partner_id = $1 AND person_id = $2`, scope.Partner, user)
	return err
}
