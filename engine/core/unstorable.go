package core

import (
	"slices"

	"paceline"
)

// refusals is how often a commit is sent that the store refuses for what is in it, before less is sent.
const refusals = 3

// unstorable: the store refuses the run's commit for what is in it. Sent again and again it would keep a slot for ever, so
// the run ends as failed, with its rows but without their data; should that be refused too, with its end alone. What the
// store refuses even then stays live on the disk, where the next start finds it.
func (c *Core) unstorable(r *Run) {
	r.refused++
	switch r.refused - refusals {
	case 0:
		c.reduce(r)
	case 1:
		stopCycle, unused := r.Commit.StopCycle, r.Commit.Unused
		r.Commit.reset()
		r.Commit.StopCycle, r.Commit.Unused = stopCycle, unused
		c.write(r, paceline.ArrowUnstorable, 0, leave)
	case 2:
		c.release(r)
		c.forget(r)
	default:
		r.timer = c.later(c.now.Add(retryStore), timerWrite, r, nil, nil)
	}
}

// reduce leaves out of the run's commit whatever a store could refuse, and ends the run.
func (c *Core) reduce(r *Run) {
	was := r.Commit
	c.unborn(r)
	r.Commit = Commit{Rows: was.Rows, StopCycle: was.StopCycle}
	for i := range r.Commit.Rows {
		r.Commit.Rows[i].Output = paceline.Output{}
	}
	code := paceline.CodeUnstorable
	if at := slices.IndexFunc(was.Rows, func(row paceline.StepRow) bool { return row.Seq == r.exec.Seq && row.StepRef == r.exec.Step }); at >= 0 && r.Plan != nil {
		row := &r.Commit.Rows[at]
		if answered := row.State == paceline.StepDone || row.State == paceline.StepOngoing; answered && unsafe(r.Plan, r.exec) ||
			slices.ContainsFunc(was.Incidents, func(in paceline.Incident) bool { return in.Code == paceline.CodeUnknownOutcome }) {
			code = paceline.CodeUnknownOutcome
		}
		failed := c.row(r, r.exec, paceline.ArrowStepReduce)
		failed.StartedAt, failed.EndedAt = row.StartedAt, c.now
		failed.TasksOK, failed.TasksIncident = row.TasksOK, row.TasksIncident
		if failed.RowsIn = row.RowsIn; !keepsProgress(r.Plan, r.exec) {
			failed.Progress = nil
		}
		if r.exec.Splitting {
			failed.RowsOut = row.RowsOut - int32(len(was.Children))
		}
		*row = failed
	}
	in := paceline.Incident{Partner: r.Partner, Account: r.Account, Cycle: r.Cycle, Run: r.Num, Code: code, At: c.now}
	if r.Plan != nil {
		in = c.incident(r, r.exec, code)
	}
	r.Commit.Incidents = []paceline.Incident{in}
	c.end(r, paceline.ArrowReduced)
}

// unsafe reports whether the token makes a call that must not be repeated.
func unsafe(plan *paceline.Plan, t Token) bool {
	step := &plan.Steps[t.Step]
	return step.Kind == paceline.StepAction && step.Repeat == paceline.RepeatUnsafe && !t.Asks
}

// keepsProgress reports whether a step that failed keeps how far its calls have come: a transaction that repeats this one
// goes on there. A safe method is called anew from the first on, which changes nothing; items that have a transaction never
// get another one.
func keepsProgress(plan *paceline.Plan, t Token) bool {
	step := &plan.Steps[t.Step]
	return t.Splitting || step.Kind == paceline.StepAction && step.Repeat != paceline.RepeatSafe
}
