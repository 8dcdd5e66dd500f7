package core

import (
	"slices"

	"paceline"
)

// Loaded answers Load.
func (c *Core) Loaded(at paceline.Micros, r *Run, l Loaded) []Effect {
	c.start(at)
	if r.stands() {
		c.release(r)
		c.discard(r)
		c.dispatch()
		return c.effects
	}
	r.again = 0
	r.Plan, r.Local = l.Plan, l.Local
	r.Chain, r.ready, r.waiting = Resume(l.Plan, l.Rows, l.Exchanges, l.Arrived...)
	for _, a := range r.arrived {
		r.arrive(a)
	}
	r.arrived = nil
	r.awaits = slices.ContainsFunc(r.waiting, func(t Token) bool { return awaiting(l.Plan, t) }) || len(l.Arrived) > 0
	r.atAll = waitAllSteps(l.Rows)
	r.restoreHolds()
	r.begun = r.begun || len(l.Rows) > 1
	r.erred = erred(l.Plan, l.Rows)
	if c.learnLimit(r.cycle, l.Plan); r.cycle.lane != nil && r.cycle.lane.exceeded() {
		c.release(r)
		c.enqueue(r)
	} else {
		c.step(r)
	}
	c.dispatch()
	return c.effects
}

// NotLoaded answers Load. broken, for LoadBroken, holds the incidents that end the run.
func (c *Core) NotLoaded(at paceline.Micros, r *Run, why LoadProblem, broken []paceline.Incident) []Effect {
	c.start(at)
	switch why {
	case LoadGone:
		c.release(r)
		c.forget(r)
	case LoadLater:
		c.release(r)
		c.enter(r, parked)
		r.again++
		r.timer = c.later(at.Add(retryStore), timerLoad, r, nil, nil)
	case LoadBroken:
		r.Commit.reset()
		r.Commit.Incidents = append(r.Commit.Incidents, broken...)
		r.awaits = true // it may have
		c.end(r, paceline.ArrowNoRows)
	}
	c.dispatch()
	return c.effects
}
