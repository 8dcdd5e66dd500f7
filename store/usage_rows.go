package store

import "paceline"

// UsageOfRows is the sum of the tasks on step rows under one key. Their executions, of which a row may
// have several (tries), began on the days from First to Last, both included.
type UsageOfRows struct {
	Cycle             int64
	Connector, Method int32
	First, Last       int32
	paceline.Usage
}

// UsageOfRows sums the tasks on the step rows of the scope's account that are from the day since or later,
// by which usage_day can be checked. It reads all these rows.
func (tx *Tx) UsageOfRows(scope paceline.Scope, since int32) (list []UsageOfRows, err error) {
	err = tx.query(`SELECT r.cycle_num, s.connector, s.method, s.started_at / 86400000000,
		CASE WHEN s.ended_at > s.started_at THEN s.ended_at ELSE s.started_at END / 86400000000,
		CAST(SUM(s.tasks_ok) AS BIGINT), CAST(SUM(s.tasks_incident) AS BIGINT)
		FROM run r JOIN step s ON s.partner_id = $1 AND s.account_id = $2 AND s.id >= r.num * 1048576 AND s.id < (r.num + 1) * 1048576
		WHERE r.partner_id = $1 AND r.account_id = $2 AND (s.tasks_ok <> 0 OR s.tasks_incident <> 0)
		AND (s.started_at >= $3 OR s.ended_at >= $3) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`,
		[]any{scope.Partner, scope.Account, int64(since) * 86_400_000_000}, func(r *Row) error {
			list = append(list, UsageOfRows{
				Cycle: r.Int(0), Connector: r.Int32(1), Method: r.Int32(2), First: r.Int32(3), Last: r.Int32(4),
				Usage: paceline.Usage{OK: r.Int(5), Incident: r.Int(6)},
			})
			return nil
		})
	return list, err
}

// AccountEntry is an account as far as reports of the whole partner need it.
type AccountEntry struct {
	Num   int64
	APIID string
}

// AccountEntries returns the partner's accounts with numbers above after, deleted ones included, by number.
func (tx *Tx) AccountEntries(scope paceline.Scope, after int64, n int) (list []AccountEntry, err error) {
	err = tx.query(`SELECT num, api_id FROM account WHERE partner_id = $1 AND num > $2 ORDER BY num LIMIT $3`,
		[]any{scope.Partner, after, n}, func(r *Row) error {
			list = append(list, AccountEntry{r.Int(0), r.Text(1)})
			return nil
		})
	return list, err
}
