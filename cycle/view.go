package cycle

import (
	"paceline"
	"paceline/engine/core"
)

// View is a cycle with the connectors that its steps use.
type View struct {
	paceline.Cycle
	Connectors []ConnectorUse
	// NextRun is the next slot of an active polled cycle; 0 for others, and when a cycle that runs once began.
	NextRun paceline.Micros
}

// ConnectorUse is one connector of a cycle or template and how many steps use it.
type ConnectorUse struct {
	UID              paceline.ID
	ConnectorID      int32
	AccountConnector int32 // 0 in templates
	Name             string
	APIVersion       string
	Authenticated    bool
	Steps            int
	Icon             *string
	Utility          bool
}

// Uses counts the connectors of a flow, in the order of its steps: one entry per connector and account
// connector.
func Uses(flow paceline.Flow, releases Pinned) []ConnectorUse {
	var list []ConnectorUse
	for i := range flow.Steps {
		step := &flow.Steps[i]
		if step.Connector == nil {
			continue
		}
		known := false
		for j := range list {
			if list[j].UID == step.Connector.UID && list[j].AccountConnector == step.AccountConnector {
				list[j].Steps++
				known = true
			}
		}
		if known {
			continue
		}
		use := ConnectorUse{UID: step.Connector.UID, AccountConnector: step.AccountConnector, Name: step.Connector.Name, Steps: 1}
		if rel := releases.Of(step); rel != nil {
			use.ConnectorID, use.Name, use.APIVersion, use.Icon = rel.ConnectorID, rel.Name, rel.APIVersion, rel.Icon
			use.Utility = rel.Definition.IsUtility()
		}
		list = append(list, use)
	}
	return list
}

// view adds to a cycle what its connectors are and whether they are authenticated.
func (r *Room) view(a paceline.Account, c paceline.Cycle, releases Pinned, connectors connectorSet) View {
	v := View{Cycle: c, Connectors: Uses(c.Flow, releases), NextRun: nextRun(a, c, paceline.ToMicros(r.clock.Now()))}
	for i := range v.Connectors {
		v.Connectors[i].Authenticated = connectors[v.Connectors[i].AccountConnector].Authenticated
	}
	return v
}

// nextRun reckons when a cycle is due next, without a look into the store.
func nextRun(a paceline.Account, c paceline.Cycle, now paceline.Micros) (next paceline.Micros) {
	if c.State != paceline.CycleActive || !polled(c.Flow.Runs()) {
		return 0
	}
	s, _ := core.ScheduleOf(c, a.Timezone) // what cannot be read is nearly right, as it is to the engine
	if !s.Once {
		_, next, _ = s.Latest(now)
	} else if s.Start > now {
		next = s.Start
	}
	return next
}

// Step is a step of a cycle with what it uses.
type Step struct {
	paceline.Step
	Cycle paceline.ID
	// Release is nil for tools, and for a release that is no longer published.
	Release *Release
	// Used is the account connector of the step; nil for tools, and for one that was deleted.
	Used *paceline.AccountConnector
	// WebhookIdentifier is the last part of a webhook step's address, else "".
	WebhookIdentifier string
}

func stepView(c paceline.Cycle, step paceline.Step, releases Pinned, connectors connectorSet, webhooks map[paceline.ID]string) Step {
	s := Step{Step: step, Cycle: c.ID, Release: releases.Of(&step), WebhookIdentifier: webhooks[step.ID]}
	if ac, found := connectors[step.AccountConnector]; found && step.Connector != nil {
		s.Used = &ac
	}
	return s
}
