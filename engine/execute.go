package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
)

// job is one token for a worker.
type job struct {
	run   *core.Run
	token core.Token
}

// work executes tokens until the engine stops.
func (e *Engine) work() {
	for j := range e.jobs {
		o := e.execute(j)
		e.count(o)
		e.mail.post(message{kind: executed, run: j.run, outcome: o})
	}
}

// execute runs one token and never panics: a step that does fails.
func (e *Engine) execute(j job) (o *core.Outcome) {
	x := execution{engine: e, run: j.run, token: j.token, live: j.run.Local.(*live), step: &j.run.Plan.Steps[j.token.Step]}
	x.out = &x.live.outcome
	*x.out = core.Outcome{StartedAt: e.now()}
	defer func() {
		if p := recover(); p != nil {
			e.log.Error("a step panicked", "transaction", x.live.id, "step", x.step.ID, "panic", p, "stack", string(debug.Stack()))
			*x.out = core.Outcome{StartedAt: x.out.StartedAt, EndedAt: e.now(), TasksIncident: 1}
			x.fail(paceline.CodeStepPanicked, fmt.Sprint(p))
			o = x.out
		}
	}()
	x.live.uncount(e)
	if err := x.live.open(e.life, e, j.run); err != nil {
		x.away(err)
		return x.out
	}
	killpoint.Pass(killpoint.ExecBeforeCall)
	switch {
	case x.token.Splitting:
		x.splitOn()
	case x.step.Kind == paceline.StepDecision, x.step.Kind == paceline.StepSwitch:
		x.decide()
	case x.step.Kind == paceline.StepWaitUntil:
		x.wait()
	case x.step.Kind == paceline.StepAction:
		x.call()
		x.succeeded()
		x.moveCursor()
		x.endWithoutResult()
	case x.step.Kind == paceline.StepSyncResponse:
		x.respond()
	case x.step.Kind == paceline.StepWebhook && x.token.Arrived:
		x.receive()
	case x.step.Kind == paceline.StepWebhook && int(x.token.Step) == x.run.Plan.Trigger:
		x.complete()
	case x.step.Kind == paceline.StepWebhook:
		x.await()
	default:
		x.fail(paceline.CodeCallFailed, "Steps of kind "+x.step.Kind.String()+" cannot run.")
		x.out.Permanent = true
	}
	killpoint.Pass(killpoint.ExecAfterCall)
	x.out.EndedAt = e.now()
	return x.out
}

// execution is one token on a worker.
type execution struct {
	engine  *Engine
	run     *core.Run
	token   core.Token
	live    *live
	step    *paceline.PlanStep
	out     *core.Outcome
	lastRun lastRun
	cursor  stepCursor
	// readFailed is why an earlier step's output could not be read.
	readFailed error
	// made says that a call was answered, and what it brought is not kept yet.
	made bool
}

func (x *execution) context() context.Context { return x.engine.life }

// fail makes the outcome a failure with one incident, whose detail is for people.
func (x *execution) fail(code paceline.Code, detail string) {
	x.out.Verdict, x.out.Code = core.Failed, code
	x.incident(code, false, detail)
}

// away gives the token back for a moment, because something it needs cannot be read now.
func (x *execution) away(err error) {
	x.out.Verdict, x.out.RetryAfter = core.Throttled, time.Second
	if locked, ok := errors.AsType[*paceline.Error](err); ok && locked.Code == paceline.CodeCredentialsLocked {
		x.out.RetryAfter, x.out.Code = locked.RetryAfter, paceline.CodeCredentialsWait
		if x.token.Holds == 0 { // told once for each step that waits
			x.incident(paceline.CodeCredentialsWait, true, "")
		}
	} else {
		x.engine.log.Error("a step has to wait", "transaction", x.live.id, "step", x.step.ID, "error", err)
	}
	switch {
	case x.context().Err() != nil:
		x.out.Verdict = core.Again // a call that must not be repeated has its mark on the disk
	case x.made && x.step.Repeat == paceline.RepeatUnsafe && !x.token.Asks:
		x.out.More = false
		x.fail(paceline.CodeUnknownOutcome, "The call was answered, but the answer could not be kept.")
		x.out.Verdict = core.Unknown
	}
}

func (x *execution) incident(code paceline.Code, warning bool, detail string) {
	in := paceline.Incident{
		Partner: x.run.Partner, Account: x.run.Account, Cycle: x.run.Cycle, Run: x.run.Num,
		StepID: x.step.ID, StepName: x.step.Name, StepKind: x.step.Kind,
		Warning: warning, Code: code, At: x.engine.now(),
	}
	in.Shape = paceline.ShapeOf(detail)
	if detail != "" && x.live.key != nil {
		in.Detail = x.live.key.Seal(nil, []byte(detail), incidentPlace(x.run.Account, x.run.Num))
	}
	x.out.Incidents = append(x.out.Incidents, in)
}

// errGone says that the data of an earlier step was pruned or cannot be opened.
var errGone = errors.New("the data of an earlier step is gone")

// Output gives mappings the output of the nearest earlier execution of a step on the token's path, with those items of
// a divided list that came its way.
func (x *execution) Output(stepRef int) ([]byte, bool) {
	chain := x.run.Chain
	way := branch{plan: x.live.plan, of: stepRef}
	for seq, edge := x.token.From, x.token.Edge; seq >= 0; seq, edge = chain[seq].From, chain[seq].Edge {
		if int(chain[seq].Step) != stepRef {
			way.pass(x.live.divided, chain, seq, edge)
			continue
		}
		doc, err := x.output(seq)
		if err != nil && x.readFailed == nil {
			x.readFailed = err
		}
		return way.items(doc), len(doc) > 0
	}
	if chain[0].From == -1 {
		return nil, false
	}
	doc, err := x.inherited(stepRef, &way)
	if err != nil && x.readFailed == nil {
		x.readFailed = err
	}
	return way.items(doc), len(doc) > 0
}

// output opens the output of a row, once per live run.
func (x *execution) output(seq int32) ([]byte, error) {
	if int(seq) < len(x.live.outputs) && x.live.outputs[seq].known {
		return x.live.outputs[seq].doc, nil
	}
	doc, err := x.engine.readOutput(x.context(), x.live.key, x.run.Partner, x.run.Account, x.run.Num, seq)
	if err == nil {
		x.live.keep(seq, doc)
	}
	return doc, err
}

func (e *Engine) count(o *core.Outcome) {
	outcome := "done"
	switch o.Verdict {
	case core.Failed, core.Unknown:
		outcome = "failed"
	case core.Throttled:
		outcome = "parked"
	case core.Again:
		return
	}
	e.metrics.Steps.WithLabelValues(outcome).Inc()
}
