package store

import "paceline"

// AccountUsage returns the tasks of the scope's account, without its sub accounts', from one UTC day to
// another, the latter not included.
func (tx *Tx) AccountUsage(scope paceline.Scope, from, to int32) (u paceline.Usage, err error) {
	_, err = tx.one(`SELECT CAST(COALESCE(SUM(ok), 0) AS BIGINT), CAST(COALESCE(SUM(incident), 0) AS BIGINT)
		FROM usage_day WHERE partner_id = $1 AND account_id = $2 AND day >= $3 AND day < $4`,
		[]any{scope.Partner, scope.Account, from, to}, func(r *Row) { u.OK, u.Incident = r.Int(0), r.Int(1) })
	return u, err
}
