package cycle

import (
	"context"

	"paceline"
	"paceline/connector"
	"paceline/store"
)

// Prerequisites lists what keeps the cycle from starting (reason codes 10 to 33); empty means ready.
// Errors: NotFound for a cycle that the account does not have.
func (r *Room) Prerequisites(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) ([]paceline.Prerequisite, error) {
	c, releases, err := r.load(ctx, p, a, id)
	if err != nil {
		return nil, err
	}
	var connectors connectorSet
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		connectors, err = connectorsOf(tx, a, c.Flow)
		return err
	})
	return check(c, releases, connectors), err
}

// StepPrerequisites lists what is missing within one step (reason codes 40 to 70). The step is found by
// its id alone. Errors: NotFound for a step that is in no cycle of the account.
func (r *Room) StepPrerequisites(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID) ([]paceline.Prerequisite, error) {
	c, releases, err := r.loadByStep(ctx, p, a, step)
	if err != nil {
		return nil, err
	}
	_, place := c.Flow.Step(step)
	return checkStep(graphOf(&c.Flow), place, releases), nil
}

// connectorSet are the account connectors that a flow's steps use and that the account sees.
type connectorSet map[int32]paceline.AccountConnector

func connectorsOf(tx *store.Tx, a paceline.Account, flow paceline.Flow) (connectorSet, error) {
	set := make(connectorSet)
	for _, step := range flow.Steps {
		if step.Connector == nil {
			continue
		}
		if _, known := set[step.AccountConnector]; known {
			continue
		}
		ac, found, err := tx.AccountConnector(a, step.AccountConnector)
		if err != nil {
			return nil, err
		}
		if found {
			set[step.AccountConnector] = ac
		}
	}
	return set, nil
}

// What a prerequisite names.
const (
	objectCycle     = "Cycle"
	objectConnector = "AccountConnector"
	objectParameter = "Parameter"
	objectField     = "ConnectorFieldMapping"
	objectVariable  = "Variable"
)

// check returns the prerequisites of a cycle: of its shape, its connectors, its steps, its variables.
func check(c paceline.Cycle, releases Pinned, connectors connectorSet) []paceline.Prerequisite {
	var list []paceline.Prerequisite
	g := graphOf(&c.Flow)
	if len(g.nodes) < 2 {
		list = append(list, paceline.Prerequisite{ReasonCode: 10, Code: paceline.CodePreSteps, ObjectType: objectCycle, ObjectID: c.ID})
	}
	if _, ok := g.trigger(); !ok {
		list = append(list, paceline.Prerequisite{ReasonCode: 11, Code: paceline.CodePreConnected, ObjectType: objectCycle, ObjectID: c.ID})
	}
	told := make(map[int32]bool)
	for _, place := range g.nodes {
		step := &c.Flow.Steps[place]
		ac, found := connectors[step.AccountConnector]
		usable := found && ac.Authenticated && step.Connector != nil && ac.Release.UID == step.Connector.UID
		if step.Connector == nil || usable || told[step.AccountConnector] {
			continue
		}
		told[step.AccountConnector] = true
		list = append(list, paceline.Prerequisite{ReasonCode: 20, Code: paceline.CodePreConnector,
			ObjectType: objectConnector, ObjectID: step.AccountConnector})
	}
	for _, place := range g.nodes {
		step := &c.Flow.Steps[place]
		if incomplete(g, place, releases) {
			reason, code := stepReason(step.Kind)
			list = append(list, paceline.Prerequisite{ReasonCode: reason, Code: code, ObjectType: step.Kind.String(), ObjectID: step.ID})
		}
	}
	for _, v := range c.Flow.Variables {
		if v.UserConfigurable && (v.Value == nil || *v.Value == "") {
			list = append(list, paceline.Prerequisite{ReasonCode: 40, Code: paceline.CodePreVariable,
				ObjectType: objectVariable, ObjectID: v.SystemName})
		}
	}
	return list
}

// incomplete reports whether something is missing within the step, or it cannot run as it is.
func incomplete(g *graph, place int, releases Pinned) bool {
	step := &g.flow.Steps[place]
	if len(checkStep(g, place, releases)) > 0 {
		return true
	}
	_, err := compileStep(*g.flow, step, releases)
	return err != nil
}

