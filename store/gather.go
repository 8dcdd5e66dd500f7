package store

import (
	"context"
	"math"

	"paceline"
)

// Gather ends the transactions of a cycle that wait at Wait All steps, and starts those that go on behind them, one for
// each step. It holds only while the cycle runs and no other transaction of it is live; else it is refused, and
// nothing is changed.
type Gather struct {
	Partner, Account, Cycle int64
	At                      paceline.Micros
	// Serial says that those which only wait for their turn in the line of the cycle do not count as live.
	Serial bool
	Ends   []AtAll
	Starts []Child
	// PruneAt is when the data of the ended transactions goes; 0 means after the default retention.
	PruneAt paceline.Micros
}

// AtAll is a group of transactions that wait at one Wait All step.
type AtAll struct {
	Version int64
	Step    int32 // ordinal in the plan of that version
	Latest  int64 // the transaction that came to be last
}

const (
	// The due time stands before the cycle, so that the index on live runs is used; the plus keeps the one on all
	// runs of the cycle away, which grows with its history.
	sqlOthersLive = `SELECT 1 FROM run WHERE partner_id = $1 AND account_id = $2 AND state = 0 AND due_at < $4 AND due_at > $5
		AND cycle_num + 0 = $3 LIMIT 1`
	sqlWaiting = `SELECT version, due_at, MAX(num) FROM run
		WHERE partner_id = $1 AND account_id = $2 AND state = 0 AND due_at >= $4 AND cycle_num + 0 = $3 GROUP BY version, due_at ORDER BY version, due_at`
	sqlCycleRuns     = `SELECT 1 FROM cycle WHERE partner_id = $1 AND account_id = $2 AND num = $3 AND state IN (2, 3)`
	sqlGatherSuccess = `SELECT COALESCE(MAX(created_at), 0) FROM run WHERE partner_id = $1 AND account_id = $2 AND state = 0 AND due_at = $5
		AND cycle_num + 0 = $3 AND version = $4 AND errors = 0`
	sqlGatherEnd = `UPDATE run SET state = 1, due_at = 0, ended_at = $6, prune_at = $7
		WHERE partner_id = $1 AND account_id = $2 AND state = 0 AND due_at = $5 AND cycle_num + 0 = $3 AND version = $4`
	sqlGatherMore = `SELECT num FROM run WHERE partner_id = $1 AND account_id = $2 AND state = 0 AND due_at = $5
		AND cycle_num + 0 = $3 AND version = $4 ORDER BY num`
	sqlGatherRow = `UPDATE step SET exit_type = $6 WHERE partner_id = $1 AND account_id = $2 AND id >= $3 AND id < $4
		AND step_ref = $5 AND exit_type = $7`
	sqlGatherOn = `UPDATE run SET due_at = 0 WHERE partner_id = $1 AND account_id = $2 AND num = $3 AND state = 0`

	// sqlWaitingCycles serves the start of the owner node, which looks after the cycles of all accounts.
	sqlWaitingCycles = `SELECT DISTINCT r.cycle_num, r.partner_id, r.account_id, r.root_id, c.state, c.run_version
		FROM run r JOIN cycle c ON c.num = r.cycle_num WHERE r.state = 0 AND r.due_at >= $1 AND c.state IN (2, 3) ORDER BY r.cycle_num`
)

// gather fires Wait All steps.
func (a *applier) gather(op *Gather) (Result, error) {
	refused := Result{Refused: true}
	runs, err := a.one(sqlCycleRuns, []any{op.Partner, op.Account, op.Cycle}, nobody)
	if err != nil || !runs {
		return refused, err
	}
	others, err := a.one(sqlOthersLive, []any{op.Partner, op.Account, op.Cycle, paceline.WaitAllDue(0, false), behindLine(op.Cycle, op.Serial)}, nobody)
	if err != nil || others {
		return refused, err
	}
	var ended, on int64
	var success paceline.Micros
	prune := pruneAt(op.PruneAt, op.At)
	for _, w := range op.Ends {
		due := paceline.WaitAllDue(w.Step, false)
		_, err := a.one(sqlGatherSuccess, []any{op.Partner, op.Account, op.Cycle, w.Version, due}, func(r *Row) { success = max(success, r.Micros(0)) })
		if err != nil {
			return refused, err
		}
		n, err := a.exec(sqlGatherEnd, op.Partner, op.Account, op.Cycle, w.Version, due, op.At, prune)
		if err != nil {
			return refused, err
		}
		ended += n
		n, err = a.goOn(op, w)
		if err != nil {
			return refused, err
		}
		on += n
	}
	if ended+on == 0 {
		return refused, nil
	}
	for i := range op.Starts {
		r := &op.Starts[i].Run
		_, err := a.exec(sqlInsertRun, r.Num, r.Partner, r.Account, r.Root, r.Cycle, r.Version, r.DueAt, r.Parent, r.CreatedAt, int(r.Split))
		if err == nil {
			err = a.step(r.Partner, r.Account, r.Cycle, r.Num, &op.Starts[i].Row)
		}
		if err == nil {
			err = a.link(r, op.Starts[i].Link)
		}
		if err != nil {
			return refused, err
		}
	}
	c := a.sums.cycle(op.Cycle, op.Partner, op.Account)
	c.inProgress += int64(len(op.Starts)) - ended
	c.success = max(c.success, success)
	return Result{Count: ended}, nil
}

