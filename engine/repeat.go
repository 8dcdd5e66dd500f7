package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// RepeatFrom is where a transaction is repeated from.
type RepeatFrom int

// The places.
const (
	FromStart  RepeatFrom = iota // with the data that it began with
	FromFailed                   // at the steps that failed or were never reached; what was done stays done
	FromDone                     // behind what was done, and if nothing follows it is complete
)

// Resubmit repeats a transaction that has ended, as a new one linked to it, with idempotency keys of its own,
// by the cycle as it runs now. Errors: NotFound; Conflict when it has not ended, the cycle does not run, its
// data is no longer kept, nothing failed, steps that it has been through are gone, or it has an unknown outcome that
// is not resolved; Unavailable.
func (e *Engine) Resubmit(ctx context.Context, p paceline.Principal, a paceline.Account, cycle, id paceline.ID, from RepeatFrom) (Transaction, error) {
	return e.repeat(ctx, p, a, cycle, id, from, "transaction.resubmitted", repetition.settled)
}

// Replay sends the webhook that a transaction began with through its cycle again, whether it has ended or not, as a new
// transaction linked to it. No second copy of an event is seen in it. Errors: as of Resubmit, and Conflict
// when it did not begin with a webhook.
func (e *Engine) Replay(ctx context.Context, p paceline.Principal, a paceline.Account, cycle, id paceline.ID) (Transaction, error) {
	return e.repeat(ctx, p, a, cycle, id, FromStart, "transaction.replayed", func(r repetition) error {
		if core.Polled(r.was) || r.rows[0].From != -1 || int(r.rows[0].StepRef) != r.was.Trigger {
			return paceline.Fail(paceline.CodeNoPayload)
		}
		return nil
	})
}

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

func (e *Engine) repeat(ctx context.Context, p paceline.Principal, a paceline.Account, cycle, id paceline.ID, from RepeatFrom, action string, check func(repetition) error) (t Transaction, err error) {
	if err := may(p, a); err != nil {
		return t, err
	}
	run, name, err := e.find(ctx, a.Scope(), cycle, id)
	if err != nil {
		return t, err
	}
	run, err = e.repeatRun(ctx, run, from, check)
	if err != nil {
		return t, err
	}
	t = e.transaction(run, name, false)
	err = e.inTx(ctx, a.Scope(), killpoint.Request, func(tx *store.Tx) error {
		return tx.InsertAudit(a.Scope(), paceline.AuditEvent{
			Partner: a.Partner, Account: a.Num, At: tx.Now(), Actor: p.Name, Action: action, Subject: "transaction", SubjectID: string(t.ID),
			Comment: string(id),
		})
	})
	return t, err
}

// repeatRun makes the new transaction durable and returns it.
func (e *Engine) repeatRun(ctx context.Context, run paceline.Run, from RepeatFrom, check func(repetition) error) (paceline.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, e.limits.AcceptWait)
	defer cancel()
	r, err := e.readRepetition(ctx, run)
	if err == nil {
		err = check(r)
	}
	if err != nil {
		return run, err
	}
	if err := e.enter(run.Root); err != nil {
		return run, err
	}
	acceptance, err := e.repeated(ctx, r, from)
	if err != nil {
		e.leave(run.Root)
		return run, err
	}
	left := acceptance.left
	result, err := e.submit(ctx, acceptance)
	if err != nil {
		return run, err
	}
	if result.Refused {
		return run, paceline.Fail(paceline.CodeCycleNotRunning)
	}
	if left != nil {
		e.tellLeft(ctx, acceptance.accept.Run, &r.now.Steps[left.StepRef])
	}
	return acceptance.accept.Run, nil
}

// The most that a repeated transaction takes over of deliveries which came for the one before and had no row: one commit holds
// them.
const (
	carriedArrivals = 100
	carriedBytes    = 4 << 20
)

