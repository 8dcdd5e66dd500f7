package store

import "paceline"

// CycleName is how lists of transactions and incidents show a cycle.
type CycleName struct {
	ID   paceline.ID
	Name string
}

// CycleName returns the name of a cycle of the scope's account, also of one that is gone for good.
func (tx *Tx) CycleName(scope paceline.Scope, num int64) (n CycleName, err error) {
	_, err = tx.one(`SELECT id, name FROM cycle WHERE partner_id = $1 AND account_id = $2 AND num = $3`,
		[]any{scope.Partner, scope.Account, num}, func(r *Row) { n = CycleName{r.ID(0), r.Text(1)} })
	if err == nil && n.ID == "" {
		_, err = tx.one(`SELECT id, name FROM purged_cycle WHERE partner_id = $1 AND account_id = $2 AND num = $3`,
			[]any{scope.Partner, scope.Account, num}, func(r *Row) { n = CycleName{r.ID(0), r.Text(1)} })
	}
	return n, err
}

// CycleNum returns the number of a cycle of the scope's account.
func (tx *Tx) CycleNum(scope paceline.Scope, id paceline.ID) (num int64, found bool, err error) {
	found, err = tx.one(`SELECT num FROM cycle WHERE partner_id = $1 AND account_id = $2 AND id = $3 AND state <> 6`,
		[]any{scope.Partner, scope.Account, id}, func(r *Row) { num = r.Int(0) })
	return num, found, err
}
