package catalog

import (
	"context"

	"paceline"
	"paceline/store"
)

// StopAccount stops every running cycle of an account that is to be deleted, so that its calls in flight
// end before its data does. It runs outside the transaction that deletes the account.
func (r *Room) StopAccount(ctx context.Context, p paceline.Principal, a paceline.Account) error {
	return r.cycles.StopAll(ctx, p, a)
}

// EraseAccount removes the account's connectors with their credentials, and retires its cycles and their
// addresses, within the transaction that deletes the account. Its transactions are pruned later.
func (r *Room) EraseAccount(tx *store.Tx, a paceline.Account) error {
	if err := tx.RetireCycles(a.Scope()); err != nil {
		return err
	}
	return tx.DeleteAccountConnectors(a.Scope())
}

// AccountChanged drops what is in memory of an account whose settings or state have changed.
func (r *Room) AccountChanged(a paceline.Account) {
	r.instances.forgetAccount(a.Num)
	r.cycles.ForgetAllPlans()
}
