package engine

import (
	"context"
	"errors"
	"time"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// scheduleOf returns the schedule of an active polled cycle. A run of it begins with row 0, which stands
// for the slot and has no output; the trigger step is an action that continues that row, so that its call
// is retried, logged and metered as any other. One that cannot be read is armed as soon as it can be; tries says how often
// that was seen.
func (e *Engine) scheduleOf(ctx context.Context, c paceline.Cycle, tries int) (core.Schedule, bool) {
	if c.State != paceline.CycleActive {
		return core.Schedule{}, false
	}
	plan, err := e.plans.Plan(ctx, c.Num, c.RunVersion)
	if err != nil {
		e.log.Error("the plan of an active cycle cannot be read; trying again", "cycle", c.ID, "error", err)
		if lasting(err) {
			info := core.CycleInfo{Num: c.Num, Partner: c.Partner, Account: c.Account}
			e.tasks.add(func() { e.tellUnread(info) })
		}
		e.armLater(c, core.UnreadWait(tries), tries+1)
		return core.Schedule{}, false
	}
	if !core.Polled(plan) {
		return core.Schedule{}, false
	}
	s, err := core.ScheduleOf(c, plan.Timezone)
	if err != nil {
		e.log.Warn("a schedule is taken as it can be", "cycle", c.ID, "error", err)
	}
	var row store.Schedule
	err = e.store.Read(ctx, func(tx *store.Tx) (err error) {
		row, _, err = tx.Schedule(paceline.Scope{Partner: c.Partner, Account: c.Account}, c.Num)
		return err
	})
	if err != nil {
		e.log.Error("the schedule of a cycle cannot be read; trying again", "cycle", c.ID, "error", err)
		e.armLater(c, time.Second, tries)
		return core.Schedule{}, false
	}
	s.Next = row.NextDue
	return s, true
}

// armLater has a schedule armed after a while, unless somebody waits for that already.
func (e *Engine) armLater(c paceline.Cycle, wait time.Duration, tries int) {
	key := planKey{c.Num, c.RunVersion}
	if _, waits := e.arming.LoadOrStore(key, nil); waits {
		return
	}
	e.laterBy(wait, func() {
		e.arming.Delete(key)
		e.rearm(c, tries)
	})
}

// rearm arms a schedule that could not be read, if the cycle runs still as it did.
func (e *Engine) rearm(c paceline.Cycle, tries int) {
	var now paceline.Cycle
	err := e.store.Read(e.life, func(tx *store.Tx) (err error) {
		now, _, err = tx.CycleByNum(c.Num)
		return err
	})
	switch {
	case err != nil && e.life.Err() == nil:
		e.armLater(c, time.Second, tries)
	case err == nil && now.State == paceline.CycleActive && now.RunVersion == c.RunVersion:
		if schedule, armed := e.scheduleOf(e.life, now, tries); armed {
			e.tell(func(k *core.Core, at paceline.Micros) []core.Effect { return k.Arm(at, c.Num, schedule) })
		}
	}
}

// fire starts the transaction of a slot.
func (e *Engine) fire(f core.Effect) {
	result := core.NotDurable
	plan, err := e.plans.Plan(e.life, f.Cycle.Num, f.Cycle.Version)
	if err != nil {
		e.unread(f, err)
		return
	}
	if f.Unsure {
		f.From, err = e.going(plan)
	}
	switch {
	case err != nil:
	case f.From != 0:
		e.leaveOut(f, paceline.CodeTriggerSkipped)
		return
	case paceline.CodeOf(e.mayBegin(e.life, f.Cycle.Account)) == paceline.CodeQuota:
		e.leaveOut(f, paceline.CodeQuotaReached)
		return
	default:
		killpoint.Pass(killpoint.FireBeforeCommit)
		var r store.Result
		r, err = e.accept(e.life, start{
			plan: e.prepared.of(plan), root: f.Cycle.Root, once: f.Schedule.Once,
			slot: f.Slot, next: f.Next, at: e.now(),
		})
		switch {
		case err == nil && r.Refused:
			result = core.Refused
		case err == nil:
			result = core.Durable
			killpoint.Pass(killpoint.FireAfterCommit)
		}
	}
	if errors.Is(err, store.ErrUnstorable) {
		e.log.Error("the database refuses a scheduled run, which is left out", "cycle", f.Cycle.Num, "error", err)
		e.leaveOut(f, paceline.CodeUnstorable)
		return
	}
	if err != nil {
		e.log.Error("a scheduled run could not be started; trying again", "cycle", f.Cycle.Num, "error", err)
	}
	e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.Fired(at, f.Cycle.Num, f.Slot, result) })
}

