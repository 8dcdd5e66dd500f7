package cycle

import (
	"context"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
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
	c.Flow.Settings.Capture = "" // a capture of before
	src := Source{Account: a, Cycle: c, Flow: c.Flow}
	err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
		if src.Partner, _, err = tx.Partner(a.Scope()); err == nil {
			connectors, err = connectorsOf(tx, a, c.Flow)
		}
		return err
	})
	return check(src, releases, connectors), err
}

// StepPrerequisites lists what is missing within one step (reason codes 40 to 70). The step is found by
// its id alone. Errors: NotFound for a step that is in no cycle of the account.
func (r *Room) StepPrerequisites(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID) ([]paceline.Prerequisite, error) {
	c, releases, err := r.loadByStep(ctx, p, a, step)
	if err != nil {
		return nil, err
	}
	g := graphOf(&c.Flow)
	place, known := g.at[step]
	if !known {
		return nil, nil // an annotation
	}
	src := Source{Account: a, Cycle: c, Flow: c.Flow}
	err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
		src.Partner, _, err = tx.Partner(a.Scope())
		return err
	})
	plan, _ := assemble(src, g, releases)
	return checkStep(g, plan, place, releases), err
}

// connectorSet are the account connectors that steps use and that the account sees.
type connectorSet map[int32]paceline.AccountConnector

