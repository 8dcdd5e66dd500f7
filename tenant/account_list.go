package tenant

import (
	"context"

	"paceline"
	"paceline/store"
)

// AccountFilter chooses accounts of a list.
type AccountFilter struct {
	Parent             string // whose sub accounts; "": root accounts
	IncludeSubAccounts bool   // root and sub accounts alike
	Search             string // part of the name or the API id, in any letter case
}

// AccountFigures are what a list shows of an account: how much it has, and its tasks in its billing period.
type AccountFigures struct {
	store.AccountCounts
	Usage paceline.Usage
}

// ListedAccount is an account of a list, with its figures where they were asked for.
type ListedAccount struct {
	paceline.Account
	Figures *AccountFigures
}

// Accounts lists accounts of the partner. Sort keys: Name (default), Id, CreatedDate. Errors: NotFound for the parent.
func (t *Tenant) Accounts(ctx context.Context, p paceline.Principal, f AccountFilter, page paceline.Page) (list paceline.List[paceline.Account], err error) {
	l, err := t.listAccounts(ctx, p, f, page, false)
	list.Total, list.Next = l.Total, l.Next
	for _, a := range l.Items {
		list.Items = append(list.Items, a.Account)
	}
	return list, err
}

// maxFigures bounds a page of accounts with figures: each account takes a few looks.
const maxFigures = 200

// AccountsWithFigures is Accounts with the figures of each; a page has at most maxFigures.
func (t *Tenant) AccountsWithFigures(ctx context.Context, p paceline.Principal, f AccountFilter, page paceline.Page) (paceline.List[ListedAccount], error) {
	page.Size = min(page.Limit(), maxFigures)
	return t.listAccounts(ctx, p, f, page, true)
}

func (t *Tenant) listAccounts(ctx context.Context, p paceline.Principal, f AccountFilter, page paceline.Page, figures bool) (list paceline.List[ListedAccount], err error) {
	if err := needPartner(p, AreaAccounts, paceline.ViewRight); err != nil {
		return list, err
	}
	if err := checkText("search", f.Search, maxName); err != nil {
		return list, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		chosen := store.AccountFilter{IncludeSub: f.IncludeSubAccounts, Search: f.Search}
		if f.Parent != "" {
			parent, err := mustFindAccount(tx, p.PartnerScope(), f.Parent)
			if err != nil {
				return err
			}
			chosen.Parent = parent.Num
		}
		l, err := tx.Accounts(p.PartnerScope(), chosen, page)
		if err != nil {
			return err
		}
		list = paceline.List[ListedAccount]{Total: l.Total, Next: l.Next}
		for _, a := range l.Items {
			item := ListedAccount{Account: a}
			if figures {
				if item.Figures, err = t.figures(tx, a); err != nil {
					return err
				}
			}
			list.Items = append(list.Items, item)
		}
		return nil
	})
	return list, err
}

func (t *Tenant) figures(tx *store.Tx, a paceline.Account) (*AccountFigures, error) {
	counts, err := tx.AccountCounts(a.Scope())
	if err != nil {
		return nil, err
	}
	start, end := paceline.BillingPeriod(a.NextBillDate, t.clock.Now())
	usage, err := tx.AccountUsage(a.Scope(), paceline.ToMicros(start).Day(), paceline.ToMicros(end).Day())
	return &AccountFigures{counts, usage}, err
}
