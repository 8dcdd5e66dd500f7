package engine_test

import (
	"testing"

	"paceline"
	"paceline/engine"
)

// An incident of which the owner has heard by another one is recorded and not posted.
func TestToldIncidentsAreNotPosted(t *testing.T) {
	t.Parallel()
	list := engine.MarkNotices([]paceline.Incident{{}, {Told: true}, {Warning: true}, {Warning: true, Told: true}})
	for i, want := range []bool{true, false, true, false} {
		if list[i].Notify != want {
			t.Errorf("incident %d: posted is %v", i, list[i].Notify)
		}
	}
}
