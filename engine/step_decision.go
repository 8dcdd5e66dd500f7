package engine

import (
	"paceline"
	"paceline/mapping"
)

// decide evaluates a decision. It costs no task unless it fails.
func (x *execution) decide() {
	s := x.live.plan.step(x.token.Step)
	var yes bool
	err := s.err
	if err == nil {
		yes, err = s.decision.Eval(mapping.Env{Data: x, System: x.system})
	}
	switch {
	case x.readFailed != nil:
		x.unreadable()
	case err != nil:
		x.out.TasksIncident = 1
		x.out.Permanent = true
		x.fail(paceline.CodeDecisionInvalid, messageOf(err))
	case yes:
		x.out.Exit = paceline.EdgeTrue
	default:
		x.out.Exit = paceline.EdgeFalse
	}
}
