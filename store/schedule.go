package store

import (
	"context"

	"paceline"
)

// Schedule is where a polled cycle stands: its plan says when, this row says how far it got.
type Schedule struct {
	Cycle, Partner, Account, Root int64
	Slot                          paceline.Micros // the latest slot that was filled; 0: none
	NextDue                       paceline.Micros // the next one
	Place                         []byte          // a polling trigger's cursor, as it wrote it
}

// SkipSlot marks a slot as taken without a transaction and moves to the next; false means that it was
// taken before.
func (tx *Tx) SkipSlot(scope paceline.Scope, cycle int64, slot, next paceline.Micros) (bool, error) {
	n, err := tx.exec(sqlTakeSlot, scope.Partner, scope.Account, cycle, slot, next)
	return n == 1, err
}

const (
	sqlInProgress = `SELECT 1 FROM cycle_counter WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND in_progress > 0`
	// Row 1 is the call that begins a run. The account stands behind a zero: the live ones of the cycle are fewer.
	sqlGoingRun = `SELECT COALESCE(MAX(num), 0) FROM (
		SELECT num FROM run WHERE cycle_num = $3 AND state = 0 AND due_at <= $4 AND partner_id = $1 AND account_id + 0 = $2
		UNION ALL
		SELECT r.num FROM run r JOIN step s ON s.id = r.num * 1048576 + 1 AND s.partner_id = $1 AND s.account_id = $2
		WHERE r.cycle_num = $3 AND r.state = 0 AND r.due_at > $4 AND r.due_at < $5 AND r.partner_id = $1 AND r.account_id + 0 = $2
		AND s.step_ref = $6 AND s.state = $7) AS going`
)

// GoingRun returns the newest live run of a polled cycle that is ready, in progress, or waits at the step that begins
// it; 0 without any.
func (tx *Tx) GoingRun(scope paceline.Scope, cycle int64, trigger int32, now paceline.Micros) (run int64, err error) {
	live, err := tx.one(sqlInProgress, []any{scope.Partner, scope.Account, cycle}, nobody)
	if err != nil || !live {
		return 0, err
	}
	_, err = tx.one(sqlGoingRun, []any{scope.Partner, scope.Account, cycle, now, paceline.WaitAllDue(0, false), trigger, int(paceline.StepParked)},
		func(r *Row) { run = r.Int(0) })
	return run, err
}

// Schedule returns the schedule of a cycle of the scope's account.
func (tx *Tx) Schedule(scope paceline.Scope, cycle int64) (s Schedule, found bool, err error) {
	found, err = tx.one(`SELECT `+scheduleColumns+` FROM schedule WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
		[]any{scope.Partner, scope.Account, cycle}, func(r *Row) { s = scanSchedule(r) })
	return s, found, err
}

const scheduleColumns = `cycle_num, partner_id, account_id, root_id, slot, next_due, place`

func scanSchedule(r *Row) Schedule {
	return Schedule{Cycle: r.Int(0), Partner: r.Int(1), Account: r.Int(2), Root: r.Int(3), Slot: r.Micros(4), NextDue: r.Micros(5), Place: r.Bytes(6)}
}

// sqlSchedules serves the scheduler of the owner node, which arms the schedules of all accounts.
const sqlSchedules = `SELECT ` + scheduleColumns + ` FROM schedule WHERE next_due <= $1 AND (next_due > $2 OR (next_due = $2 AND cycle_num > $3))
	ORDER BY next_due, cycle_num LIMIT $4`

// Schedules returns up to n schedules whose next slot is not after due, by next slot and cycle, from
// just after the pair (next, cycle) on.
func (s *Store) Schedules(ctx context.Context, due, next paceline.Micros, cycle int64, n int) (list []Schedule, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		list = nil
		return tx.query(sqlSchedules, []any{due, next, cycle, n}, func(r *Row) error {
			list = append(list, scanSchedule(r))
			return nil
		})
	})
	return list, err
}
