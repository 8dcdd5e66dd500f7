package core

import (
	"math"
	"slices"
	"time"

	"paceline"
)

// lane is the way of a cycle that has a limit of its own: its ready runs stand here and not among the others of the
// account, so that what has to wait holds up no other cycle. A serial cycle runs one transaction after the other, in
// order of acceptance: the next begins once nothing is live that belongs to the one before, be it in progress, waiting
// or split off.
type lane struct {
	cycle   *cycle
	account *account
	limit   int // of runs with a slot; 0: none
	serial  bool
	known   bool // limit and serial are
	loading bool // they are being read
	going   fifo // runs that have begun
	split   backlog
	line    backlog // those that arrived
	inTurn  bool    // among the lanes of the account that may run something
	// elsewhere says that runs which have begun may be on the disk only; asking that a Line is not answered yet.
	// again that another one has left the memory since.
	elsewhere, asking, again bool
	askAt                    paceline.Micros // not before
	wait                     time.Duration   // between the last two
	// odd is how many runs in going stand among those of the account on the disk. What does not fit is passed over there,
	// so that what waits for this cycle does not keep others waiting: behind is the first of these, 0 without any.
	odd    int
	behind int64
}

// CycleLimit is how many of a cycle's runs may have a slot at once, 0 for any number, and whether they go one after the other.
type CycleLimit struct {
	Running int
	Serial  bool
}

// laneOf returns the lane of a cycle, and makes it: what the disk holds for it is read first.
func (c *Core) laneOf(cy *cycle) *lane {
	if cy.lane != nil {
		return cy.lane
	}
	a := c.accountAt(cy.Account, cy.Root)
	l := &lane{cycle: cy, account: a, elsewhere: true}
	l.split.due, l.line.due = paceline.LineDue(cy.Num, true), paceline.LineDue(cy.Num, false)
	cy.lane = l
	a.lanes = append(a.lanes, l)
	c.restockLane(l)
	return l
}

// askLine is how long a serial cycle waits at first before it asks the disk again whether the one before has ended, by
// itself: when something of the cycle leaves the memory it asks at once.
const askLine = 5 * time.Second

func (c *Core) restockLane(l *lane) {
	l.cycle.strayed()
	l.split.spill(0)
	l.line.spill(0)
	c.refillLane(l)
}

func (c *Core) refillLane(l *lane) {
	if !l.cycle.runs() {
		return
	}
	c.fill(l.account, &l.split)
	c.fill(l.account, &l.line)
}

// limit takes over the limit of a cycle. One without gets no lane, but keeps the one that it has: runs may stand there.
func (c *Core) limitCycle(cy *cycle, limit CycleLimit) {
	if cy.lane == nil && limit == (CycleLimit{}) {
		return
	}
	l := c.laneOf(cy)
	cy.Limit = &limit
	l.limit, l.serial, l.known = limit.Running, limit.Serial, true
	if l.serial {
		l.limit = 1
	}
	c.offerLane(l)
}

// SetLimit answers LoadLimit, and tells that runs of the cycle may stand in its lane on the disk.
func (c *Core) SetLimit(at paceline.Micros, cycleNum int64, limit CycleLimit) []Effect {
	c.start(at)
	if cy := c.cycles[cycleNum]; cy != nil {
		c.limitCycle(cy, limit)
	}
	c.dispatch()
	return c.effects
}

// FoundLane tells, before Heads, that runs of a cycle stand in its lane on the disk.
func (c *Core) FoundLane(at paceline.Micros, h Head) []Effect {
	c.start(at)
	if !c.mine(h.Root) {
		return c.effects
	}
	if cy := c.cycleOf(h); cy.lane == nil {
		c.askLimit(c.laneOf(cy))
	}
	c.dispatch()
	return c.effects
}

func (c *Core) askLimit(l *lane) {
	if !l.known && !l.loading {
		l.loading = true
		c.emit(Effect{Kind: LoadLimit, Cycle: l.cycle.CycleInfo})
	}
}

// learnLimit makes the lane of a run whose plan has a limit. The plan may be an older one: the cycle's counts in the end.
func (c *Core) learnLimit(cy *cycle, plan *paceline.Plan) {
	if cy.lane != nil && cy.lane.known || plan == nil || !plan.Limited() {
		return
	}
	l := c.laneOf(cy)
	c.askLimit(l)
	c.limitCycle(cy, CycleLimit{Running: plan.MaxConcurrent, Serial: plan.Serial})
}

// backlogOf is where a head stands on the disk while it waits for its turn.
func (c *Core) backlogOf(cy *cycle, due paceline.Micros) *backlog {
	if num, split := due.Line(); num == 0 {
		return &c.accountAt(cy.Account, cy.Root).backlog
	} else if l := c.laneOf(cy); split {
		return &l.split
	} else {
		return &l.line
	}
}

// join queues a run that is ready.
func (l *lane) join(c *Core, r *Run) {
	switch {
	case !l.cycle.runs(): // the stop has ended it, or holds it
		c.forget(r)
		return
	case r.lined != 0 && !r.begun && !r.let:
		c.inLanes++
		c.backlogOf(r.cycle, r.lined).fresh.insert(r)
	default:
		if r.odd = !r.begun && !r.let; r.odd {
			l.odd++
		}
		c.inLanes++
		l.going.push(r)
	}
	c.offerLane(l)
}

