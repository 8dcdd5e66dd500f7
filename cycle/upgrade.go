package cycle

import (
	"slices"
	"time"

	"paceline"
)

// Upgrade moves the flow of a cycle from the release that it was made of to another one of the same template.
// Steps are matched by their lineage and keep their ids, so that webhook addresses stay, and their account
// connectors. What the customer may set keeps its value, a variable that he added stays, and all else is the
// new release's.
func Upgrade(now, base, live paceline.Flow, at time.Time) paceline.Flow {
	ids := make(map[paceline.ID]paceline.ID, len(live.Steps))
	have := make(map[paceline.ID]paceline.Step, len(now.Steps))
	for _, step := range now.Steps {
		have[Lineage(step)] = step
	}
	for _, step := range live.Steps {
		ids[step.ID] = paceline.NewID(at)
		if old, known := have[Lineage(step)]; known {
			ids[step.ID] = old.ID
		}
	}
	out := renumber(Blank(live), ids, func(e paceline.Edge) paceline.ID {
		for _, old := range now.Edges {
			if old.Tail == e.Tail && old.Head == e.Head && old.Type == e.Type {
				return old.ID
			}
		}
		return paceline.NewID(at)
	})
	for i := range out.Steps {
		step := &out.Steps[i]
		step.Origin = Lineage(live.Steps[i])
		if old, known := have[step.Origin]; known {
			keepStep(step, old)
		}
	}
	adoptConnectors(&out, now)
	keepVariables(&out, now, base)
	out.Settings.Interval, out.Settings.Cron = now.Settings.Interval, now.Settings.Cron
	out.Settings.StartTime, out.Settings.RunOnce, out.Settings.Capture = now.Settings.StartTime, now.Settings.RunOnce, now.Settings.Capture
	return out
}

// keepStep takes over what the customer has set in a step.
func keepStep(step *paceline.Step, old paceline.Step) {
	for i := range step.Params {
		for _, m := range old.Params {
			if m.Key == step.Params[i].Key {
				keepMapping(&step.Params[i].Mapping, m.Mapping)
			}
		}
	}
	for i := range step.Fields {
		for _, m := range old.Fields {
			if m.Location == step.Fields[i].Location {
				keepMapping(&step.Fields[i].Mapping, m.Mapping)
			}
		}
	}
	if step.Decision != nil && old.Decision != nil {
		keepMapping(&step.Decision.Right, old.Decision.Right)
	}
}

func keepMapping(m *paceline.Mapping, old paceline.Mapping) {
	if m.UserConfigurable {
		*m = old
		m.UserConfigurable = true
	}
}

// adoptConnectors gives each step the account connector that the cycle uses for its connector: the step's own
// one before, else that of any step. Steps whose connector is new to the cycle have none.
func adoptConnectors(flow *paceline.Flow, now paceline.Flow) {
	for i := range flow.Steps {
		step := &flow.Steps[i]
		if step.Connector == nil {
			continue
		}
		for _, old := range now.Steps {
			if old.Connector == nil || old.Connector.UID != step.Connector.UID || old.AccountConnector == 0 {
				continue
			}
			if old.ID == step.ID || step.AccountConnector == 0 {
				step.AccountConnector = old.AccountConnector
			}
		}
	}
}

func keepVariables(flow *paceline.Flow, now, base paceline.Flow) {
	named := func(list []paceline.Variable, name string) int {
		return slices.IndexFunc(list, func(v paceline.Variable) bool { return v.SystemName == name })
	}
	for _, old := range now.Variables {
		at := named(flow.Variables, old.SystemName)
		switch {
		case at < 0 && named(base.Variables, old.SystemName) < 0:
			flow.Variables = append(flow.Variables, old)
		case at >= 0 && flow.Variables[at].UserConfigurable:
			keepMapping(&flow.Variables[at].Mapping, old.Mapping)
		}
	}
}
