package store

import (
	"context"
	"math"

	"paceline"
)

// Gather ends the transactions of a cycle that wait at Wait All steps, and starts those that go on behind them, one for
// each step. It holds only while the cycle runs and no other transaction of it is live; else it is refused, and
// nothing is changed. Of many it ends some, the oldest first, and says that there are more: the transaction that goes on
// behind a step starts with the op that ends the last that wait there, so that it starts once whatever comes between.
type Gather struct {
	Partner, Account, Cycle int64
	At                      paceline.Micros
	// Serial says that those which only wait for their turn in the line of the cycle do not count as live.
	Serial bool
	Ends   []AtAll
	Starts []Child // one for each of Ends
	// Broken says that nothing can go on, since the plan cannot be read: those that wait become ready, and end as failed
	// once they are looked at.
	Broken bool
	// Fail says that nothing can go on, since the database refuses what would: those that wait end as failed, each with this
	// incident, or with none if it has no code.
	Fail *paceline.Incident
	// PruneAt is when the data of the ended transactions goes, PruneErredAt that of those which had an error; 0 means
	// after the default retention.
	PruneAt, PruneErredAt paceline.Micros
}

// AtAll is a group of transactions that wait at one Wait All step.
type AtAll struct {
	Version int64
	Step    int32 // ordinal in the plan of that version
	Latest  int64 // the transaction that came to be last
}

const (
	// The account stands behind a zero: the live transactions of the cycle are fewer than those of the account.
	sqlOthersLive = `SELECT 1 FROM run WHERE cycle_num = $3 AND state = 0 AND due_at < $4 AND due_at > $5
		AND partner_id = $1 AND account_id + 0 = $2 LIMIT 1`
	sqlWaiting = `SELECT version, due_at, MAX(num) FROM run
		WHERE cycle_num = $3 AND state = 0 AND due_at >= $4 AND partner_id = $1 AND account_id + 0 = $2 GROUP BY version, due_at ORDER BY version, due_at`
	sqlCycleRuns  = `SELECT 1 FROM cycle WHERE partner_id = $1 AND account_id = $2 AND num = $3 AND state IN (2, 3)`
	sqlGatherNext = `SELECT num, created_at, errors FROM run WHERE cycle_num = $3 AND state = 0 AND due_at = $5
		AND partner_id = $1 AND account_id + 0 = $2 AND version = $4 ORDER BY num LIMIT $6`
	sqlGatherEnd = `UPDATE run SET state = $10, due_at = 0, ended_at = $7,
		prune_at = CASE WHEN errors = 0 THEN CAST($8 AS BIGINT) ELSE CAST($9 AS BIGINT) END
		WHERE cycle_num = $3 AND state = 0 AND due_at = $5 AND num <= $6 AND partner_id = $1 AND account_id + 0 = $2 AND version = $4`
	sqlGatherBroken = `UPDATE run SET due_at = 0
		WHERE cycle_num = $3 AND state = 0 AND due_at = $5 AND num <= $6 AND partner_id = $1 AND account_id + 0 = $2 AND version = $4`
	sqlGatherFail = `UPDATE run SET state = $10, due_at = 0, ended_at = $7, prune_at = $8, errors = errors + $9
		WHERE cycle_num = $3 AND state = 0 AND due_at = $5 AND num <= $6 AND partner_id = $1 AND account_id + 0 = $2 AND version = $4`
	sqlGatherRow = `UPDATE step SET exit_type = $6 WHERE partner_id = $1 AND account_id = $2 AND id >= $3 AND id < $4
		AND step_ref = $5 AND exit_type = $7`
	sqlGatherLeft = `SELECT DISTINCT step_ref FROM step WHERE partner_id = $1 AND account_id = $2 AND id >= $3 AND id < $4
		AND exit_type = $5 AND state = $6 ORDER BY step_ref LIMIT 2`
	sqlGatherOn = `UPDATE run SET due_at = $4 WHERE partner_id = $1 AND account_id = $2 AND num = $3 AND state = 0`

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
	switch {
	case op.Fail != nil:
		return a.gatherFailed(op)
	case op.Broken:
		return a.gatherBroken(op)
	}
	g := gathered{left: gatherAtOnce}
	for i, w := range op.Ends {
		all, err := a.gatherGroup(op, w, &g)
		if err != nil {
			return refused, err
		}
		if !all {
			g.more = true
			break
		}
		if g.found == 0 {
			continue
		}
		g.found = 0
		if err := a.start(&op.Starts[i]); err != nil {
			return refused, err
		}
		g.started++
	}
	if g.left == gatherAtOnce {
		return refused, nil
	}
	c := a.sums.cycle(op.Cycle, op.Partner, op.Account)
	c.inProgress += g.started - g.ended
	c.success = max(c.success, g.success)
	return Result{Count: g.ended, More: g.more && g.started == 0}, nil
}

