package tenant

import (
	"context"
	"errors"
	"hash/crc32"

	"paceline"
	"paceline/catalog"
	"paceline/internal/seal"
	"paceline/store"
)

// provision is an account that is to be there, with what is to be in it. One transaction stores all of it.
type provision struct {
	proto  paceline.Account // as it is made
	parent Patch[string]
	// find returns the account that is taken if it is there already; nil takes none.
	find   func(*store.Tx) (paceline.Account, bool, error)
	orders catalog.Orders
	// within does more, in the same transaction; nil is fine.
	within func(*store.Tx, paceline.Account) error
}

// maxStale is how often what was prepared may have changed before it is stored.
const maxStale = 20

func (t *Tenant) provision(ctx context.Context, p paceline.Principal, job provision) (a paceline.Account, out catalog.Installed, err error) {
	if !job.orders.Empty() {
		// Whoever may make accounts may not therefore work inside them.
		if err := needPartner(p, AreaOpenAccount, paceline.EditRight); err != nil {
			return a, out, err
		}
	}
	if !job.orders.Empty() && job.find != nil {
		// Calls for one account change the same rows: one after the other, none of them has to begin again and again.
		turn := &t.turns[crc32.ChecksumIEEE([]byte(job.proto.APIID))%uint32(len(t.turns))]
		turn.Lock()
		defer turn.Unlock()
	}
	var installs *catalog.Installs
	err = t.wrapping(ctx, func(sealer *seal.Sealer) (err error) {
		for range maxStale {
			if a, installs, err = t.provisionOnce(ctx, p, job, sealer); !errors.Is(err, catalog.ErrStale) {
				return err
			}
		}
		return paceline.Fail(paceline.CodeBusy).Because(err)
	})
	if err != nil {
		return paceline.Account{}, out, err
	}
	if installs != nil {
		out, err = installs.Done(ctx, p, a)
	}
	return a, out, err
}

// provisionOnce prepares outside the transaction what takes time, for the account as it is found or made, and answers
// catalog.ErrStale when that has changed within it.
func (t *Tenant) provisionOnce(ctx context.Context, p paceline.Principal, job provision, sealer *seal.Sealer) (a paceline.Account, installs *catalog.Installs, err error) {
	draft, found, err := t.draft(ctx, p, job)
	if err != nil {
		return a, nil, err
	}
	if found && job.orders.Empty() && job.within == nil {
		return draft, nil, nil
	}
	keySealed, key := sealer.NewAccountKey()
	if !job.orders.Empty() {
		if !found {
			// Values are sealed for an account that is not stored yet, so its key is known to this process alone.
			for _, epoch, known := t.keys.get(draft.Num); !known; _, epoch, known = t.keys.get(draft.Num) {
				t.keys.put(draft.Num, key, epoch)
			}
			defer func() {
				if err != nil {
					t.keys.forget(draft.Num)
				}
			}()
		}
		if installs, err = t.catalog.Prepare(ctx, p, draft, job.orders); err != nil {
			return a, nil, err
		}
	}
	scope := p.PartnerScope()
	err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		if err := checkKey(tx, sealer); err != nil {
			return err
		}
		now, there := paceline.Account{}, false
		if job.find != nil {
			if now, there, err = job.find(tx); err != nil {
				return err
			}
		}
		if there != found || found && now.Num != draft.Num {
			return catalog.ErrStale
		}
		if a = now; found {
			err = tx.Lock(a.Scope())
		} else {
			a, err = insertAccount(tx, p, draft, job.parent, keySealed)
		}
		if err == nil && installs != nil {
			err = installs.Run(tx, p, a)
		}
		if err == nil && job.within != nil {
			err = job.within(tx, a)
		}
		return err
	})
	return a, installs, err
}

// draft is the account that is there already, or the one that is to be made, which has a number if something is to be
// installed in it.
func (t *Tenant) draft(ctx context.Context, p paceline.Principal, job provision) (draft paceline.Account, found bool, err error) {
	scope := p.PartnerScope()
	if job.find != nil {
		err = t.store.Read(ctx, func(tx *store.Tx) error {
			draft, found, err = job.find(tx)
			return err
		})
		if err != nil || found {
			return draft, found, err
		}
	}
	draft = job.proto
	draft.Partner = p.Partner
	if job.orders.Empty() {
		return draft, false, nil
	}
	err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		if job.find != nil {
			if have, there, err := job.find(tx); err != nil || there {
				draft, found = have, there
				return err
			}
		}
		// Told before the orders are looked at: a call that is repeated is to hear that the account is there.
		if err := checkFree(tx, scope, draft.APIID, ""); err != nil {
			return err
		}
		draft.Num, err = tx.NextAccount()
		return err
	})
	return draft, found, err
}

// insertAccount stores an account with a data key of its own.
func insertAccount(tx *store.Tx, p paceline.Principal, a paceline.Account, parentID Patch[string], keySealed []byte) (paceline.Account, error) {
	scope := p.PartnerScope()
	if parentID.given() && parentID.Value != "" {
		parent, err := findParent(tx, scope, parentID.Value)
		if err != nil {
			return a, err
		}
		a.Parent, a.ParentID, a.Root = parent.Num, parent.APIID, parent.Root
	}
	if err := checkFree(tx, scope, a.APIID, ""); err != nil {
		return a, err
	}
	created, err := tx.InsertAccount(scope, a, keySealed)
	if err != nil {
		return a, err
	}
	return created, audit(tx, p, created.Num, "account.created", "account", created.APIID, "")
}
