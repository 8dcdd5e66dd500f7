package core

import (
	"paceline"
)

// end writes the run's last state.
func (c *Core) end(r *Run, arrow *paceline.Arrow[paceline.RunState]) {
	state := arrow.To
	c.unused(r, state)
	r.ready, r.waiting, r.atAll = r.ready[:0], r.waiting[:0], nil
	r.Commit.Succeeded = state == paceline.RunCompleted && !r.erred
	if r.Commit.Succeeded && !r.gathered() {
		r.Commit.SuccessAt = r.CreatedAt
	}
	c.write(r, arrow, 0, leave)
}

// write asks for a commit of what the run has gathered.
func (c *Core) write(r *Run, arrow *paceline.Arrow[paceline.RunState], due paceline.Micros, then goal) {
	r.Commit.arrow = arrow
	r.Commit.State, r.Commit.DueAt, r.Commit.At, r.Commit.Awaits = arrow.To, due, c.now, r.awaits
	if r.awaits {
		r.Commit.Held = r.heldArrivals()
	}
	r.then = then
	c.enter(r, committing)
	c.emit(Effect{Kind: Write, Run: r})
}

// Committed tells what became of the run's commit.
func (c *Core) Committed(at paceline.Micros, r *Run, result CommitResult) []Effect {
	c.start(at)
	if r.phase != committing {
		panic("core: a run that is not committing was committed")
	}
	switch result {
	case NotDurable:
		r.again++
		r.timer = c.later(at.Add(retryStore), timerWrite, r, nil, nil)
	case Unstorable:
		c.unstorable(r)
	case Refused:
		c.unborn(r)
		c.release(r)
		c.forget(r)
	case Durable:
		c.durable(r)
	}
	c.dispatch()
	return c.effects
}

// durable: the commit is on the disk, and the run goes on as it was decided before.
func (c *Core) durable(r *Run) {
	r.again, r.refused, r.racy = 0, 0, false
	due, stopCycle := r.Commit.DueAt, r.Commit.StopCycle
	children := r.Commit.Children
	r.Commit.reset()
	if stopCycle && r.cycle.runs() {
		r.cycle.State, r.cycle.StoppedAt, r.cycle.schedule = paceline.CycleError, c.now, nil
		c.stopCycle(r.cycle)
	}
	c.born(r, children)
	if r.then != leave && r.stands() {
		// The stop came while this commit was on its way: it may not have found the run begun.
		c.end(r, paceline.ArrowHalted)
		return
	}
	if r.then == call {
		if !c.draining && c.mine(r.Root) || r.exec.Started {
			c.execute(r, r.exec)
			return
		}
		r.ready = append(r.ready, r.exec)
	}
	c.release(r)
	switch {
	case r.then == leave:
		c.forget(r)
	case r.then == waitAll:
		r.cycle.waits = true
		r.cycle.strayed()
		c.forget(r)
	case r.then == rest && len(r.ready) == 0: // else a delivery came meanwhile
		c.park(r, due)
	default:
		c.enqueue(r)
	}
}
