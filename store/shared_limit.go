package store

import "paceline"

// TakeShared takes n calls of a window that begins at start out of a limit that all accounts share, and says whether
// there was room. The partner of the scope is 0 for a limit of the whole installation.
func (tx *Tx) TakeShared(scope paceline.Scope, name string, start paceline.Micros, n, limit int) (bool, error) {
	changed, err := tx.exec(`INSERT INTO quota (partner_id, name, window_start, used, cap) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (partner_id, name) DO UPDATE SET used = CASE WHEN quota.window_start = $3 THEN quota.used + $4 ELSE $4 END,
			window_start = $3, cap = $5
		WHERE quota.window_start < $3 OR quota.window_start = $3 AND quota.used + $4 <= $5`,
		scope.Partner, name, start, n, limit)
	return changed > 0, err
}
