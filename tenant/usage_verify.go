package tenant

import (
	"cmp"
	"context"
	"slices"

	"paceline"
	"paceline/store"
)

// VerifiedDays is how many days, today among them, usage can be recomputed for: then it is sealed, and the
// rows that it came from go.
const VerifiedDays = 38

// UsageReport is what came of comparing usage with the rows of steps.
type UsageReport struct {
	First, Last int32 // UTC days since 1970, both included
	Accounts    int
	Sums        int   // of account, cycle, connector, method and day
	Bytes       int64 // stored
	Differences []UsageDifference
}

// UsageDifference is a sum that is not what the rows say. A step that was tried on several days has one row,
// so that the day of each try is known between two days only: then Most is above Least.
type UsageDifference struct {
	AccountID         string // API id
	Cycle             paceline.ID
	Connector, Method int32
	Day               int32 // 0: all verified days together
	Incident          bool  // incident tasks, else successful ones
	Bytes             bool  // stored bytes of the account, and no tasks
	Stored            int64
	Least, Most       int64
}

// VerifyUsage recomputes the usage of the partner's accounts, as far as it is not sealed, from the rows of
// steps, each account on one snapshot, and names what differs.
func (t *Tenant) VerifyUsage(ctx context.Context, p paceline.Principal) (UsageReport, error) {
	if err := needPartner(p, AreaAccounts, paceline.ViewRight); err != nil {
		return UsageReport{}, err
	}
	today := paceline.ToMicros(t.clock.Now()).Day()
	report := UsageReport{First: today - VerifiedDays + 1, Last: today + 1} // a webhook's sender may be ahead
	const atOnce = 100
	for after := int64(0); ; {
		var accounts []store.AccountEntry
		err := t.store.Read(ctx, func(tx *store.Tx) (err error) {
			accounts, err = tx.AccountEntries(p.PartnerScope(), after, atOnce)
			return err
		})
		if err != nil {
			return report, err
		}
		for _, a := range accounts {
			after = a.Num
			if err := t.verifyAccount(ctx, p, a, &report); err != nil {
				return report, err
			}
		}
		if len(accounts) < atOnce {
			return report, nil
		}
	}
}

// usageSource is where tasks are counted under; each has its days.
type usageSource struct {
	cycle             int64
	connector, method int32
}

// expected is what the rows say of one source, for successful tasks [0] and incident tasks [1].
type expected struct {
	stored map[int32][2]int64
	days   map[int32][2]int64 // tasks whose day is certain
	spread []store.UsageOfRows
}

func (t *Tenant) verifyAccount(ctx context.Context, p paceline.Principal, a store.AccountEntry, report *UsageReport) error {
	scope := paceline.Scope{Partner: p.Partner, Account: a.Num}
	var sources map[usageSource]*expected
	var counted, real int64
	names := map[int64]paceline.ID{}
	err := t.store.Read(ctx, func(tx *store.Tx) error {
		sources = map[usageSource]*expected{}
		of := func(cycle int64, connector, method int32) *expected {
			key := usageSource{cycle, connector, method}
			if sources[key] == nil {
				sources[key] = &expected{stored: map[int32][2]int64{}, days: map[int32][2]int64{}}
			}
			return sources[key]
		}
		var err error
		if counted, err = tx.StoredBytes(scope); err != nil {
			return err
		}
		if real, err = tx.StoredBytesOfRows(scope); err != nil {
			return err
		}
		usage, err := tx.Usage(scope, report.First, report.Last)
		if err != nil {
			return err
		}
		for _, u := range usage {
			if u.Cycle == 0 {
				continue // calls outside cycles, which leave no rows
			}
			of(u.Cycle, u.Connector, u.Method).stored[u.Day] = [2]int64{u.OK, u.Incident}
		}
		rows, err := tx.UsageOfRows(scope, report.First)
		if err != nil {
			return err
		}
		for _, r := range rows {
			e := of(r.Cycle, r.Connector, r.Method)
			if r.First != r.Last {
				e.spread = append(e.spread, r)
				continue
			}
			sum := e.days[r.First]
			e.days[r.First] = [2]int64{sum[0] + r.OK, sum[1] + r.Incident}
		}
		for key := range sources {
			name, err := tx.CycleName(scope, key.cycle)
			if err != nil {
				return err
			}
			names[key.cycle] = name.ID
		}
		return nil
	})
	if err != nil {
		return err
	}
	report.Accounts++
	report.Bytes += counted
	if counted != real {
		report.Differences = append(report.Differences, UsageDifference{AccountID: a.APIID, Bytes: true, Stored: counted, Least: real, Most: real})
	}
	var found []UsageDifference
	for key, e := range sources {
		report.Sums += len(e.stored)
		for _, d := range e.compare(report.First, report.Last) {
			d.AccountID, d.Cycle, d.Connector, d.Method = a.APIID, names[key.cycle], key.connector, key.method
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b UsageDifference) int {
		return cmp.Or(cmp.Compare(a.Cycle, b.Cycle), cmp.Compare(a.Connector, b.Connector), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Day, b.Day))
	})
	report.Differences = append(report.Differences, found...)
	return nil
}

// compare returns the days, and the sum of all, on which what is stored cannot be what the rows say.
func (e *expected) compare(first, last int32) (found []UsageDifference) {
	for kind := range 2 {
		of := func(u paceline.Usage) int64 { return [2]int64{u.OK, u.Incident}[kind] }
		var all, least, most int64
		for day := first; day <= last; day++ {
			certain, stored := e.days[day][kind], e.stored[day][kind]
			possible := certain
			for _, s := range e.spread {
				if s.First <= day && day <= s.Last {
					possible += of(s.Usage)
				}
			}
			if stored < certain || stored > possible {
				found = append(found, UsageDifference{Day: day, Incident: kind == 1, Stored: stored, Least: certain, Most: possible})
			}
			all, least, most = all+stored, least+certain, most+certain
		}
		for _, s := range e.spread {
			if s.First >= first && s.Last <= last {
				least += of(s.Usage)
			}
			most += of(s.Usage)
		}
		if len(found) == 0 && (all < least || all > most) {
			found = append(found, UsageDifference{Incident: kind == 1, Stored: all, Least: least, Most: most})
		}
	}
	return found
}
