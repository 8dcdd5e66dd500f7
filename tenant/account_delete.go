package tenant

import (
	"context"
	"fmt"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// DeleteAccount deletes an account for good, with its sub accounts, and returns the number of those. The
// other rooms stop first (OnDelete); then each account's rows are marked and its data key destroyed in one
// transaction, after which no sealed payload of its can be read again. Very many sub accounts take several
// transactions, the account itself goes in the last one. Errors: NotFound, and those of the hooks.
func (t *Tenant) DeleteAccount(ctx context.Context, p paceline.Principal, id string) (subs int, err error) {
	if err := needPartner(p, AreaAccounts, paceline.ManageRight); err != nil {
		return 0, err
	}
	scope := p.PartnerScope()
	family, err := t.readFamily(ctx, scope, id)
	if err != nil {
		return 0, err
	}
	for _, a := range family {
		for _, hook := range t.onDelete {
			if hook.Before == nil {
				continue
			}
			if err := hook.Before(ctx, p, a); err != nil {
				return 0, fmt.Errorf("stop account %s: %w", a.APIID, err)
			}
		}
	}
	for {
		var some []paceline.Account
		last := false
		err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
			// Read again: a sub account may have been added since, and needs no stopping as nothing runs in it.
			if some, err = familyOf(tx, scope, id); err != nil {
				return err
			}
			if last = len(some) <= erasedAtOnce; !last {
				some = some[:erasedAtOnce] // sub accounts only: their parent stands last
			}
			for _, a := range some {
				if err := t.erase(tx, p, a); err != nil {
					return err
				}
			}
			killpoint.Pass(killpoint.EraseBeforeCommit)
			return nil
		})
		if err != nil {
			return subs, err
		}
		killpoint.Pass(killpoint.EraseAfterCommit)
		t.forgetAccounts(some)
		if subs += len(some); last {
			return subs - 1, nil
		}
	}
}

// erasedAtOnce bounds the accounts that one transaction erases, as others wait for it.
const erasedAtOnce = 50

// forgetAccounts drops what is in memory of deleted accounts and tells the other rooms.
func (t *Tenant) forgetAccounts(deleted []paceline.Account) {
	gone := map[int64]bool{}
	for _, a := range deleted {
		gone[a.Num] = true
		t.keys.forget(a.Num)
	}
	t.tokens.forgetIf(func(_ tokenHash, e bearerEntry) bool { return gone[e.principal.RestrictedTo] })
	for _, a := range deleted {
		a.State = paceline.AccountDeleted
		t.changed(a)
	}
}

func (t *Tenant) readFamily(ctx context.Context, scope paceline.Scope, id string) (family []paceline.Account, err error) {
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		family, err = familyOf(tx, scope, id)
		return err
	})
	return family, err
}

// familyOf returns an account's sub accounts and, last, the account itself.
func familyOf(tx *store.Tx, scope paceline.Scope, id string) ([]paceline.Account, error) {
	a, err := mustFindAccount(tx, scope, id)
	if err != nil {
		return nil, err
	}
	subs, err := tx.SubAccounts(scope, a.Num)
	return append(subs, a), err
}

func (t *Tenant) erase(tx *store.Tx, p paceline.Principal, a paceline.Account) error {
	// First, as this waits for the account's transactions under way and refuses later ones: what the hooks
	// mark then is all there will ever be.
	if err := tx.EraseAccount(p.PartnerScope(), a.Num); err != nil {
		return err
	}
	for _, hook := range t.onDelete {
		if hook.Within == nil {
			continue
		}
		if err := hook.Within(tx, a); err != nil {
			return fmt.Errorf("mark the rows of account %s: %w", a.APIID, err)
		}
	}
	if err := tx.DeleteTokensOfAccount(a.Scope()); err != nil {
		return err
	}
	if err := tx.DeleteSignInTokens(a.Scope(), ""); err != nil {
		return err
	}
	if err := tx.DeleteEmbedSessions(a.Scope(), ""); err != nil {
		return err
	}
	if err := tx.DeleteSetupTokens(a.Scope(), ""); err != nil {
		return err
	}
	if err := tx.WithdrawAll(a.Scope()); err != nil {
		return err
	}
	if err := eraseDeliveries(tx, a.Scope()); err != nil {
		return err
	}
	return audit(tx, p, a.Num, "account.deleted", "account", a.APIID, a.Name)
}
