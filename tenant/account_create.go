package tenant

import (
	"context"

	"paceline"
	"paceline/catalog"
	"paceline/store"
)

// CreateAccount creates an account, or a sub account if the patch names a parent. Calling it twice with
// one id makes one account and one error. Errors: Invalid.
func (t *Tenant) CreateAccount(ctx context.Context, p paceline.Principal, c AccountPatch) (paceline.Account, error) {
	a, _, err := t.CreateAccountWith(ctx, p, c, catalog.Orders{})
	return a, err
}

// CreateAccountWith is CreateAccount that also installs connectors and templates: all of it or nothing. Errors:
// Invalid, also for what an order names and is not found.
func (t *Tenant) CreateAccountWith(ctx context.Context, p paceline.Principal, c AccountPatch, o catalog.Orders) (paceline.Account, catalog.Installed, error) {
	job, err := t.newAccount(p, c)
	if err != nil {
		return paceline.Account{}, catalog.Installed{}, err
	}
	job.orders = o
	return t.provision(ctx, p, job)
}

// newAccount is the work of making an account. Errors: Unauthorized, Forbidden, Invalid.
func (t *Tenant) newAccount(p paceline.Principal, c AccountPatch) (job provision, err error) {
	if err := needPartner(p, AreaAccounts, paceline.EditRight); err != nil {
		return job, err
	}
	return t.prototype(c)
}

// prototype is the work of making an account, whoever asks for it. Errors: Invalid.
func (t *Tenant) prototype(c AccountPatch) (job provision, err error) {
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
		return job, err
	}
	proto.APIID = string(proto.ID)
	if c.ID.given() && c.ID.Value != "" {
		proto.APIID = c.ID.Value
		if err := checkAPIID(proto.APIID); err != nil {
			return job, err
		}
	}
	return provision{proto: proto, parent: c.ParentAccountID}, nil
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
