package engine

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// messageKind is what the loop is told.
type messageKind uint8

const (
	accepted  messageKind = iota // a run is durable
	executed                     // a worker is done with a token
	committed                    // an op of a run came back
	call                         // anything rarer: a function of the core
	leaving                      // tell when shards are quiet
	drain                        // begin no step any more, and close idle when none is in progress
	quit
)

type message struct {
	kind    messageKind
	run     *core.Run
	outcome *core.Outcome
	result  core.CommitResult
	head    core.Head
	live    *live
	call    func(c *core.Core, at paceline.Micros) []core.Effect
	idle    chan struct{}
	quiet   func(c *core.Core) (over bool)
}

// mailbox is what others tell the loop. Posting never blocks.
type mailbox struct {
	mu      sync.Mutex
	items   []message
	wake    chan struct{}
	running atomic.Int64
}

func (m *mailbox) post(msg message) {
	m.mu.Lock()
	m.items = append(m.items, msg)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// take swaps the waiting messages for an empty slice.
func (m *mailbox) take(empty []message) []message {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = empty
	return items
}

// tell runs f on the core.
func (e *Engine) tell(f func(c *core.Core, at paceline.Micros) []core.Effect) {
	e.mail.post(message{kind: call, call: f})
}

// loop owns the core: it alone calls its methods, and does or hands out what they ask for.
func (e *Engine) loop() {
	var (
		batch   []message
		idle    chan struct{}
		quiet   []func(c *core.Core) bool
		alarm   <-chan time.Time
		stop    = func() bool { return false }
		alarmAt paceline.Micros
	)
	for {
		batch = e.mail.take(batch[:0])
		for i := range batch {
			m := &batch[i]
			switch m.kind {
			case quit:
				stop()
				return
			case drain:
				idle = m.idle
			case leaving:
				quiet = append(quiet, m.quiet)
			}
			e.do(e.apply(m))
		}
		clear(batch)
		now := e.now()
		if next := e.core.NextWake(); next != 0 && next <= now {
			e.do(e.core.Tick(now))
		}
		e.mail.running.Store(int64(e.core.InProgress()))
		e.metrics.Running.Set(float64(e.core.InProgress()))
		if idle != nil && e.core.Idle() {
			close(idle)
			idle = nil
		}
		quiet = slices.DeleteFunc(quiet, func(f func(*core.Core) bool) bool { return f(e.core) })
		if next := e.core.NextWake(); next != alarmAt {
			stop()
			alarmAt, alarm, stop = next, nil, func() bool { return false }
			if next != 0 {
				alarm, stop = e.clock.NewTimer(max(0, next.Time().Sub(now.Time())))
			}
		}
		select {
		case <-e.mail.wake:
		case <-alarm:
			alarmAt = 0
		}
	}
}

func (e *Engine) apply(m *message) []core.Effect {
	at := e.now()
	switch m.kind {
	case accepted:
		if m.live == nil {
			return e.core.Accepted(at, m.head, nil, nil)
		}
		return e.core.Accepted(at, m.head, m.live.plan.Plan, m.live)
	case executed:
		return e.core.Executed(at, m.run, m.outcome)
	case committed:
		return e.core.Committed(at, m.run, m.result)
	case call:
		return m.call(e.core, at)
	case drain:
		return e.core.Drain(at)
	}
	return nil
}

// do carries out effects. It neither blocks nor takes long: what does goes to workers and readers.
func (e *Engine) do(effects []core.Effect) {
	for i := range effects {
		switch f := &effects[i]; f.Kind {
		case core.Execute:
			e.jobs <- job{f.Run, f.Token} // never full: there are as many places as slots
		case core.Write:
			e.write(f.Run)
		case core.Drop:
			f.Local.(*live).dropped(e)
			e.acquit(f.Local.(*live))
		default:
			e.rare(*f)
		}
	}
}

// rare carries out what is not done for every transaction.
func (e *Engine) rare(f core.Effect) {
	switch f.Kind {
	case core.Load:
		e.tasks.add(func() { e.load(f.Run) })
	case core.Refill:
		e.tasks.add(func() { e.refill(f) })
	case core.LoadDue:
		e.tasks.add(func() { e.loadDue(f) })
	case core.LoadAccount:
		e.tasks.add(func() { e.loadAccount(f.Account) })
	case core.CancelRuns:
		e.cancelRuns(f)
	case core.FinishCycle:
		e.tasks.add(func() { e.finishCycle(f.Cycle) })
	case core.Fire:
		e.tasks.add(func() { e.fire(f) })
	case core.Gather:
		e.tasks.add(func() { e.gather(f.Cycle) })
	case core.LoadLimit:
		e.tasks.add(func() { e.loadLimit(f.Cycle) })
	case core.Line:
		e.tasks.add(func() { e.line(f.Cycle) })
	case core.Skip:
		e.tasks.add(func() { e.skip(f) })
	}
}

// write submits what a run has gathered.
func (e *Engine) write(r *core.Run) {
	killpoint.Pass(killpoint.AdvanceBeforeCommit)
	l, ok := r.Local.(*live)
	if !ok {
		l = &live{} // a run that could not be loaded ends
		r.Local = l
	}
	c := &r.Commit
	e.notices.mark(r.Account, c.Incidents)
	if c.StopCycle && r.Plan != nil {
		e.stops.learn(r.Plan)
	}
	l.advance = store.Advance{
		Run: r.Num, Partner: r.Partner, Account: r.Account, Cycle: r.Cycle,
		Rows: c.Rows, Exchanges: c.Exchanges, Incidents: c.Incidents,
		LastRuns: c.LastRuns, Cursors: c.Cursors, State: c.State, DueAt: c.DueAt, At: c.At, SuccessAt: c.SuccessAt, StopCycle: c.StopCycle,
		TellPause: c.StopCycle && e.notices.source != nil,
	}
	if c.State != paceline.RunLive {
		l.advance.PruneAt = keptUntil(r.Plan, c.Succeeded, c.At)
	}
	if c.State == paceline.RunLive {
		e.unanswered(r, l)
	}
	if c.Awaits {
		l.advance.Awaits, l.advance.Over, l.advance.Held = true, c.Over, c.Held
		for _, w := range c.Waiting {
			l.advance.Waiting = append(l.advance.Waiting, store.Waiting{Seq: w.Seq, StepRef: w.Step, Key: w.Key, Came: w.Came})
		}
		for _, a := range c.Taken {
			l.advance.Taken = append(l.advance.Taken, store.Arrival{Seq: a.Seq, N: a.K})
		}
		if c.Unused != nil {
			unused := []paceline.Incident{*c.Unused}
			e.notices.mark(r.Account, unused)
			l.advance.Unused = &unused[0]
		}
	}
	for i := range c.Children {
		l.advance.Children = append(l.advance.Children, storedChild(&c.Children[i]))
	}
	if l.op.Done == nil {
		l.op.Root, l.op.Advance = r.Root, &l.advance
		l.op.Done = func(result store.Result) { e.written(r, result) }
	}
	e.store.Submit(&l.op)
}

// written is told by the store what became of a run's commit.
func (e *Engine) written(r *core.Run, result store.Result) {
	m := message{kind: committed, run: r, result: core.Durable}
	switch {
	case errors.Is(result.Err, store.ErrUnstorable):
		m.result = core.Unstorable
		e.log.Error("the database refuses what a step's result is to be stored as", "transaction", e.ids.Encode(r.Num), "error", result.Err)
	case result.Err != nil:
		m.result = core.NotDurable
		e.log.Error("a step's result could not be stored; trying again", "transaction", e.ids.Encode(r.Num), "error", result.Err)
	case result.Refused:
		m.result = core.Refused
	}
	stored := result.Err == nil
	if stored {
		e.answered(r, r.Local.(*live))
	}
	if r.Commit.State != paceline.RunLive || r.Commit.DueAt != 0 {
		e.acquit(r.Local.(*live))
	}
	if m.result == core.Durable {
		e.tellWritten(r)
		e.tallyQuota(r, &r.Local.(*live).advance)
		if killpoint.Hook != nil {
			killpoint.Pass(pointOf(&r.Commit))
		}
	}
	if stored && r.Local.(*live).advance.TellPause {
		e.Noticed(store.DeliveryQueue{Scope: paceline.Scope{Partner: r.Partner, Account: r.Account}, Marketplace: store.PauseQueue})
	}
	if stored && toNotifyAny(&r.Local.(*live).advance) {
		e.noticed(paceline.Scope{Partner: r.Partner, Account: r.Account})
	}
	e.mail.post(m)
}

func toNotifyAny(a *store.Advance) bool {
	return slices.ContainsFunc(a.Incidents, toNotify) || a.Unused != nil && a.Unused.Notify
}

// pointOf names the point behind a commit by what comes next.
func pointOf(c *core.Commit) killpoint.Point {
	is := func(state paceline.StepState) bool {
		return slices.ContainsFunc(c.Rows, func(row paceline.StepRow) bool { return row.State == state })
	}
	switch {
	case c.StopCycle:
		return killpoint.StopAfterCommit
	case c.State != paceline.RunLive:
		return killpoint.EndAfterCommit
	case is(paceline.StepStarted):
		return killpoint.StartedAfterCommit
	case is(paceline.StepOngoing):
		return killpoint.PartAfterCommit
	case c.DueAt != 0:
		return killpoint.ParkAfterCommit
	}
	return killpoint.AdvanceAfterCommit
}

// keptUntil is when the data of a run that ends may be forgotten.
func keptUntil(plan *paceline.Plan, succeeded bool, at paceline.Micros) paceline.Micros {
	hours := paceline.DefaultRetentionHours
	if plan != nil {
		set := plan.Retention.ErrorHours
		if succeeded {
			set = plan.Retention.SuccessHours
		}
		if set != nil {
			hours = *set
		}
	}
	return at.Add(time.Duration(hours) * time.Hour)
}
