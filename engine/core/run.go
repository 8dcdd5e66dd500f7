package core

import (
	"paceline"
)

// Token is a place in a run where work goes on: the step to execute next on one path.
type Token struct {
	From int32 // the row that it continues
	Step int32 // ordinal of the step in the plan
	Edge int32 // which of the edges that leave From's exit it came by; orders the tokens of one row
	K    int32 // how many edges before it lead from the same row to the same step
	Seq  int32 // its row; -1 while it has none
	// Attempt counts the failed tries, Holds the rate limit waits since the last try (in memory only).
	Attempt, Holds int32
	Exchanges      int32 // logged calls so far
	Due            paceline.Micros
	Started        bool // a started row is on the disk: a call that must not be repeated may have left
	// Progress is where the next part of a long step begins; nil at its first. Splitting says that its call
	// is done, and only the items of its output are still to go on as children.
	Progress  []byte
	Splitting bool
	// Asks says that what it began is on the disk, and its next call only asks what has become of it.
	Asks bool
	// Arrived says that a delivery lets the webhook step of row From go on, as number K there.
	Arrived bool
}

// before orders the ready tokens of a run: the oldest row first, then the edges in order of creation.
func (t Token) before(o Token) bool {
	if t.From != o.From {
		return t.From < o.From
	}
	if t.Edge != o.Edge {
		return t.Edge < o.Edge
	}
	return t.K < o.K
}

// Link is a row of a run as far as later steps need it: which step made it, and which row it continues.
type Link struct {
	Step, From int32
	// Edge is which edge of From's step the row came by.
	Edge int32
}

// phase is where a run in memory stands. Nothing of it is written.
type phase uint8

const (
	outside    phase = iota // not in memory: new, or forgotten
	queued                  // waits for a slot
	loading                 // has a slot; its rows are being read
	executing               // a token is with a worker
	committing              // its commit is on the way to the disk
	parked                  // waits for its due time, without a slot
)

var phaseNames = [...]string{"[*]", "queued", "loading", "executing", "committing", "parked"}

// String returns the name, as docs/state_machine.md has it.
func (p phase) String() string { return phaseNames[p] }

// enter puts a run into a phase, and tells a simulation.
func (c *Core) enter(r *Run, p phase) {
	if c.config.entered != nil {
		c.config.entered(r.phase, p)
	}
	r.phase = p
}

// goal is what follows a commit.
type goal uint8

const (
	goOn    goal = iota // back to the ring: the next token
	call                // execute the token in exec, which waited for this commit
	rest                // park until the due time
	leave               // the run has ended
	waitAll             // rest at a Wait All step, on the disk only
)

// Run is a live run in memory. Workers may read what is exported while they execute a token of it;
// only the core writes.
type Run struct {
	Head
	Plan *paceline.Plan
	// Local belongs to the shell: opened outputs and the like. The core never looks into it.
	Local any
	// Chain has one link per row, by seq.
	Chain []Link
	// Commit is what is being written, between a Write effect and Committed.
	Commit Commit

	account *account
	cycle   *cycle
	// previous and following are its neighbours in the cycle's list of runs in memory.
	previous, following *Run
	phase               phase
	then                goal
	exec                Token
	ready               []Token
	waiting             []Token // parked tokens
	atAll               []int32 // Wait All steps at which paths have ended
	begun               bool    // some step has been executed, or may have been
	busy                bool    // counts in cycle.busy
	unseen              bool    // counts in cycle.unseen
	// awaits says that a webhook step of the run has waited for deliveries. arrived are those which a read of the
	// run that is under way may miss.
	awaits  bool
	arrived []Arrival
	// halted says that a stop of the cycle has ended the run, or ends it once its call is recorded. It
	// stays so when the cycle starts again.
	halted bool
	// racy says that a row got its seq while another token was parked, and is not on the disk yet:
	// after a crash the parked token could come first and take that seq. Such rows are committed
	// before a call, whose idempotency key names them.
	racy bool
	// lined is the due time with which it stood on the disk in the lane of its cycle; let that it had its turn there,
	// odd that it counts among those that came to the lane by another way.
	lined    paceline.Micros
	let, odd bool

	held  []hold
	erred bool // an error was ignored: the run does not count as a success
	again int  // failed tries to write the commit or to load the run
	// refused is how often the store has refused what was in the run's commit.
	refused int
	timer   uint64
}

