package store

import "paceline"

// QuotaTold returns the share of a quota (0 bytes, 1 tasks) that was told last, in per cent, and the month for which.
func (tx *Tx) QuotaTold(scope paceline.Scope, kind int) (level, month int, err error) {
	_, err = tx.one(`SELECT level, month FROM quota_told WHERE partner_id = $1 AND account_id = $2 AND kind = $3`,
		[]any{scope.Partner, scope.Account, kind}, func(r *Row) { level, month = int(r.Int(0)), int(r.Int(1)) })
	return level, month, err
}

// TellQuota notes the share of a quota that is told.
func (tx *Tx) TellQuota(scope paceline.Scope, kind, level, month int) error {
	_, err := tx.exec(`INSERT INTO quota_told (account_id, kind, partner_id, level, month) VALUES ($2, $3, $1, $4, $5)
		ON CONFLICT (account_id, kind) DO UPDATE SET level = excluded.level, month = excluded.month`,
		scope.Partner, scope.Account, kind, level, month)
	return err
}

// LetFinish ends the intake of an active cycle of the scope's account: it pauses when nothing of it runs.
func (tx *Tx) LetFinish(scope paceline.Scope, cycle int64) error {
	_, err := tx.exec(sqlCycleState, scope.Partner, scope.Account, cycle, int(paceline.CycleFinishing))
	return err
}