func connectorsOf(tx *store.Tx, a paceline.Account, flows ...paceline.Flow) (connectorSet, error) {
	set := make(connectorSet)
	asked := make(map[int32]bool)
	for _, flow := range flows {
		for _, step := range flow.Steps {
			if step.Connector == nil || asked[step.AccountConnector] {
				continue
			}
			asked[step.AccountConnector] = true
			ac, found, err := tx.AccountConnector(a, step.AccountConnector)
			if err != nil {
				return nil, err
			}
			if found {
				set[step.AccountConnector] = ac
			}
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
func check(src Source, releases Pinned, connectors connectorSet) []paceline.Prerequisite {
	var list []paceline.Prerequisite
	c := src.Cycle
	g := graphOf(&c.Flow)
	alone := c.Flow.Settings.Capture != ""
	if len(g.nodes) < 2 && !alone {
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
	plan, _ := assemble(src, g, releases)
	for _, place := range g.nodes {
		step := &c.Flow.Steps[place]
		if incomplete(g, plan, place, releases) {
			reason, code := stepReason(step.Kind)
			if outlives(plan, step) {
				code = paceline.CodePreDelayTooLong
			}
			list = append(list, paceline.Prerequisite{ReasonCode: reason, Code: code, ObjectType: step.Kind.String(), ObjectID: step.ID})
		}
	}
	for _, v := range c.Flow.Variables {
		if !alone && v.UserConfigurable && (v.Value == nil || *v.Value == "") {
			list = append(list, paceline.Prerequisite{ReasonCode: 40, Code: paceline.CodePreVariable,
				ObjectType: objectVariable, ObjectID: v.SystemName})
		}
	}
	return list
}

// incomplete reports whether something is missing within the step, or it cannot run as it is.
func incomplete(g *graph, plan *paceline.Plan, place int, releases Pinned) bool {
	step := &g.flow.Steps[place]
	if len(checkStep(g, plan, place, releases)) > 0 {
		return true
	}
	if _, err := compileStep(*g.flow, step, releases); err != nil {
		return true
	}
	_, err := mapping.Compile(plan, plan.StepByID(step.ID)) // fields may contradict each other
	return step.Kind == paceline.StepAction && err != nil
}

func stepReason(kind paceline.StepKind) (int, paceline.Code) {
	switch kind {
	case paceline.StepDecision, paceline.StepSwitch:
		return 31, paceline.CodePreDecision
	case paceline.StepDelay:
		return 32, paceline.CodePreDelay
	case paceline.StepWaitUntil:
		return 33, paceline.CodePreWaitDate
	}
	return 30, paceline.CodePreMapping
}

// checkStep returns the prerequisites within one step. plan is what assemble made of the flow.
func checkStep(g *graph, plan *paceline.Plan, place int, releases Pinned) []paceline.Prerequisite {
	step := &g.flow.Steps[place]
	before := g.before(place)
	var list []paceline.Prerequisite
	add := func(reason int, code paceline.Code) {
		list = append(list, paceline.Prerequisite{ReasonCode: reason, Code: code, ObjectType: step.Kind.String(), ObjectID: step.ID})
	}
	switch step.Kind {
	case paceline.StepDecision, paceline.StepSwitch:
		left, right := operands(g, step, before)
		if left {
			add(50, paceline.CodePreLeftOperand)
		}
		if right {
			add(51, paceline.CodePreRightOperand)
		} else if !left {
			if _, err := mapping.CompileChoice(plan, plan.StepByID(step.ID)); err != nil {
				add(51, paceline.CodePreRightOperand)
			}
		}
	case paceline.StepDelay:
		if step.Delay == nil || delayUnits[step.Delay.Unit] == 0 {
			add(60, paceline.CodePreDelayUnit)
		}
		if _, ok := delay(step.Delay); outlives(plan, step) {
			add(61, paceline.CodePreDelayTooLong)
		} else if !ok && (step.Delay == nil || delayUnits[step.Delay.Unit] != 0 || step.Delay.Amount <= 0) {
			add(61, paceline.CodePreDelayAmount)
		}
	case paceline.StepWaitUntil:
		if step.WaitUntil == nil || !filled(g.flow, *step.WaitUntil, before) || !waitable(plan, plan.StepByID(step.ID)) {
			add(70, paceline.CodePreWaitUntil)
		}
	case paceline.StepWebhook:
		if len(g.in[place]) > 0 && !keyed(step, before) {
			add(43, paceline.CodePreWebhookKey)
		}
		return append(list, checkSubscription(g.flow, step, releases.Of(step))...)
	case paceline.StepAction:
		return checkInputs(g.flow, plan, plan.StepByID(step.ID), before, releases.Of(step))
	}
	return list
}

// outlives reports whether a step waits longer than the data of a transaction is kept (F-246).
func outlives(plan *paceline.Plan, step *paceline.Step) bool {
	if step.Kind != paceline.StepDelay || step.Delay == nil {
		return false
	}
	seconds := int64(plan.LongestWait() / time.Second)
	unit := delayUnits[step.Delay.Unit]
	return unit > 0 && int64(step.Delay.Amount) > seconds/unit
}

// keyed reports whether a webhook step in the middle of a flow can find the transaction of a delivery.
func keyed(step *paceline.Step, before map[paceline.ID]bool) bool {
	k := step.WebhookKey
	return k != nil && k.Location != "" && k.SourceLocation != "" && readable(k.Location) && readable(k.SourceLocation) && before[k.SourceStep]
}

// waitable reports whether a wait can ever get a date: a fixed text has to be one.
func waitable(plan *paceline.Plan, ordinal int) bool {
	if _, err := mapping.Compile(plan, ordinal); err != nil {
		return false
	}
	for _, in := range plan.Steps[ordinal].Inputs {
		if m := in.Mapping; m.Type == paceline.MapStatic && !strings.Contains(*m.Value, "{{") {
			_, ok := mapping.DateOf(mapping.Quote(*m.Value))
			return ok
		}
	}
	return true
}

func readable(location string) bool {
	_, err := mapping.ParseLocation(location)
	return err == nil
}

// checkInputs lists required parameters and fields without a value, and any whose value comes from
// nowhere or can never be made.
func checkInputs(flow *paceline.Flow, plan *paceline.Plan, ordinal int, before map[paceline.ID]bool, rel *Release) []paceline.Prerequisite {
	var list []paceline.Prerequisite
	step := plan.Steps[ordinal]
	for _, in := range step.Inputs {
		if !missing(flow, in, before) && compiles(plan, ordinal, in) {
			continue
		}
		if in.Field {
			list = append(list, paceline.Prerequisite{ReasonCode: 41, Code: paceline.CodePreField, ObjectType: objectField,
				ObjectID: rel.ID(connector.RequestFieldElement, connector.RequestFieldKey(step.Method, in.Key))})
			continue
		}
		list = append(list, paceline.Prerequisite{ReasonCode: 40, Code: paceline.CodePreParameter, ObjectType: objectParameter,
			ObjectID: rel.ID(connector.ParamElement, step.Method+"/"+in.Key)})
	}
	return list
}

// compiles reports whether a mapping can ever give a value: its location parses, its merge fields exist.
func compiles(plan *paceline.Plan, ordinal int, in paceline.PlanInput) bool {
	one := *plan
	one.Steps = slices.Clone(plan.Steps)
	one.Steps[ordinal].Inputs = []paceline.PlanInput{in}
	_, err := mapping.Compile(&one, ordinal)
	return err == nil
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
