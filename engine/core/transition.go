package core

import (
	"slices"

	"paceline"
)

// Every arrow of a run and of a step is one function here; docs/state_machine.md draws them.

// begin uses the slot that the run was given: the next token, or first its rows.
func (c *Core) begin(r *Run) {
	if !r.loaded() {
		r.phase = loading
		c.emit(Effect{Kind: Load, Run: r})
		return
	}
	c.step(r)
}

// Loaded answers Load.
func (c *Core) Loaded(at paceline.Micros, r *Run, l Loaded) []Effect {
	c.start(at)
	if r.stands() {
		c.release(r)
		c.discard(r)
		c.dispatch()
		return c.effects
	}
	r.again = 0
	r.Plan, r.Local = l.Plan, l.Local
	r.Chain, r.ready, r.waiting = Resume(l.Plan, l.Rows, l.Exchanges, l.Arrived...)
	for _, a := range r.arrived {
		r.arrive(a)
	}
	r.arrived = nil
	r.awaits = slices.ContainsFunc(r.waiting, func(t Token) bool { return awaiting(l.Plan, t) }) || len(l.Arrived) > 0
	r.atAll = waitAllSteps(l.Rows)
	r.restoreHolds()
	r.begun = r.begun || len(l.Rows) > 1
	r.erred = erred(l.Plan, l.Rows)
	if c.learnLimit(r.cycle, l.Plan); r.cycle.lane != nil && r.cycle.lane.exceeded() {
		c.release(r)
		c.enqueue(r)
	} else {
		c.step(r)
	}
	c.dispatch()
	return c.effects
}

// NotLoaded answers Load. broken, for LoadBroken, holds the incidents that end the run.
func (c *Core) NotLoaded(at paceline.Micros, r *Run, why LoadProblem, broken []paceline.Incident) []Effect {
	c.start(at)
	switch why {
	case LoadGone:
		c.release(r)
		c.forget(r)
	case LoadLater:
		c.release(r)
		r.phase = parked
		r.again++
		r.timer = c.later(at.Add(retryStore), timerLoad, r, nil, nil)
	case LoadBroken:
		r.Commit.reset()
		r.Commit.Incidents = append(r.Commit.Incidents, broken...)
		r.awaits = true // it may have
		c.end(r, paceline.ArrowNoRows)
	}
	c.dispatch()
	return c.effects
}

// maxRows bounds one op; a flow that decides in circles without a call is written in pieces.
const maxRows = 500

// step goes on with the run's next token until a worker or the disk is needed.
func (c *Core) step(r *Run) {
	for {
		r.wake(c.now)
		t, ok := r.take()
		switch {
		case !ok:
			c.settle(r)
			return
		case c.draining || !c.mine(r.Root):
			c.putBack(r, t)
			return
		case len(r.Commit.Rows) >= maxRows:
			r.ready = append(r.ready, t)
			c.write(r, paceline.ArrowPiece, 0, goOn)
			return
		case len(r.Chain) >= c.config.Steps && t.Seq < 0:
			c.overrun(r, t)
			return
		}
		r.begun = true
		switch kind := r.Plan.Steps[t.Step].Kind; {
		case kind == paceline.StepDelay:
			c.delay(r, t)
		case kind == paceline.StepWaitAll:
			c.arriveAtAll(r, t)
		case kind == paceline.StepAnnotation:
			c.pass(r, t)
		case kind == paceline.StepWaitUntil && t.Progress != nil:
			c.waited(r, t)
		case awaiting(r.Plan, t):
			c.expire(r, t)
			return
		case kind == paceline.StepWebhook:
			c.execute(r, t)
			return
		case kind == paceline.StepDecision, kind == paceline.StepSwitch, kind == paceline.StepWaitUntil, t.Splitting:
			c.execute(r, t)
			return
		default:
			c.call(r, t)
			return
		}
	}
}

// call executes a token that leaves the process. What must be on the disk before is written first: rows
// whose numbers its idempotency key relies on, and the started row of a call that must not be repeated.
func (c *Core) call(r *Run, t Token) {
	if t.Started {
		c.lost(r, t, nil)
		return
	}
	unsafe := unsafe(r.Plan, t)
	if !unsafe && !r.racy {
		c.execute(r, t)
		return
	}
	r.number(&t)
	if unsafe {
		t.Started = true
		row := c.row(r, t, paceline.ArrowStepCall)
		row.StartedAt = c.now
		r.record(row)
	}
	r.exec = t
	c.write(r, paceline.ArrowMark, 0, call)
}

// execute hands the token to a worker.
func (c *Core) execute(r *Run, t Token) {
	r.number(&t)
	r.exec = t
	r.phase = executing
	c.emit(Effect{Kind: Execute, Run: r, Token: t})
}

