package store

import "paceline"

// AccountUsage returns the tasks of the scope's account, without its sub accounts', from one UTC day to
// another, the latter not included.
func (tx *Tx) AccountUsage(scope paceline.Scope, from, to int32) (u paceline.Usage, err error) {
	return tx.UsageTotal(scope, from, to-1)
}
