package core

import "paceline"

// account is an account with work. Its queues hold runs in memory; what does not fit stays on the
// disk and is read back when the queue runs low.
type account struct {
	AccountInfo
	weight  int
	running int  // runs with a slot
	going   fifo // begun runs, which come first: they hold memory and their customers wait
	credit  int  // of the deficit round robin
	inRing  bool
	known   bool // limit and state were read from the store

	backlog
	lanes []*lane // of its cycles with a limit of their own
	turn  []*lane // those that may run something, in turn
	lane  bool    // the next turn is a lane's
}

// backlog is a queue of runs of which no step has begun. What does not fit is on the disk only.
type backlog struct {
	due   paceline.Micros // with which its runs stand on the disk
	fresh fifo            // by number

	// spilled says that ready runs from number spillFrom on may be on the disk only.
	spilled   bool
	spillFrom int64
	refilling bool
	// missed is the smallest number dropped while a refill was under way, 0 for none.
	missed int64
}

func (a *account) hasWork() bool {
	return len(a.going.items)+len(a.fresh.items)+len(a.turn) > 0
}

// ready is how many runs wait in memory for a slot: in the account's own queues, and in that of the cycle if it has one.
func (a *account) ready(cy *cycle) int {
	n := a.going.len() + a.fresh.len()
	if cy.lane != nil {
		n += cy.lane.going.len()
	}
	return n
}

// fifo is a queue of runs with cheap removal at the front.
type fifo struct {
	items []*Run
	room  []*Run // the whole backing array, to reuse it from the start
}

func (q *fifo) push(r *Run) {
	if len(q.items) == 0 {
		q.items = q.room[:0]
	}
	if len(q.items) == cap(q.items) && len(q.items) < cap(q.room)/2 {
		q.items = append(q.room[:0], q.items...)
	}
	q.items = append(q.items, r)
	if cap(q.items) > cap(q.room) {
		q.room = q.items
	}
}

func (q *fifo) pop() *Run {
	r := q.items[0]
	q.items[0] = nil
	q.items = q.items[1:]
	return r
}

func (q *fifo) len() int { return len(q.items) }

// ring holds the accounts that have work and are under their limit, each once, in turn.
type ring struct {
	items []*account
	head  int
}

func (g *ring) push(a *account) {
	if a.inRing {
		return
	}
	a.inRing = true
	if g.head > 0 && len(g.items) == cap(g.items) {
		n := copy(g.items, g.items[g.head:])
		clear(g.items[n:])
		g.items, g.head = g.items[:n], 0
	}
	g.items = append(g.items, a)
}

func (g *ring) pop() *account {
	a := g.items[g.head]
	g.items[g.head] = nil
	g.head++
	if g.head == len(g.items) {
		g.items, g.head = g.items[:0], 0
	}
	a.inRing = false
	return a
}

func (g *ring) empty() bool { return g.head == len(g.items) }

// limit is how many runs of the account may have a slot: its own limit, and never so many that other
// accounts find no slot.
func (c *Core) limit(a *account) int {
	limit := a.Limit
	if limit <= 0 {
		limit = c.config.AccountLimit
	}
	return min(limit, c.share)
}

func (c *Core) mayRun(a *account) bool {
	return a.Active && a.hasWork() && a.running < c.limit(a) && c.mine(a.Root)
}

// offer puts the account into the ring if it may run something.
func (c *Core) offer(a *account) {
	if c.mayRun(a) {
		c.ring.push(a)
	}
}

// dispatch gives free slots away: a deficit round robin over the accounts, where one run costs one.
func (c *Core) dispatch() {
	for c.free > 0 && !c.draining && !c.ring.empty() {
		a := c.ring.pop()
		a.credit += a.weight
		for a.credit > 0 && c.free > 0 && c.mayRun(a) {
			r := c.next(a)
			if r == nil || !c.admit(r) {
				continue
			}
			a.credit--
			a.running++
			r.cycle.running++
			c.free--
			c.slots[paceline.ShardOf(r.Root)]++
			c.begin(r)
		}
		c.refill(a)
		if !c.mayRun(a) {
			a.credit = 0
			continue
		}
		c.offer(a)
	}
}

// next takes a run out of the account's queues, nil when its lanes may not run anything after all. Lanes and the
// account's own queue take turns.
func (c *Core) next(a *account) *Run {
	own := a.going.len()+a.fresh.len() > 0
	if len(a.turn) > 0 {
		if a.lane = !a.lane || !own; a.lane {
			return c.nextOf(a)
		}
	}
	if a.going.len() > 0 {
		return a.going.pop()
	}
	return a.fresh.pop()
}

