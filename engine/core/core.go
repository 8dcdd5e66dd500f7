package core

import (
	"maps"
	"slices"
	"time"

	"paceline"
)

// Config bounds the core. Zero values mean the defaults in brackets.
type Config struct {
	Slots        int           // runs that are in progress at once [200]
	AccountLimit int           // of an account without a limit of its own [50]
	Heads        int           // fresh runs that each account may hold in memory, and read at once [256]
	AllHeads     int           // runs that all accounts together should hold in memory [50,000]
	Parked       int           // parked heads in memory [100,000]
	Steps        int           // rows of one run [100,000]
	KeepParked   time.Duration // a run that is parked for less keeps its data in memory [2 s]
	Seed         uint64        // of the jitter
	// Owns says whether this process works for a root account; nil means for all. What it says may change at any time:
	// before it says yes, Restock and the others tell what there is, and after it says no, Leave.
	Owns func(root int64) bool
	// along, in a simulation, hears by which arrow a row goes.
	along func(run int64, seq int32, arrow *paceline.Arrow[paceline.StepState])
	// entered hears from which phase to which a run in memory goes.
	entered func(from, to phase)
}

func (c Config) withDefaults() Config {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&c.Slots, 200)
	set(&c.AccountLimit, 50)
	set(&c.Heads, 256)
	set(&c.AllHeads, 50_000)
	set(&c.Parked, 100_000)
	set(&c.Steps, 100_000)
	if c.KeepParked <= 0 {
		c.KeepParked = 2 * time.Second
	}
	return c
}

// Core is the state machine. It is not safe for concurrent use. The effects that a method returns are
// valid until the next call.
type Core struct {
	config  Config
	now     paceline.Micros
	effects []Effect

	accounts map[int64]*account
	cycles   map[int64]*cycle
	runs     map[int64]*Run // every run in memory

	ring  ring
	free  int // slots
	share int // slots that one account may have: a quarter is reserved from it

	timers     timers
	orders     uint64
	parkedRuns int
	inLanes    int   // runs that wait in the lanes of their cycles, perhaps for a parked one
	horizon    place // parked heads from here on are on the disk only; zero: all are in memory
	loadingDue bool
	droppedDue place // the first parked head dropped while a LoadDue is not answered

	draining bool
	slots    [paceline.Shards]int // that are taken, by the shard of the root account
}

// New returns a core without work.
func New(config Config) *Core {
	config = config.withDefaults()
	return &Core{
		config: config, free: config.Slots, share: max(1, config.Slots-config.Slots/4),
		accounts: map[int64]*account{}, cycles: map[int64]*cycle{}, runs: map[int64]*Run{},
	}
}

func (c *Core) start(at paceline.Micros) {
	c.now = max(c.now, at)
	clear(c.effects)
	c.effects = c.effects[:0]
}

func (c *Core) emit(e Effect) { c.effects = append(c.effects, e) }

// Accepted tells that a run with its row 0 is durable. Its plan and local data are used while it stays
// in memory; without a plan it is loaded when its turn comes.
func (c *Core) Accepted(at paceline.Micros, h Head, plan *paceline.Plan, local any) []Effect {
	c.start(at)
	if !c.mine(h.Root) { // the disk has it
		if local != nil {
			c.emit(Effect{Kind: Drop, Local: local})
		}
		return c.effects
	}
	row := paceline.StepRow{From: -1}
	if plan != nil {
		row.StepRef = int32(plan.Trigger)
	}
	c.arrive(h, row, plan, local)
	c.dispatch()
	return c.effects
}

// arrive queues a run that is durable with its row 0, or leaves it to the disk when memory is full.
func (c *Core) arrive(h Head, row paceline.StepRow, plan *paceline.Plan, local any) {
	if c.runs[h.Num] != nil {
		// A refill has found it first.
		if local != nil {
			c.emit(Effect{Kind: Drop, Local: local})
		}
		return
	}
	a, cy := c.accountAt(h.Account, h.Root), c.cycleOf(h)
	c.learnLimit(cy, plan)
	b := c.backlogOf(cy, h.DueAt)
	if cy.lane != nil {
		c.askLimit(cy.lane)
	}
	if b.spilled || b.refilling || b.fresh.len() >= c.room() || cy.lane != nil && !cy.runs() {
		b.spill(h.Num)
		if h.DueAt == 0 {
			cy.strayed()
		}
		if local != nil {
			c.emit(Effect{Kind: Drop, Local: local})
		}
		c.refill(a)
		return
	}
	r := c.adopt(h)
	if plan != nil {
		r.Plan, r.Local = plan, local
		r.Chain = append(make([]Link, 0, 8), Link{Step: row.StepRef, From: row.From})
		r.follow(row)
	}
}

