package cycle

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// Activation is how a cycle is started. Nil values keep what was set before (RunOnce: false).
type Activation struct {
	// StartTime is when a polled cycle runs first; nil or 0 means at once.
	StartTime *paceline.Micros
	// Interval is in minutes; a webhook cycle and one that runs once don't have one and ignore it.
	Interval *int
	// Cron is an expression in the account's time zone, which counts instead of the interval; "" takes it away,
	// and so does an interval that comes without one. It is ignored as the interval is.
	Cron    *string
	RunOnce *bool
	// Capture is a webhook step that is to run alone, once, whatever is missing elsewhere; "" runs the whole flow.
	Capture paceline.ID
	// Within is done in the transaction in which the cycle becomes active; not when it was.
	Within func(*store.Tx) error
}

// Activate starts a cycle: in one transaction it checks the prerequisites, makes the immutable copy that
// will run, sets the schedule of a polled cycle and sets the state; after it deliveries are accepted.
// On a running cycle it changes schedule and run once, or does nothing; what is captured can't change then.
//
// Where a vendor has to be told the address of a webhook step, the state is Activating until it was; what is
// delivered meanwhile is kept. If that fails, the cycle is paused again. Errors: NotFound; Conflict for another Capture
// on a running cycle; Invalid for one that is no webhook step, and with CodePrerequisites, CodeScriptInvalid, CodeIntervalInvalid, CodeCronInvalid or CodeWebhookRegister.
func (r *Room) Activate(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, in Activation) (View, error) {
	within, after, err := r.follow(ctx, p, a, id, Started, in.Within)
	if err != nil {
		return View{}, err
	}
	in.Within = within
	for {
		c, releases, err := r.load(ctx, p, a, id)
		if err != nil {
			return View{}, err
		}
		c.Flow.Settings.Capture = in.Capture
		if !c.State.Running() {
			if err := r.checkScripts(ctx, a, c, releases); err != nil {
				return View{}, err
			}
		}
		done, err := r.activate(ctx, p, a, &c, releases, in)
		if err != nil {
			return View{}, err
		}
		if done {
			r.Changed(ctx, c)
			if c.State == paceline.CycleActivating {
				if c, err = r.register(ctx, p, a, c, in.Within); err != nil {
					return View{}, err
				}
			}
			after()
			return r.viewOf(ctx, a, c, releases)
		}
	}
}

// activate is one try. It answers false when the cycle was edited since its releases were loaded.
func (r *Room) activate(ctx context.Context, p paceline.Principal, a paceline.Account, c *paceline.Cycle, releases Pinned, in Activation) (done bool, err error) {
	id, version := c.ID, c.Version
	var plan *paceline.Plan
	err = r.inTx(ctx, a.Scope(), killpoint.Activate, func(tx *store.Tx) error {
		done, plan = false, nil
		var found bool
		if *c, found, err = tx.Cycle(a.Scope(), id); err != nil || !found {
			return orNotFound(err, "Cycle")
		}
		if c.State == paceline.CycleDeleted {
			return notFound("Cycle")
		}
		if c.Version != version {
			return nil
		}
		done = true
		if in.Capture != c.Flow.Settings.Capture {
			if err := Editable(*c, "Cycle"); err != nil {
				return err
			}
		}
		changed, err := in.apply(c, usual(c.Flow, releases))
		if err != nil {
			return err
		}
		if (c.State == paceline.CycleActive || c.State == paceline.CycleActivating) && !changed {
			return nil
		}
		running := c.State == paceline.CycleActive
		if plan, err = r.ready(tx, a, c, releases, changed); err != nil {
			return err
		}
		if changed {
			if err := tx.UpdateCycle(c); err != nil {
				return err
			}
		}
		if err := begin(tx, p, c, !running && r.subscribes(c.Flow.Runs(), releases)); err != nil || running || c.State != paceline.CycleActive || in.Within == nil {
			return err
		}
		return in.Within(tx)
	})
	if err == nil && plan != nil {
		r.plans.Put(planKey{c.Num, c.RunVersion}, plan)
	}
	return done, err
}

