package cycle

import (
	"fmt"
	"slices"

	"paceline"
	"paceline/engine/core"
)

var mappingTypes = []paceline.MappingType{"", paceline.MapIgnore, paceline.MapStatic, paceline.MapValueList, paceline.MapStepField,
	paceline.MapLookup, paceline.MapVariable}

// FlowFaults says what is wrong with a flow from outside that no edit would have made. What is only missing is for the
// prerequisites to tell.
func FlowFaults(flow *paceline.Flow) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for i := range flow.Steps {
		step := &flow.Steps[i]
		var err error
		eachDecision(step, func(d *paceline.Decision) {
			if err == nil {
				err = checkDecision(d)
			}
		})
		switch d := step.Delay; {
		case err != nil:
			fault("Step %q: %s", step.Name, message(err))
		case d != nil && (d.Amount < 0 || d.Unit != "" && delayUnits[d.Unit] == 0):
			fault("Step %q: a delay is a whole number of seconds, minutes, hours, days or weeks.", step.Name)
		case len(step.Script) > maxScript:
			fault("Step %q: its script is longer than 2 MiB.", step.Name)
		}
	}
	eachMapping(flow, func(m *paceline.Mapping) {
		if !slices.Contains(mappingTypes, m.Type) {
			fault("A mapping has the unknown type %q.", clip(string(m.Type)))
		} else if err := CheckMapping(*m); err != nil {
			fault("A mapping is wrong: %s", message(err))
		}
	})
	for _, v := range flow.Variables {
		if len(v.Values) > maxValues {
			fault("The variable %q has more than %d values.", v.SystemName, maxValues)
		}
	}
	for i, e := range flow.Edges {
		tail, _ := flow.Step(e.Tail)
		if tail != nil && !slices.Contains(tail.Exits(), e.Type) {
			fault("An edge leaves step %q by %q, which it does not have.", tail.Name, clip(string(e.Type)))
		}
		if slices.ContainsFunc(flow.Edges[:i], func(o paceline.Edge) bool { return o.Tail == e.Tail && o.Head == e.Head && o.Type == e.Type }) {
			fault("Two edges of one type lead from %q to %q.", clip(string(e.Tail)), clip(string(e.Head)))
		}
	}
	if name, loop := graphOf(flow).loop(); loop {
		fault("The edges lead round in a circle through step %q.", name)
	}
	s := flow.Settings
	if s.Interval != 0 && !slices.Contains(paceline.Intervals, s.Interval) {
		fault("%s", paceline.CodeIntervalInvalid.Text())
	}
	if s.Cron != "" {
		if _, err := core.ParseCron(s.Cron); err != nil {
			fault("%s", paceline.CodeCronInvalid.Text("reason", err.Error()))
		}
	}
	return faults
}

// loop returns the name of a step from which a way leads back to it.
func (g *graph) loop() (name string, found bool) {
	for _, e := range g.flow.Edges {
		if at, known := g.at[e.Tail]; known && e.Tail == e.Head {
			return g.flow.Steps[at].Name, true
		}
	}
	waiting := make(map[int]int, len(g.nodes))
	var ready []int
	for _, n := range g.nodes {
		if waiting[n] = len(g.in[n]); waiting[n] == 0 {
			ready = append(ready, n)
		}
	}
	for len(ready) > 0 {
		n := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		delete(waiting, n)
		for _, next := range g.out[n] {
			if waiting[next]--; waiting[next] == 0 {
				ready = append(ready, next)
			}
		}
	}
	for _, n := range g.nodes {
		if _, left := waiting[n]; left && g.closed(n) {
			return g.flow.Steps[n].Name, true
		}
	}
	return "", false
}

// closed reports whether a way leads from a place back to it.
func (g *graph) closed(place int) bool {
	seen, todo := map[int]bool{}, slices.Clone(g.out[place])
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n == place {
			return true
		}
		if !seen[n] {
			seen[n] = true
			todo = append(todo, g.out[n]...)
		}
	}
	return false
}

func message(err error) string {
	if e, ok := err.(*paceline.Error); ok {
		return e.Message()
	}
	return err.Error()
}

// clip cuts a text from outside to what fits in a message.
func clip(text string) string {
	if r := []rune(text); len(r) > 80 {
		return string(r[:80]) + "..."
	}
	return text
}
