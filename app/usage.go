package app

import (
	"context"
	"fmt"
	"time"

	"paceline/tenant"
)

// UsageCheck is the answer of VerifyUsage.
type UsageCheck struct {
	First, Last string // days
	Accounts    int
	Sums        int
	Bytes       int64 // stored
	Differences []UsageDifference
}

// UsageDifference is a sum of tasks that the rows of steps do not bear out.
type UsageDifference struct {
	Account, Cycle    string
	Connector, Method int32
	Day               string // "all" for the sum of all days
	Tasks             string // successful, incident, or stored bytes
	Stored            int64
	Expected          string
}

func (b *Base) verifyUsage(ctx context.Context, in OfPartner) (UsageCheck, error) {
	p, err := b.principal(ctx, in)
	if err != nil {
		return UsageCheck{}, err
	}
	report, err := b.Tenant.VerifyUsage(ctx, p)
	out := UsageCheck{First: dayText(report.First), Last: dayText(report.Last), Accounts: report.Accounts, Sums: report.Sums, Bytes: report.Bytes, Differences: []UsageDifference{}}
	for _, d := range report.Differences {
		out.Differences = append(out.Differences, differenceText(d))
	}
	return out, err
}

func differenceText(d tenant.UsageDifference) UsageDifference {
	out := UsageDifference{
		Account: d.AccountID, Cycle: string(d.Cycle), Connector: d.Connector, Method: d.Method, Day: "all", Tasks: "successful",
		Stored: d.Stored, Expected: fmt.Sprint(d.Least),
	}
	if d.Day != 0 {
		out.Day = dayText(d.Day)
	}
	if d.Incident {
		out.Tasks = "incident"
	}
	if d.Bytes {
		out.Tasks = "stored bytes"
	}
	if d.Most != d.Least {
		out.Expected = fmt.Sprintf("%d to %d", d.Least, d.Most)
	}
	return out
}

func dayText(day int32) string {
	return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly)
}