// ready checks the prerequisites and compiles what will run.
func (r *Room) ready(tx *store.Tx, a paceline.Account, c *paceline.Cycle, releases Pinned, changed bool) (*paceline.Plan, error) {
	runs := c.Runs()
	connectors, err := connectorsOf(tx, a, runs.Flow)
	if err != nil {
		return nil, err
	}
	releases = releases.with(connectors)
	partner, found, err := tx.Partner(a.Scope())
	if err != nil || !found {
		return nil, orNotFound(err, "Partner")
	}
	src := Source{Partner: partner, Account: a, Cycle: runs, Flow: runs.Flow, Version: c.Version}
	if changed {
		src.Version++
	}
	if unmet := check(src, releases, connectors); len(unmet) > 0 {
		return nil, paceline.Fail(paceline.CodePrerequisites)
	}
	plan, err := Compile(src, releases)
	if err != nil {
		return nil, paceline.Fail(paceline.CodePrerequisites).Because(err)
	}
	return plan, nil
}

// begin makes the copy that runs and sets the state. With subscribe, vendors are told before the cycle is active.
func begin(tx *store.Tx, p paceline.Principal, c *paceline.Cycle, subscribe bool) error {
	if err := tx.InsertRunCopy(c.Runs()); err != nil {
		return err
	}
	c.RunVersion, c.ActivatedAt = c.Version, tx.Now()
	arrow := paceline.ArrowActivate
	if subscribe {
		arrow = paceline.ArrowSubscribe
	}
	return setState(tx, p, c, arrow, "cycle.activated", "")
}

// usual is the interval, in minutes, of a polled cycle that nobody has given one: that of its trigger, or the next longer one
// that cycles can have, else an hour.
func usual(flow paceline.Flow, releases Pinned) int {
	place, ok := graphOf(&flow).trigger()
	if !ok {
		return paceline.DefaultInterval
	}
	step := &flow.Steps[place]
	if rel := releases.Of(step); rel != nil {
		if _, trigger := rel.Method(step.Method); trigger != nil && trigger.Every != "" {
			for _, minutes := range paceline.Intervals {
				if time.Duration(minutes)*time.Minute >= connector.Duration(trigger.Every) {
					return minutes
				}
			}
		}
	}
	return paceline.DefaultInterval
}

// apply writes the activation into the settings of the flow and reports whether anything changed.
func (in Activation) apply(c *paceline.Cycle, otherwise int) (changed bool, err error) {
	s := &c.Flow.Settings
	before := *s
	if s.Capture = in.Capture; s.Capture != "" {
		if step, _ := c.Flow.Step(s.Capture); step == nil || step.Kind != paceline.StepWebhook {
			return false, invalid("Capture", "it is no webhook step of the cycle")
		}
	}
	s.RunOnce = s.Capture != "" || in.RunOnce != nil && *in.RunOnce
	if in.StartTime != nil {
		s.StartTime = *in.StartTime
	} else if !c.State.Running() {
		s.StartTime = 0
	}
	if polled(c.Flow) && !s.RunOnce {
		if err := in.rhythm(s, otherwise); err != nil {
			return false, err
		}
	}
	return before.Capture != s.Capture || before.RunOnce != s.RunOnce || before.StartTime != s.StartTime || before.Interval != s.Interval || before.Cron != s.Cron, nil
}

// rhythm sets by what the cycle runs again and again: an expression, or else an interval.
func (in Activation) rhythm(s *paceline.FlowSettings, otherwise int) error {
	switch {
	case in.Cron != nil:
		s.Cron = strings.TrimSpace(*in.Cron)
	case in.Interval != nil:
		s.Cron = ""
	}
	if s.Cron != "" {
		if _, err := core.ParseCron(s.Cron); err != nil {
			return paceline.Fail(paceline.CodeCronInvalid, "reason", err.Error())
		}
		return nil
	}
	if in.Interval != nil {
		s.Interval = *in.Interval
	}
	if s.Interval == 0 && in.Interval == nil {
		s.Interval = otherwise
	}
	if !slices.Contains(paceline.Intervals, s.Interval) {
		return paceline.Fail(paceline.CodeIntervalInvalid)
	}
	return nil
}

// setSchedule arms the schedule of an active polled cycle and removes any other. A start in the past is
// a missed slot to the engine, which runs the newest one once (D-28).
func setSchedule(tx *store.Tx, c paceline.Cycle) error {
	if c.State != paceline.CycleActive || !polled(c.Flow.Runs()) { // one that registers webhooks has none yet
		return tx.ClearSchedule(c)
	}
	due := c.Flow.Settings.StartTime
	if due == 0 {
		due = tx.Now()
	}
	return tx.SetSchedule(c, due)
}

