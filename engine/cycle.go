package engine

import (
	"context"
	"errors"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// CycleChanged tells the engine about a cycle that was started, stopped or edited, after the commit. It
// returns once no delivery is taken by what the engine knew before; steps that are in progress finish.
func (e *Engine) CycleChanged(ctx context.Context, c paceline.Cycle) {
	killpoint.Pass(killpoint.CycleAfterCommit)
	e.hooks.forget(c.Num)
	if !e.store.Owns(c.Root) {
		e.elsewhere(c.Root, News{Cycle: c.Num})
		return
	}
	e.setCycle(ctx, c)
	e.tellCycle(c)
	if c.State == paceline.CycleError {
		// Whoever stopped it may have queued a notice in the same commit.
		e.noticed(paceline.Scope{Partner: c.Partner, Account: c.Account})
	}
}

func (e *Engine) setCycle(ctx context.Context, c paceline.Cycle) {
	e.setState(ctx, c)()
}

// setState tells the core the state of a cycle, and returns what arms its schedule.
func (e *Engine) setState(ctx context.Context, c paceline.Cycle) (arm func()) {
	info := core.CycleInfo{Num: c.Num, Partner: c.Partner, Account: c.Account, Root: c.Root, State: c.State, Version: c.RunVersion, Limit: limitOf(c), StoppedAt: c.HeldSince()}
	e.learnStop(ctx, c)
	schedule, armed := e.scheduleOf(ctx, c, 0)
	e.tell(func(k *core.Core, at paceline.Micros) []core.Effect { return k.SetCycle(at, info) })
	return func() {
		if armed {
			e.tell(func(k *core.Core, at paceline.Micros) []core.Effect { return k.Arm(at, c.Num, schedule) })
		}
	}
}

// recoverCycles looks after cycles that a crash left on their way to an end, and returns what arms the schedules.
func (e *Engine) recoverCycles(ctx context.Context) (arm []func(), err error) {
	var list []paceline.Cycle
	err = e.store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.CyclesToResume()
		return err
	})
	for _, c := range list {
		if e.store.Owns(c.Root) {
			arm = append(arm, e.setState(ctx, c))
		}
	}
	return arm, err
}

// cancelRuns ends the begun runs of a stopped cycle, through the same writer as their steps.
func (e *Engine) cancelRuns(f core.Effect) { e.cancelFrom(f, nil, 0) }

// contentRefusals is how often an op is sent that the store refuses for what is in it, before less is sent.
const contentRefusals = 3

// cancelFrom goes on at a place, after a number of refusals of the store for what is in the op: then the runs end without
// incidents. What the store refuses even then stays live on the disk, where the next start ends it.
func (e *Engine) cancelFrom(f core.Effect, from *store.LivePlace, refused int) {
	lost, told := e.lostCall(f.Cycle, e.now(), refused < contentRefusals), false
	op := &store.Op{Root: f.Cycle.Root, Cancel: &store.Cancel{
		Partner: f.Cycle.Partner, Account: f.Cycle.Account, Cycle: f.Cycle.Num, All: f.All, At: e.now(),
		PruneAt: e.stops.until(f.Cycle.Num, e.now()), Unused: e.unused(f.Cycle, e.now()), From: from,
		Calls: f.Calls, Lost: func(version int64, step int32) *paceline.Incident { told = true; return lost(version, step) },
	}}
	if refused >= contentRefusals {
		op.Cancel.Unused = nil
	}
	op.Done = func(result store.Result) {
		if told && result.Err == nil {
			e.noticed(paceline.Scope{Partner: f.Cycle.Partner, Account: f.Cycle.Account})
		}
		if result.Err == nil && result.More {
			killpoint.Pass(killpoint.CancelAfterCommit)
			e.cancelOn(f, &result.Next, 0)
			return
		}
		content := errors.Is(result.Err, store.ErrUnstorable)
		if content && refused >= 2*contentRefusals {
			e.log.Error("the database refuses the end of a stopped cycle's transactions; they stay as they are until the next start", "cycle", f.Cycle.Num, "error", result.Err)
			e.tasks.add(func() { e.tellUnended(f.Cycle) })
		}
		if result.Err == nil || content && refused >= 2*contentRefusals {
			killpoint.Pass(killpoint.CancelAfterCommit)
			scope := paceline.Scope{Partner: f.Cycle.Partner, Account: f.Cycle.Account}
			e.releaseStopped(f.Cycle.Num, scope)
			e.tasks.add(func() { e.tellEnded(scope, f.Cycle.Num) })
			return
		}
		e.log.Error("the transactions of a stopped cycle could not be ended; trying again", "error", result.Err)
		if content {
			refused++
		}
		e.later(func() { e.cancelOn(f, from, refused) })
	}
	killpoint.Pass(killpoint.CancelBeforeCommit)
	e.store.Submit(op)
}

// cancelOn is cancelFrom with the calls that are in flight by now: the cycle may have run in between.
func (e *Engine) cancelOn(f core.Effect, from *store.LivePlace, refused int) {
	e.tell(func(c *core.Core, _ paceline.Micros) []core.Effect {
		f.Calls = c.Calls(f.Cycle.Num)
		e.tasks.add(func() { e.cancelFrom(f, from, refused) })
		return nil
	})
}

// tellUnended records that transactions of a stopped cycle could not be ended.
func (e *Engine) tellUnended(c core.CycleInfo) {
	scope := paceline.Scope{Partner: c.Partner, Account: c.Account}
	list := []paceline.Incident{{Partner: c.Partner, Account: c.Account, Cycle: c.Num, Code: paceline.CodeUnstorable, At: e.now()}}
	notify := e.notices.mark(c.Account, list)
	if err := e.inTx(e.life, scope, killpoint.Note, func(tx *store.Tx) error { return tx.InsertIncident(scope, list[0]) }); err != nil {
		e.log.Error("that a stopped cycle's transactions could not be ended could not be recorded", "cycle", c.Num, "error", err)
	} else if notify {
		e.noticed(scope)
	}
}

// finishCycle pauses a finishing cycle whose last run has ended.
func (e *Engine) finishCycle(info core.CycleInfo) {
	scope := paceline.Scope{Partner: info.Partner, Account: info.Account}
	var done bool
	err := e.inTx(e.life, scope, killpoint.Finish, func(tx *store.Tx) (err error) {
		done, err = tx.FinishCycle(scope, info.Num)
		return err
	})
	switch {
	case errors.Is(err, store.ErrAccountDeleted): // and the cycle with it
	case err != nil:
		e.log.Error("a finished cycle could not be paused; trying again", "error", err)
		e.later(func() { e.finishCycle(info) })
	case done:
		info.State = paceline.CyclePaused
		e.hooks.forget(info.Num)
		e.tellState(info)
		e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.SetCycle(at, info) })
	}
}
