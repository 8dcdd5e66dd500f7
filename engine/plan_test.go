package engine_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/mapping"
)

// planOf makes the plan of a scenario's cycle, and the names of its steps by ordinal.
func planOf(t testing.TB, doc cycleDoc) (*paceline.Plan, []string) {
	plan := &paceline.Plan{
		Retention:   paceline.Retention{SuccessHours: doc.Keep.Success, ErrorHours: doc.Keep.Error},
		LogRequests: !doc.NoLog, MaxRetries: doc.Retries, Interval: doc.Interval, RunOnce: doc.Once, MaxConcurrent: doc.Most, Serial: doc.Serial, Variables: map[string]string{},
	}
	if plan.MaxRetries == 0 {
		plan.MaxRetries = 5
	}
	var names []string
	ordinal := map[string]int{}
	var nodes []node
	for _, entry := range doc.Steps {
		for name, n := range entry {
			ordinal[name] = len(names)
			names = append(names, name)
			nodes = append(nodes, n)
			plan.Steps = append(plan.Steps, paceline.PlanStep{ID: paceline.NewID(time.Now()), Name: name})
		}
	}
	source := func(text string) (paceline.ID, string) {
		step, location, found := strings.Cut(text, "/")
		at, known := ordinal[step]
		if !found || !known {
			t.Fatalf("%q names no step and location", text)
		}
		return plan.Steps[at].ID, location
	}
	mapping := func(text string) paceline.Mapping {
		if static, ok := strings.CutPrefix(text, "="); ok {
			return paceline.Mapping{Type: paceline.MapStatic, Value: &static}
		}
		step, location := source(text)
		return paceline.Mapping{Type: paceline.MapStepField, SourceStep: step, SourceLocation: location}
	}
	decision := func(text string) (d paceline.Decision) {
		part := strings.Fields(text)
		d.Condition = paceline.Condition(part[1])
		d.LeftStep, d.LeftLocation = source(part[0])
		if len(part) > 2 {
			d.Right = mapping("=" + part[2])
		}
		return d
	}
	for i, n := range nodes {
		s := &plan.Steps[i]
		s.ErrorAction = paceline.ErrorAction(cmp.Or(n.OnError, doc.OnError, string(paceline.ErrorIgnore)))
		switch {
		case n.Webhook != "":
			s.Kind, s.Method, s.AccountConnector, s.Script = paceline.StepWebhook, n.Webhook, 1, n.Script
			if key, trigger, ok := strings.Cut(n.Webhook, "/"); ok {
				s.Method, s.AccountConnector = trigger, utilityNamed(t, key)
			} else if tr := testbed().Trigger(n.Webhook); tr != nil {
				s.Repeat, s.Enriches = paceline.RepeatSafe, tr.Enrich() != nil
			}
			if n.Key != "" {
				s.Key = n.Key
				s.Inputs = []paceline.PlanInput{{Key: paceline.WebhookSourceKey, Mapping: mapping(n.Is)}}
			}
		case n.Call != "":
			s.Kind, s.Method, s.AccountConnector = paceline.StepAction, n.Call, 1
			m := testbed().Method(n.Call)
			if m.Replies() {
				s.Kind = paceline.StepSyncResponse
			}
			s.Repeat, s.SplitAt, s.Unsplittable = m.Repeat, n.Split, n.Unsplittable
			s.Batched, s.Script = m.Batched(), n.Script
			s.EndOnNullSource, s.EndOnNullResult = slices.Contains(n.EndOn, "source"), slices.Contains(n.EndOn, "result")
			for _, key := range n.Keys {
				at, location := source(key)
				s.Keys = append(s.Keys, paceline.PlanList{Step: plan.StepByID(at), At: location})
			}
			for _, key := range inOrder(n.Map) {
				s.Inputs = append(s.Inputs, paceline.PlanInput{Field: !strings.Contains(key, ":"), Key: key, Label: key, Required: slices.Contains(n.Required, key), Mapping: mapping(n.Map[key])})
			}
		case n.Link != "":
			s.Kind, s.Method, s.AccountConnector, s.Repeat = paceline.StepAction, "start", linkInstance, paceline.RepeatKeyed
			s.Inputs = append(s.Inputs, paceline.PlanInput{Key: paceline.LinkCycle, Label: "Cycle", Required: true, Mapping: mapping("=" + n.Link)})
			if data, ok := n.Map["data"]; ok {
				s.Inputs = append(s.Inputs, paceline.PlanInput{Field: true, Key: "Data", Label: "Data", Mapping: mapping(data)})
			}
		case n.Use != "":
			useUtility(t, s, n, mapping)
		case n.If != "":
			d := decision(n.If)
			s.Kind, s.Decision = paceline.StepDecision, &d
		case n.Switch != nil:
			s.Kind, s.Switch = paceline.StepSwitch, &paceline.Switch{}
			for k, text := range n.Switch {
				s.Switch.Cases = append(s.Switch.Cases, paceline.Case{Number: k + 1, Decision: decision(text)})
			}
		case n.Until != "":
			s.Kind, s.Inputs = paceline.StepWaitUntil, []paceline.PlanInput{{Key: paceline.WaitUntilKey, Mapping: mapping(n.Until)}}
		case n.Respond != nil:
			s.Kind = paceline.StepSyncResponse
			for _, key := range slices.Sorted(maps.Keys(n.Respond)) {
				location, field := strings.CutPrefix(key, "field:")
				s.Inputs = append(s.Inputs, paceline.PlanInput{Field: field, Key: location, Label: location, Mapping: mapping(n.Respond[key])})
			}
		case n.Note != "":
			s.Kind = paceline.StepAnnotation
		case n.WaitAll:
			s.Kind = paceline.StepWaitAll
		case n.Delay > 0:
			s.Kind, s.DelayMicros = paceline.StepDelay, n.Delay.Microseconds()
		default:
			t.Fatalf("step %s does nothing", names[i])
		}
		if s.AccountConnector != 0 {
			s.ConnectorID, s.MethodID = s.AccountConnector, int32(i+1)
		}
		if n.After == nil {
			plan.Trigger = i
		}
		for _, tail := range afters(n.After) {
			from, exit, _ := strings.Cut(tail, "/")
			edge := paceline.PlanEdge{To: i, Type: paceline.EdgeForward}
			switch exit {
			case "":
			case "true", "false", "default":
				edge.Type = paceline.EdgeType(strings.ToUpper(exit[:1]) + exit[1:])
			default:
				edge.Type = paceline.EdgeType("Case" + exit)
			}
			at, known := ordinal[from]
			if !known {
				t.Fatalf("%q follows %q, which is no step", names[i], from)
			}
			plan.Steps[at].Out = append(plan.Steps[at].Out, edge)
		}
	}
	findItems(plan)
	return plan, names
}

func findItems(plan *paceline.Plan) { mapping.FindItems(plan) }

// inOrder returns the inputs of a step, those that most methods have first.
func inOrder(inputs map[string]string) (keys []string) {
	for _, key := range []string{"name", "country", "id", "from"} {
		if _, ok := inputs[key]; ok {
			keys = append(keys, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(inputs)) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func afters(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, item := range v {
			out = append(out, item.(string))
		}
	}
	return out
}
