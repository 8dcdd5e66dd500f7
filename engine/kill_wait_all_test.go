package engine_test

import (
	"testing"

	"paceline"
	"paceline/store"
)

// waitAllPlan makes a call and waits for all others, behind which it passes a moment.
func waitAllPlan() *paceline.Plan {
	p := usualPlan()
	p.Steps[2] = paceline.PlanStep{ID: stepID(2), Name: "all", Kind: paceline.StepWaitAll, Out: to(3, paceline.EdgeForward)}
	p.Steps[3] = paceline.PlanStep{ID: stepID(3), Name: "on", Kind: paceline.StepDelay, DelayMicros: 1000}
	return p
}

// checkGathered compares the transactions that waited with those that went on for them: each gathering has ended its
// own and started exactly one.
func checkGathered(t *testing.T, h *house, _ *witness) {
	ended, went := map[paceline.Micros]int{}, map[paceline.Micros]int{}
	for _, run := range h.runs(t) {
		if run.State != paceline.RunCompleted {
			t.Errorf("transaction %d has state %d", run.Num, run.State)
		}
		var rows []paceline.StepRow
		err := h.store.Read(t.Context(), func(tx *store.Tx) (err error) {
			rows, err = tx.Steps(h.account.Scope(), run.Num, false)
			return err
		})
		switch {
		case err != nil || len(rows) == 0:
			t.Fatal(rows, err)
		case rows[0].StepRef == 2:
			went[run.CreatedAt]++
		default:
			ended[run.EndedAt]++
		}
	}
	if len(went) == 0 || len(went) != len(ended) {
		t.Errorf("%d times transactions went on, %d times they were gathered", len(went), len(ended))
	}
	for at, n := range went {
		if n != 1 || ended[at] == 0 {
			t.Errorf("%d transactions went on for %d", n, ended[at])
		}
	}
}
