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

// AuditEvents lists who changed what, the newest first. Errors: NotFound for the account.
func (t *Tenant) AuditEvents(ctx context.Context, p paceline.Principal, f AuditFilter, page paceline.Page) (list paceline.List[paceline.AuditEvent], err error) {
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
		list, err = tx.AuditEvents(p.PartnerScope(), filter, page)
		return err
	})
	return list, err
}