// polled reports whether a method starts the flow, so that it needs a schedule.
func polled(flow paceline.Flow) bool {
	place, ok := graphOf(&flow).trigger()
	return ok && flow.Steps[place].Kind == paceline.StepAction
}

// Deactivate stops a cycle. With finish, no new transaction begins and those in progress complete; else
// they stop. A cycle that does not run stays as it is. Errors: NotFound.
func (r *Room) Deactivate(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, finish bool) (View, error) {
	return r.DeactivateWith(ctx, p, a, id, finish, nil)
}

// DeactivateWith is Deactivate with something that is done in the same transaction, unless the cycle was stopped already.
func (r *Room) DeactivateWith(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, finish bool, within func(*store.Tx) error) (View, error) {
	within, after, err := r.follow(ctx, p, a, id, Stopped, within)
	if err != nil {
		return View{}, err
	}
	c, err := r.move(ctx, p, a, id, "cycle.deactivated", func(c *paceline.Cycle) *paceline.Arrow[paceline.CycleState] {
		switch {
		case finish && c.State == paceline.CycleFinishing:
			return nil
		case finish && paceline.ArrowFinish.Leads(c.State):
			return paceline.ArrowFinish
		}
		return paceline.ArrowDeactivate
	}, within)
	if err != nil {
		return View{}, err
	}
	after()
	return r.View(ctx, a, c)
}

// StopAll stops every running cycle of an account.
func (r *Room) StopAll(ctx context.Context, p paceline.Principal, a paceline.Account) error {
	if p.Partner != a.Partner {
		return paceline.Fail(paceline.CodeAccountHeader)
	}
	var stopped []paceline.Cycle
	err := r.inTx(ctx, a.Scope(), killpoint.StopAll, func(tx *store.Tx) (err error) {
		if stopped, err = tx.RunningCycles(a.Scope()); err != nil {
			return err
		}
		for i := range stopped {
			if err := setState(tx, p, &stopped[i], paceline.ArrowStopAll, "cycle.deactivated", "the account is being deleted"); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.Changed(ctx, stopped...)
	}
	return err
}

// Fail stops every running cycle that uses an account connector, because it can no longer authenticate,
// and returns them, for Changed after the commit. Sub accounts' cycles are among them.
func Fail(tx *store.Tx, p paceline.Principal, owner paceline.Account, accountConnector int32) ([]paceline.Cycle, error) {
	cycles, err := tx.RunningCyclesUsing(owner.Partner, owner.Root, accountConnector)
	for i := range cycles {
		if err := setState(tx, p, &cycles[i], paceline.ArrowFail, "cycle.stopped", "an account connector was de-authenticated"); err != nil {
			return nil, err
		}
	}
	return cycles, err
}

// move moves a cycle along the arrow that next says, if it leads from where the cycle is, with what is to be done within (nil: nothing), and tells the engine.
func (r *Room) move(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, action string,
	next func(*paceline.Cycle) *paceline.Arrow[paceline.CycleState], within func(*store.Tx) error) (c paceline.Cycle, err error) {
	if err := may(p, a); err != nil {
		return c, err
	}
	changed := false
	try := func(tx *store.Tx) error {
		var found bool
		if c, found, err = tx.Cycle(a.Scope(), id); err != nil || !found {
			return orNotFound(err, "Cycle")
		}
		arrow := next(&c)
		if changed = arrow != nil && arrow.Leads(c.State); !changed {
			return nil
		}
		if err := setState(tx, p, &c, arrow, action, ""); err != nil || within == nil {
			return err
		}
		return within(tx)
	}
	for again := true; again; { // an op of the engine may move it at the same moment
		err = r.inTx(ctx, a.Scope(), killpoint.Move, try)
		_, again = errors.AsType[store.StateError](err)
	}
	if err == nil && changed {
		r.Changed(ctx, c)
	}
	return c, err
}

func setState(tx *store.Tx, p paceline.Principal, c *paceline.Cycle, arrow *paceline.Arrow[paceline.CycleState], action, comment string) error {
	if err := tx.SetCycleState(arrow, c); err != nil {
		return err
	}
	if err := setSchedule(tx, *c); err != nil {
		return err
	}
	return audit(tx, p, *c, action, comment)
}
