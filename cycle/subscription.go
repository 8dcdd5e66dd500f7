package cycle

import (
	"fmt"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
)

// SubscriptionValues are what a webhook step gives to the methods that register it at the vendor, by the names of
// their parameters: texts with merge fields of the account, choices and variables, since there is no transaction yet
// that could give more. system answers merge fields. Nothing is missing in a cycle without unmet prerequisites.
func SubscriptionValues(flow paceline.Flow, step *paceline.Step, rel *Release, system func(name string) (string, bool)) (map[string]mapping.Value, error) {
	_, trigger := rel.Method(step.Method)
	params := rel.Definition.TriggerParams(trigger)
	if len(params) == 0 {
		return nil, nil
	}
	program, err := subscriptionProgram(flow, step, inputs(step, &connector.MethodDef{Params: params}))
	if err != nil {
		return nil, err
	}
	in, warnings, err := program.Inputs(mapping.Env{System: system})
	if err != nil {
		return nil, err
	}
	for _, w := range warnings {
		return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", w.Input, "reason", w.Detail)
	}
	values := make(map[string]mapping.Value, len(in.Params))
	for _, p := range in.Params {
		if !mapping.Empty(p.Value) {
			values[p.Name] = p.Value
		}
	}
	return values, nil
}

func subscriptionProgram(flow paceline.Flow, step *paceline.Step, list []paceline.PlanInput) (*mapping.Program, error) {
	alone := &paceline.Plan{Variables: flow.VariableValues(), Steps: []paceline.PlanStep{{ID: step.ID, Name: step.Name, Inputs: list}}}
	program, err := mapping.Compile(alone, 0)
	if err == nil && program.Scripted() {
		err = fmt.Errorf("an inline script needs a transaction")
	}
	return program, err
}

// checkSubscription lists the parameters of a webhook step that have no value, or one that needs a transaction.
func checkSubscription(flow *paceline.Flow, step *paceline.Step, rel *Release) (list []paceline.Prerequisite) {
	if rel == nil {
		return nil
	}
	_, trigger := rel.Method(step.Method)
	if trigger == nil {
		return nil
	}
	for _, in := range inputs(step, &connector.MethodDef{Params: rel.Definition.TriggerParams(trigger)}) {
		_, err := subscriptionProgram(*flow, step, []paceline.PlanInput{in})
		if err == nil && !missing(flow, in, nil) {
			continue
		}
		list = append(list, paceline.Prerequisite{ReasonCode: 40, Code: paceline.CodePreParameter, ObjectType: objectParameter,
			ObjectID: rel.ID(connector.ParamElement, trigger.ID+"/"+in.Key)})
	}
	return list
}
