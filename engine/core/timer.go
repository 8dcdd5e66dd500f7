package core

import (
	"container/heap"
	"time"

	"paceline"
)

// timerKind is what a timer is for.
type timerKind uint8

const (
	timerRun      timerKind = iota // a parked run is due
	timerWrite                     // try a commit again
	timerLoad                      // try to load again
	timerRefill                    // try to refill again
	timerDue                       // read more parked heads
	timerHold                      // runs held since a stop are cancelled
	timerSchedule                  // a slot
	timerGather                    // ask again whether all wait
	timerLine                      // ask again whether the next of a serial cycle may begin
)

// How long the core waits before it asks the store again, and how long a stop holds runs back.
const (
	retryStore = time.Second
	holdFor    = 24 * time.Hour
)

type timer struct {
	due     paceline.Micros
	order   uint64 // of creation: timers of one time fire in this order
	kind    timerKind
	run     *Run
	account *account
	cycle   *cycle
}

type timers []timer

func (h timers) Len() int { return len(h) }
func (h timers) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].order < h[j].order
}
func (h timers) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timers) Push(x any)   { *h = append(*h, x.(timer)) }
func (h *timers) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = timer{}
	*h = (*h)[:last]
	return t
}

// later sets a timer and returns its order, by which its owner tells whether it still counts.
func (c *Core) later(due paceline.Micros, kind timerKind, r *Run, a *account, cy *cycle) uint64 {
	c.orders++
	heap.Push(&c.timers, timer{due: due, order: c.orders, kind: kind, run: r, account: a, cycle: cy})
	return c.orders
}

// NextWake is the time of the next Tick that has something to do; 0 when there is none.
func (c *Core) NextWake() paceline.Micros {
	if len(c.timers) == 0 {
		return 0
	}
	return c.timers[0].due
}

// Tick fires what is due.
func (c *Core) Tick(at paceline.Micros) []Effect {
	c.start(at)
	for len(c.timers) > 0 && c.timers[0].due <= at {
		c.fire(heap.Pop(&c.timers).(timer))
	}
	c.dispatch()
	return c.effects
}

func (c *Core) fire(t timer) {
	switch t.kind {
	case timerRun:
		if t.run.phase == parked && t.run.timer == t.order {
			c.parkedRuns--
			c.wakeUp(t.run)
			c.loadDue()
		}
	case timerWrite:
		if t.run.phase == committing && t.run.timer == t.order {
			c.emit(Effect{Kind: Write, Run: t.run})
		}
	case timerLoad:
		if t.run.phase == parked && t.run.timer == t.order {
			c.enqueue(t.run)
		}
	case timerRefill:
		c.refill(t.account)
	case timerDue:
		c.loadDue()
	case timerHold:
		if t.cycle.hold == t.order && !t.cycle.runs() {
			c.cancelHeld(t.cycle)
		}
	case timerGather:
		c.lastLeft(t.cycle)
	case timerLine:
		c.offerLane(t.cycle.lane)
	case timerSchedule:
		if s := t.cycle.schedule; s != nil && s.timer == t.order {
			c.slot(t.cycle)
		}
	}
}

// place orders parked heads: by due time, then by number.
type place struct {
	due paceline.Micros
	num int64
}

func (p place) none() bool { return p == place{} }

func (p place) before(o place) bool {
	if p.due != o.due {
		return p.due < o.due
	}
	return p.num < o.num
}

// park lets a run wait until due. One that waits long keeps its head only; and when memory is full of
// heads, only the disk keeps it, to be read back when its time comes near.
func (c *Core) park(r *Run, due paceline.Micros) {
	at := place{due, r.Num}
	if c.parkedRuns >= c.config.Parked || !c.horizon.none() && !at.before(c.horizon) {
		c.dropParked(at)
		r.cycle.strayed()
		c.forget(r)
		return
	}
	c.setBusy(r, r.atTrigger())
	if due > c.now.Add(c.config.KeepParked) {
		c.unload(r)
	}
	r.DueAt = due
	c.enter(r, parked)
	c.parkedRuns++
	r.timer = c.later(due, timerRun, r, nil, nil)
}

// wakeUp queues a parked run whose time has come.
func (c *Core) wakeUp(r *Run) {
	r.DueAt = 0
	r.begun = true
	r.seen()
	c.setBusy(r, true)
	c.enqueue(r)
}

const aheadOf = 30 * time.Second

// dropParked notes that the parked head at p is on the disk only.
func (c *Core) dropParked(p place) {
	if c.loadingDue {
		// The answer under way may not hold it.
		if c.droppedDue.none() || p.before(c.droppedDue) {
			c.droppedDue = p
		}
		return
	}
	if c.horizon.none() || p.before(c.horizon) {
		c.horizon = p
		c.later(p.due.Add(-aheadOf), timerDue, nil, nil, nil)
	}
}

// loadDue reads parked heads back once there is room for them.
func (c *Core) loadDue() {
	if c.horizon.none() || c.loadingDue || c.draining || len(c.runs)-c.inLanes > c.config.Parked/2 || c.horizon.due > c.now.Add(aheadOf) {
		return
	}
	c.loadingDue = true
	c.emit(Effect{Kind: LoadDue, Due: c.horizon.due, From: c.horizon.num, N: max(1, c.config.Parked/2)})
}

// DueHeads answers LoadDue: parked heads by ascending place, and whether the disk may hold more behind
// them.
func (c *Core) DueHeads(at paceline.Micros, heads []Head, more bool) []Effect {
	c.start(at)
	c.horizon = place{}
	if more {
		last := heads[len(heads)-1]
		c.horizon = place{last.DueAt, last.Num + 1}
	}
	for _, h := range heads {
		if c.runs[h.Num] == nil && c.mine(h.Root) {
			c.adopt(h)
		}
	}
	c.loadedDue()
	c.dispatch()
	return c.effects
}

// loadedDue sets the horizon anew after an answer, and reads on if there is room.
func (c *Core) loadedDue() {
	c.loadingDue = false
	next := c.horizon
	if !c.droppedDue.none() && (next.none() || c.droppedDue.before(next)) {
		next = c.droppedDue
	}
	c.horizon, c.droppedDue = place{}, place{}
	if !next.none() {
		c.dropParked(next)
	}
	c.loadDue()
}

// DueFailed tells that the store could not answer a LoadDue.
func (c *Core) DueFailed(at paceline.Micros) []Effect {
	c.start(at)
	c.loadingDue = false
	if !c.droppedDue.none() && c.droppedDue.before(c.horizon) {
		c.horizon = c.droppedDue
	}
	c.droppedDue = place{}
	c.later(at.Add(retryStore), timerDue, nil, nil, nil)
	return c.effects
}
