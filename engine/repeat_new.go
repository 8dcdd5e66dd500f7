package engine

import (
	"context"
	"errors"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

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
			// What is to be completed first is no row yet.
			if carried == carriedArrivals || bytes > carriedBytes || r.now.Steps[rows[i].StepRef].Enriches {
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
