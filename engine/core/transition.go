package core

import (
	"paceline"
)

// Every arrow of a run and of a step is one function; docs/state_machine.md draws them. Here a run goes from token to token:
// outcome.go has what an execution gives, retry.go what becomes of one that failed, wait.go what waits, split.go what goes on
// as transactions of its own, and commit.go how the run is written and goes on behind that.

// begin uses the slot that the run was given: the next token, or first its rows.
func (c *Core) begin(r *Run) {
	if !r.loaded() {
		c.enter(r, loading)
		c.emit(Effect{Kind: Load, Run: r})
		return
	}
	c.step(r)
}

// maxRows bounds one op; a flow that decides in circles without a call is written in pieces.
const maxRows = 500

// step goes on with the run's next token until a worker or the disk is needed.
func (c *Core) step(r *Run) {
	for {
		r.wake(c.now)
		t, ok := r.take()
		switch {
		case !ok:
			c.settle(r)
			return
		case c.draining || !c.mine(r.Root):
			c.putBack(r, t)
			return
		case len(r.Commit.Rows) >= maxRows:
			r.ready = append(r.ready, t)
			c.write(r, paceline.ArrowPiece, 0, goOn)
			return
		case len(r.Chain) >= c.config.Steps && t.Seq < 0:
			c.overrun(r, t)
			return
		}
		r.begun = true
		switch kind := r.Plan.Steps[t.Step].Kind; {
		case kind == paceline.StepDelay && t.Seq < 0 && tooLong(r.Plan, t):
			c.outlast(r, t)
			return
		case kind == paceline.StepDelay:
			c.delay(r, t)
		case kind == paceline.StepWaitAll:
			c.arriveAtAll(r, t)
		case kind == paceline.StepAnnotation:
			c.pass(r, t)
		case kind == paceline.StepWaitUntil && t.Progress != nil:
			c.waited(r, t)
		case awaiting(r.Plan, t):
			c.expire(r, t)
			return
		case kind == paceline.StepWebhook:
			c.execute(r, t)
			return
		case kind == paceline.StepDecision, kind == paceline.StepSwitch, kind == paceline.StepWaitUntil, t.Splitting:
			c.execute(r, t)
			return
		default:
			c.call(r, t)
			return
		}
	}
}

// call executes a token that leaves the process. What must be on the disk before is written first: rows
// whose numbers its idempotency key relies on, and the started row of a call that must not be repeated.
func (c *Core) call(r *Run, t Token) {
	if t.Started {
		c.lost(r, t, nil)
		return
	}
	unsafe := unsafe(r.Plan, t)
	if !unsafe && !r.racy {
		c.execute(r, t)
		return
	}
	r.number(&t)
	if unsafe {
		t.Started = true
		row := c.row(r, t, paceline.ArrowStepCall)
		row.StartedAt = c.now
		r.record(row)
	}
	r.exec = t
	c.write(r, paceline.ArrowMark, 0, call)
}

// execute hands the token to a worker.
func (c *Core) execute(r *Run, t Token) {
	r.number(&t)
	r.exec = t
	c.enter(r, executing)
	c.emit(Effect{Kind: Execute, Run: r, Token: t})
}

// Executed tells how the execution of the run's token came out.
func (c *Core) Executed(at paceline.Micros, r *Run, o *Outcome) []Effect {
	c.start(at)
	t := r.exec
	if r.phase != executing {
		panic("core: a run that is not executing was executed")
	}
	if o.Progress != nil {
		t.Progress, t.Asks = o.Progress, o.Asks
	}
	switch {
	case o.Verdict == OK && o.More && o.After > 0:
		c.await(r, t, o)
	case o.Verdict == OK && o.More:
		c.part(r, t, o)
	case o.Verdict == OK && o.Key != nil:
		c.awaitDelivery(r, t, o)
	case o.Verdict == OK && o.Until > c.now:
		c.wait(r, t, o)
	case o.Verdict == OK:
		c.done(r, t, o)
	case o.Verdict == Failed:
		c.failed(r, t, o)
	case o.Verdict == Throttled:
		c.throttled(r, t, o)
	case o.Verdict == Unknown:
		c.lost(r, t, o)
	case o.Verdict == Again:
		c.putBack(r, t)
	}
	c.dispatch()
	return c.effects
}

// putBack: nothing happened, because the server stops. The token stays ready for the next start.
func (c *Core) putBack(r *Run, t Token) {
	r.ready = append(r.ready, t)
	c.release(r)
	c.enqueue(r)
}

// pass goes through a step that does nothing.
func (c *Core) pass(r *Run, t Token) {
	r.number(&t)
	row := c.row(r, t, paceline.ArrowStepPass)
	row.StartedAt, row.EndedAt = c.now, c.now
	r.record(row)
	r.follow(row)
}

// advance writes what the run has and goes on: with its ready tokens, with its parked ones, or to its end.
func (c *Core) advance(r *Run) {
	r.wake(c.now)
	if len(r.ready) > 0 {
		c.write(r, paceline.ArrowGoOn, 0, goOn)
		return
	}
	c.settle(r)
}

// settle: no token is ready. The run rests until the first parked one is due, waits for all others, or is complete.
func (c *Core) settle(r *Run) {
	if due := r.nextDue(); due != 0 {
		c.write(r, paceline.ArrowRest, due, rest)
		return
	}
	if len(r.atAll) > 0 {
		c.waitForAll(r)
		return
	}
	c.end(r, paceline.ArrowComplete)
}

// stopped ends a run whose cycle was stopped while its call was in flight.
func (c *Core) stopped(r *Run) bool {
	if !r.stands() {
		return false
	}
	c.unborn(r)
	c.end(r, paceline.ArrowStopped)
	return true
}

// overrun ends a run that has made more rows than any sensible flow: it goes round in circles.
func (c *Core) overrun(r *Run, t Token) {
	r.Commit.Incidents = append(r.Commit.Incidents, c.incident(r, t, paceline.CodeTransactionStopped))
	c.end(r, paceline.ArrowOverrun)
}
