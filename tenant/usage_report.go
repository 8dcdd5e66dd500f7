package tenant

import (
	"context"
	"strings"
	"time"

	"paceline"
	"paceline/store"
)

// UsageQuery asks for a report of tasks.
type UsageQuery struct {
	Account  string          // API id or GUID; "": all accounts of the partner
	By       string          // keys, with commas between; "" is the day
	From, To paceline.Micros // widened to whole UTC days; 0: the last 30 days
	Most     store.UsageMost // what comes first
	Page     paceline.Page   // of the sums; without a size all of them
}

// UsageLine is one sum of a report; what is no key of it is empty.
type UsageLine struct {
	store.UsageRow
	AccountID, AccountName string
	CycleID                paceline.ID
	CycleName              string
	ConnectorName          string
	MethodName             string
}

var usageKeys = map[string]store.UsageBy{
	"day": store.UsageByDay, "account": store.UsageByAccount, "cycle": store.UsageByCycle, "connector": store.UsageByConnector, "method": store.UsageByMethod,
}

// maxUsageDays bounds the days of one report.
const maxUsageDays = 400

// UsageReport sums tasks by day, account, cycle, connector or method, or several of these. Every console user may see it.
// Errors: NotFound for the account; Invalid for unknown keys and for days that are too many.
func (t *Tenant) UsageReport(ctx context.Context, p paceline.Principal, q UsageQuery) (lines paceline.List[UsageLine], err error) {
	if !p.MayPartner() || p.Partner == 0 {
		return lines, paceline.Fail(paceline.CodeDenied)
	}
	return t.usageReport(ctx, p, q, func(tx *store.Tx) (scope paceline.Scope, err error) {
		scope = p.PartnerScope()
		if q.Account == "" {
			return scope, nil
		}
		a, err := mustFindAccount(tx, scope, q.Account)
		return a.Scope(), err
	})
}

// AccountUsageReport is the report of one account, for all who may work in it.
func (t *Tenant) AccountUsageReport(ctx context.Context, p paceline.Principal, a paceline.Account, q UsageQuery) (lines paceline.List[UsageLine], err error) {
	if !p.MayAccount(a.Num) || p.Partner != a.Partner {
		return lines, paceline.Fail(paceline.CodeDenied)
	}
	return t.usageReport(ctx, p, q, func(*store.Tx) (paceline.Scope, error) { return a.Scope(), nil })
}

func (t *Tenant) usageReport(ctx context.Context, p paceline.Principal, q UsageQuery, of func(*store.Tx) (paceline.Scope, error)) (lines paceline.List[UsageLine], err error) {
	by, err := readUsageKeys(q.By)
	if err != nil {
		return lines, err
	}
	last := paceline.ToMicros(t.clock.Now()).Day()
	if q.To != 0 {
		last = paceline.ToMicros(q.To.Time().Add(-time.Microsecond)).Day()
	}
	first := last - 29
	if q.From != 0 {
		first = q.From.Day()
	}
	if first > last || last-first >= maxUsageDays {
		return lines, paceline.Fail(paceline.CodeFieldInvalid, "name", "from", "reason", "a report has 1 to 400 days")
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		scope, err := of(tx)
		if err != nil {
			return err
		}
		rows, err := tx.UsageReport(scope, by, first, last, q.Most)
		if err != nil {
			return err
		}
		lines = paceline.List[UsageLine]{Total: len(rows)}
		if q.Page.Size > 0 { // only what is shown is given names
			from := min(q.Page.Offset(), len(rows))
			rows = rows[from:min(from+q.Page.Limit(), len(rows))]
		}
		names := usageNames{tx: tx, partner: p.Partner, account: scope.Account}
		for _, r := range rows {
			line := UsageLine{UsageRow: r}
			if err := names.put(&line); err != nil {
				return err
			}
			lines.Items = append(lines.Items, line)
		}
		return nil
	})
	return lines, err
}

func readUsageKeys(text string) (by []store.UsageBy, err error) {
	if text == "" {
		text = "day"
	}
	seen := map[string]bool{}
	for name := range strings.SplitSeq(strings.ToLower(text), ",") {
		k, known := usageKeys[name]
		if !known || seen[name] {
			return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", "by", "reason", "it is one or more of day, account, cycle, connector, method")
		}
		seen[name] = true
		by = append(by, k)
	}
	return by, nil
}

// usageNames finds the names of what a report's numbers stand for, each once.
type usageNames struct {
	tx               *store.Tx
	partner, account int64
	accounts         map[int64]paceline.Account
	cycles           map[int64]paceline.Cycle
	connectors       map[int32]string
	methods          map[int32]string
}

func (n *usageNames) put(line *UsageLine) (err error) {
	if line.Account != 0 {
		a, err := remembered(&n.accounts, line.Account, func() (paceline.Account, error) {
			a, _, err := n.tx.AccountByNum(paceline.Scope{Partner: n.partner, Account: line.Account})
			return a, err
		})
		if err != nil {
			return err
		}
		line.AccountID, line.AccountName = a.APIID, a.Name
	}
	if line.Cycle != 0 {
		c, err := remembered(&n.cycles, line.Cycle, func() (paceline.Cycle, error) {
			c, _, err := n.tx.CycleByNum(line.Cycle)
			return c, err
		})
		if err != nil {
			return err
		}
		line.CycleID, line.CycleName = c.ID, c.Name
	}
	if line.Connector != 0 {
		if n.connectors == nil {
			n.connectors = map[int32]string{}
			releases, err := n.tx.ConnectorReleases(n.partner, n.account)
			if err != nil {
				return err
			}
			for _, r := range releases {
				n.connectors[r.ConnectorID] = r.Name
			}
		}
		line.ConnectorName = n.connectors[line.Connector]
	}
	if line.Method != 0 {
		line.MethodName, err = remembered(&n.methods, line.Method, func() (string, error) {
			return n.tx.MethodKey(line.Method)
		})
	}
	return err
}

// remembered returns what is known under a key, or finds it.
func remembered[K comparable, V any](known *map[K]V, key K, find func() (V, error)) (V, error) {
	if v, ok := (*known)[key]; ok {
		return v, nil
	}
	if *known == nil {
		*known = map[K]V{}
	}
	v, err := find()
	(*known)[key] = v
	return v, err
}
