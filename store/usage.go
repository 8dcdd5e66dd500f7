package store

import (
	"cmp"
	"slices"

	"paceline"
)

// UsageRow is the usage under one key.
type UsageRow struct {
	paceline.UsageKey
	paceline.Usage
}

// Usage returns the sums of the UTC days from first to last, both included, by account, cycle,
// connector, method and day: of the scope's account, or of all accounts of the partner.
func (tx *Tx) Usage(scope paceline.Scope, first, last int32) (rows []UsageRow, err error) {
	// Without an account it is the partner's own view, which spans its accounts.
	sql := `SELECT account_id, cycle_num, connector, method, day, ok, incident FROM usage_day
		WHERE partner_id = $1 AND day >= $2 AND day <= $3 AND ($4 = 0 OR account_id = $4)
		ORDER BY account_id, day, cycle_num, connector, method`
	if scope.Account != 0 {
		sql = `SELECT account_id, cycle_num, connector, method, day, ok, incident FROM usage_day
			WHERE partner_id = $1 AND day >= $2 AND day <= $3 AND account_id = $4
			ORDER BY account_id, day, cycle_num, connector, method`
	}
	err = tx.query(sql, []any{scope.Partner, first, last, scope.Account}, func(r *Row) error {
		rows = append(rows, UsageRow{
			UsageKey: paceline.UsageKey{Partner: scope.Partner, Account: r.Int(0), Cycle: r.Int(1), Connector: r.Int32(2), Method: r.Int32(3), Day: r.Int32(4)},
			Usage:    paceline.Usage{OK: r.Int(5), Incident: r.Int(6)},
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = tx.addNotes(scope, first, last, func(key paceline.UsageKey, u paceline.Usage) {
		i, found := slices.BinarySearchFunc(rows, key, func(r UsageRow, k paceline.UsageKey) int { return compareUsage(r.UsageKey, k) })
		if !found {
			rows = slices.Insert(rows, i, UsageRow{UsageKey: key})
		}
		rows[i].OK += u.OK
		rows[i].Incident += u.Incident
	})
	return rows, err
}

func compareUsage(a, b paceline.UsageKey) int {
	return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Cycle, b.Cycle),
		cmp.Compare(a.Connector, b.Connector), cmp.Compare(a.Method, b.Method))
}

// addNotes gives add what commits have noted and not yet written, of the scope's account or partner.
func (tx *Tx) addNotes(scope paceline.Scope, first, last int32, add func(paceline.UsageKey, paceline.Usage)) error {
	sums, err := tallied(tx.ctx, tx.db, allNodes, allWriters, scope.Account)
	if err != nil {
		return err
	}
	for _, c := range sums.cycles {
		for _, u := range c.usage {
			if c.partner == scope.Partner && u.day >= first && u.day <= last {
				add(paceline.UsageKey{Partner: c.partner, Account: c.account, Cycle: c.num, Connector: u.connector, Method: u.method, Day: u.day}, u.Usage)
			}
		}
	}
	return nil
}

// UsageTotal returns the sum of the days from first to last, both included, of the scope's account,
// or of all accounts of the partner.
func (tx *Tx) UsageTotal(scope paceline.Scope, first, last int32) (u paceline.Usage, err error) {
	sql := `SELECT CAST(COALESCE(SUM(ok), 0) AS BIGINT), CAST(COALESCE(SUM(incident), 0) AS BIGINT) FROM usage_day
		WHERE partner_id = $1 AND day >= $2 AND day <= $3 AND ($4 = 0 OR account_id = $4)`
	if scope.Account != 0 {
		sql = `SELECT CAST(COALESCE(SUM(ok), 0) AS BIGINT), CAST(COALESCE(SUM(incident), 0) AS BIGINT) FROM usage_day
			WHERE partner_id = $1 AND day >= $2 AND day <= $3 AND account_id = $4`
	}
	_, err = tx.one(sql, []any{scope.Partner, first, last, scope.Account},
		func(r *Row) { u = paceline.Usage{OK: r.Int(0), Incident: r.Int(1)} })
	if err != nil {
		return u, err
	}
	err = tx.addNotes(scope, first, last, func(_ paceline.UsageKey, more paceline.Usage) {
		u.OK += more.OK
		u.Incident += more.Incident
	})
	return u, err
}

// AddUsage adds tasks of the scope's account to the day of the key. Only for calls outside cycles, whose key has
// no cycle: the others are counted in the commits of their steps.
func (tx *Tx) AddUsage(scope paceline.Scope, key paceline.UsageKey, u paceline.Usage) error {
	_, err := tx.exec(sqlAddUsage, scope.Partner, scope.Account, key.Day, 0, key.Connector, key.Method, u.OK, u.Incident)
	return err
}
