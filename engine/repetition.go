package engine

import (
	"context"
	"slices"

	"paceline"
	"paceline/engine/core"
	"paceline/store"
)

// repetition is a transaction that is to be repeated, as the store has it.
type repetition struct {
	run       paceline.Run
	cycle     paceline.Cycle
	was, now  *paceline.Plan
	rows      []paceline.StepRow
	inherited []store.Inherited
	arrivals  []store.Arrival       // deliveries that came for it and have no row
	partly    map[int32]*callsState // how far the steps of several calls have come that did not come to their end
	splits    map[int32]bool        // the rows whose split did not come to its end
	open      bool                  // it has an unknown outcome that is not resolved
	outcome   bool                  // which is being resolved
}

// ended refuses a transaction that still goes on.
func (r repetition) ended() error {
	if r.run.State == paceline.RunLive {
		return paceline.Fail(paceline.CodeTransactionLive)
	}
	return nil
}

// settled refuses, too, one with a call of which nobody knows whether it was carried out: that is never repeated silently.
func (r repetition) settled() error {
	if err := r.ended(); err != nil || !r.open {
		return err
	}
	return paceline.Fail(paceline.CodeOutcomeOpen)
}

func (e *Engine) readRepetition(ctx context.Context, run paceline.Run) (r repetition, err error) {
	r.run = run
	scope := runScope(run)
	err = e.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		if r.run, _, err = tx.Run(scope, run.Num); err != nil {
			return err
		}
		kept, err := tx.Kept(scope, run.Num)
		if err != nil {
			return err
		}
		if r.cycle, _, err = tx.CycleByNum(run.Cycle); err != nil {
			return err
		}
		if r.rows, err = tx.Steps(scope, run.Num, false); err != nil {
			return err
		}
		if r.open, err = tx.OutcomeOpen(scope, run.Num); err != nil {
			return err
		}
		if r.inherited, err = tx.Inherited(scope, run.Num); err != nil {
			return err
		}
		if r.arrivals, err = tx.Arrivals(scope, run.Num); err != nil {
			return err
		}
		for _, in := range r.inherited {
			source, err := tx.Kept(scope, in.FromRun)
			if err != nil {
				return err
			}
			kept = kept && source
		}
		if !kept || len(r.rows) == 0 {
			return paceline.Fail(paceline.CodeDataGone)
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	if !r.cycle.State.Running() {
		return r, paceline.Fail(paceline.CodeCycleNotRunning)
	}
	if r.now, err = e.plans.Plan(ctx, run.Cycle, r.cycle.RunVersion); err != nil {
		return r, err
	}
	r.was, err = e.plans.Plan(ctx, run.Cycle, r.run.Version)
	if paceline.KindOf(err) == paceline.NotFound {
		err = paceline.Fail(paceline.CodeDataGone)
	}
	return r, err
}

func runScope(r paceline.Run) paceline.Scope {
	return paceline.Scope{Partner: r.Partner, Account: r.Account}
}

// rowsFor returns the rows that the new transaction begins with: those that are done, in their order and
// for the steps of the plan that runs now, without the tasks that they cost; and whose they were. Deliveries that came
// and had no row yet have theirs here: -1 and below says which.
func (r repetition) rowsFor(from RepeatFrom) (rows []paceline.StepRow, was []int32, err error) {
	place := map[int32]int32{} // from old to new
	for _, row := range r.rows {
		at := r.partly[row.Seq]
		if row.Seq != 0 && from != FromStart && r.delivered(row) {
			row.State = paceline.StepOngoing // it waits for further deliveries again
		} else if from != FromStart && r.splits[row.Seq] {
			row.State, row.Attempt, row.EndedAt = paceline.StepOngoing, 0, 0
		} else if row.Seq != 0 && from != FromStart && at != nil {
			row.State, row.Exit, row.Attempt, row.EndedAt = paceline.StepOngoing, paceline.EdgeForward, 0, 0
			if at.Page.Asks() {
				row.Exit = paceline.ExitAsk
			}
		} else if row.Seq != 0 && (from == FromStart || row.State != paceline.StepDone && row.State != paceline.StepSkipped) {
			continue
		}
		ref := r.now.StepByID(r.was.Steps[row.StepRef].ID)
		if row.Seq == 0 && row.From == -1 && int(row.StepRef) == r.was.Trigger {
			if ref = r.now.Trigger; from != FromStart && r.was.Steps[row.StepRef].Enriches != r.now.Steps[ref].Enriches {
				ref = -1 // what the row leads to is not the same
			}
		}
		if ref < 0 {
			return nil, nil, paceline.Fail(paceline.CodeStepsChanged)
		}
		seq := int32(len(rows))
		place[row.Seq] = seq
		was = append(was, row.Seq)
		row.Seq, row.StepRef, row.DueAt = seq, int32(ref), 0
		row.TasksOK, row.TasksIncident, row.Output = 0, 0, paceline.Output{}
		if row.Exit != paceline.ExitSeveral && !r.splits[was[seq]] { // whose branches need to know their items
			row.Progress = nil
		}
		if row.From >= 0 {
			row.From = place[row.From]
		}
		rows = append(rows, row)
	}
	for i, a := range r.arrivals {
		at, waits := place[a.Seq]
		if from == FromStart || !waits {
			continue
		}
		now := r.now.Steps[rows[at].StepRef]
		rows = append(rows, paceline.StepRow{
			Seq: int32(len(rows)), StepRef: rows[at].StepRef, From: at, State: paceline.StepDone, Exit: paceline.EdgeForward, RowsOut: a.RowsOut,
			TasksOK: 1, Connector: now.ConnectorID, Method: now.MethodID, StartedAt: a.At, EndedAt: a.At,
		})
		was = append(was, -1-int32(i))
	}
	if from == FromFailed {
		_, ready, _ := core.Resume(r.now, rows, nil)
		if r.run.State == paceline.RunCompleted || len(ready) == 0 {
			return nil, nil, paceline.Fail(paceline.CodeNothingFailed)
		}
	}
	return rows, was, nil
}

// delivered reports whether the row waited for deliveries when the transaction ended, and one of them has come: the row
// is needed for what goes on behind it, and waits for the next one.
func (r repetition) delivered(row paceline.StepRow) bool {
	return row.State == paceline.StepParked && r.was.Steps[row.StepRef].Kind == paceline.StepWebhook &&
		(slices.ContainsFunc(r.rows, func(next paceline.StepRow) bool {
			return next.From == row.Seq && next.StepRef == row.StepRef && next.State == paceline.StepDone
		}) || slices.ContainsFunc(r.arrivals, func(a store.Arrival) bool { return a.Seq == row.Seq }))
}

// inherit tells where the outputs of the rows lie; those of a transaction that was a repetition itself may lie
// with the one before.
func (r repetition) inherit(rows []paceline.StepRow, was []int32) (list []store.Inherited) {
	for i, row := range rows {
		if row.State == paceline.StepOngoing && !r.splits[was[i]] || was[i] < 0 { // what a webhook step waits for has rows of its own
			continue
		}
		switch r.now.Steps[row.StepRef].Kind {
		case paceline.StepDecision, paceline.StepSwitch, paceline.StepDelay, paceline.StepAnnotation, paceline.StepWaitAll:
			continue
		}
		in := store.Inherited{Seq: row.Seq, FromRun: r.run.Num, FromSeq: was[i]}
		if at := slices.IndexFunc(r.inherited, func(h store.Inherited) bool { return h.Seq == was[i] }); at >= 0 {
			in.FromRun, in.FromSeq = r.inherited[at].FromRun, r.inherited[at].FromSeq
		}
		list = append(list, in)
	}
	return list
}