// admit decides whether a queued run may have a slot. One whose cycle does not run is forgotten: if it
// has begun, the stop has ended it; else it is held on the disk.
func (c *Core) admit(r *Run) bool {
	if r.stands() {
		c.discard(r)
		return false
	}
	if r.cycle.lane != nil && !r.let { // queued before the cycle's limit was known
		c.enqueue(r)
		return false
	}
	return true
}

// enqueue queues a run that is ready. A fresh one for which there is no room stays on the disk.
func (c *Core) enqueue(r *Run) {
	a := r.account
	c.enter(r, queued)
	if l := r.cycle.lane; l != nil {
		l.join(c, r)
		return
	}
	if r.begun || r.loaded() && len(r.Chain) > 1 {
		a.going.push(r)
	} else {
		a.fresh.push(r)
	}
	c.offer(a)
}

// room is how many fresh runs the account may hold in memory: a quarter of what is free, so that one
// account alone may use much and many share what there is, and never less than the configured heads
// until memory is full. The rest stays on the disk: a tenant with millions of queued runs costs no more.
func (c *Core) room() int {
	free := c.config.AllHeads - len(c.runs)
	if free <= 0 {
		return max(1, c.config.Heads/16)
	}
	return max(c.config.Heads, free/4)
}

// spill notes that a ready run is on the disk only.
func (b *backlog) spill(num int64) {
	num = max(num, 1) // the first number; 0 is no number
	switch {
	case b.refilling:
		if b.missed == 0 || num < b.missed {
			b.missed = num
		}
	case !b.spilled:
		b.spilled, b.spillFrom = true, num
	default:
		b.spillFrom = min(b.spillFrom, num)
	}
}

// refill asks for more heads of an account whose queue has run low.
func (c *Core) refill(a *account) {
	if a.spilled {
		c.fill(a, &a.backlog)
	}
	for _, l := range a.lanes {
		c.refillLane(l)
	}
}

func (c *Core) fill(a *account, b *backlog) {
	if !b.spilled || b.refilling || !a.Active || c.draining || !c.mine(a.Root) || b.fresh.len() > c.room()/2 && !b.gap() {
		return
	}
	b.refilling = true
	c.emit(Effect{Kind: Refill, Account: a.Num, Root: a.Root, Due: b.due, From: b.spillFrom, N: c.config.Heads})
}

// backlogAt is the backlog that a Refill was about.
func (c *Core) backlogAt(a *account, due paceline.Micros) *backlog {
	for _, l := range a.lanes {
		switch due {
		case l.split.due:
			return &l.split
		case l.line.due:
			return &l.line
		}
	}
	return &a.backlog
}

func (b *backlog) restoreMissed() {
	b.refilling = false
	if b.missed != 0 {
		b.spill(b.missed)
		b.missed = 0
	}
}

// Heads answers Refill, whose Due is given back: ready heads by ascending number, and whether the disk may hold more
// behind them.
func (c *Core) Heads(at paceline.Micros, num int64, due paceline.Micros, heads []Head, more bool) []Effect {
	c.start(at)
	a := c.accounts[num]
	if a == nil { // it belongs to another process by now
		return c.effects
	}
	b := c.backlogAt(a, due)
	b.refilling, b.spilled = false, false
	room := c.room()
	for _, h := range heads {
		if !c.mine(h.Root) {
			continue
		}
		cy := c.cycleOf(h)
		switch {
		case c.runs[h.Num] != nil:
			continue
		case cy.lane != nil && !cy.runs(): // it was stopped since: its start reads anew
			continue
		case b == &a.backlog && cy.lane != nil && cy.lane.full(c):
			cy.lane.leaveBehind(h.Num)
			continue
		}
		if b.fresh.len() >= room && !b.first(h.Num) {
			b.spill(h.Num)
			more = true
			break
		}
		c.adopt(h)
	}
	if more && !b.spilled {
		b.spill(heads[len(heads)-1].Num + 1)
	}
	b.restoreMissed()
	for _, l := range a.lanes {
		c.offerLane(l)
	}
	c.dispatch()
	c.refill(a)
	return c.effects
}

// RefillFailed tells that the store could not answer a Refill; the next tick tries again.
func (c *Core) RefillFailed(at paceline.Micros, num int64, due paceline.Micros) []Effect {
	c.start(at)
	a := c.accounts[num]
	if a == nil {
		return c.effects
	}
	b := c.backlogAt(a, due)
	b.restoreMissed()
	c.later(at.Add(retryStore), timerRefill, nil, a, nil)
	return c.effects
}
