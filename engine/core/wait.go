package core

import (
	"time"

	"paceline"
)

// delay parks a token that comes to a delay, and lets one whose time has come go on.
func (c *Core) delay(r *Run, t Token) {
	step := &r.Plan.Steps[t.Step]
	fresh := t.Seq < 0
	r.number(&t)
	row := c.row(r, t, paceline.ArrowStepDelayed)
	row.StartedAt, row.EndedAt = c.now, c.now
	if fresh && step.DelayMicros > 0 {
		t.Due = c.now + paceline.Micros(step.DelayMicros)
		row.State, row.DueAt, row.EndedAt = c.along(r, t, paceline.ArrowStepDelay), t.Due, 0
		r.waiting = append(r.waiting, t)
	}
	r.record(row)
	r.follow(row)
}

// tooLong reports whether the token comes to a delay over which its data would go: its retention was shortened while the cycle ran.
func tooLong(plan *paceline.Plan, t Token) bool {
	return time.Duration(plan.Steps[t.Step].DelayMicros)*time.Microsecond > plan.LongestWait()
}

// outlast fails a step that would wait longer than the data of its transaction is kept.
func (c *Core) outlast(r *Run, t Token) {
	r.number(&t)
	c.failed(r, t, &Outcome{Verdict: Failed, Code: paceline.CodeWaitOverRetention, Permanent: true, StartedAt: c.now, EndedAt: c.now,
		TasksIncident: 1, Incidents: []paceline.Incident{c.incident(r, t, paceline.CodeWaitOverRetention)}})
}

// timeKnown is the progress of a wait that is parked until its time, and not because its data was away.
var timeKnown = []byte{1}

// wait parks the token until the time that its data names.
func (c *Core) wait(r *Run, t Token, o *Outcome) {
	t.Progress = timeKnown
	c.parkToken(r, t, o, o.Until, paceline.ArrowStepWait)
}

// waited lets a token go on whose wait is over.
func (c *Core) waited(r *Run, t Token) {
	row := c.row(r, t, paceline.ArrowStepWaited)
	row.EndedAt, row.Progress = c.now, nil
	r.record(row)
	r.follow(row)
}

// await: the remote works on a job. The token rests until it is asked again, and what was begun is on the disk.
func (c *Core) await(r *Run, t Token, o *Outcome) {
	if r.stands() {
		c.fail(r, t, o, false)
		return
	}
	t.Holds = 0
	c.parkToken(r, t, o, c.now.Add(o.After), paceline.ArrowStepAwait)
}

func (c *Core) parkToken(r *Run, t Token, o *Outcome, due paceline.Micros, arrow *paceline.Arrow[paceline.StepState]) {
	t.Due, t.Started = due, false
	row := c.outcomeRow(r, &t, arrow, o)
	row.Attempt, row.DueAt = t.Attempt, due
	r.record(row)
	r.waiting = append(r.waiting, t)
	c.advance(r)
}
