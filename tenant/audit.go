package tenant

import (
	"context"

	"paceline"
	"paceline/store"
)

// AuditFilter chooses audit events of the partner.
type AuditFilter struct {
	Account  string          // API id or GUID; "" means all, the partner's own included
	From, To paceline.Micros // From included, To not; 0 means no bound
}

// AuditEntry is an event with the API id of its account: "" for the partner's own and for deleted accounts.
type AuditEntry struct {
	paceline.AuditEvent
	AccountID string
}

// AuditEvents lists who changed what, the newest first. Errors: NotFound for the account.
func (t *Tenant) AuditEvents(ctx context.Context, p paceline.Principal, f AuditFilter, page paceline.Page) (list paceline.List[AuditEntry], err error) {
	if err := needPartner(p, AreaSettings, paceline.ViewRight); err != nil {
		return list, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		filter := store.AuditFilter{From: f.From, To: f.To}
		if f.Account != "" {
			a, err := mustFindAccount(tx, p.PartnerScope(), f.Account)
			if err != nil {
				return err
			}
			filter.Account = a.Num
		}
		events, err := tx.AuditEvents(p.PartnerScope(), filter, page)
		if err != nil {
			return err
		}
		list = paceline.List[AuditEntry]{Total: events.Total, Next: events.Next}
		names := map[int64]string{0: ""}
		for _, e := range events.Items {
			name, known := names[e.Account]
			if !known {
				a, _, err := tx.AccountByNum(paceline.Scope{Partner: p.Partner, Account: e.Account})
				if err != nil {
					return err
				}
				name = a.APIID
				names[e.Account] = name
			}
			list.Items = append(list.Items, AuditEntry{e, name})
		}
		return nil
	})
	return list, err
}
