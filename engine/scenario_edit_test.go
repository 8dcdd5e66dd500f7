package engine_test

import (
	"slices"
	"time"

	"paceline"
	"paceline/cycle"
)

// edit gives a step of the cycle other values, as the builder does.
type edit struct {
	Step    string            `yaml:"step"`
	Map     map[string]string `yaml:"map"`
	Refused string            `yaml:"refused"` // the code with which it must be refused
}

// dated sets the last successful run date of a step.
type dated struct {
	Step    string `yaml:"step"`
	At      string `yaml:"at"` // never, or a date
	Refused string `yaml:"refused"`
}

// room is that of the cycles, which the builder's requests come to.
func (st *stage) room() *cycle.Room {
	room := cycle.New(cycle.Config{Store: st.store, Releases: cycle.NewReleases(st.store), Clock: st.clock, Logger: st.log})
	room.Attach(st.engine)
	return room
}

// edit changes the step and, unless that is refused, lets the cycle run the changed flow once it starts again.
func (st *stage) edit(e edit) {
	at := slices.Index(st.names, e.Step)
	c, err := st.room().EditStep(st.t.Context(), st.principal(), st.account, st.plan.Steps[at].ID, "cycle.step_updated", func(_ *paceline.Cycle, s *paceline.Step) error {
		text := "edited"
		s.Description = &text
		return nil
	})
	if got := string(paceline.CodeOf(err)); got != e.Refused {
		st.t.Errorf("the edit gave %v, want refused %q", err, e.Refused)
	}
	if err != nil {
		return
	}
	changed := st.doc.Steps[at][e.Step]
	changed.Map = e.Map
	st.doc.Steps[at] = map[string]node{e.Step: changed}
	next, _ := planOf(st.t, st.doc)
	plan := *st.plan
	plan.Steps = slices.Clone(plan.Steps)
	plan.Steps[at].Inputs, plan.Steps[at].Each = next.Steps[at].Inputs, next.Steps[at].Each
	for i := range plan.Steps[at].Inputs {
		if m := &plan.Steps[at].Inputs[i].Mapping; m.SourceStep != "" {
			m.SourceStep = plan.Steps[next.StepByID(m.SourceStep)].ID
		}
	}
	st.plan, st.cycle.Version, st.cycle.RunVersion = &plan, c.Version, c.Version
	st.adopt(&plan, st.cycle)
}

func (st *stage) setLastRun(d dated) {
	_, err := st.room().SetLastRun(st.t.Context(), st.principal(), st.account, st.plan.Steps[slices.Index(st.names, d.Step)].ID, func() (paceline.Micros, error) {
		if d.At == "never" {
			return 0, nil
		}
		at, err := time.Parse(time.RFC3339, d.At)
		return paceline.ToMicros(at), err
	})
	if got := string(paceline.CodeOf(err)); got != d.Refused {
		st.t.Errorf("setting the date gave %v, want refused %q", err, d.Refused)
	}
}
