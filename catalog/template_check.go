package catalog

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"paceline"
	"paceline/cycle"
)

// What a flow from outside may say where it chooses from a list; "" is the default.
var (
	errorActions = []paceline.ErrorAction{"", paceline.ErrorIgnore, paceline.ErrorRetry, paceline.ErrorStopCycle, paceline.ErrorStopTransaction}
	splitTypes   = []paceline.SplitType{"", paceline.SplitNone, paceline.SplitFirst, paceline.SplitAll}
	edgeTypes    = []paceline.EdgeType{paceline.EdgeForward, paceline.EdgeTrue, paceline.EdgeFalse, paceline.EdgeDefault}
)

// The bounds of texts within a flow.
const (
	maxStepName = 250
	maxText     = 256 << 10
	maxRetries  = 5
)

// flowFaults says what is wrong with a flow from outside, whatever connectors it uses, and drops what
// belongs to an account. Where a value has a bound, the nearest allowed one is taken.
func flowFaults(flow *paceline.Flow) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	known := make(map[paceline.ID]bool, len(flow.Steps))
	for i := range flow.Steps {
		step := &flow.Steps[i]
		if !isText(step.Name, maxStepName) || step.Description != nil && !isText(*step.Description, maxText) {
			fault("The name or description of step %d is too long or not text.", i+1)
			continue
		}
		id, ok := paceline.ParseID(string(step.ID))
		if !ok || id != step.ID || known[id] {
			fault("Step %q has no id of its own (a UUID in lower case).", step.Name)
			continue
		}
		known[id] = true
		step.AccountConnector = 0
		if step.Kind == paceline.StepUnknown {
			fault("Step %q is of an unknown kind.", step.Name)
		}
		if !slices.Contains(errorActions, step.ErrorAction) || !slices.Contains(splitTypes, step.CollectionSplit) {
			fault("Step %q has an unknown error action or collection split.", step.Name)
		}
		if err := cycle.CheckSwitch(step.Switch); err != nil {
			fault("Step %q has cases that cannot be told apart.", step.Name)
		}
	}
	for _, e := range flow.Edges {
		if !known[e.Tail] || !known[e.Head] {
			fault("An edge leads from %q to %q, of which one is no step.", short(string(e.Tail)), short(string(e.Head)))
		}
		if !slices.Contains(edgeTypes, e.Type) && e.Type.Case() == 0 {
			fault("An edge has the unknown type %q.", short(string(e.Type)))
		}
	}
	names := make(map[string]bool, len(flow.Variables))
	for _, v := range flow.Variables {
		if v.SystemName == "" || !isText(v.SystemName, maxStepName) || names[v.SystemName] {
			fault("The variable %q has no system name of its own.", short(v.DisplayName))
		}
		names[v.SystemName] = true
	}
	s := &flow.Settings
	if !slices.Contains(errorActions, s.StepErrorAction) || !slices.Contains(splitTypes, s.CollectionSplit) {
		fault("The settings have an unknown error action or collection split.")
	}
	s.MaxRetries = min(max(s.MaxRetries, 1), maxRetries)
	s.MaxConcurrent = min(max(s.MaxConcurrent, 0), paceline.MaxConcurrentLimit)
	for _, hours := range []*int{s.Retention.SuccessHours, s.Retention.ErrorHours} {
		if hours != nil {
			*hours = min(max(*hours, 0), paceline.MaxRetentionHours)
		}
	}
	if len(s.FreshConnectors) > maxSteps {
		fault("The settings name more than %d fresh connectors.", maxSteps)
	}
	return append(faults, cycle.FlowFaults(flow)...)
}

func isText(s string, most int) bool {
	return len(s) <= most && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}
