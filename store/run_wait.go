package store

import (
	"slices"

	"paceline"
)

// sqlRetrying chooses, of the runs that wait, those with a step that failed and is to be tried again.
const sqlRetrying = ` AND EXISTS (SELECT 1 FROM step w WHERE w.partner_id = $1 AND w.account_id = $2
	AND w.id >= r.num * 1048576 AND w.id < (r.num + 1) * 1048576 AND w.state = 2 AND w.attempt > 0)`

// RunWait is what the rows of a run say of its waits and tries.
type RunWait struct {
	Retries int              // tries after the first one, of all its steps
	Parked  paceline.StepRow // of the rows that wait, the one that goes on first
	Waits   bool             // there is one
}

// RunWaits returns the waits of runs of the scope's account; those that say nothing are left out.
func (tx *Tx) RunWaits(scope paceline.Scope, runs []int64) (map[int64]RunWait, error) {
	waits := map[int64]RunWait{}
	for some := range slices.Chunk(runs, 512) {
		args := []any{scope.Partner, scope.Account}
		err := tx.query(`SELECT w.id, w.step_ref, w.state, w.exit_type, w.attempt, w.due_at FROM run r JOIN step w
			ON w.id >= r.num * 1048576 AND w.id < (r.num + 1) * 1048576
			WHERE r.partner_id = $1 AND r.account_id = $2 AND w.partner_id = $1 AND w.account_id = $2 AND r.num IN (`+oneOf(&args, some)+`)
			AND (w.state = 2 OR w.attempt > 0)`, args, func(r *Row) error {
			id := r.Int(0)
			row := paceline.StepRow{Run: id >> 20, Seq: int32(id & (1<<20 - 1)), StepRef: r.Int32(1), State: paceline.StepState(r.Int(2)),
				Exit: paceline.ExitOf(int(r.Int(3))), Attempt: r.Int32(4), DueAt: r.Micros(5)}
			w := waits[row.Run]
			w.Retries += int(row.Attempt)
			if row.State == paceline.StepParked && (!w.Waits || row.DueAt < w.Parked.DueAt) {
				w.Parked, w.Waits = row, true
			}
			waits[row.Run] = w
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return waits, nil
}
