package tenant

import (
	"context"

	"paceline"
)

// EnsureAccount is CreateAccount for callers that may call twice: an account with the patch's id, and with its
// parent if the patch names one, is returned as it is. Errors: as for CreateAccount.
func (t *Tenant) EnsureAccount(ctx context.Context, p paceline.Principal, c AccountPatch) (paceline.Account, error) {
	a, err := t.CreateAccount(ctx, p, c)
	if paceline.CodeOf(err) != paceline.CodeAccountIDInUse {
		return a, err
	}
	have, missing := t.GetAccount(ctx, p, c.ID.Value)
	switch {
	case missing != nil || have.APIID != c.ID.Value:
		return paceline.Account{}, err
	case c.ParentAccountID.given() && c.ParentAccountID.Value != "" && c.ParentAccountID.Value != have.ParentID:
		return paceline.Account{}, err
	}
	return have, nil
}
