package engine

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/mapping"
)

// call executes an action: it builds the values, makes the call and keeps what came back.
func (x *execution) call() {
	e := x.engine
	instance, method, ok := x.method()
	if !ok {
		return
	}
	system := func(name string) (string, bool) { return x.merge(instance, name) }
	inputs, items, ok := x.inputs(system)
	if !ok {
		return
	}
	call := connector.Call{
		Instance: instance, Method: method, Inputs: inputs,
		IdempotencyKey: x.idempotencyKey(0), Merge: system, LogRequest: x.run.Plan.LogRequests && !e.noLogs(x.run.Account),
		Behalf: connector.Behalf{Partner: x.run.Partner, Account: x.run.Account, Root: x.run.Root, Cycle: x.run.Cycle, Run: x.run.Num, Step: x.step.ID},
		Ready:  func() error { return x.readFailed },
		Lend: func(ctx context.Context, name string) (*connector.Instance, error) {
			return e.instances.InstanceNamed(ctx, paceline.Scope{Partner: x.run.Partner, Account: x.run.Account}, name)
		},
	}
	if method.Cursor() && items == nil {
		if err := x.cursorOf(method); err != nil {
			x.away(err)
			return
		}
		call.Cursor = x.cursor.was
	}
	call.Files = x.files()
	if method.AsksForFields() {
		call.InUse = x.fieldsInUse()
	}
	x.scripts(&call)
	if items != nil || method.Paged() || method.Batched() {
		x.live.kept = keptInputs{x.token.Seq, inputs, items}
		c := &calls{execution: x, base: call}
		if items != nil {
			c.items = items
		}
		x.callOn(c)
		return
	}
	call.Asked = x.askedBefore()
	sink := x.sinkOf()
	call.Sink = sink
	result, err := e.runtime.Call(x.context(), call)
	x.made = err == nil || sink.err != nil
	if x.readFailed != nil {
		x.unreadable()
		return
	}
	if err != nil && x.sinkFailed(sink, result) {
		return
	}
	if err == nil && result.Streamed > 0 {
		x.streamed(sink, result)
		return
	}
	if err != nil {
		unsent(method, &result, err)
		x.out.TasksOK, x.out.TasksIncident = int32(result.TasksOK), int32(result.TasksIncident)
		x.warned(result.Warnings)
		x.callFailed(err)
		x.sealed(result, false)
		x.keepAsked(&result)
		return
	}
	x.cursor.next = result.Cursor
	if x.afterwards(call, &result) {
		x.answered(result)
	} else {
		x.keepAsked(&result)
	}
}

// inputs yields the values of the step; or its items, when it is called per item. It reports false, with the outcome
// set, when that is not possible. A part of a step that makes several calls finds those of the part before.
func (x *execution) inputs(system func(string) (string, bool)) (inputs mapping.Inputs, items *mapping.Items, ok bool) {
	if kept := x.live.kept; kept.seq == x.token.Seq && x.token.Progress != nil {
		return kept.inputs, kept.items, true
	}
	s := x.live.plan.step(x.token.Step)
	if s.err != nil {
		x.build(messageOf(s.err))
		return inputs, nil, false
	}
	var warnings []mapping.Warning
	var err error
	env := mapping.Env{Data: x, System: system}
	if s.program.Scripted() {
		env.Scripts = x.inline
	}
	if s.program.PerItem() {
		items, err = s.program.Items(env)
	} else {
		inputs, warnings, err = s.program.Inputs(env)
	}
	switch {
	case x.readFailed != nil:
		x.unreadable()
	case x.inlineFailed(err):
	case err != nil:
		x.out.TasksIncident, x.out.Permanent = 1, true
		x.fail(unbuilt(err), messageOf(err))
	default:
		ok = true
	}
	if ok && x.token.Progress == nil {
		for _, w := range warnings {
			x.incident(w.Code, true, w.Input+": "+w.Detail)
		}
		if x.step.EndOnNullSource && slices.ContainsFunc(warnings, func(w mapping.Warning) bool { return w.Code == paceline.CodeSourceEmpty }) {
			x.out.Exit, ok = paceline.ExitEnd, false
		}
	}
	return inputs, items, ok
}

// endWithoutResult ends the path behind a step that brought nothing, where it is told to.
func (x *execution) endWithoutResult() {
	if o := x.out; x.step.EndOnNullResult && o.Verdict == core.OK && !o.More && o.Exit == "" && o.RowsOut == 0 {
		o.Exit = paceline.ExitEnd
	}
}

// unbuilt is the code of an incident about values that a request cannot be built of.
func unbuilt(err error) paceline.Code {
	switch code := paceline.CodeOf(err); code {
	case paceline.CodeStepDataTooLarge, paceline.CodeJoinTooLarge:
		return code
	}
	return paceline.CodeBuildRequest
}

func (x *execution) warned(list []connector.Warning) {
	for _, w := range list {
		x.incident(w.Code, true, w.Detail)
	}
}

