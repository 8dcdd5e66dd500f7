package core

import "paceline"

// cycle is what the core knows of a cycle with runs or a schedule in memory.
type cycle struct {
	CycleInfo
	first    *Run   // of its runs in memory
	live     int    // their number
	busy     int    // those that are queued or in progress, or still at the call that begins them
	latest   int64  // the last run that became busy
	unseen   int    // parked ones of which only the head was ever read
	running  int    // those with a slot
	lane     *lane  // of one with a limit
	hold     uint64 // the timer after which held runs are cancelled
	schedule *schedule
	// waits says that runs may wait at a Wait All step, on the disk; gathering that a Gather is not answered yet, and
	// gatherAgain that it must be asked once more.
	waits, gathering, gatherAgain bool
	// left says that another process looks after it by now.
	left bool
}

// runs reports whether steps of the cycle's runs may be executed.
func (cy *cycle) runs() bool {
	return cy.State == paceline.CycleActive || cy.State == paceline.CycleFinishing
}

// join puts the run into its cycle's list.
func (cy *cycle) join(r *Run) {
	r.following = cy.first
	if cy.first != nil {
		cy.first.previous = r
	}
	cy.first = r
	cy.live++
}

// part takes it out.
func (cy *cycle) part(r *Run) {
	if r.previous != nil {
		r.previous.following = r.following
	} else {
		cy.first = r.following
	}
	if r.following != nil {
		r.following.previous = r.previous
	}
	r.previous, r.following = nil, nil
	cy.live--
}

func (c *Core) setBusy(r *Run, busy bool) {
	if r.busy == busy {
		return
	}
	r.busy = busy
	if busy {
		r.cycle.busy++
		r.cycle.latest = r.Num
	} else {
		r.cycle.busy--
	}
}

// seen: it is no longer unknown where the run waits.
func (r *Run) seen() {
	if r.unseen {
		r.unseen = false
		r.cycle.unseen--
	}
}

// cycleOf finds the head's cycle. One that is new to the core is running: the store hands out no heads
// of others.
func (c *Core) cycleOf(h Head) *cycle {
	cy := c.cycles[h.Cycle]
	if cy == nil {
		cy = &cycle{CycleInfo: CycleInfo{Num: h.Cycle, Partner: h.Partner, Account: h.Account, Root: h.Root, State: paceline.CycleActive, Version: h.Version}}
		c.cycles[h.Cycle] = cy
	}
	return cy
}

// SetCycle tells the state of a cycle after a commit that changed it.
func (c *Core) SetCycle(at paceline.Micros, info CycleInfo) []Effect {
	c.start(at)
	if !c.mine(info.Root) {
		return c.effects
	}
	cy := c.cycles[info.Num]
	was := false
	if cy == nil {
		// Of a cycle that was never seen the disk may hold runs that do not fit its state.
		cy = &cycle{}
		was = info.State != paceline.CycleActive && info.State != paceline.CycleFinishing
		c.cycles[info.Num] = cy
	} else {
		was = cy.runs()
	}
	limit := info.Limit
	if limit == nil {
		info.Limit = cy.Limit
	}
	if cy.CycleInfo = info; limit != nil {
		c.limitCycle(cy, *limit)
	}
	if info.State != paceline.CycleActive {
		cy.schedule = nil
	}
	switch {
	case info.State == paceline.CycleStopped: // its start failed: nothing will resume what was held
		c.cancelHeld(cy)
	case cy.runs() && !was:
		c.resumeCycle(cy)
	case !cy.runs() && was:
		c.stopCycle(cy)
	}
	c.lastLeft(cy)
	c.dispatch()
	return c.effects
}

// resumeCycle lets the runs go on that were held while the cycle stood still.
func (c *Core) resumeCycle(cy *cycle) {
	cy.hold = 0
	a := c.accountAt(cy.Account, cy.Root)
	a.spill(0)
	if cy.lane != nil {
		c.restockLane(cy.lane)
	}
	c.refill(a)
}

// stopCycle ends what has begun and holds what has not. Parked runs are forgotten, calls in flight
// finish and are recorded, and what is queued is dropped when its turn comes.
func (c *Core) stopCycle(cy *cycle) {
	cy.waits, cy.gatherAgain = false, false
	for r := cy.first; r != nil; {
		following := r.following
		switch {
		case r.phase == parked:
			if r.DueAt != 0 {
				c.parkedRuns--
			}
			c.forget(r)
		case r.begun || r.phase == loading:
			r.halted = true
		}
		r = following
	}
	if cy.lane != nil {
		cy.lane.clear(c)
	}
	if cy.State == paceline.CycleDeleted {
		c.cancelHeld(cy)
		return
	}
	c.emit(Effect{Kind: CancelRuns, Cycle: cy.CycleInfo, Calls: c.Calls(cy.Num)})
	since := cy.StoppedAt
	if since == 0 || since > c.now {
		since = c.now
	}
	cy.hold = c.later(since.Add(holdFor), timerHold, nil, nil, cy)
}

// cancelHeld ends everything of a cycle that stands still.
func (c *Core) cancelHeld(cy *cycle) {
	for r := cy.first; r != nil; r = r.following {
		r.halted = true
	}
	c.emit(Effect{Kind: CancelRuns, Cycle: cy.CycleInfo, All: true, Calls: c.Calls(cy.Num)})
}

// Calls returns the cycle's runs that make a call, or write down that they do or what came of it: a stop lets these end
// by themselves. Should the process die before, the next one finds them live, and knows that their calls are lost.
func (c *Core) Calls(num int64) (list []int64) {
	cy := c.cycles[num]
	if cy == nil {
		return nil
	}
	for r := cy.first; r != nil; r = r.following {
		if r.phase == executing || r.phase == committing {
			list = append(list, r.Num)
		}
	}
	return list
}

// discard forgets a run that may not go on. If its cycle runs again by now, only the disk knows whether
// the stop has ended the run or held it.
func (c *Core) discard(r *Run) {
	r.cycle.strayed()
	c.forget(r)
	if r.cycle.runs() {
		c.backlogOf(r.cycle, r.lined).spill(r.Num)
		c.refill(r.account)
	}
}
