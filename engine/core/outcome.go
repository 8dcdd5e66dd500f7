package core

import (
	"paceline"
)

// done: the step succeeded. A decision's row rides in the next commit; an action's is written now.
func (c *Core) done(r *Run, t Token, o *Outcome) {
	if r.stands() && len(o.Children) > 0 {
		c.part(r, t, o) // the items are still to go on
		return
	}
	row := c.outcomeRow(r, &t, paceline.ArrowStepDone, o)
	row.Output, row.Progress = o.Output, nil
	if o.Exit != "" {
		row.Exit = o.Exit
	}
	if o.Exit == paceline.ExitSeveral {
		row.Progress = o.Progress
	}
	r.record(row)
	r.follow(row)
	r.Commit.Children = o.Children
	if t.Arrived {
		r.Commit.Taken = append(r.Commit.Taken, Arrival{t.From, t.K})
	}
	if c.stopped(r) {
		return
	}
	switch r.Plan.Steps[t.Step].Kind {
	case paceline.StepDecision, paceline.StepSwitch, paceline.StepWaitUntil:
		c.step(r)
		return
	}
	c.advance(r)
}

// ignore goes on with what the step has given all the same: nothing, or what those of its calls brought that did
// not fail. A decision that cannot be evaluated leaves by false, a switch by its default.
func (c *Core) ignore(r *Run, t Token, o *Outcome) {
	r.erred = true
	row := c.outcomeRow(r, &t, paceline.ArrowStepIgnore, o)
	row.Output, row.Progress = o.Output, nil
	switch kind := r.Plan.Steps[t.Step].Kind; kind {
	case paceline.StepDecision, paceline.StepSwitch:
		row.Exit = paceline.Otherwise(kind)
	}
	r.record(row)
	r.follow(row)
	c.advance(r)
}

// fail ends the run, and with stopCycle the whole cycle.
func (c *Core) fail(r *Run, t Token, o *Outcome, stopCycle bool) {
	row := c.outcomeRow(r, &t, paceline.ArrowStepFail, o)
	if !keepsProgress(r.Plan, t) {
		row.Progress = nil
	}
	r.record(row)
	r.Commit.StopCycle = stopCycle
	if c.stopped(r) {
		return
	}
	c.end(r, paceline.ArrowFailed)
}

// lost ends the run because nobody knows whether the call was made. o is nil when the process died in it.
func (c *Core) lost(r *Run, t Token, o *Outcome) {
	if o == nil {
		o = &Outcome{Verdict: Unknown, Code: paceline.CodeUnknownOutcome, StartedAt: c.now, EndedAt: c.now, TasksIncident: 1,
			Incidents: []paceline.Incident{c.incident(r, t, paceline.CodeUnknownOutcome)}}
	}
	c.fail(r, t, o, false)
}

// along says to which state a row goes, and tells a simulation by which arrow.
func (c *Core) along(r *Run, t Token, arrow *paceline.Arrow[paceline.StepState]) paceline.StepState {
	if c.config.along != nil {
		c.config.along(r.Num, t.Seq, arrow)
	}
	return arrow.To
}

// row starts the token's row in the state to which the arrow leads.
func (c *Core) row(r *Run, t Token, arrow *paceline.Arrow[paceline.StepState]) paceline.StepRow {
	state := c.along(r, t, arrow)
	step := &r.Plan.Steps[t.Step]
	row := paceline.StepRow{
		Run: r.Num, Seq: t.Seq, StepRef: t.Step, From: t.From, State: state, Exit: paceline.EdgeForward,
		Attempt: t.Attempt, Connector: step.ConnectorID, Method: step.MethodID, Progress: t.Progress,
	}
	if t.Asks && (state == paceline.StepParked || state == paceline.StepOngoing) {
		row.Exit = paceline.ExitAsk
	}
	if t.Splitting {
		row.Exit = paceline.ExitSplit
	}
	return row
}

// outcomeRow is row with what the execution gave, whose calls and incidents join the commit.
func (c *Core) outcomeRow(r *Run, t *Token, arrow *paceline.Arrow[paceline.StepState], o *Outcome) paceline.StepRow {
	row := c.row(r, *t, arrow)
	row.StartedAt, row.EndedAt = o.StartedAt, o.EndedAt
	row.RowsIn, row.RowsOut = o.RowsIn, o.RowsOut
	row.TasksOK, row.TasksIncident = o.TasksOK, o.TasksIncident
	for _, x := range o.Exchanges {
		t.Exchanges++
		x.Run, x.Seq, x.N = r.Num, t.Seq, t.Exchanges
		r.Commit.Exchanges = append(r.Commit.Exchanges, x)
	}
	if o.LastRun != nil {
		r.Commit.LastRuns = append(r.Commit.LastRuns, *o.LastRun)
	}
	if o.Cursor != nil {
		r.Commit.Cursors = append(r.Commit.Cursors, *o.Cursor)
	}
	for _, in := range o.Incidents {
		in.Run = r.Num
		r.Commit.Incidents = append(r.Commit.Incidents, in)
	}
	return row
}

func (c *Core) incident(r *Run, t Token, code paceline.Code) paceline.Incident {
	step := &r.Plan.Steps[t.Step]
	return paceline.Incident{
		Partner: r.Partner, Account: r.Account, Cycle: r.Cycle, Run: r.Num,
		StepID: step.ID, StepName: step.Name, StepKind: step.Kind, Code: code, At: c.now,
	}
}
