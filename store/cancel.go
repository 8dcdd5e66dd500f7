package store

import (
	"math"
	"slices"

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
	// Calls are transactions that end by themselves once the call that they make is answered: of those whose call has left
	// a mark they stay as they are. Any other one with such a mark had it made by a process that has died: it ends with
	// the incident that Lost gives for the step of its version's plan. Without Lost those stay too.
	Calls []int64
	Lost  func(version int64, step int32) *paceline.Incident
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
		COALESCE((SELECT MIN(step.step_ref) FROM arrival JOIN step ON step.id = arrival.run * 1048576 + arrival.seq WHERE arrival.run = run.num), -1),
		CASE WHEN due_at > 0 THEN 0 ELSE COALESCE((SELECT MIN(step.id) FROM step WHERE step.id > run.num * 1048576 AND step.id < (run.num + 1) * 1048576 AND step.state = 4), 0) END
		FROM run WHERE cycle_num = $3 AND state = 0 AND (due_at, num) > ($4, $5) AND partner_id = $1 AND account_id + 0 = $2 ORDER BY due_at, num LIMIT $6`
	sqlCancelRun = `UPDATE run SET state = $4, due_at = 0, ended_at = $5, prune_at = $6, warnings = warnings + $7
		WHERE partner_id = $1 AND account_id = $2 AND num = $3 AND state = 0`
	sqlStepRow   = `SELECT ` + stepColumns + ` FROM step s WHERE s.partner_id = $1 AND s.account_id = $2 AND s.id = $3`
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
		// started is the row of a call that must not be repeated, of which no answer is stored.
		started, version int64
	}
	var list []ending
	seen := 0
	err = a.db.query(a.ctx, sqlCancelNext, []any{op.Partner, op.Account, op.Cycle, from.Due, from.Num, cancelAtOnce}, func(r *Row) error {
		seen++
		result.Next = LivePlace{r.Micros(1), r.Int(0)}
		switch begun := r.Int(2); {
		case begun == 2:
			e := ending{num: r.Int(0), state: paceline.ArrowCancelBegun.To, started: r.Int(5), version: r.Int(3)}
			if e.started != 0 && (op.Lost == nil || slices.Contains(op.Calls, e.num)) {
				return nil
			}
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
	counted := int64(0) // by the ends that count themselves
	for _, e := range list {
		if err != nil {
			return Result{}, err
		}
		if e.started != 0 {
			var n int64
			n, err = a.loseCall(op, e.num, e.started, e.version, e.state, e.unused)
			result.Count += n
			counted += n
			continue
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
	a.sums.cycle(op.Cycle, op.Partner, op.Account).inProgress -= result.Count - counted
	return result, nil
}

// loseCall ends a transaction whose process died in a call that must not be repeated: nobody knows whether it was made.
// One of a cycle that runs again stays, and goes that way when it is read.
func (a *applier) loseCall(op *Cancel, run, row, version int64, state paceline.RunState, unused []paceline.Incident) (int64, error) {
	again, err := a.one(sqlRunsAgain, []any{op.Partner, op.Account, op.Cycle}, nobody)
	if err != nil || again {
		return 0, err
	}
	var started paceline.StepRow
	found, err := a.one(sqlStepRow, []any{op.Partner, op.Account, row}, func(r *Row) { started = scanStep(r) })
	if err != nil || !found || !paceline.ArrowStepLost.Leads(started.State) {
		return 0, err
	}
	// The task counts on the day on which this is found.
	started.State, started.StartedAt, started.EndedAt = paceline.ArrowStepLost.To, op.At, op.At
	started.TasksOK, started.TasksIncident = 0, 1 // where its calls have come to stays, for one that repeats it
	result, err := a.advanceRun(&Advance{
		Run: run, Partner: op.Partner, Account: op.Account, Cycle: op.Cycle, Rows: []paceline.StepRow{started},
		Incidents: append(unused, *op.Lost(version, started.StepRef)), State: state, At: op.At, PruneAt: op.PruneAt,
	})
	if err != nil || result.Refused {
		return 0, err
	}
	return 1, nil
}

// recallCancel tells one whose commit's answer was lost to look again at the same runs: what has ended stays ended.
func recallCancel(op *Cancel) Result {
	r := Result{More: true, Next: LivePlace{Due: math.MinInt64}}
	if op.From != nil {
		r.Next = *op.From
	}
	return r
}
