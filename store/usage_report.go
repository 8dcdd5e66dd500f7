package store

import (
	"cmp"
	"slices"
	"strings"

	"paceline"
)

// UsageBy is one of the keys by which a report sums tasks.
type UsageBy int

// The keys of usage reports.
const (
	UsageByDay UsageBy = iota
	UsageByAccount
	UsageByCycle
	UsageByConnector
	UsageByMethod
)

var usageColumns = [...]string{UsageByDay: "day", UsageByAccount: "account_id", UsageByCycle: "cycle_num", UsageByConnector: "connector", UsageByMethod: "method"}

// UsageMost says of what the rows of a report that have most come first.
type UsageMost int

// The orders of usage reports.
const (
	UsageInOrder UsageMost = iota // of the keys
	MostTasks
	MostIncidents
)

// of is what a row has of it.
func (m UsageMost) of(u paceline.Usage) int64 {
	switch m {
	case MostTasks:
		return u.OK + u.Incident
	case MostIncidents:
		return u.Incident
	}
	return 0
}

// maxUsageRows bounds a report; the largest come first where it is cut.
const maxUsageRows = 50_000

// UsageReport sums the tasks of the UTC days from first to last, both included, by the keys: of the scope's account, or of
// all accounts of the partner. What is no key is 0 in its rows, which are in the order of the keys, or those with the most first;
// without keys there are none.
func (tx *Tx) UsageReport(scope paceline.Scope, by []UsageBy, first, last int32, most UsageMost) (rows []UsageRow, err error) {
	if len(by) == 0 {
		return nil, nil
	}
	var names []string
	for _, k := range by {
		names = append(names, usageColumns[k])
	}
	columns := strings.Join(names, ", ")
	where, args := ``, []any{scope.Partner, first, last, maxUsageRows}
	if scope.Account != 0 {
		where, args = ` AND account_id = $5`, append(args, scope.Account)
	}
	order := `SUM(ok) + SUM(incident)`
	if most == MostIncidents {
		order = `SUM(incident)`
	}
	err = tx.query(`SELECT `+columns+`, CAST(SUM(ok) AS BIGINT), CAST(SUM(incident) AS BIGINT) FROM usage_day
		WHERE partner_id = $1 AND day >= $2 AND day <= $3`+where+` GROUP BY `+columns+`
		ORDER BY `+order+` DESC LIMIT $4`, args, func(r *Row) error {
		key := paceline.UsageKey{Partner: scope.Partner}
		for i, k := range by {
			setUsageKey(&key, k, r.Int(i))
		}
		rows = append(rows, UsageRow{key, paceline.Usage{OK: r.Int(len(by)), Incident: r.Int(len(by) + 1)}})
		return nil
	})
	if err != nil {
		return nil, err
	}
	at := make(map[paceline.UsageKey]int, len(rows))
	for i, r := range rows {
		at[r.UsageKey] = i
	}
	err = tx.addNotes(scope, first, last, func(whole paceline.UsageKey, u paceline.Usage) {
		if scope.Account != 0 && whole.Account != scope.Account {
			return
		}
		key := paceline.UsageKey{Partner: scope.Partner}
		for _, k := range by {
			setUsageKey(&key, k, usageKey(whole, k))
		}
		i, found := at[key]
		if !found {
			i = len(rows)
			at[key], rows = i, append(rows, UsageRow{UsageKey: key})
		}
		rows[i].OK += u.OK
		rows[i].Incident += u.Incident
	})
	slices.SortFunc(rows, func(a, b UsageRow) int {
		if c := cmp.Compare(most.of(b.Usage), most.of(a.Usage)); c != 0 {
			return c
		}
		for _, k := range by {
			if c := cmp.Compare(usageKey(a.UsageKey, k), usageKey(b.UsageKey, k)); c != 0 {
				return c
			}
		}
		return 0
	})
	return rows, err
}

func usageKey(key paceline.UsageKey, k UsageBy) int64 {
	switch k {
	case UsageByDay:
		return int64(key.Day)
	case UsageByAccount:
		return key.Account
	case UsageByCycle:
		return key.Cycle
	case UsageByConnector:
		return int64(key.Connector)
	}
	return int64(key.Method)
}

func setUsageKey(key *paceline.UsageKey, k UsageBy, value int64) {
	switch k {
	case UsageByDay:
		key.Day = int32(value)
	case UsageByAccount:
		key.Account = value
	case UsageByCycle:
		key.Cycle = value
	case UsageByConnector:
		key.Connector = int32(value)
	case UsageByMethod:
		key.Method = int32(value)
	}
}
