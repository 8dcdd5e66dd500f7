package tenant

import (
	"context"
	"time"

	"paceline"
	"paceline/store"
)

// AccountUsage is what an account used in a period. Tasks are counted by whole UTC days, so Start and End
// are always midnights: Start is the first moment that is counted, End the first that is not.
type AccountUsage struct {
	AccountID string // API id
	paceline.Usage
	Start, End  paceline.Micros
	StoredBytes int64 // now
}

// Usage returns the tasks that an account used, its sub accounts' not among them, in its current billing
// period. from and to, where not 0, replace the period's ends and are widened to whole days. Errors:
// NotFound, Invalid for a period that ends before it starts.
func (t *Tenant) Usage(ctx context.Context, p paceline.Principal, id string, from, to paceline.Micros) (u AccountUsage, err error) {
	if err := needPartner(p, AreaAccounts, paceline.ViewRight); err != nil {
		return u, err
	}
	now := t.clock.Now()
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		a, err := mustFindAccount(tx, p.PartnerScope(), id)
		if err != nil {
			return err
		}
		start, end := paceline.BillingPeriod(a.NextBillDate, now)
		if from != 0 {
			start = paceline.Midnight(from.Time())
		}
		if to != 0 {
			end = paceline.Midnight(to.Time().Add(24*time.Hour - time.Microsecond))
		}
		if end.Before(start) {
			return paceline.Fail(paceline.CodeFieldInvalid, "name", "endTime", "reason", "it lies before startTime")
		}
		u = AccountUsage{AccountID: a.APIID, Start: paceline.ToMicros(start), End: paceline.ToMicros(end)}
		if u.StoredBytes, err = tx.StoredBytes(a.Scope()); err != nil {
			return err
		}
		u.Usage, err = tx.AccountUsage(a.Scope(), u.Start.Day(), u.End.Day())
		return err
	})
	return u, err
}
