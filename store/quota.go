package store

import "paceline"

// QuotaTold is the share of a quota that was told last, in per cent, and the month for which.
type QuotaTold struct{ Level, Month int }

// QuotaTold returns what was told of a quota (0 bytes, 1 tasks); zero without anything.
func (tx *Tx) QuotaTold(scope paceline.Scope, kind int) (t QuotaTold, err error) {
	_, err = tx.one(`SELECT level, month FROM quota_told WHERE partner_id = $1 AND account_id = $2 AND kind = $3`,
		[]any{scope.Partner, scope.Account, kind}, func(r *Row) { t = QuotaTold{int(r.Int(0)), int(r.Int(1))} })
	return t, err
}

// TellQuota notes what is told of a quota, if was is still what was told last. Of two that tell the same, first is
// true for one.
func (tx *Tx) TellQuota(scope paceline.Scope, kind int, was, now QuotaTold) (first bool, err error) {
	n, err := tx.exec(`INSERT INTO quota_told (account_id, kind, partner_id, level, month) VALUES ($2, $3, $1, $4, $5)
		ON CONFLICT (account_id, kind) DO UPDATE SET level = excluded.level, month = excluded.month
		WHERE quota_told.level = $6 AND quota_told.month = $7`,
		scope.Partner, scope.Account, kind, now.Level, now.Month, was.Level, was.Month)
	return n > 0, err
}

// LetFinish ends the intake of an active cycle of the scope's account: it pauses when nothing of it runs.
func (tx *Tx) LetFinish(scope paceline.Scope, cycle int64) error {
	_, err := moveCycle(tx, paceline.ArrowLetFinish, scope.Partner, scope.Account, cycle)
	return err
}
