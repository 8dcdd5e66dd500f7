package core

import (
	"slices"

	"paceline"
)

// A Wait All step ends every path that comes to it. Once no transaction of the cycle is live but those that have
// nothing left than to wait there, one new transaction goes on behind the step. Those that wait are on the disk only:
// thousands cost nothing in memory. Whether all are there is a question to the disk; it is asked when the last run of
// the cycle has left the memory.

// arrive at a Wait All step: the path ends there, and its row says so.
func (c *Core) arriveAtAll(r *Run, t Token) {
	r.number(&t)
	row := c.row(r, t, paceline.ArrowStepAtAll)
	row.StartedAt, row.EndedAt, row.Exit = c.now, c.now, paceline.ExitWaits
	r.record(row)
	r.atAll = appendOnce(r.atAll, t.Step)
}

// waitAllSteps finds the Wait All steps at which paths of a run have arrived, and that have not fired since.
func waitAllSteps(rows []paceline.StepRow) (steps []int32) {
	for i := range rows {
		if rows[i].Exit == paceline.ExitWaits && rows[i].State == paceline.StepDone {
			steps = appendOnce(steps, rows[i].StepRef)
		}
	}
	return steps
}

func appendOnce(steps []int32, step int32) []int32 {
	if slices.Contains(steps, step) {
		return steps
	}
	steps = append(steps, step)
	slices.Sort(steps)
	return steps
}

// waitForAll lets a run rest at the first of the Wait All steps that it has come to.
func (c *Core) waitForAll(r *Run) {
	c.write(r, paceline.ArrowWaitForAll, paceline.WaitAllDue(r.atAll[0], len(r.atAll) > 1), waitAll)
}

// lastLeft: no run of the cycle is in memory any more.
func (c *Core) lastLeft(cy *cycle) {
	switch {
	case cy.left || cy.family() > 0:
	case cy.waits && cy.runs():
		c.gather(cy)
	case cy.State == paceline.CycleFinishing && cy.live == 0:
		c.emit(Effect{Kind: FinishCycle, Cycle: cy.CycleInfo})
	}
}

// gather asks the disk whether all have come; once at a time.
func (c *Core) gather(cy *cycle) {
	if cy.gathering || c.draining || !c.mine(cy.Root) {
		cy.gatherAgain = true
		return
	}
	cy.gathering, cy.gatherAgain = true, false
	c.emit(Effect{Kind: Gather, Cycle: cy.CycleInfo})
}

// GatherResult is what became of a Gather.
type GatherResult int

// The results of a Gather.
const (
	GatherFired  GatherResult = iota // new transactions are durable
	GatherLater                      // another transaction is live
	GatherNone                       // none waits
	GatherFailed                     // the store could not answer
)

// Gathered answers Gather.
func (c *Core) Gathered(at paceline.Micros, cycleNum int64, result GatherResult) []Effect {
	c.start(at)
	cy := c.cycles[cycleNum]
	if cy == nil {
		return c.effects
	}
	cy.gathering = false
	switch result {
	case GatherFired:
		cy.strayed()
		a := c.accountAt(cy.Account, cy.Root)
		a.spill(0) // those that go on to another Wait All step are older
		c.refill(a)
	case GatherNone:
		cy.waits = false
		c.lastLeft(cy)
	case GatherLater:
		if cy.gatherAgain {
			c.lastLeft(cy)
		}
	case GatherFailed:
		c.later(at.Add(retryStore), timerGather, nil, nil, cy)
	}
	c.dispatch()
	return c.effects
}

// Waits tells that transactions of a running cycle wait at a Wait All step: what a start does for each such cycle.
func (c *Core) Waits(at paceline.Micros, info CycleInfo) []Effect {
	c.start(at)
	if !c.mine(info.Root) {
		return c.effects
	}
	cy := c.cycles[info.Num]
	if cy == nil {
		cy = &cycle{CycleInfo: info}
		c.cycles[info.Num] = cy
	}
	cy.waits = true
	c.lastLeft(cy)
	c.dispatch()
	return c.effects
}