// answered keeps the answer of a step that is done with one call.
func (x *execution) answered(result connector.Result) {
	x.out.TasksOK, x.out.TasksIncident = int32(result.TasksOK), int32(result.TasksIncident)
	x.warned(result.Warnings)
	x.out.RowsOut = int32(result.Rows)
	if len(result.Output) > x.engine.limits.StepData {
		x.sealed(result, false)
		x.tooLarge()
		return
	}
	if !x.sealed(result, true) {
		return
	}
	if x.step.SplitAt == "" || len(result.Output) <= blobAbove {
		x.live.keep(x.token.Seq, result.Output)
	}
	switch {
	case x.step.SplitAt != "":
		x.split(result.Output)
	case x.step.Unsplittable:
		x.unsplittable()
	}
}

func (x *execution) tooLarge() {
	x.out.Permanent = true
	x.fail(paceline.CodeStepDataTooLarge, "The response is larger than "+strconv.Itoa(x.engine.limits.StepData)+" bytes.")
}

func (x *execution) unsplittable() {
	x.incident(paceline.CodeSplitImpossible, true, "The response has several lists, and none of them is the main one.")
}

// method finds the account connector and the method of the step.
func (x *execution) method() (*connector.Instance, *connector.Method, bool) {
	scope := paceline.Scope{Partner: x.run.Partner, Account: x.run.Account}
	instance, err := x.engine.instances.InstanceAt(x.context(), scope, x.step.AccountConnector, x.step.Release)
	switch {
	case err != nil && !lasting(err):
		x.away(err)
		return nil, nil, false
	case err != nil:
		x.out.TasksIncident = 1
		x.fail(paceline.CodeAuthFailed, messageOf(err))
		return nil, nil, false
	}
	method := instance.Compiled.Method(x.step.Method)
	if method == nil {
		x.build("The connector has no method " + x.step.Method + ".")
		return nil, nil, false
	}
	return instance, method, true
}

// build is the failure of a request that cannot be built.
func (x *execution) build(detail string) {
	x.out.TasksIncident = 1
	x.out.Permanent = true
	x.fail(paceline.CodeBuildRequest, detail)
}

// unreadable is the failure of a step whose sources cannot be read: for now, or for good.
func (x *execution) unreadable() {
	if !errors.Is(x.readFailed, errGone) {
		x.away(x.readFailed)
		return
	}
	x.build(x.readFailed.Error())
}

// callFailed translates the error of a call.
func (x *execution) callFailed(err error) {
	var failed *connector.Error
	if !errors.As(err, &failed) {
		x.fail(paceline.CodeCallFailed, err.Error())
		return
	}
	// A call that the server cut off because it stops runs again; one that must not be repeated is told
	// as what it is.
	if x.context().Err() != nil && failed.Class != connector.ClassUnknown && failed.Err != nil {
		x.out.Verdict = core.Again
		return
	}
	switch failed.Class {
	case connector.ClassThrottled:
		x.out.Verdict, x.out.RetryAfter, x.out.Code = core.Throttled, failed.RetryAfter, failed.Code
		// Told once for each step that waits; waiting for a declared limit is no problem of anybody.
		if !failed.Waiting || failed.Limit == "" && x.token.Holds == 0 {
			x.incident(failed.Code, true, failed.Detail)
		}
	case connector.ClassUnknown:
		x.fail(failed.Code, failed.Detail)
		x.out.Verdict = core.Unknown
	case connector.ClassBuild:
		x.fail(failed.Code, failed.Detail)
		x.out.Permanent = true
	case connector.ClassPermanent:
		x.fail(failed.Code, failed.Detail)
		x.out.Permanent = errors.Is(failed, connector.ErrJobFailed)
	default:
		x.fail(failed.Code, failed.Detail)
		x.out.Incidents[len(x.out.Incidents)-1].Told = failed.Told
	}
}

// unsent counts the call of an action that failed before anything was sent, or by its script: it is an incident as a
// request that fails is. A method of kind script costs nothing itself, nor does a call that waits.
func unsent(method *connector.Method, result *connector.Result, err error) {
	failed, ok := errors.AsType[*connector.Error](err)
	if ok && failed.Class != connector.ClassThrottled && result.TasksIncident == 0 && method.Definition.Kind != connector.MethodScript {
		result.TasksIncident = 1
	}
}

// idempotencyKey is the same for every repeat of a call of this execution: within a try, by a retry, after a crash.
func (x *execution) idempotencyKey(item int) string {
	b := make([]byte, 0, 36+32)
	b = append(b, x.live.id...)
	for _, n := range [...]int32{x.token.From, x.token.Step, x.token.K, int32(item)} {
		b = append(b, '-')
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return string(b)
}

// merge answers merge fields of actions: those of the running system and of the step's own account connector.
func (x *execution) merge(instance *connector.Instance, name string) (string, bool) {
	if v, ok := x.system(name); ok {
		return v, true
	}
	return instance.Merge(name)
}

func messageOf(err error) string {
	if e, ok := errors.AsType[*paceline.Error](err); ok {
		return e.Message()
	}
	return err.Error()
}
