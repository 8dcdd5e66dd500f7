package catalog

import (
	"context"

	"paceline"
	"paceline/store"
)

// StopAccount stops every running cycle of an account that is to be deleted, so that its calls in flight
// end before its data does. It runs outside the transaction that deletes the account.
// What vendors are to be told is written down before, since the account's key goes with it, and said once the
// account is gone.
func (r *Room) StopAccount(ctx context.Context, p paceline.Principal, a paceline.Account) error {
	if err := r.cycles.StopAll(ctx, p, a); err != nil {
		return err
	}
	if err := r.dropBorrowed(ctx, a); err != nil {
		return err
	}
	for page := (paceline.Page{Number: 1, Size: paceline.MaxPageSize}); ; page.Number++ {
		var list paceline.List[paceline.AccountConnector]
		err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.AccountConnectors(a, "", page)
			for i := range list.Items {
				if err == nil {
					list.Items[i].Properties, err = tx.Properties(ownerScope(list.Items[i]), list.Items[i].ID)
				}
			}
			return err
		})
		if err != nil || len(list.Items) == 0 {
			return err
		}
		for _, ac := range list.Items {
			if ac.Account != a.Num {
				continue // the parent's
			}
			if err := r.writeFarewell(ctx, a, ac); err != nil {
				return err
			}
		}
	}
}

// dropBorrowed removes the subscriptions that a sub account has made with its parent's account connectors.
func (r *Room) dropBorrowed(ctx context.Context, a paceline.Account) error {
	if a.Parent == 0 {
		return nil
	}
	var list []store.Subscription
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.SubscriptionsOfAccount(a.Scope())
		return err
	})
	for _, s := range list {
		if err := r.look(ctx, s); err != nil {
			r.log.Warn("a subscription of a deleted sub account is left at its vendor", "account connector", s.AccountConnector, "error", err)
		}
	}
	return err
}

func (r *Room) writeFarewell(ctx context.Context, a paceline.Account, ac paceline.AccountConnector) error {
	rel, err := r.releaseOf(ctx, ac)
	if err != nil {
		return err
	}
	leave, err := r.prepareFarewell(ctx, a, ac, rel, true)
	if err != nil || leave.row == nil {
		return err
	}
	return r.keepFarewell(ctx, *leave.row)
}

// EraseAccount removes the account's connectors with their credentials, and retires its cycles and their
// addresses, within the transaction that deletes the account. Its transactions are pruned later.
func (r *Room) EraseAccount(tx *store.Tx, a paceline.Account) error {
	if err := tx.RetireCycles(a.Scope()); err != nil {
		return err
	}
	if err := tx.DeleteSubscriptions(a.Scope()); err != nil {
		return err
	}
	if err := tx.EraseEntries(a.Scope()); err != nil {
		return err
	}
	if err := tx.DeleteCustomConnectors(a.Scope()); err != nil {
		return err
	}
	if err := tx.DeleteCycleFolders(a.Scope()); err != nil {
		return err
	}
	if err := tx.DeleteEmbedInstalls(a.Scope(), ""); err != nil {
		return err
	}
	return tx.DeleteAccountConnectors(a.Scope())
}

// AccountChanged drops what is in memory of an account whose settings or state have changed.
func (r *Room) AccountChanged(a paceline.Account) {
	if a.State == paceline.AccountDeleted {
		r.Stopped() // its vendors are to be told
	}
	r.instances.forgetAccount(a.Num)
	r.cycles.ForgetAllPlans()
}
