package cycle

import (
	"paceline"
	"paceline/mapping"
)

// conditions are those that a decision or a case may have; "" is not chosen yet.
var conditions = map[paceline.Condition]bool{
	"": true, paceline.CondEquals: true, paceline.CondNotEquals: true, paceline.CondExists: true, paceline.CondNotExists: true,
	paceline.CondContains: true, paceline.CondNotContains: true, paceline.CondStartsWith: true, paceline.CondEndsWith: true,
	paceline.CondGreater: true, paceline.CondGreaterOrEqual: true, paceline.CondLess: true, paceline.CondLessOrEqual: true,
	paceline.CondInList: true, paceline.CondMatches: true, paceline.CondIsTrue: true, paceline.CondIsFalse: true,
	paceline.CondIsEmpty: true, paceline.CondIsNotEmpty: true,
}

// applyTool sets what a tool does. It may be incomplete, which the prerequisites tell, but not nonsense.
func (in StepInput) applyTool(s *paceline.Step) error {
	for _, part := range []struct {
		given bool
		kind  paceline.StepKind
	}{
		{in.Decision != nil, paceline.StepDecision}, {in.Switch != nil, paceline.StepSwitch},
		{in.Delay != nil, paceline.StepDelay}, {in.WaitUntil != nil, paceline.StepWaitUntil},
		{in.WebhookKey != nil, paceline.StepWebhook}, {in.Response != nil, paceline.StepSyncResponse},
	} {
		if part.given && s.Kind != part.kind {
			return invalid("ActionData", "it is not that of a step of kind "+s.Kind.String())
		}
	}
	set(&s.ErrorAction, in.ErrorAction)
	if in.NoTool {
		s.Decision, s.Switch, s.Delay, s.WaitUntil, s.WebhookKey = nil, nil, nil, nil, nil
		if s.Kind == paceline.StepSyncResponse {
			s.Params, s.Fields = nil, nil
		}
	}
	if err := in.applyWebhooks(s); err != nil {
		return err
	}
	if in.Decision != nil {
		s.Decision = in.Decision
	}
	if in.Switch != nil {
		s.Switch = in.Switch
	}
	var err error
	eachDecision(s, func(d *paceline.Decision) {
		if err == nil {
			err = checkDecision(d)
		}
	})
	if err != nil {
		return err
	}
	if in.Delay != nil {
		if in.Delay.Amount < 0 || in.Delay.Unit != "" && delayUnits[in.Delay.Unit] == 0 {
			return invalid("ActionData", "a delay is a whole number of seconds, minutes, hours, days or weeks")
		}
		s.Delay = in.Delay
	}
	if in.WaitUntil != nil {
		s.WaitUntil = in.WaitUntil
		return CheckMapping(*s.WaitUntil)
	}
	return nil
}

// checkSources refuses a tool that takes values from a step that the cycle does not have.
func (in StepInput) checkSources(flow *paceline.Flow, s *paceline.Step) error {
	if in.Decision == nil && in.Switch == nil && in.WaitUntil == nil && in.WebhookKey == nil && in.Response == nil {
		return nil
	}
	var err error
	check := func(name string, id paceline.ID) {
		if step, _ := flow.Step(id); id != "" && step == nil && err == nil {
			err = invalid(name, "the cycle has no such step")
		}
	}
	eachDecision(s, func(d *paceline.Decision) {
		check("LeftStepId", d.LeftStep)
		check("SourceStepId", d.Right.SourceStep)
	})
	if s.WaitUntil != nil {
		check("SourceStepId", s.WaitUntil.SourceStep)
	}
	if in.WebhookKey != nil {
		check("SourceStepId", in.WebhookKey.SourceStep)
	}
	for _, r := range in.Response {
		check("SourceStepId", r.Mapping.SourceStep)
	}
	return err
}

func checkDecision(d *paceline.Decision) error {
	if !conditions[d.Condition] {
		return invalid("Condition", "there is no condition "+string(d.Condition))
	}
	if d.LeftLocation != "" {
		if _, err := mapping.ParseLocation(d.LeftLocation); err != nil {
			return invalid("LeftLocation", err.Error())
		}
	}
	return CheckMapping(d.Right)
}
