package engine

import (
	"errors"
	"time"

	"paceline"
	"paceline/mapping"
)

// wait finds the time that a wait is for. It costs no task unless it fails.
func (x *execution) wait() {
	s := x.live.plan.step(x.token.Step)
	failed := func(code paceline.Code, detail string) {
		x.out.TasksIncident = 1
		x.out.Permanent = true
		x.fail(code, detail)
	}
	if len(x.step.Inputs) == 0 {
		failed(paceline.CodeWaitMissing, "")
		return
	}
	inputs, _, err := mapping.Inputs{}, []mapping.Warning(nil), s.err
	if err == nil {
		inputs, _, err = s.program.Inputs(mapping.Env{Data: x, System: x.system})
	}
	switch {
	case x.readFailed != nil && !errors.Is(x.readFailed, errGone):
		x.away(x.readFailed)
		return
	case x.readFailed != nil:
		failed(paceline.CodeWaitFailed, x.readFailed.Error())
		return
	case err != nil:
		failed(paceline.CodeWaitFailed, messageOf(err))
		return
	}
	until, ok := mapping.DateOf(inputs.Param("wait", "until"))
	switch {
	case !ok:
		failed(paceline.CodeWaitNotDate, "The value of the field is not a date and time.")
	case until.Sub(x.out.StartedAt.Time()) > x.run.Plan.LongestWait():
		failed(paceline.CodeWaitOverRetention, "The date is "+until.Format(time.RFC3339)+".")
	default:
		x.out.Until = paceline.ToMicros(until)
	}
}
