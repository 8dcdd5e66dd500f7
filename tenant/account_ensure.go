package tenant

import (
	"context"

	"paceline"
	"paceline/catalog"
	"paceline/store"
)

// EnsureAccount is CreateAccountWith for callers that may call twice: an account with the patch's id, and with its
// parent if the patch names one, is returned as it is, with what is installed in it already. Errors: as for
// CreateAccountWith.
func (t *Tenant) EnsureAccount(ctx context.Context, p paceline.Principal, c AccountPatch, o catalog.Orders) (paceline.Account, catalog.Installed, error) {
	job, err := t.newAccount(p, c)
	if err != nil {
		return paceline.Account{}, catalog.Installed{}, err
	}
	return t.ensured(ctx, p, job, c, o)
}

// ensured does the work of making an account, unless the account with the patch's id is there.
func (t *Tenant) ensured(ctx context.Context, p paceline.Principal, job provision, c AccountPatch, o catalog.Orders) (paceline.Account, catalog.Installed, error) {
	for i := range o.Connectors {
		o.Connectors[i].Ensure = true
	}
	for i := range o.Templates {
		o.Templates[i].Ensure = true
	}
	job.orders = o
	if c.ID.given() && c.ID.Value != "" {
		job.find = func(tx *store.Tx) (paceline.Account, bool, error) {
			have, found, err := tx.AccountByAPIID(p.PartnerScope(), c.ID.Value)
			if c.ParentAccountID.given() && c.ParentAccountID.Value != "" && c.ParentAccountID.Value != have.ParentID {
				found = false // and so its id is in use
			}
			return have, found, err
		}
	}
	return t.provision(ctx, p, job)
}