// goOn lets transactions go on that have arrived at another Wait All step besides.
func (a *applier) goOn(op *Gather, w AtAll) (int64, error) {
	var nums []int64
	err := a.db.query(a.ctx, sqlGatherMore, []any{op.Partner, op.Account, op.Cycle, w.Version, paceline.WaitAllDue(w.Step, true)}, func(r *Row) error {
		nums = append(nums, r.Int(0))
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, num := range nums {
		_, err := a.exec(sqlGatherRow, op.Partner, op.Account, stepKey(num, 0), stepKey(num+1, 0), w.Step,
			paceline.ExitGathered.Number(), paceline.ExitWaits.Number())
		if err == nil {
			_, err = a.exec(sqlGatherOn, op.Partner, op.Account, num)
		}
		if err != nil {
			return 0, err
		}
	}
	return int64(len(nums)), nil
}

// WaitingForAll returns the groups of a cycle's transactions that wait at Wait All steps, and whether any other is live.
// Of a serial cycle those in its line do not count.
func (tx *Tx) WaitingForAll(scope paceline.Scope, cycle int64, serial bool) (groups []AtAll, others bool, err error) {
	args := []any{scope.Partner, scope.Account, cycle, paceline.WaitAllDue(0, false)}
	if others, err = tx.one(sqlOthersLive, append(args, behindLine(cycle, serial)), nobody); err != nil || others {
		return nil, others, err
	}
	err = tx.query(sqlWaiting, args, func(r *Row) error {
		step, _ := r.Micros(1).WaitAllStep()
		w := AtAll{r.Int(0), step, r.Int(2)}
		if n := len(groups) - 1; n >= 0 && groups[n].Version == w.Version && groups[n].Step == step {
			groups[n].Latest = max(groups[n].Latest, w.Latest)
			return nil
		}
		groups = append(groups, w)
		return nil
	})
	return groups, false, err
}

// behindLine is the due time above which those of a cycle stand that count as live.
func behindLine(cycle int64, serial bool) paceline.Micros {
	if serial {
		return paceline.LineDue(cycle, false)
	}
	return math.MinInt64
}

// HasBegun reports whether a transaction of a serial cycle is live that does not wait for its turn in the line: one that
// has begun, or that a split gave. It looks at all live transactions of the account but those in the line.
func (tx *Tx) HasBegun(scope paceline.Scope, cycle int64) (bool, error) {
	return tx.one(sqlOthersLive, []any{scope.Partner, scope.Account, cycle, int64(math.MaxInt64), behindLine(cycle, true)}, nobody)
}

// WaitingCycle is a running cycle of which transactions wait at a Wait All step.
type WaitingCycle struct {
	Num, Partner, Account, Root int64
	State                       paceline.CycleState
	RunVersion                  int64
}

// WaitingCycles returns the running cycles of which transactions wait at a Wait All step, for recovery.
func (s *Store) WaitingCycles(ctx context.Context) (list []WaitingCycle, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		list = nil
		return tx.query(sqlWaitingCycles, []any{paceline.WaitAllDue(0, false)}, func(r *Row) error {
			list = append(list, WaitingCycle{r.Int(0), r.Int(1), r.Int(2), r.Int(3), paceline.CycleState(r.Int(4)), r.Int(5)})
			return nil
		})
	})
	return list, err
}