// tellLeft records that deliveries were left with the transaction that was repeated.
func (e *Engine) tellLeft(ctx context.Context, run paceline.Run, step *paceline.PlanStep) {
	scope := runScope(run)
	list := []paceline.Incident{{
		Partner: run.Partner, Account: run.Account, Cycle: run.Cycle, Run: run.Num, StepID: step.ID, StepName: step.Name, StepKind: step.Kind,
		Code: paceline.CodeWebhookUnused, Warning: true, At: e.now(),
	}}
	notify := e.notices.mark(run.Account, list)
	if err := e.inTx(ctx, scope, killpoint.Note, func(tx *store.Tx) error { return tx.InsertIncident(scope, list[0]) }); err != nil {
		e.log.Error("that a repeated transaction left deliveries behind could not be recorded", "transaction", e.ids.Encode(run.Num), "error", err)
	} else if notify {
		e.noticed(scope)
	}
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
			ref = r.now.Trigger
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

// repeated makes the new transaction. From the start it has a copy of the data that it begins with; else it
// reads the outputs of what is done where they lie.
func (e *Engine) repeated(ctx context.Context, r repetition, from RepeatFrom) (*acceptance, error) {
	if from != FromStart && r.partly == nil {
		if err := e.partly(ctx, &r); err != nil {
			return nil, err
		}
	}
	rows, was, err := r.rowsFor(from)
	if err != nil {
		return nil, err
	}
	num, err := e.store.RunNum(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	run := paceline.Run{
		Num: num, Partner: r.run.Partner, Account: r.run.Account, Root: r.run.Root, Cycle: r.run.Cycle,
		Version: r.now.Version, Parent: r.run.Num, CreatedAt: e.now(), DueAt: r.now.LineDue(false),
	}
	a := &acceptance{engine: e, plan: e.prepared.of(r.now), done: make(chan store.Result, 1), head: core.Head{
		Num: num, Partner: run.Partner, Account: run.Account, Root: run.Root, Cycle: run.Cycle, Version: run.Version,
		CreatedAt: run.CreatedAt, Parent: run.Parent, DueAt: run.DueAt,
	}}
	carried, bytes := 0, 0
	for i := range rows {
		rows[i].Run = num
		if at := r.partly[was[i]]; at != nil && from != FromStart {
			if err := e.goesOn(ctx, r, *at, a.head, &rows[i]); err != nil {
				return nil, err
			}
		}
		if was[i] < 0 {
			if carried == carriedArrivals || bytes > carriedBytes {
				a.left = &rows[i]
				rows, was = rows[:i], was[:i] // those that came have no others behind them
				break
			}
			if rows[i].Output, err = e.copyArrival(ctx, r, r.arrivals[-1-was[i]], a.head, int32(i)); err != nil {
				return nil, err
			}
			carried++
			bytes += len(rows[i].Output.Data)
		}
	}
	a.accept = store.Accept{Run: run, Trigger: rows[0], Rows: rows[1:], Known: func() bool { return e.has(run.Num) }}
	if from != FromStart {
		a.accept.Inherit = r.inherit(rows, was)
	} else if err := e.copyPayload(ctx, r.run, a); err != nil {
		return nil, err
	}
	a.op = store.Op{Root: run.Root, Accept: &a.accept, Done: a.told}
	return a, nil
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

// copyArrival seals a delivery that had no row for the row that it has in the new transaction.
func (e *Engine) copyArrival(ctx context.Context, r repetition, a store.Arrival, head core.Head, seq int32) (out paceline.Output, err error) {
	key, err := e.keys(ctx, r.run.Account)
	if err != nil {
		return out, unavailable(err)
	}
	doc, err := e.readArrival(ctx, key, r.run, a)
	if errors.Is(err, errGone) {
		return out, paceline.Fail(paceline.CodeDataGone).Because(err)
	}
	if err != nil {
		return out, unavailable(err)
	}
	return e.sealOutput(ctx, key, head, seq, doc)
}

// copyPayload seals the data that the transaction began with for the new one.
func (e *Engine) copyPayload(ctx context.Context, was paceline.Run, a *acceptance) error {
	key, err := e.keys(ctx, was.Account)
	if err != nil {
		return unavailable(err)
	}
	doc, err := e.readOutput(ctx, key, was.Partner, was.Account, was.Num, 0)
	if err != nil || doc == nil {
		return err
	}
	a.accept.Trigger.Output, err = e.sealOutput(ctx, key, a.head, 0, doc)
	return err
}

// RepeatFilter chooses transactions of a cycle that failed and were not repeated yet.
type RepeatFilter struct {
	From          RepeatFrom
	Code          paceline.Code   // of an error of theirs; "" for any
	Signature     string          // of an error of theirs; "" for any
	Before, After paceline.Micros // created before, or after and at
	DryRun        bool            // count only
	Next          paceline.ID     // of the summary that is gone on with; "" begins

	most, looked int // in place of the bounds of one call, for tests
}

// RepeatSummary is what came of repeating many.
type RepeatSummary struct {
	Matched     int // -1 above paceline.MaxCount
	Resubmitted int
	Unavailable int // whose data or steps are gone, or whose outcome is unknown
	// More says that others are left: the same call with Next goes on with them.
	More bool
	Next paceline.ID // "" without More
}

// The bounds of one call of ResubmitAll.
const (
	repeatAtOnce = 1000
	repeatLooked = 5000 // at most of those are looked at
	repeatPage   = 100
)

// ResubmitAll repeats the transactions that the filter chooses, the oldest first, up to 1,000 in one call.
// Errors: NotFound; Conflict when the cycle does not run; Unavailable, when some may have been repeated.
func (e *Engine) ResubmitAll(ctx context.Context, p paceline.Principal, a paceline.Account, cycle paceline.ID, f RepeatFilter) (sum RepeatSummary, err error) {
	if err := may(p, a); err != nil {
		return sum, err
	}
	scope := a.Scope()
	filter := store.RepeatFilter{Before: f.Before, After: f.After}
	if filter.ErrorFilter, err = errorFilter(f.Code, f.Signature); err != nil {
		return sum, err
	}
	err = e.store.Read(ctx, func(tx *store.Tx) (err error) {
		if filter.Cycle, err = cycleNum(tx, scope, cycle); err == nil {
			sum.Matched, err = tx.CountRepeatable(scope, filter)
		}
		return err
	})
	if err != nil || f.DryRun {
		return sum, err
	}
	after := int64(0)
	if f.Next != "" {
		var ok bool
		if after, ok = e.ids.Decode(f.Next); !ok {
			return sum, paceline.Fail(paceline.CodeFieldInvalid, "name", "Next", "reason", "it is not that of an answer")
		}
	}
	most, looked := cmp.Or(f.most, repeatAtOnce), cmp.Or(f.looked, repeatLooked)
	for seen := 0; ; {
		var page []int64
		err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
			page, err = tx.Repeatable(scope, filter, after, repeatPage)
			return err
		})
		if err != nil || len(page) == 0 {
			return sum, e.auditRepeats(ctx, p, a, cycle, sum, err)
		}
		for _, num := range page {
			if seen++; seen > looked || sum.Resubmitted == most {
				sum.More, sum.Next = true, e.ids.Encode(after)
				return sum, e.auditRepeats(ctx, p, a, cycle, sum, nil)
			}
			after = num
			_, err := e.repeatRun(ctx, paceline.Run{Num: num, Partner: a.Partner, Account: a.Num, Root: a.Root, Cycle: filter.Cycle}, f.From, repetition.settled)
			switch {
			case err == nil:
				sum.Resubmitted++
			case paceline.KindOf(err) == paceline.Conflict && paceline.CodeOf(err) != paceline.CodeCycleNotRunning:
				sum.Unavailable++
			default:
				return sum, e.auditRepeats(ctx, p, a, cycle, sum, err)
			}
		}
	}
}

func (e *Engine) auditRepeats(ctx context.Context, p paceline.Principal, a paceline.Account, cycle paceline.ID, sum RepeatSummary, err error) error {
	if sum.Resubmitted == 0 {
		return err
	}
	audited := e.inTx(ctx, a.Scope(), killpoint.Request, func(tx *store.Tx) error {
		return tx.InsertAudit(a.Scope(), paceline.AuditEvent{
			Partner: a.Partner, Account: a.Num, At: tx.Now(), Actor: p.Name, Action: "cycle.transactions_resubmitted", Subject: "cycle", SubjectID: string(cycle),
		})
	})
	if err == nil {
		err = audited
	}
	return err
}

// dropAtOnce bounds what one transaction of the database cancels.
const dropAtOnce = 500

// DropQueued cancels the transactions of a stopped cycle of which no step has begun, at once instead of after
// 24 hours, and returns how many. Errors: NotFound, Conflict while the cycle runs.
func (e *Engine) DropQueued(ctx context.Context, p paceline.Principal, a paceline.Account, cycle paceline.ID) (dropped int64, err error) {
	if err := may(p, a); err != nil {
		return 0, err
	}
	scope := a.Scope()
	var num int64
	err = e.store.Read(ctx, func(tx *store.Tx) error {
		if num, err = cycleNum(tx, scope, cycle); err != nil {
			return err
		}
		c, _, err := tx.CycleByNum(num)
		if err == nil && c.State.Running() {
			err = paceline.Fail(paceline.CodeCycleRunning)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	going, err := e.goingOf(ctx, num)
	if err != nil {
		return 0, err
	}
	for {
		var n int64
		err := e.inTx(ctx, scope, killpoint.Drop, func(tx *store.Tx) error {
			if n, err = tx.DropQueued(scope, num, going, e.stops.until(num, tx.Now()), dropAtOnce); err != nil || n == 0 {
				return err
			}
			return tx.InsertAudit(scope, paceline.AuditEvent{
				Partner: a.Partner, Account: a.Num, At: tx.Now(), Actor: p.Name, Action: "cycle.queued_dropped", Subject: "cycle", SubjectID: string(cycle),
			})
		})
		if dropped += n; err != nil || n == 0 {
			return dropped, err
		}
	}
}

// goingOf asks the core which runs of a cycle have a step in progress. Errors: Unavailable.
func (e *Engine) goingOf(ctx context.Context, cycle int64) ([]int64, error) {
	answer := make(chan []int64, 1)
	e.tell(func(c *core.Core, _ paceline.Micros) []core.Effect {
		answer <- c.GoingOf(cycle)
		return nil
	})
	select {
	case list := <-answer:
		return list, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-e.life.Done():
		return nil, paceline.Fail(paceline.CodeShuttingDown).In(time.Second)
	}
}
