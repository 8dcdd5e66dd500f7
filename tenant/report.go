package tenant

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"paceline"
	"paceline/store"
)

// Reports are read over all accounts of a partner. Every console user may see them, as the report of tasks.

func mayReport(p paceline.Principal) error {
	if !p.MayPartner() || p.Partner == 0 {
		return paceline.Fail(paceline.CodeDenied)
	}
	return nil
}

// ReportedAccount is an account with what a report counts of it.
type ReportedAccount struct {
	paceline.Account
	store.AccountContents
	Usage paceline.Usage // in the account's billing period
}

// AccountReport lists accounts, sub accounts each for themselves, with what they have: by name, or with page.OrderBy
// ActiveCycles those with the most running cycles first, whom search does not narrow.
func (t *Tenant) AccountReport(ctx context.Context, p paceline.Principal, search string, page paceline.Page) (list paceline.List[ReportedAccount], err error) {
	if err := mayReport(p); err != nil {
		return list, err
	}
	if err := checkText("search", search, maxName); err != nil {
		return list, err
	}
	page.Size = min(page.Limit(), maxFigures)
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		list = paceline.List[ReportedAccount]{}
		accounts, err := reportAccounts(tx, p.PartnerScope(), search, page)
		if err != nil {
			return err
		}
		list.Total, list.Next = accounts.Total, accounts.Next
		for _, a := range accounts.Items {
			item := ReportedAccount{Account: a}
			if item.AccountContents, err = tx.AccountContents(a.Scope()); err != nil {
				return err
			}
			start, end := paceline.BillingPeriod(a.NextBillDate, t.clock.Now())
			if item.Usage, err = tx.AccountUsage(a.Scope(), paceline.ToMicros(start).Day(), paceline.ToMicros(end).Day()); err != nil {
				return err
			}
			list.Items = append(list.Items, item)
		}
		return nil
	})
	return list, err
}

func reportAccounts(tx *store.Tx, scope paceline.Scope, search string, page paceline.Page) (list paceline.List[paceline.Account], err error) {
	if search != "" || !strings.EqualFold(page.OrderBy, "ActiveCycles") {
		return tx.Accounts(scope, store.AccountFilter{IncludeSub: true, Search: search}, page)
	}
	nums, err := tx.AccountsByActiveCycles(scope, page)
	list.Total = nums.Total
	for _, num := range nums.Items {
		a, found, err := tx.AccountByNum(paceline.Scope{Partner: scope.Partner, Account: num})
		if err != nil {
			return list, err
		}
		if found {
			list.Items = append(list.Items, a)
		}
	}
	return list, err
}

// CycleReport lists the cycles of all accounts.
func (t *Tenant) CycleReport(ctx context.Context, p paceline.Principal, f store.CycleReportFilter, page paceline.Page) (list paceline.List[store.CycleReportRow], err error) {
	if err := mayReport(p); err != nil {
		return list, err
	}
	if err := checkText("search", f.Text, maxName); err != nil {
		return list, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.CycleReport(p.PartnerScope(), f, page)
		return err
	})
	return list, err
}

// ReportedConnector is a connector that accounts have.
type ReportedConnector struct {
	store.ConnectorUse
	ID            int32
	Name, Release string // of its newest release
}

// ConnectorReport lists the connectors that accounts have, the most used first.
func (t *Tenant) ConnectorReport(ctx context.Context, p paceline.Principal) (list []ReportedConnector, err error) {
	if err := mayReport(p); err != nil {
		return list, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		list = nil
		uses, err := tx.ConnectorUses(p.PartnerScope())
		if err != nil {
			return err
		}
		for _, u := range uses {
			item := ReportedConnector{ConnectorUse: u}
			releases, err := tx.ReleasesOfConnector(u.Connector, "")
			if err != nil {
				return err
			}
			for _, r := range releases {
				if r.Partner == 0 || r.Partner == p.Partner {
					item.ID, item.Name, item.Release = r.ConnectorID, r.Name, r.Key.Version
				}
			}
			list = append(list, item)
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b ReportedConnector) int {
		return cmp.Or(cmp.Compare(b.Accounts, a.Accounts), strings.Compare(a.Name, b.Name))
	})
	return list, err
}

