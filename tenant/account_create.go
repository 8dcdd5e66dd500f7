package tenant

import (
	"context"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
)

// CreateAccount creates an account, or a sub account if the patch names a parent. Calling it twice with
// one id makes one account and one error. Errors: Invalid.
func (t *Tenant) CreateAccount(ctx context.Context, p paceline.Principal, c AccountPatch) (paceline.Account, error) {
	if err := needPartner(p, AreaAccounts, paceline.EditRight); err != nil {
		return paceline.Account{}, err
	}
	now := t.clock.Now()
	proto := paceline.Account{
		ID: paceline.NewID(now), State: paceline.AccountActive, CreatedAt: paceline.ToMicros(now),
	}
	proto.Timezone, proto.NextBillDate = paceline.DefaultTimezone, paceline.ToMicros(paceline.AddMonths(now, 1))
	c.Name.Set = true // so that a missing name is told like an empty one
	if c.Timezone.given() && c.Timezone.Value == "" {
		c.Timezone = Patch[string]{}
	}
	if err := c.apply(&proto); err != nil {
		return paceline.Account{}, err
	}
	proto.APIID = string(proto.ID)
	if c.ID.given() && c.ID.Value != "" {
		proto.APIID = c.ID.Value
		if err := checkAPIID(proto.APIID); err != nil {
			return paceline.Account{}, err
		}
	}
	var created paceline.Account
	err := t.wrapping(ctx, func(sealer *seal.Sealer) (err error) {
		created, err = t.insertAccount(ctx, p, proto, c.ParentAccountID, sealer)
		return err
	})
	if err != nil {
		return paceline.Account{}, err
	}
	return created, nil
}

// insertAccount stores an account with a data key of its own.
func (t *Tenant) insertAccount(ctx context.Context, p paceline.Principal, proto paceline.Account, parentID Patch[string], sealer *seal.Sealer) (created paceline.Account, err error) {
	keySealed, _ := sealer.NewAccountKey()
	scope := p.PartnerScope()
	err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		if err := checkKey(tx, sealer); err != nil {
			return err
		}
		a := proto
		if parentID.given() && parentID.Value != "" {
			parent, err := findParent(tx, scope, parentID.Value)
			if err != nil {
				return err
			}
			a.Parent, a.ParentID, a.Root = parent.Num, parent.APIID, parent.Root
		}
		if err := checkFree(tx, scope, a.APIID, ""); err != nil {
			return err
		}
		var err error
		if created, err = tx.InsertAccount(scope, a, keySealed); err != nil {
			return err
		}
		return audit(tx, p, created.Num, "account.created", "account", created.APIID, "")
	})
	return created, err
}

// findParent finds the account under which a sub account may stand: there is one level only.
func findParent(tx *store.Tx, scope paceline.Scope, id string) (paceline.Account, error) {
	parent, found, err := findAccount(tx, scope, id)
	switch {
	case err != nil:
		return parent, err
	case !found:
		return parent, paceline.Fail(paceline.CodeParentNotFound)
	case parent.Parent != 0:
		return parent, paceline.Fail(paceline.CodeSubAccountDepth)
	}
	return parent, nil
}
