package core

import (
	"slices"

	"paceline"
)

// A webhook step in the middle of a flow makes a row that waits. Each delivery that finds it by its key makes a
// row of the same step that continues the waiting one, and the path goes on behind that: as often as one comes,
// until the run ends or the data that it waits for is no longer kept.

// Awaiting is a row that begins to wait for deliveries with a key.
type Awaiting struct {
	Seq, Step int32
	Key       paceline.KeyHash
	// Came is the number of deliveries that continue the row already: those that a repeated transaction begins with.
	Came int32
}

// Arrival is a delivery that is on the disk and has no row yet: number K at the waiting row Seq.
type Arrival struct {
	Seq, K int32
}

// awaitDelivery: the token's webhook step waits for deliveries.
func (c *Core) awaitDelivery(r *Run, t Token, o *Outcome) {
	t.Progress = timeKnown
	r.awaits = true
	r.Commit.Waiting = append(r.Commit.Waiting, Awaiting{t.Seq, t.Step, *o.Key, r.came(t.Seq, t.Step)})
	c.parkToken(r, t, o, o.Until, paceline.ArrowStepArrival)
}

// expire: nothing more may come. What came went on by rows of its own, so no edge leaves the row. It is written
// before the run may end, so that a delivery that was on its way still finds the run live.
func (c *Core) expire(r *Run, t Token) {
	row := c.row(r, t, paceline.ArrowStepEnd)
	row.EndedAt, row.Progress, row.Exit = c.now, nil, paceline.ExitEnd
	if !slices.ContainsFunc(r.Chain, func(l Link) bool { return l.From == t.Seq && l.Step == t.Step }) {
		row.State = c.along(r, t, paceline.ArrowStepNone)
		row.TasksIncident = 1
		r.erred = true
		in := c.incident(r, t, paceline.CodeWebhookFailed)
		in.Warning = true
		r.Commit.Incidents = append(r.Commit.Incidents, in)
	}
	r.record(row)
	r.Commit.Over = append(r.Commit.Over, t.Seq)
	c.write(r, paceline.ArrowExpired, 0, goOn)
}

// unused is told if the run ends while deliveries have no row: what was accepted is kept, and somebody has to know.
func (c *Core) unused(r *Run, state paceline.RunState) {
	if !r.awaits || state == paceline.RunCompleted {
		return
	}
	in := paceline.Incident{Partner: r.Partner, Account: r.Account, Cycle: r.Cycle, Run: r.Num, Code: paceline.CodeWebhookUnused, At: c.now}
	for _, t := range r.waiting {
		if r.Plan != nil && awaiting(r.Plan, t) {
			in = c.incident(r, t, paceline.CodeWebhookUnused)
		}
	}
	in.Warning = state == paceline.RunStopped // by somebody who knows
	r.Commit.Unused = &in
}

// awaiting reports whether the token stands at a webhook step that waits for deliveries.
func awaiting(plan *paceline.Plan, t Token) bool {
	return plan.Steps[t.Step].Kind == paceline.StepWebhook && int(t.Step) != plan.Trigger && !t.Arrived && t.Progress != nil
}

// Arrived tells that a delivery for a waiting row of a run is durable.
func (c *Core) Arrived(at paceline.Micros, h Head, a Arrival) []Effect {
	c.start(at)
	if !c.mine(h.Root) {
		return c.effects
	}
	r := c.runs[h.Num]
	switch {
	case r == nil:
		cy, a := c.cycleOf(h), c.accountAt(h.Account, h.Root)
		if !cy.runs() {
			break // the stop ends it
		}
		if a.ready(cy) >= c.room() { // the disk keeps it, ready
			cy.strayed()
			a.spill(h.Num)
			c.refill(a)
			break
		}
		h.DueAt = 1 // a run that has begun and is ready
		c.adopt(h)
	case !r.loaded():
		r.arrived = append(r.arrived, a)
		if r.phase == parked && r.DueAt != 0 {
			c.parkedRuns--
			c.wakeUp(r)
			c.loadDue()
		}
	default:
		r.arrive(a)
		if r.phase == parked {
			c.parkedRuns--
			c.wakeUp(r)
			c.loadDue()
		}
	}
	c.dispatch()
	return c.effects
}

// arrive makes the delivery's token ready, unless it is known.
func (r *Run) arrive(a Arrival) {
	if int(a.Seq) >= len(r.Chain) {
		return
	}
	t := Token{From: a.Seq, Step: r.Chain[a.Seq].Step, K: a.K, Seq: -1, Arrived: true}
	same := func(o Token) bool { return o.Arrived && o.From == t.From && o.K == t.K }
	if r.came(t.From, t.Step) > a.K || slices.ContainsFunc(r.ready, same) || slices.ContainsFunc(r.waiting, same) {
		return
	}
	r.ready = append(r.ready, t)
}

// came counts the rows of deliveries that continue a webhook step's row.
func (r *Run) came(seq, step int32) (n int32) {
	for _, l := range r.Chain {
		if l.From == seq && l.Step == step {
			n++
		}
	}
	return n
}

// heldArrivals counts the deliveries whose rows cannot be made for the moment.
func (r *Run) heldArrivals() (n int) {
	for _, t := range r.waiting {
		if t.Arrived {
			n++
		}
	}
	return n
}

// arrivals yields the tokens of deliveries that have come for waiting rows, for Resume.
func arrivals(rows []paceline.StepRow, list []Arrival, yield func(Token)) {
	for _, a := range list {
		if int(a.Seq) < len(rows) {
			yield(Token{From: a.Seq, Step: rows[a.Seq].StepRef, K: a.K, Seq: -1, Arrived: true})
		}
	}
}