// Executed tells how the execution of the run's token came out.
func (c *Core) Executed(at paceline.Micros, r *Run, o *Outcome) []Effect {
	c.start(at)
	t := r.exec
	if r.phase != executing {
		panic("core: a run that is not executing was executed")
	}
	if o.Progress != nil {
		t.Progress, t.Asks = o.Progress, o.Asks
	}
	switch {
	case o.Verdict == OK && o.More && o.After > 0:
		c.await(r, t, o)
	case o.Verdict == OK && o.More:
		c.part(r, t, o)
	case o.Verdict == OK && o.Key != nil:
		c.awaitDelivery(r, t, o)
	case o.Verdict == OK && o.Until > c.now:
		c.wait(r, t, o)
	case o.Verdict == OK:
		c.done(r, t, o)
	case o.Verdict == Failed:
		c.failed(r, t, o)
	case o.Verdict == Throttled:
		c.throttled(r, t, o)
	case o.Verdict == Unknown:
		c.lost(r, t, o)
	case o.Verdict == Again:
		c.putBack(r, t)
	}
	c.dispatch()
	return c.effects
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

// part: a part of a long step is done. It is written with where the next one begins, which is ready.
func (c *Core) part(r *Run, t Token, o *Outcome) {
	t.Splitting = o.Exit == paceline.ExitSplit
	t.Started, t.Holds = false, 0
	row := c.outcomeRow(r, &t, paceline.ArrowStepPart, o)
	row.Output = o.Output
	if r.stands() && t.Splitting { // its items are dropped; a transaction that repeats this one goes on with them
		if row.Progress = SplitFromStart; r.exec.Splitting {
			row.Progress = r.exec.Progress
		}
		row.RowsOut -= int32(len(o.Children))
	}
	r.record(row)
	r.ready = append(r.ready, t)
	r.Commit.Children = o.Children
	if c.stopped(r) {
		return
	}
	c.advance(r)
}

// SplitFromStart is the progress of a split of which no item has a transaction yet.
var SplitFromStart = []byte{0, 0}

// await: the remote works on a job. The token rests until it is asked again, and what was begun is on the disk.
func (c *Core) await(r *Run, t Token, o *Outcome) {
	if r.stands() {
		c.fail(r, t, o, false)
		return
	}
	t.Holds = 0
	c.parkToken(r, t, o, c.now.Add(o.After), paceline.ArrowStepAwait)
}

// advance writes what the run has and goes on: with its ready tokens, with its parked ones, or to its end.
func (c *Core) advance(r *Run) {
	r.wake(c.now)
	if len(r.ready) > 0 {
		c.write(r, paceline.ArrowGoOn, 0, goOn)
		return
	}
	c.settle(r)
}

// settle: no token is ready. The run rests until the first parked one is due, waits for all others, or is complete.
func (c *Core) settle(r *Run) {
	if due := r.nextDue(); due != 0 {
		c.write(r, paceline.ArrowRest, due, rest)
		return
	}
	if len(r.atAll) > 0 {
		c.waitForAll(r)
		return
	}
	c.end(r, paceline.ArrowComplete)
}

// failed: the step's error action says how the run goes on.
func (c *Core) failed(r *Run, t Token, o *Outcome) {
	step := &r.Plan.Steps[t.Step]
	switch {
	case r.stands():
		c.fail(r, t, o, false)
	case mayRetry(r.Plan, t, o):
		c.retry(r, t, o)
	case step.ErrorAction == paceline.ErrorRetry && !o.Permanent && !o.Many:
		o.Incidents = append(o.Incidents, c.incident(r, t, paceline.CodeOutOfRetries))
		c.fail(r, t, o, false)
	case step.ErrorAction == paceline.ErrorIgnore && t.Step != int32(r.Plan.Trigger) && step.Kind != paceline.StepWebhook:
		c.ignore(r, t, o)
	default:
		c.fail(r, t, o, step.ErrorAction == paceline.ErrorStopCycle)
	}
}

// retry parks the token for its next try. What went wrong is a warning until the tries are used up.
func (c *Core) retry(r *Run, t Token, o *Outcome) {
	for i := range o.Incidents {
		o.Incidents[i].Warning = true
	}
	wait := retryAfter[t.Attempt]
	t.Attempt++
	t.Holds = 0
	c.parkToken(r, t, o, c.now.Add(wait), paceline.ArrowStepRetry)
}

// throttled parks the token until the remote takes calls again. No try is used.
func (c *Core) throttled(r *Run, t Token, o *Outcome) {
	if r.stands() {
		c.fail(r, t, o, false)
		return
	}
	wait := holdTime(t, o.RetryAfter)
	t.Holds++
	c.parkToken(r, t, o, c.now.Add(wait), paceline.ArrowStepThrottle)
}

func (c *Core) parkToken(r *Run, t Token, o *Outcome, due paceline.Micros, arrow *paceline.Arrow[paceline.StepState]) {
	t.Due, t.Started = due, false
	row := c.outcomeRow(r, &t, arrow, o)
	row.Attempt, row.DueAt = t.Attempt, due
	r.record(row)
	r.waiting = append(r.waiting, t)
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

// overrun ends a run that has made more rows than any sensible flow: it goes round in circles.
func (c *Core) overrun(r *Run, t Token) {
	r.Commit.Incidents = append(r.Commit.Incidents, c.incident(r, t, paceline.CodeTransactionStopped))
	c.end(r, paceline.ArrowOverrun)
}

func (c *Core) incident(r *Run, t Token, code paceline.Code) paceline.Incident {
	step := &r.Plan.Steps[t.Step]
	return paceline.Incident{
		Partner: r.Partner, Account: r.Account, Cycle: r.Cycle, Run: r.Num,
		StepID: step.ID, StepName: step.Name, StepKind: step.Kind, Code: code, At: c.now,
	}
}

// putBack: nothing happened, because the server stops. The token stays ready for the next start.
func (c *Core) putBack(r *Run, t Token) {
	r.ready = append(r.ready, t)
	c.release(r)
	c.enqueue(r)
}

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

// pass goes through a step that does nothing.
func (c *Core) pass(r *Run, t Token) {
	r.number(&t)
	row := c.row(r, t, paceline.ArrowStepPass)
	row.StartedAt, row.EndedAt = c.now, c.now
	r.record(row)
	r.follow(row)
}

// stopped ends a run whose cycle was stopped while its call was in flight.
func (c *Core) stopped(r *Run) bool {
	if !r.stands() {
		return false
	}
	c.unborn(r)
	c.end(r, paceline.ArrowStopped)
	return true
}

// unborn drops the children of a split that is not carried on.
func (c *Core) unborn(r *Run) {
	for _, child := range r.Commit.Children {
		if child.Local != nil {
			c.emit(Effect{Kind: Drop, Local: child.Local})
		}
	}
	r.Commit.Children = nil
}

// born takes over the children of a split, which are durable. Those of a cycle that does not run are held.
func (c *Core) born(r *Run, children []Child) {
	for _, child := range children {
		switch {
		case r.cycle.runs():
			plan := r.Plan
			if child.Local == nil {
				plan = nil // it is loaded when its turn comes
			}
			c.arrive(child.Head, child.Row, plan, child.Local)
		case child.Local != nil:
			c.emit(Effect{Kind: Drop, Local: child.Local})
		}
	}
}

// end writes the run's last state.
func (c *Core) end(r *Run, arrow *paceline.Arrow[paceline.RunState]) {
	state := arrow.To
	c.unused(r, state)
	r.ready, r.waiting, r.atAll = r.ready[:0], r.waiting[:0], nil
	r.Commit.Succeeded = state == paceline.RunCompleted && !r.erred
	if r.Commit.Succeeded && !r.gathered() {
		r.Commit.SuccessAt = r.CreatedAt
	}
	c.write(r, arrow, 0, leave)
}

// write asks for a commit of what the run has gathered.
func (c *Core) write(r *Run, arrow *paceline.Arrow[paceline.RunState], due paceline.Micros, then goal) {
	r.Commit.arrow = arrow
	r.Commit.State, r.Commit.DueAt, r.Commit.At, r.Commit.Awaits = arrow.To, due, c.now, r.awaits
	if r.awaits {
		r.Commit.Held = r.heldArrivals()
	}
	r.then = then
	r.phase = committing
	c.emit(Effect{Kind: Write, Run: r})
}

// Committed tells what became of the run's commit.
func (c *Core) Committed(at paceline.Micros, r *Run, result CommitResult) []Effect {
	c.start(at)
	if r.phase != committing {
		panic("core: a run that is not committing was committed")
	}
	switch result {
	case NotDurable:
		r.again++
		r.timer = c.later(at.Add(retryStore), timerWrite, r, nil, nil)
	case Unstorable:
		c.unstorable(r)
	case Refused:
		c.unborn(r)
		c.release(r)
		c.forget(r)
	case Durable:
		c.durable(r)
	}
	c.dispatch()
	return c.effects
}

// durable: the commit is on the disk, and the run goes on as it was decided before.
func (c *Core) durable(r *Run) {
	r.again, r.refused, r.racy = 0, 0, false
	due, stopCycle := r.Commit.DueAt, r.Commit.StopCycle
	children := r.Commit.Children
	r.Commit.reset()
	if stopCycle && r.cycle.runs() {
		r.cycle.State, r.cycle.StoppedAt, r.cycle.schedule = paceline.CycleError, c.now, nil
		c.stopCycle(r.cycle)
	}
	c.born(r, children)
	if r.then != leave && r.stands() {
		// The stop came while this commit was on its way: it may not have found the run begun.
		c.end(r, paceline.ArrowHalted)
		return
	}
	if r.then == call {
		if !c.draining && c.mine(r.Root) || r.exec.Started {
			c.execute(r, r.exec)
			return
		}
		r.ready = append(r.ready, r.exec)
	}
	c.release(r)
	switch {
	case r.then == leave:
		c.forget(r)
	case r.then == waitAll:
		r.cycle.waits = true
		r.cycle.strayed()
		c.forget(r)
	case r.then == rest && len(r.ready) == 0: // else a delivery came meanwhile
		c.park(r, due)
	default:
		c.enqueue(r)
	}
}