// gatherAtOnce bounds the transactions that one op changes.
const gatherAtOnce = 500

// gathered is what a Gather has done so far.
type gathered struct {
	left           int // how many it may still change
	found          int // of the present group
	more           bool
	started, ended int64
	success        paceline.Micros
}

// gatherGroup ends those that wait at one step, and reports whether these were all.
func (a *applier) gatherGroup(op *Gather, w AtAll, g *gathered) (all bool, err error) {
	nums, all, err := a.gatherNext(op, w, true, g)
	if err != nil {
		return false, err
	}
	for _, num := range nums {
		if err := a.goOn(op, w, num); err != nil {
			return false, err
		}
	}
	if !all {
		return false, nil
	}
	nums, all, err = a.gatherNext(op, w, false, g)
	if err != nil || len(nums) == 0 {
		return all, err
	}
	n, err := a.exec(sqlGatherEnd, op.Partner, op.Account, op.Cycle, w.Version, paceline.WaitAllDue(w.Step, false), nums[len(nums)-1],
		op.At, pruneAt(op.PruneAt, op.At), pruneAt(op.PruneErredAt, op.At), int(paceline.ArrowGather.To))
	g.ended += n
	return all, err
}

// gatherNext finds the next of those that wait at a step: the ones that have arrived at another, too, or the others.
func (a *applier) gatherNext(op *Gather, w AtAll, several bool, g *gathered) (nums []int64, all bool, err error) {
	all = true
	var success paceline.Micros
	err = a.db.query(a.ctx, sqlGatherNext, []any{op.Partner, op.Account, op.Cycle, w.Version, paceline.WaitAllDue(w.Step, several), g.left + 1},
		func(r *Row) error {
			if len(nums) == g.left {
				all = false
				return nil
			}
			nums = append(nums, r.Int(0))
			if r.Int(2) == 0 {
				success = max(success, r.Micros(1))
			}
			return nil
		})
	g.left -= len(nums)
	g.found += len(nums)
	if !several {
		g.success = max(g.success, success)
	}
	return nums, all, err
}

// start makes a transaction that goes on behind a step.
func (a *applier) start(c *Child) error {
	r := &c.Run
	err := a.insertRun(paceline.ArrowGathered, r)
	if err == nil {
		err = a.step(r.Partner, r.Account, r.Cycle, r.Num, &c.Row, nil)
	}
	if err == nil {
		err = a.link(r, c.Link)
	}
	return err
}

// goOn lets a transaction that has arrived at several Wait All steps wait at the others alone.
func (a *applier) goOn(op *Gather, w AtAll, num int64) error {
	from, to, waits := stepKey(num, 0), stepKey(num+1, 0), paceline.ExitWaits.Number()
	if _, err := a.exec(sqlGatherRow, op.Partner, op.Account, from, to, w.Step, paceline.ExitGathered.Number(), waits); err != nil {
		return err
	}
	var left []int32
	err := a.db.query(a.ctx, sqlGatherLeft, []any{op.Partner, op.Account, from, to, waits, int(paceline.StepDone)}, func(r *Row) error {
		left = append(left, r.Int32(0))
		return nil
	})
	if err != nil {
		return err
	}
	due := paceline.Micros(0)
	if len(left) > 0 {
		due = paceline.WaitAllDue(left[0], len(left) > 1)
	}
	_, err = a.exec(sqlGatherOn, op.Partner, op.Account, num, due)
	return err
}