// clear forgets what waits in the lane of a cycle that was stopped; the disk tells what is left of it.
func (l *lane) clear(c *Core) {
	l.behind = 0
	for _, q := range []*fifo{&l.going, &l.split.fresh, &l.line.fresh} {
		for q.len() > 0 {
			r := q.pop()
			l.left(c, r)
			c.forget(r)
		}
	}
}

func (l *lane) left(c *Core, r *Run) {
	c.inLanes--
	if r.odd {
		r.odd = false
		l.odd--
		l.catchUp(c)
	}
}

// share is how many odd runs the lane may hold in memory.
func (l *lane) share(c *Core) int { return max(1, c.room()/2/len(l.account.lanes)) }

func (l *lane) full(c *Core) bool { return l.odd >= l.share(c) }

// leaveBehind notes that an odd run stays on the disk.
func (l *lane) leaveBehind(num int64) {
	if l.behind == 0 || num < l.behind {
		l.behind = num
	}
	l.cycle.strayed()
}

// catchUp reads again from the first run that was passed over, once there is room for some.
func (l *lane) catchUp(c *Core) {
	if l.behind == 0 || l.odd > l.share(c)/2 {
		return
	}
	l.account.spill(l.behind)
	l.behind = 0
	c.refill(l.account)
}

// family is how many runs of the cycle are in memory that are not still to begin.
func (cy *cycle) family() int {
	if cy.lane == nil || !cy.lane.serial {
		return cy.live
	}
	return cy.live - cy.lane.line.fresh.len()
}

// open reports whether a run of the lane may have a slot now.
func (l *lane) open(c *Core) bool {
	limit := l.limit
	if limit == 0 {
		limit = math.MaxInt
	}
	if !l.known || !l.cycle.runs() || l.cycle.left || l.cycle.running >= limit {
		return false
	}
	if l.going.len() > 0 || l.split.fresh.len() > 0 {
		return true
	}
	if l.line.fresh.len() == 0 {
		return false
	}
	if !l.serial {
		return true
	}
	if l.cycle.family() > 0 || l.split.away() || l.line.mayHold(l.line.fresh.items[0].Num) {
		return false
	}
	if l.elsewhere {
		if !l.asking && !c.draining && c.mine(l.cycle.Root) && c.now >= l.askAt {
			l.asking = true
			c.emit(Effect{Kind: Line, Cycle: l.cycle.CycleInfo})
		}
		return false
	}
	return true
}

// away reports whether runs may stand on the disk only.
func (b *backlog) away() bool { return b.spilled || b.refilling }

// mayHold reports whether a run with a smaller number may stand on the disk only.
func (b *backlog) mayHold(num int64) bool {
	return b.spilled && b.spillFrom < num || b.missed != 0 && b.missed < num
}

// gap reports whether a run before those in memory may stand on the disk only: it is read, full or not.
func (b *backlog) gap() bool {
	return b.due != 0 && b.fresh.len() > 0 && b.mayHold(b.fresh.items[0].Num)
}

// first reports whether a run would be the first of those in memory.
func (b *backlog) first(num int64) bool {
	return b.due != 0 && b.fresh.len() > 0 && num < b.fresh.items[0].Num
}

// Lined answers Line: whether a run of the cycle that has begun is live on the disk.
func (c *Core) Lined(at paceline.Micros, cycleNum int64, others bool) []Effect {
	c.start(at)
	cy := c.cycles[cycleNum]
	if cy == nil || cy.lane == nil {
		return c.effects
	}
	l := cy.lane
	l.asking = false
	if others {
		if cy.waits {
			c.lastLeft(cy) // they may all be at a Wait All step
		}
		// It comes to memory by another way; should it have ended without, this asks again.
		l.wait = min(max(2*l.wait, askLine), time.Hour)
		l.askAt = at.Add(l.wait)
		c.later(l.askAt, timerLine, nil, nil, cy)
	} else {
		l.elsewhere = l.again
		l.again = false
		c.offerLane(l)
	}
	c.dispatch()
	return c.effects
}

// strayed notes that a run of the cycle which has begun is on the disk only.
func (cy *cycle) strayed() {
	if l := cy.lane; l != nil {
		l.elsewhere = true
		l.again, l.askAt, l.wait = l.asking, 0, 0
	}
}

// offerLane puts the lane among those of its account that may run something.
func (c *Core) offerLane(l *lane) {
	if !l.inTurn && l.open(c) {
		l.inTurn = true
		l.account.turn = append(l.account.turn, l)
	}
	c.offer(l.account)
}

// nextOf takes a run out of the lanes of an account, nil when none may run.
func (c *Core) nextOf(a *account) *Run {
	for len(a.turn) > 0 {
		l := a.turn[0]
		a.turn = slices.Delete(a.turn, 0, 1)
		l.inTurn = false
		if !l.open(c) {
			continue
		}
		var r *Run
		switch {
		case l.going.len() > 0:
			r = l.going.pop()
		case l.split.fresh.len() > 0:
			r = l.split.fresh.pop()
		default:
			r = l.line.fresh.pop()
		}
		l.left(c, r)
		r.let = true
		c.offerLane(l)
		return r
	}
	return nil
}

// insert puts a run in its place by number.
func (q *fifo) insert(r *Run) {
	q.push(r)
	for i := len(q.items) - 1; i > 0 && q.items[i-1].Num > r.Num; i-- {
		q.items[i-1], q.items[i] = q.items[i], q.items[i-1]
	}
}

// exceeded reports whether more runs of the cycle have a slot than may.
func (l *lane) exceeded() bool { return l.known && l.limit > 0 && l.cycle.running > l.limit }
