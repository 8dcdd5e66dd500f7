package cycle

import (
	"fmt"
	"slices"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
)

// Source is what a plan is compiled from. Version is that of the copy which runs.
type Source struct {
	Partner paceline.Partner
	Account paceline.Account
	Cycle   paceline.Cycle
	Flow    paceline.Flow
	Version int64
}

// Compile turns a flow and the releases it names into the plan that runs. A flow without unmet
// prerequisites always compiles; the error of another one says what is wrong and is for the log.
func Compile(src Source, releases Pinned) (*paceline.Plan, error) {
	g := graphOf(&src.Flow)
	if _, ok := g.trigger(); !ok {
		return nil, fmt.Errorf("compile cycle %s: its steps are not one flow with one trigger", src.Cycle.ID)
	}
	plan, err := assemble(src, g, releases)
	if err != nil {
		return nil, fmt.Errorf("compile cycle %s: %w", src.Cycle.ID, err)
	}
	return plan, nil
}

// assemble makes a plan of whatever shape the flow has, and returns the first mistake of a step. The plan
// is whole but for the steps with mistakes, which have their identity alone.
func assemble(src Source, g *graph, releases Pinned) (plan *paceline.Plan, first error) {
	flow := *g.flow
	plan = &paceline.Plan{
		Partner: src.Account.Partner, Account: src.Account.Num, Root: src.Account.Root,
		AccountID: src.Account.ID, AccountAPIID: src.Account.APIID,
		Cycle: src.Cycle.Num, CycleID: src.Cycle.ID, CycleName: src.Cycle.Name, Version: src.Version,
		Variables: flow.VariableValues(), MaxRetries: flow.Settings.MaxRetries, LogRequests: flow.Settings.LogRequests,
		Retention: retention(flow.Settings.Retention, src.Account.Retention, src.Partner.Settings.Retention),
		RunOnce:   flow.Settings.RunOnce, Interval: flow.Settings.Interval, Timezone: src.Account.Timezone,
		MaxConcurrent: flow.Settings.MaxConcurrent, Serial: flow.Settings.Serial, ServiceURL: src.Partner.Settings.ServiceURL,
	}
	trigger, _ := g.trigger()
	ordinal := make(map[int]int, len(g.nodes))
	for i, place := range g.nodes {
		ordinal[place] = i
		if place == trigger {
			plan.Trigger = i
		}
		step, err := compileStep(flow, &flow.Steps[place], releases)
		if err != nil && first == nil {
			first = fmt.Errorf("step %q: %w", step.Name, err)
		}
		if place == trigger {
			step.Key = "" // nothing lies before it that could wait
			if step.Kind == paceline.StepWebhook {
				step.Inputs = nil
			}
		}
		if !splits(flow.Settings.CollectionSplit, flow.Steps[place].CollectionSplit, place == trigger) {
			step.SplitAt, step.Unsplittable = "", false
		}
		plan.Steps = append(plan.Steps, step)
	}
	for _, e := range flow.Edges {
		tail, okTail := g.at[e.Tail]
		head, okHead := g.at[e.Head]
		if okTail && okHead {
			out := &plan.Steps[ordinal[tail]].Out
			*out = append(*out, paceline.PlanEdge{To: ordinal[head], Type: e.Type})
		}
	}
	for i, place := range g.nodes {
		for _, k := range flow.Steps[place].Keys {
			if from := plan.StepByID(k.Step); from >= 0 {
				plan.Steps[i].Keys = append(plan.Steps[i].Keys, paceline.PlanList{Step: from, At: k.Location})
			}
		}
	}
	mapping.FindItems(plan)
	return plan, first
}

func compileStep(flow paceline.Flow, step *paceline.Step, releases Pinned) (paceline.PlanStep, error) {
	out := paceline.PlanStep{
		ID: step.ID, Name: step.Name, Kind: step.Kind,
		AccountConnector: step.AccountConnector, ErrorAction: step.ErrorAction, Script: step.Script,
		EndOnNullSource: step.EndOnNullSource, EndOnNullResult: step.EndOnNullResult,
	}
	if out.ErrorAction == "" {
		out.ErrorAction = flow.Settings.StepErrorAction
	}
	switch step.Kind {
	case paceline.StepDecision:
		if step.Decision == nil {
			return out, fmt.Errorf("it has no criteria")
		}
		d := *step.Decision
		out.Decision = &d
		return out, nil
	case paceline.StepSwitch:
		if err := checkCases(step.Switch); err != nil {
			return out, err
		}
		out.Switch = step.Switch
		return out, nil
	case paceline.StepDelay:
		d, ok := delay(step.Delay)
		if !ok {
			return out, fmt.Errorf("it has no time period")
		}
		out.DelayMicros = d
		return out, nil
	case paceline.StepWaitUntil:
		if step.WaitUntil == nil || !step.WaitUntil.Set() {
			return out, fmt.Errorf("it has no date to wait for")
		}
		out.Inputs = []paceline.PlanInput{{Key: paceline.WaitUntilKey, Label: "Wait until", Mapping: *step.WaitUntil}}
		return out, nil
	case paceline.StepSyncResponse:
		out.Inputs = replyInputs(step)
		return out, nil
	case paceline.StepWaitAll:
		return out, nil
	case paceline.StepAction, paceline.StepWebhook:
		if k := step.WebhookKey; k != nil && step.Kind == paceline.StepWebhook {
			out.Key = k.Location
			out.Inputs = []paceline.PlanInput{{Key: paceline.WebhookSourceKey, Label: "Webhook key", Type: paceline.TypeUndefined, Mapping: paceline.Mapping{
				Type: paceline.MapStepField, SourceStep: k.SourceStep, SourceLocation: k.SourceLocation}}}
		}
		if step.Kind == paceline.StepWebhook && step.Connector == nil {
			return out, nil // a plain address, which belongs to no connector
		}
		rel := releases.Of(step)
		if rel == nil {
			return out, fmt.Errorf("its connector release is not published")
		}
		return out, compileMethod(&out, step, rel)
	}
	return out, fmt.Errorf("steps of kind %s cannot run", step.Kind)
}

