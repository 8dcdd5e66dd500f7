package store

import (
	"math"

	"paceline"
)

// Cancel ends live runs of a cycle: parked and begun ones as Stopped, never begun ones stay held or,
// with All, become Cancelled. It looks at some of the cycle's live runs, and says where the next one goes on.
type Cancel struct {
	Partner, Account, Cycle int64
	All                     bool
	At                      paceline.Micros
	// PruneAt is when the data of the ended runs goes; 0 means after the default retention.
	PruneAt paceline.Micros
	// Unused gives the incident of an ended run for which deliveries have come that get no row, at the step of its
	// version's plan; nil for none. It does nothing but look that up.
	Unused func(version int64, step int32) *paceline.Incident
	// From is where an earlier one came to, nil at the beginning. Such a one ends nothing if the cycle runs again by now.
	From *LivePlace
}

// LivePlace is a place among the live runs of a cycle.
type LivePlace struct {
	Due paceline.Micros
	Num int64
}

// cancelAtOnce bounds the runs that one op looks at: a stop of a cycle with a million of them holds up nobody for long.
const cancelAtOnce = 500

const (
	sqlCancelNext = `SELECT num, due_at, CASE WHEN due_at > 0 THEN 2
			WHEN EXISTS (SELECT 1 FROM step WHERE step.id > run.num * 1048576 AND step.id < (run.num + 1) * 1048576) THEN 2 ELSE 1 END, version,
		COALESCE((SELECT MIN(step.step_ref) FROM arrival JOIN step ON step.id = arrival.run * 1048576 + arrival.seq WHERE arrival.run = run.num), -1)
		FROM run WHERE cycle_num = $3 AND state = 0 AND (due_at, num) > ($4, $5) AND partner_id = $1 AND account_id + 0 = $2 ORDER BY due_at, num LIMIT $6`
	sqlCancelRun = `UPDATE run SET state = $4, due_at = 0, ended_at = $5, prune_at = $6, warnings = warnings + $7
		WHERE partner_id = $1 AND account_id = $2 AND num = $3 AND state = 0`
	sqlRunsAgain = `SELECT 1 FROM cycle WHERE partner_id = $1 AND account_id = $2 AND num = $3 AND state IN (1, 2, 3)`
)

func (a *applier) cancel(op *Cancel) (result Result, err error) {
	from := LivePlace{Due: math.MinInt64}
	if op.From != nil {
		from = *op.From
		again, err := a.one(sqlRunsAgain, []any{op.Partner, op.Account, op.Cycle}, nobody)
		if err != nil || again {
			return result, err
		}
	}
	clear(a.ready)
	type ending struct {
		num    int64
		state  paceline.RunState
		unused []paceline.Incident
	}
	var list []ending
	seen := 0
	err = a.db.query(a.ctx, sqlCancelNext, []any{op.Partner, op.Account, op.Cycle, from.Due, from.Num, cancelAtOnce}, func(r *Row) error {
		seen++
		result.Next = LivePlace{r.Micros(1), r.Int(0)}
		switch begun := r.Int(2); {
		case begun == 2:
			e := ending{num: r.Int(0), state: paceline.ArrowCancelBegun.To}
			if step := r.Int32(4); step >= 0 && op.Unused != nil {
				if in := op.Unused(r.Int(3), step); in != nil {
					e.unused = []paceline.Incident{*in}
				}
			}
			list = append(list, e)
		case begun == 1 && op.All:
			list = append(list, ending{num: r.Int(0), state: paceline.ArrowCancelHeld.To})
		}
		return nil
	})
	prune := pruneAt(op.PruneAt, op.At)
	for _, e := range list {
		if err != nil {
			return Result{}, err
		}
		var n int64
		n, err = a.exec(sqlCancelRun, op.Partner, op.Account, e.num, int(e.state), op.At, prune, len(e.unused))
		result.Count += n
		if err == nil && n == 1 {
			_, _, err = a.incidents(&Advance{Partner: op.Partner, Account: op.Account, Cycle: op.Cycle, Run: e.num, Incidents: e.unused})
		}
	}
	if result.More = seen == cancelAtOnce; !result.More {
		result.Next = LivePlace{}
		if err == nil {
			err = a.stopWaiting(op)
		}
	}
	if err != nil {
		return Result{}, err
	}
	a.sums.cycle(op.Cycle, op.Partner, op.Account).inProgress -= result.Count
	return result, nil
}

// recallCancel tells one whose commit's answer was lost to look again at the same runs: what has ended stays ended.
func recallCancel(op *Cancel) Result {
	r := Result{More: true, Next: LivePlace{Due: math.MinInt64}}
	if op.From != nil {
		r.Next = *op.From
	}
	return r
}