// unread puts a slot off whose plan cannot be read.
func (e *Engine) unread(f core.Effect, err error) {
	if e.life.Err() != nil {
		return
	}
	e.log.Error("the plan of a scheduled run cannot be read; trying again", "cycle", f.Cycle.Num, "error", err)
	if lasting(err) {
		e.tellUnread(f.Cycle)
	}
	e.tell(func(c *core.Core, at paceline.Micros) []core.Effect {
		return c.Fired(at, f.Cycle.Num, f.Slot, core.Unreadable)
	})
}

// skip records that a slot was left out because the run before it was still going. It costs no task.
func (e *Engine) skip(f core.Effect) {
	if err := e.skipSlot(f, paceline.CodeTriggerSkipped); err != nil {
		e.later(func() { e.skip(f) })
	}
}

// leaveOut leaves a slot out that was to begin a run.
func (e *Engine) leaveOut(f core.Effect, code paceline.Code) {
	if err := e.skipSlot(f, code); err != nil {
		e.later(func() { e.leaveOut(f, code) })
		return
	}
	e.tell(func(c *core.Core, at paceline.Micros) []core.Effect {
		return c.Fired(at, f.Cycle.Num, f.Slot, core.Durable)
	})
}

// going returns the newest run of a polled cycle that is still going by what the disk holds, 0 without any: one that
// is queued or in progress, or waits at the call that begins it.
func (e *Engine) going(plan *paceline.Plan) (run int64, err error) {
	scope := paceline.Scope{Partner: plan.Partner, Account: plan.Account}
	err = e.store.Read(e.life, func(tx *store.Tx) (err error) {
		run, err = tx.GoingRun(scope, plan.Cycle, int32(plan.Trigger), e.now())
		return err
	})
	return run, err
}

// skipSlot records why a slot was left out. A cycle that was to run once pauses once nothing of it runs. Its error
// says that it is to be tried again.
func (e *Engine) skipSlot(f core.Effect, code paceline.Code) error {
	scope := paceline.Scope{Partner: f.Cycle.Partner, Account: f.Cycle.Account}
	in := paceline.Incident{
		Partner: scope.Partner, Account: scope.Account, Cycle: f.Cycle.Num, Run: f.From,
		Code: code, Warning: true, At: e.now(),
	}
	if plan, err := e.plans.Plan(e.life, f.Cycle.Num, f.Cycle.Version); err == nil {
		step := &plan.Steps[plan.Trigger]
		in.StepID, in.StepName, in.StepKind = step.ID, step.Name, step.Kind
	}
	list := []paceline.Incident{in}
	notify := e.notices.mark(scope.Account, list)
	err := e.inTx(e.life, scope, killpoint.SkipSlot, func(tx *store.Tx) error {
		taken, err := tx.SkipSlot(scope, f.Cycle.Num, f.Slot, f.Next)
		if err != nil || !taken {
			return err
		}
		if f.Schedule.Once {
			if err := tx.LetFinish(scope, f.Cycle.Num); err != nil {
				return err
			}
		}
		return tx.InsertIncident(scope, list[0])
	})
	if err == nil && notify {
		e.noticed(scope)
	}
	if err == nil && f.Schedule.Once {
		info := f.Cycle
		info.State = paceline.CycleFinishing
		e.tellState(info)
		e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.SetCycle(at, info) })
	}
	if err == nil || e.life.Err() != nil || errors.Is(err, store.ErrAccountDeleted) {
		return nil
	}
	e.log.Error("a skipped slot could not be recorded; trying again", "cycle", f.Cycle.Num, "error", err)
	return err
}