// ConnectorHolders lists the installations of a connector. Errors: NotFound for a connector that none of the partner's
// accounts has.
func (t *Tenant) ConnectorHolders(ctx context.Context, p paceline.Principal, connector int32, page paceline.Page) (list paceline.List[store.ConnectorHolder], err error) {
	all, err := t.ConnectorReport(ctx, p)
	if err != nil {
		return list, err
	}
	at := slices.IndexFunc(all, func(c ReportedConnector) bool { return c.ID == connector })
	if at < 0 {
		return list, notFound("Connector")
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.ConnectorHolders(p.PartnerScope(), all[at].Connector, page)
		return err
	})
	return list, err
}

// TemplateReport lists the live releases of templates, and all others that cycles still follow.
func (t *Tenant) TemplateReport(ctx context.Context, p paceline.Principal) (list []store.ReleaseUse, err error) {
	if err := mayReport(p); err != nil {
		return list, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.ReleaseUses(p.PartnerScope())
		return err
	})
	return list, err
}

// ReportedWebhook is whose a webhook's address is.
type ReportedWebhook struct {
	Account paceline.Account
	Cycle   paceline.Cycle
	Step    paceline.Step
}

// WebhookReport finds whose a webhook's address is, by the address or the identifier at its end.
func (t *Tenant) WebhookReport(ctx context.Context, p paceline.Principal, address string) (list []ReportedWebhook, err error) {
	if err := mayReport(p); err != nil {
		return list, err
	}
	if err := checkText("identifier", address, 2000); err != nil {
		return list, err
	}
	identifier := strings.Trim(strings.TrimSpace(address), "/")
	identifier, _, _ = strings.Cut(identifier, "?")
	if at := strings.LastIndexByte(identifier, '/'); at >= 0 {
		identifier = identifier[at+1:]
	}
	if identifier == "" {
		return nil, nil
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		list = nil
		w, found, err := tx.WebhookByIdentifier(identifier)
		if err != nil || !found || w.Partner != p.Partner {
			return err
		}
		out := ReportedWebhook{}
		scope := paceline.Scope{Partner: w.Partner, Account: w.Account}
		if out.Account, found, err = tx.AccountByNum(scope); err != nil || !found {
			return err
		}
		if out.Cycle, found, err = tx.CycleByNum(w.Cycle); err != nil || !found {
			return err
		}
		if step, _ := out.Cycle.Flow.Step(w.Step); step != nil {
			out.Step = *step
		}
		list = append(list, out)
		return nil
	})
	return list, err
}

// ReportedTransaction is a transaction of any account.
type ReportedTransaction struct {
	store.RunReportRow
	ID paceline.ID
}

// TransactionReport finds a transaction by its id, or else lists those that failed, were stopped or cancelled and began in
// the time, the newest first.
func (t *Tenant) TransactionReport(ctx context.Context, p paceline.Principal, id paceline.ID, from, to paceline.Micros, page paceline.Page) (list paceline.List[ReportedTransaction], err error) {
	if err := mayReport(p); err != nil {
		return list, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		list = paceline.List[ReportedTransaction]{}
		if id != "" {
			num, ok := t.ids.Decode(id)
			if !ok {
				return nil
			}
			row, found, err := tx.RunOfPartner(p.PartnerScope(), num)
			if found {
				list.Total, list.Items = 1, []ReportedTransaction{{row, id}}
			}
			return err
		}
		rows, err := tx.HaltedRuns(p.PartnerScope(), from, to, page)
		list.Total = rows.Total
		for _, row := range rows.Items {
			list.Items = append(list.Items, ReportedTransaction{row, t.ids.Encode(row.Num)})
		}
		return err
	})
	return list, err
}
