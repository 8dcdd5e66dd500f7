package tenant

import (
	"context"
	"strings"

	"paceline"
	"paceline/store"
)

// RootOf returns the root account of an account of the principal's partner, by its id in an address; found is false for an
// unknown one.
func (t *Tenant) RootOf(ctx context.Context, p paceline.Principal, id string) (root int64, found bool, err error) {
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		a, known, err := findAccount(tx, p.PartnerScope(), id)
		root, found = a.Root, known
		return err
	})
	return root, found, err
}

// ResolveAccount returns the account that a call is about: the one that the account header names (all of
// the header's values, as sent), or for a restricted caller without a header its own. It never guesses:
// a header that is missing, doubled or malformed, or names an account that is foreign, unknown,
// suspended, deleted or not the caller's own is answered alike, with Unauthorized (CodeAccountHeader).
func (t *Tenant) ResolveAccount(ctx context.Context, p paceline.Principal, header []string) (paceline.Account, error) {
	if p.Kind == paceline.NobodyPrincipal || p.Partner == 0 || len(header) > 1 {
		return paceline.Account{}, paceline.Fail(paceline.CodeAccountHeader)
	}
	named := ""
	if len(header) == 1 {
		named = strings.TrimSpace(header[0])
	}
	if named == "" && p.RestrictedTo == 0 {
		return paceline.Account{}, paceline.Fail(paceline.CodeAccountHeader)
	}
	var a paceline.Account
	var found bool
	err := t.store.Read(ctx, func(tx *store.Tx) (err error) {
		if named == "" {
			a, found, err = tx.AccountByNum(paceline.Scope{Partner: p.Partner, Account: p.RestrictedTo})
		} else {
			a, found, err = findAccount(tx, p.PartnerScope(), named)
		}
		return err
	})
	switch {
	case err != nil:
		return paceline.Account{}, err
	case !found || a.State != paceline.AccountActive || !p.MayAccount(a.Num):
		return paceline.Account{}, paceline.Fail(paceline.CodeAccountHeader)
	}
	return a, nil
}
