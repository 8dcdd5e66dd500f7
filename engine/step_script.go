package engine

import (
	"encoding/json"
	"errors"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/mapping"
)

// scripts gives a call what its scripts see, when it has any.
func (x *execution) scripts(call *connector.Call) {
	if x.step.Script == "" && !call.Method.Scripted() {
		return
	}
	plan := x.run.Plan
	call.Script = connector.ScriptCall{Step: x.step.Script, Globals: map[string]any{
		"script_execution_context": connector.RunningTransaction,
		"cycle_id":                 plan.CycleID, "cycle_step_id": x.step.ID, "transaction_id": x.live.id,
		"cyclr_account_id": plan.AccountID, "external_account_id": plan.AccountAPIID, "cycle_variables": plan.Variables,
	}}
	call.Script.FieldsInUse(x.fieldsInUse())
}

// fieldsInUse are the locations of the step's answer that later steps take values from.
func (x *execution) fieldsInUse() []string {
	list := []string{}
	for i := range x.run.Plan.Steps {
		for _, in := range x.run.Plan.Steps[i].Inputs {
			if in.Mapping.SourceStep == x.step.ID && in.Mapping.SourceLocation != "" {
				list = append(list, in.Mapping.SourceLocation)
			}
		}
	}
	return list
}

// afterwards runs the events that come after the last page, over the whole output. It reports false, with the outcome
// set, when one of them fails.
func (x *execution) afterwards(call connector.Call, result *connector.Result) bool {
	if yes, ok := call.Method.Exit(result); ok {
		x.leave(yes)
	}
	if call.Script.Globals == nil {
		return true
	}
	date, err := x.engine.runtime.AfterPaging(x.context(), call, result)
	if err == nil && date != "" {
		err = x.nextRunDate(date)
	}
	if err != nil {
		return x.scriptFailed(call, *result, err)
	}
	yes, chosen, err := x.engine.runtime.Condition(x.context(), call, result)
	if err != nil {
		return x.scriptFailed(call, *result, err)
	}
	if chosen {
		x.leave(yes)
	}
	return true
}

// leave chooses between the true and the false exit, where the step has one.
func (x *execution) leave(yes bool) {
	switch {
	case !x.branches():
	case yes:
		x.out.Exit = paceline.EdgeTrue
	default:
		x.out.Exit = paceline.EdgeFalse
	}
}

// nextRunDate makes a date of a script the step's last successful run date, in place of the time at which its call
// began. An earlier date than the present one changes nothing.
func (x *execution) nextRunDate(text string) error {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return &connector.Error{Class: connector.ClassScript, Code: paceline.CodeScriptFailed, Err: err,
			Detail: "after_action_paging left no date like 2026-03-01T12:00:00Z in next_last_successful_run_date."}
	}
	x.lastRunDate() // which begins with now, where there is none
	if x.readFailed != nil {
		return &connector.Error{Class: connector.ClassRetry, Code: paceline.CodeScriptFailed, Detail: "The last successful run date cannot be read.", Err: x.readFailed}
	}
	x.lastRun.next = paceline.ToMicros(at)
	return nil
}

func (x *execution) scriptFailed(call connector.Call, result connector.Result, err error) bool {
	unsent(call.Method, &result, err)
	x.out.TasksOK, x.out.TasksIncident = int32(result.TasksOK), int32(result.TasksIncident)
	x.warned(result.Warnings)
	x.callFailed(err)
	x.sealed(result, false)
	return false
}

// branches reports whether the step has a true or a false exit.
func (x *execution) branches() bool {
	for _, e := range x.step.Out {
		if e.Type != paceline.EdgeForward {
			return true
		}
	}
	return false
}

// inline runs the inline scripts of a step's mappings.
func (x *execution) inline(expressions []mapping.Expression, globals []byte) ([]mapping.Value, error) {
	behalf := connector.Behalf{Partner: x.run.Partner, Account: x.run.Account}
	return x.engine.runtime.Inline(x.context(), behalf, expressions, globals)
}

// inlineFailed reports, with the outcome set, whether the error is one of an inline script.
func (x *execution) inlineFailed(err error) bool {
	if _, ok := errors.AsType[*connector.Error](err); !ok {
		return false
	}
	x.out.TasksIncident = 1
	x.callFailed(err)
	return true
}

// askedState is what the scripts of a step with one call have done before it had to wait. It is kept sealed.
type askedState struct {
	Asked   []connector.Asked `json:"q"`
	Attempt int32             `json:"t"` // a new try asks anew
}

// keepAsked keeps what scripts have done until the step goes on.
func (x *execution) keepAsked(result *connector.Result) {
	if x.out.Verdict != core.Throttled || result.Asked == nil {
		return
	}
	doc, err := json.Marshal(askedState{result.Asked, x.token.Attempt})
	if err != nil {
		panic("what scripts have asked for is always JSON: " + err.Error())
	}
	x.out.Progress = x.live.key.Seal(nil, doc, progressPlace(x.run.Account, x.run.Num, x.token.Seq))
}

// askedBefore is what keepAsked has kept; without it the scripts do everything anew.
func (x *execution) askedBefore() []connector.Asked {
	if x.token.Progress == nil {
		return nil
	}
	var state askedState
	doc, err := x.live.key.Open(nil, x.token.Progress, progressPlace(x.run.Account, x.run.Num, x.token.Seq))
	if err != nil || json.Unmarshal(doc, &state) != nil || state.Attempt != x.token.Attempt {
		return nil
	}
	return state.Asked
}