// adopt takes a head into memory: queued, or parked until its due time.
func (c *Core) adopt(h Head) *Run {
	r := &Run{Head: h, account: c.accountAt(h.Account, h.Root), cycle: c.cycleOf(h)}
	c.runs[h.Num] = r
	r.cycle.join(r)
	if h.DueAt > c.now {
		r.begun, r.unseen = true, true
		r.cycle.unseen++
		c.park(r, h.DueAt)
		return r
	}
	r.begun = h.DueAt > 0
	r.lined = min(h.DueAt, 0)
	r.DueAt = 0
	c.setBusy(r, true)
	c.enqueue(r)
	return r
}

// forget drops a run from memory. It has ended, or the disk keeps it.
func (c *Core) forget(r *Run) {
	c.setBusy(r, false)
	r.seen()
	c.enter(r, outside)
	c.unload(r)
	delete(c.runs, r.Num)
	r.cycle.part(r)
	c.lastLeft(r.cycle)
	if l := r.cycle.lane; l != nil {
		l.askAt, l.wait = 0, 0
		c.offerLane(l)
	}
	c.loadDue()
}

// release gives the run's slot back.
func (c *Core) release(r *Run) {
	r.account.running--
	r.cycle.running--
	c.free++
	c.slots[paceline.ShardOf(r.Root)]--
	if l := r.cycle.lane; l != nil {
		c.offerLane(l)
	}
	c.offer(r.account)
}

func (c *Core) accountOf(num int64) *account {
	a := c.accounts[num]
	if a == nil {
		a = &account{AccountInfo: AccountInfo{Num: num, Active: true}, weight: 1}
		c.accounts[num] = a
	}
	if !a.known {
		a.known = true
		c.emit(Effect{Kind: LoadAccount, Account: num})
	}
	return a
}

// accountAt is accountOf for an account whose root is known.
func (c *Core) accountAt(num, root int64) *account {
	a := c.accountOf(num)
	a.Root = root
	return a
}

// SetAccount tells the limit and the state of an account.
func (c *Core) SetAccount(at paceline.Micros, info AccountInfo) []Effect {
	c.start(at)
	if !c.mine(info.Root) {
		return c.effects
	}
	a := c.accounts[info.Num]
	if a == nil {
		a = &account{weight: 1}
		c.accounts[info.Num] = a
	}
	a.AccountInfo, a.known = info, true
	c.offer(a)
	c.dispatch()
	c.refill(a)
	return c.effects
}

// AskAccounts tells that the limits of accounts may be others than those that are known: those with work are asked for now, others
// when they have some.
func (c *Core) AskAccounts(at paceline.Micros) []Effect {
	c.start(at)
	for _, num := range slices.Sorted(maps.Keys(c.accounts)) {
		if a := c.accounts[num]; a.hasWork() || a.running > 0 {
			c.emit(Effect{Kind: LoadAccount, Account: num})
		} else {
			a.known = false
		}
	}
	return c.effects
}

// Restock tells that ready runs of the account may be on the disk from number from on.
func (c *Core) Restock(at paceline.Micros, num, root, from int64) []Effect {
	c.start(at)
	if !c.mine(root) {
		return c.effects
	}
	a := c.accountAt(num, root)
	a.spill(from)
	c.refill(a)
	return c.effects
}

// RestockParked tells that parked runs may be on the disk: what a start does first.
func (c *Core) RestockParked(at paceline.Micros) []Effect {
	c.start(at)
	c.dropParked(place{due: 1})
	c.loadDue()
	return c.effects
}

// Drain begins no step any more. What is in progress is answered as ever; Idle tells when it is done.
func (c *Core) Drain(at paceline.Micros) []Effect {
	c.start(at)
	c.draining = true
	return c.effects
}

// Idle reports whether no run has a slot: nothing is executed, loaded or written.
func (c *Core) Idle() bool { return c.free == c.config.Slots }

// InProgress is the number of runs with a slot, Known the number in memory.
func (c *Core) InProgress() int { return c.config.Slots - c.free }

// Known is the number of runs in memory.
func (c *Core) Known() int { return len(c.runs) }

// Has reports whether the run is in memory.
func (c *Core) Has(num int64) bool { return c.runs[num] != nil }

// Going reports whether the run has a slot: a step of it is in progress.
func (c *Core) Going(num int64) bool {
	r := c.runs[num]
	return r != nil && (r.phase == loading || r.phase == executing || r.phase == committing)
}