// gatherBroken makes those ready that wait for what cannot go on. The next ones follow when these have ended.
func (a *applier) gatherBroken(op *Gather) (result Result, err error) {
	g := gathered{left: gatherAtOnce}
	for _, w := range op.Ends {
		for _, several := range []bool{true, false} {
			nums, _, err := a.gatherNext(op, w, several, &g)
			if err != nil {
				return result, err
			}
			if len(nums) == 0 {
				continue
			}
			n, err := a.exec(sqlGatherBroken, op.Partner, op.Account, op.Cycle, w.Version, paceline.WaitAllDue(w.Step, several), nums[len(nums)-1])
			if err != nil {
				return result, err
			}
			result.Count += n
		}
	}
	result.Refused = result.Count == 0
	return result, nil
}

// gatherFailed ends those that wait for what the database refuses.
func (a *applier) gatherFailed(op *Gather) (result Result, err error) {
	g := gathered{left: gatherAtOnce}
	var tells []paceline.Incident
	if op.Fail.Code != "" {
		tells = []paceline.Incident{*op.Fail}
	}
	for _, w := range op.Ends {
		for _, several := range []bool{true, false} {
			nums, all, err := a.gatherNext(op, w, several, &g)
			if err != nil {
				return result, err
			}
			result.More = result.More || !all
			if len(nums) == 0 {
				continue
			}
			n, err := a.exec(sqlGatherFail, op.Partner, op.Account, op.Cycle, w.Version, paceline.WaitAllDue(w.Step, several), nums[len(nums)-1],
				op.At, pruneAt(op.PruneErredAt, op.At), len(tells), int(paceline.ArrowGatherFailed.To))
			if err != nil {
				return result, err
			}
			result.Count += n
			for _, num := range nums {
				if _, _, err := a.incidents(&Advance{Partner: op.Partner, Account: op.Account, Cycle: op.Cycle, Run: num, Incidents: tells}); err != nil {
					return result, err
				}
			}
		}
	}
	a.sums.cycle(op.Cycle, op.Partner, op.Account).inProgress -= result.Count
	result.Refused = result.Count == 0
	return result, nil
}

// recallGather reads back what became of a Gather whose commit's answer was lost: if it started nothing, another one
// finds out what there is to do.
func recallGather(ctx context.Context, db executor, op *Gather) (result Result, err error) {
	a := newApplier(ctx, db, nil)
	result.More = !op.Broken
	for i := range op.Starts {
		if err == nil {
			_, err = a.one(sqlRunAt, []any{op.Partner, op.Account, op.Starts[i].Run.Num}, func(*Row) { result.More = false })
		}
	}
	return result, err
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
// has begun, or that a split gave.
func (tx *Tx) HasBegun(scope paceline.Scope, cycle int64) (bool, error) {
	return tx.one(sqlOthersLive, []any{scope.Partner, scope.Account, cycle, int64(math.MaxInt64), behindLine(cycle, true)}, nobody)
}

// WaitingCycle is a running cycle of which transactions wait at a Wait All step.
type WaitingCycle struct {
	Num, Partner, Account, Root int64
	State                       paceline.CycleState
	RunVersion                  int64
}

// WaitingCycles returns the running cycles that this process works for and of which transactions wait at a Wait All step, for recovery.
func (s *Store) WaitingCycles(ctx context.Context) (list []WaitingCycle, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		list = nil
		return tx.query(sqlWaitingCycles, []any{paceline.WaitAllDue(0, false)}, func(r *Row) error {
			if !s.Owns(r.Int(3)) {
				return nil
			}
			list = append(list, WaitingCycle{r.Int(0), r.Int(1), r.Int(2), r.Int(3), paceline.CycleState(r.Int(4)), r.Int(5)})
			return nil
		})
	})
	return list, err
}