func compileMethod(out *paceline.PlanStep, step *paceline.Step, rel *Release) error {
	method, trigger := rel.Method(step.Method)
	out.Release, out.ConnectorID = rel.Key, rel.ConnectorID
	switch {
	case step.Kind == paceline.StepWebhook && trigger != nil:
		out.Method, out.MethodID, out.Repeat = trigger.ID, rel.MethodID(trigger.ID), paceline.RepeatSafe
		out.Enriches = trigger.Enrich != nil
		return nil
	case step.Kind == paceline.StepAction && trigger != nil && trigger.Type == "poll":
		if method, _ = rel.MethodByID(trigger.Method); method == nil {
			return fmt.Errorf("the trigger %s names no method", trigger.ID)
		}
	case step.Kind == paceline.StepAction && method != nil:
	default:
		return fmt.Errorf("the release %s of %s has no method %s of this kind", rel.Key.Version, rel.Name, step.Method)
	}
	out.Method, out.MethodID, out.Repeat = method.ID, rel.MethodID(method.ID), rel.Compiled.Method(method.ID).Repeat
	out.Inputs, out.Batched = inputs(step, method), method.Request.Batch != nil
	if method.Kind == connector.MethodReply {
		out.Kind = paceline.StepSyncResponse
		return nil
	}
	out.SplitAt, out.Unsplittable = method.MainList()
	return nil
}

// inputs joins what the definition asks for with the mappings of the step: first parameters, then
// fields, in the order of the definition, then the step's own additions in the order of the step.
func inputs(step *paceline.Step, method *connector.MethodDef) []paceline.PlanInput {
	params := make(map[string]paceline.Mapping, len(step.Params))
	for _, m := range step.Params {
		params[m.Key] = m.Mapping
	}
	fields := make(map[string]paceline.Mapping, len(step.Fields))
	for _, m := range step.Fields {
		fields[m.Location] = m.Mapping
	}
	list := make([]paceline.PlanInput, 0, len(method.Params)+len(method.Request.Fields))
	for _, p := range method.Params {
		key := paramKey(p)
		list = append(list, paceline.PlanInput{Key: key, Label: p.Title(), Type: p.Type, Required: p.Required,
			Default: planned(p), Mapping: params[key]})
	}
	for _, f := range method.Request.Fields {
		list = append(list, paceline.PlanInput{Field: true, Key: f.Loc, Label: f.Title(), Type: f.Type, Format: f.Format, Required: f.Required,
			Default: scalar(f.Default), Mapping: fields[f.Loc]})
		delete(fields, f.Loc)
	}
	for _, m := range step.Fields {
		if _, own := fields[m.Location]; own {
			list = append(list, paceline.PlanInput{Field: true, Key: m.Location, Label: m.Location,
				Type: paceline.TypeUndefined, Mapping: m.Mapping})
		}
	}
	return withoutEmptyParents(list)
}

// planned is the default of a parameter, but for one that counts with some calls alone: the call knows which.
func planned(p connector.ParamDef) *string {
	if p.With != "" {
		return nil
	}
	return scalar(p.Default)
}

// withoutEmptyParents leaves out fields without a value where a field below them has one, such as Data beside
// Data.Name: a body has either the whole or its parts.
func withoutEmptyParents(list []paceline.PlanInput) []paceline.PlanInput {
	all := slices.Clone(list)
	return slices.DeleteFunc(list, func(in paceline.PlanInput) bool {
		empty := in.Field && !in.Required && in.Default == nil && (in.Mapping.Type == "" || in.Mapping.Type == paceline.MapIgnore)
		return empty && slices.ContainsFunc(all, func(other paceline.PlanInput) bool {
			return other.Field && strings.HasPrefix(other.Key, in.Key+".")
		})
	})
}

// paramKey is the key of a parameter's mapping.
func paramKey(p connector.ParamDef) string { return p.In + ":" + p.Name }

func scalar(s *connector.Scalar) *string {
	if s == nil {
		return nil
	}
	text := s.Text()
	return &text
}

// retention takes each value from the first that sets it, else the default.
func retention(levels ...paceline.Retention) paceline.Retention {
	success, failed := paceline.DefaultRetentionHours, paceline.DefaultRetentionHours
	for i := len(levels) - 1; i >= 0; i-- {
		if h := levels[i].SuccessHours; h != nil {
			success = *h
		}
		if h := levels[i].ErrorHours; h != nil {
			failed = *h
		}
	}
	return paceline.Retention{SuccessHours: &success, ErrorHours: &failed}
}

var delayUnits = map[string]int64{
	"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400, "weeks": 604_800,
}

// maxDelaySeconds bounds a delay to ten years, far within the range of a time.
const maxDelaySeconds = 10 * 366 * 86_400

// delay returns a delay in microseconds and whether it is one.
func delay(d *paceline.Delay) (int64, bool) {
	if d == nil || d.Amount <= 0 || delayUnits[d.Unit] == 0 || int64(d.Amount) > maxDelaySeconds/delayUnits[d.Unit] {
		return 0, false
	}
	return int64(d.Amount) * delayUnits[d.Unit] * 1_000_000, true
}
