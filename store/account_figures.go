package store

import "paceline"

// AccountCounts are how many of each an account has.
type AccountCounts struct {
	SubAccounts, Users, CyclesRunning int
}

// AccountCounts counts what the scope's account has.
func (tx *Tx) AccountCounts(scope paceline.Scope) (c AccountCounts, err error) {
	_, err = tx.one(`SELECT
		(SELECT COUNT(*) FROM account a WHERE a.partner_id = $1 AND a.parent_id = $2 AND a.state <> 2),
		(SELECT COUNT(*) FROM account_person u WHERE u.partner_id = $1 AND u.account_id = $2),
		(SELECT COUNT(*) FROM cycle c WHERE c.partner_id = $1 AND c.account_id = $2 AND c.state IN (1, 2, 3))`,
		[]any{scope.Partner, scope.Account},
		func(r *Row) { c = AccountCounts{int(r.Int(0)), int(r.Int(1)), int(r.Int(2))} })
	return c, err
}
