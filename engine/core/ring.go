package core

import "paceline"

// account is an account with work. Its queues hold runs in memory; what does not fit stays on the
// disk and is read back when the queue runs low.
type account struct {
	AccountInfo
	weight  int
	running int  // runs with a slot
	going   fifo // begun runs, which come first: they hold memory and their customers wait
	fresh   fifo // runs of which no step has begun, by number
	credit  int  // of the deficit round robin
	inRing  bool
	known   bool // limit and state were read from the store

	// spilled says that ready runs from number spillFrom on may be on the disk only.
	spilled   bool
	spillFrom int64
	refilling bool
	// missed is the smallest number dropped while a refill was under way, 0 for none.
	missed int64
}

func (a *account) hasWork() bool { return len(a.going.items)+len(a.fresh.items) > 0 }

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
	return a.Active && a.hasWork() && a.running < c.limit(a)
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
			r := a.next()
			if !c.admit(r) {
				continue
			}
			a.credit--
			a.running++
			c.free--
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

func (a *account) next() *Run {
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
	return true
}

// enqueue queues a run that is ready. A fresh one for which there is no room stays on the disk.
func (c *Core) enqueue(r *Run) {
	a := r.account
	r.phase = queued
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
func (a *account) spill(num int64) {
	num = max(num, 1) // the first number; 0 is no number
	switch {
	case a.refilling:
		if a.missed == 0 || num < a.missed {
			a.missed = num
		}
	case !a.spilled:
		a.spilled, a.spillFrom = true, num
	default:
		a.spillFrom = min(a.spillFrom, num)
	}
}

// refill asks for more heads of an account whose queue has run low.
func (c *Core) refill(a *account) {
	if !a.spilled || a.refilling || !a.Active || c.draining || a.fresh.len() > c.room()/2 {
		return
	}
	a.refilling = true
	c.emit(Effect{Kind: Refill, Account: a.Num, From: a.spillFrom, N: c.config.Heads})
}

// Heads answers Refill: ready heads by ascending number, and whether the disk may hold more behind them.
func (c *Core) Heads(at paceline.Micros, num int64, heads []Head, more bool) []Effect {
	c.start(at)
	a := c.accountOf(num)
	a.refilling = false
	a.spilled = false
	room := c.room()
	for _, h := range heads {
		if c.runs[h.Num] != nil {
			continue
		}
		if a.fresh.len() >= room {
			a.spill(h.Num)
			more = true
			break
		}
		c.adopt(h)
	}
	if more && !a.spilled {
		a.spill(heads[len(heads)-1].Num + 1)
	}
	if a.missed != 0 {
		a.spill(a.missed)
		a.missed = 0
	}
	c.dispatch()
	c.refill(a)
	return c.effects
}

// RefillFailed tells that the store could not answer a Refill; the next tick tries again.
func (c *Core) RefillFailed(at paceline.Micros, num int64) []Effect {
	c.start(at)
	a := c.accountOf(num)
	a.refilling = false
	if a.missed != 0 {
		a.spill(a.missed)
		a.missed = 0
	}
	c.later(at.Add(retryStore), timerRefill, nil, a, nil)
	return c.effects
}