func stepReason(kind paceline.StepKind) (int, paceline.Code) {
	switch kind {
	case paceline.StepDecision:
		return 31, paceline.CodePreDecision
	case paceline.StepDelay:
		return 32, paceline.CodePreDelay
	case paceline.StepWaitUntil:
		return 33, paceline.CodePreWaitDate
	}
	return 30, paceline.CodePreMapping
}

// checkStep returns the prerequisites within one step.
func checkStep(g *graph, place int, releases Pinned) []paceline.Prerequisite {
	step := &g.flow.Steps[place]
	before := g.before(place)
	one := func(reason int, code paceline.Code) paceline.Prerequisite {
		return paceline.Prerequisite{ReasonCode: reason, Code: code, ObjectType: step.Kind.String(), ObjectID: step.ID}
	}
	var list []paceline.Prerequisite
	switch step.Kind {
	case paceline.StepDecision:
		d := step.Decision
		if d == nil || d.LeftLocation == "" || !before[d.LeftStep] {
			list = append(list, one(50, paceline.CodePreLeftOperand))
		}
		if d == nil || d.Condition == "" || !d.Condition.Unary() && !filled(g.flow, d.Right, before) {
			list = append(list, one(51, paceline.CodePreRightOperand))
		}
	case paceline.StepDelay:
		if step.Delay == nil || delayUnits[step.Delay.Unit] == 0 {
			list = append(list, one(60, paceline.CodePreDelayUnit))
		}
		if step.Delay == nil || step.Delay.Amount <= 0 {
			list = append(list, one(61, paceline.CodePreDelayAmount))
		}
	case paceline.StepWaitUntil:
		list = append(list, one(70, paceline.CodePreWaitUntil))
	case paceline.StepWebhook:
		if len(g.in[place]) > 0 {
			list = append(list, one(43, paceline.CodePreWebhookKey))
		}
	case paceline.StepAction:
		list = checkInputs(g.flow, step, before, releases.Of(step))
	}
	return list
}

// checkInputs lists required parameters and fields without a value, and any that take it from nowhere.
func checkInputs(flow *paceline.Flow, step *paceline.Step, before map[paceline.ID]bool, rel *Release) []paceline.Prerequisite {
	if rel == nil {
		return nil
	}
	var planned paceline.PlanStep
	if err := compileMethod(&planned, step, rel); err != nil {
		return nil
	}
	var list []paceline.Prerequisite
	for _, in := range planned.Inputs {
		if !missing(flow, in, before) {
			continue
		}
		if in.Field {
			list = append(list, paceline.Prerequisite{ReasonCode: 41, Code: paceline.CodePreField,
				ObjectType: objectField, ObjectID: rel.ID(connector.RequestFieldElement, connector.RequestFieldKey(planned.Method, in.Key))})
			continue
		}
		list = append(list, paceline.Prerequisite{ReasonCode: 40, Code: paceline.CodePreParameter,
			ObjectType: objectParameter, ObjectID: rel.ID(connector.ParamElement, planned.Method+"/"+in.Key)})
	}
	return list
}

func missing(flow *paceline.Flow, in paceline.PlanInput, before map[paceline.ID]bool) bool {
	if in.Mapping.Type == paceline.MapStepField && !before[in.Mapping.SourceStep] {
		return true
	}
	if !in.Required || in.Default != nil && (in.Mapping.Type == "" || in.Mapping.Type == paceline.MapIgnore) {
		return false
	}
	return !filled(flow, in.Mapping, before)
}

// filled reports whether a mapping gives a value.
func filled(flow *paceline.Flow, m paceline.Mapping, before map[paceline.ID]bool) bool {
	switch m.Type {
	case paceline.MapIgnore:
		return false
	case paceline.MapStepField:
		return m.Set() && before[m.SourceStep]
	case paceline.MapVariable:
		if !m.Set() {
			return false
		}
		for _, v := range flow.Variables {
			if v.SystemName == *m.Value {
				return v.UserConfigurable || v.Value != nil && *v.Value != ""
			}
		}
		return false
	}
	return m.Set()
}
