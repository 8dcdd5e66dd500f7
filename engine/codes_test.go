package engine_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"paceline"
	"paceline/engine"
)

// TestAnswerThatIsTooLarge: an answer above the limit of step data is an incident, and its sender is not left waiting.
func TestAnswerThatIsTooLarge(t *testing.T) {
	t.Parallel()
	inTime(t, engine.Limits{StepData: 300}, func(t *testing.T, st *stage) {
		st.cycleOf(cycleDoc{OnError: "StopTransaction", Steps: []map[string]node{
			{"ordered": {Webhook: "event"}},
			{"answer": {After: "ordered", Respond: map[string]string{"reply:body": "ordered/name"}}},
		}})
		st.send(`{"name":"` + strings.Repeat("x", 500) + `"}`) // what its sender gets does not matter here
		synctest.Wait()
		if got := st.incidents(); !slices.Equal(got, []string{"error response_save answer"}) {
			t.Errorf("incidents: %q", got)
		}
	})
}

// TestWaitWithoutCriteria: a Wait Until step that says nothing is an incident.
func TestWaitWithoutCriteria(t *testing.T) {
	t.Parallel()
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		doc := cycleDoc{OnError: "StopTransaction", Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"given": {After: "received", Until: "received/country"}},
		}}
		plan, names := planOf(t, doc)
		for i := range plan.Steps {
			if plan.Steps[i].Kind == paceline.StepWaitUntil {
				plan.Steps[i].Inputs = nil
			}
		}
		st.plan, st.names = plan, names
		st.cycle, st.address = st.install(t.Context(), plan, 0)
		st.engine.CycleChanged(t.Context(), st.cycle)
		if _, err := st.send(`{"name":"Ada"}`); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := st.incidents(); !slices.Equal(got, []string{"error wait_missing given"}) {
			t.Errorf("incidents: %q", got)
		}
	})
}
