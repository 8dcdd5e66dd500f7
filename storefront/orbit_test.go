package storefront

import (
	"testing"

	"paceline"
	"paceline/cycle"
)

// TestNextOfAnInstall: an install does its work next when the first of its cycles does.
func TestNextOfAnInstall(t *testing.T) {
	t.Parallel()
	at := func(state paceline.CycleState, last, next paceline.Micros) cycle.View {
		return cycle.View{Cycle: paceline.Cycle{State: state, LastSuccessAt: last}, NextRun: next}
	}
	have := possessions{cycles: map[paceline.ID]cycle.View{
		"a": at(paceline.CycleActive, 3, 0), "b": at(paceline.CycleActive, 1, 9), "c": at(paceline.CycleActive, 2, 7), "d": at(paceline.CyclePaused, 0, 0),
	}}
	for _, c := range []struct {
		cycles     []paceline.ID
		last, next paceline.Micros
	}{{[]paceline.ID{"a", "b", "c"}, 3, 7}, {[]paceline.ID{"b", "a"}, 3, 9}, {[]paceline.ID{"a"}, 3, 0}, {[]paceline.ID{"d"}, 0, 0}} {
		if got := have.listed(paceline.EmbedInstall{Cycles: c.cycles, FinishedAt: 1}); got.Last != c.last || got.Next != c.next {
			t.Errorf("%v: last %d and next %d, want %d and %d", c.cycles, got.Last, got.Next, c.last, c.next)
		}
	}
}

// TestStateOfAnInstall: what a customer reads of an install whose cycles are not all alike.
func TestStateOfAnInstall(t *testing.T) {
	t.Parallel()
	for want, lists := range map[string][][]string{
		"Running":   {{"Running"}, {"Running", "Finishing"}},
		"Partly":    {{"Running", "Paused"}, {"Stopped", "Running"}, {"Finishing", "Stopped"}, {"Running", "Finishing", "Paused"}},
		"Finishing": {{"Finishing"}, {"Paused", "Finishing"}},
		"Stopped":   {{"Stopped"}, {"Paused", "Stopped"}},
		"Paused":    {{"Paused"}, {"Paused", "Paused"}},
	} {
		for _, states := range lists {
			if got := together(states); got != want {
				t.Errorf("%v reads as %s, want %s", states, got, want)
			}
		}
	}
}