// stands reports that the run may not go on: its cycle does not run, or has been stopped since it began.
func (r *Run) stands() bool { return r.halted || !r.cycle.runs() }

// atTrigger reports whether the call that begins a run of a polled cycle is still to be made.
func (r *Run) atTrigger() bool {
	if r.Plan == nil || !Polled(r.Plan) {
		return false
	}
	for _, t := range r.waiting {
		if t.From == 0 && int(t.Step) == r.Plan.Trigger {
			return true
		}
	}
	return false
}

// gathered reports whether the run goes on from a Wait All step: when the cycle last succeeded is for those to tell
// that came to it.
func (r *Run) gathered() bool {
	return len(r.Chain) > 0 && r.Chain[0].From == -1 && int(r.Chain[0].Step) != r.Plan.Trigger
}

// loaded reports whether the run's rows are in memory.
func (r *Run) loaded() bool { return r.Chain != nil }

// hold is how often a token was rate limited in a row; it outlives unloading, not the process.
type hold struct {
	seq, holds int32
}

// restoreHolds gives tokens that were read back what was remembered of them.
func (r *Run) restoreHolds() {
	for _, h := range r.held {
		for i := range r.ready {
			if r.ready[i].Seq == h.seq {
				r.ready[i].Holds = h.holds
			}
		}
		for i := range r.waiting {
			if r.waiting[i].Seq == h.seq {
				r.waiting[i].Holds = h.holds
			}
		}
	}
	r.held = r.held[:0]
}

// unload forgets what can be read again, for a long wait.
func (c *Core) unload(r *Run) {
	if r.Local != nil {
		c.emit(Effect{Kind: Drop, Local: r.Local})
	}
	for _, t := range r.waiting {
		if t.Holds > 0 {
			r.held = append(r.held, hold{t.Seq, t.Holds})
		}
	}
	r.Plan, r.Local, r.Chain, r.ready, r.waiting, r.atAll = nil, nil, nil, nil, nil, nil
	r.Commit = Commit{}
}

// take removes and returns the first ready token.
func (r *Run) take() (Token, bool) {
	if len(r.ready) == 0 {
		return Token{}, false
	}
	first := 0
	for i := range r.ready {
		if r.ready[i].before(r.ready[first]) {
			first = i
		}
	}
	t := r.ready[first]
	r.ready = append(r.ready[:first], r.ready[first+1:]...)
	return t, true
}

// wake moves the parked tokens that are due to the ready ones.
func (r *Run) wake(at paceline.Micros) {
	kept := r.waiting[:0]
	for _, t := range r.waiting {
		if t.Due <= at {
			r.ready = append(r.ready, t)
		} else {
			kept = append(kept, t)
		}
	}
	r.waiting = kept
}

// nextDue is the smallest due time of the parked tokens, 0 without any.
func (r *Run) nextDue() paceline.Micros {
	var due paceline.Micros
	for _, t := range r.waiting {
		if due == 0 || t.Due < due {
			due = t.Due
		}
	}
	return due
}

// number gives the token its row.
func (r *Run) number(t *Token) {
	if t.Seq >= 0 {
		return
	}
	t.Seq = int32(len(r.Chain))
	r.Chain = append(r.Chain, Link{Step: t.Step, From: t.From, Edge: t.Edge})
	if len(r.waiting) > 0 {
		r.racy = true
	}
}

// record puts the token's row into the next commit, in place of an earlier state of the same row.
func (r *Run) record(row paceline.StepRow) {
	for i := range r.Commit.Rows {
		if was := &r.Commit.Rows[i]; was.Seq == row.Seq {
			row.TasksOK += was.TasksOK
			row.TasksIncident += was.TasksIncident
			*was = row
			return
		}
	}
	r.Commit.Rows = append(r.Commit.Rows, row)
}

// follow adds the tokens that leave the row by its exit.
func (r *Run) follow(row paceline.StepRow) {
	children(r.Plan, row, func(t Token) { r.ready = append(r.ready, t) })
}
