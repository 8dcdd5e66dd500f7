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
	Start, End paceline.Micros
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
		start, end := billingPeriod(a.NextBillDate.Time(), now)
		if from != 0 {
			start = midnight(from.Time())
		}
		if to != 0 {
			end = midnight(to.Time().Add(24*time.Hour - time.Microsecond))
		}
		if end.Before(start) {
			return paceline.Fail(paceline.CodeFieldInvalid, "name", "endTime", "reason", "it lies before startTime")
		}
		u = AccountUsage{AccountID: a.APIID, Start: paceline.ToMicros(start), End: paceline.ToMicros(end)}
		u.Usage, err = tx.AccountUsage(a.Scope(), u.Start.Day(), u.End.Day())
		return err
	})
	return u, err
}

// billingPeriod returns the month that contains now, of those that begin on the day of next. A date that
// has passed or lies far ahead means the same day of other months.
func billingPeriod(next, now time.Time) (start, end time.Time) {
	anchor := midnight(next)
	months := (now.Year()-anchor.Year())*12 + int(now.Month()) - int(anchor.Month())
	for addMonths(anchor, months).After(now) {
		months--
	}
	for !addMonths(anchor, months+1).After(now) {
		months++
	}
	return addMonths(anchor, months), addMonths(anchor, months+1)
}

func midnight(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
