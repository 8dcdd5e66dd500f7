package engine_test

import (
	"context"
	"strings"
	"testing"

	"paceline"
	"paceline/engine"
)

// lostAnswers is how many calls of a victim lose their answers.
const lostAnswers = 12

// resolves makes calls whose answers are lost, and says of each that it was carried out. In the second life it goes on
// with those that are still open, and repeats what was decided and not gone on with: what a person does who is told so.
func (v *victim) resolves(ctx context.Context) {
	if !v.second {
		v.send(ctx, lostName, lostAnswers)
		awaitIdle(ctx, v.house, false)
	}
	failed, on := v.failed(ctx)
	for _, run := range failed {
		_, err := v.engine.ResolveOutcome(ctx, v.principal(), v.account, v.cycle.ID, run.ID, engine.OutcomeDone, []byte(`{"id":7}`))
		switch {
		case paceline.CodeOf(err) == paceline.CodeOutcomeKnown && v.second && !on[run.ID]:
			_, err = v.engine.Resubmit(ctx, v.principal(), v.account, v.cycle.ID, run.ID, engine.FromFailed)
		case paceline.CodeOf(err) == paceline.CodeOutcomeKnown && on[run.ID]:
			err = nil
		}
		if err != nil {
			panic(err)
		}
	}
}

// failed lists the transactions that failed, and those of them that another one goes on for.
func (v *victim) failed(ctx context.Context) (list []engine.Transaction, on map[paceline.ID]bool) {
	all, err := v.engine.Transactions(ctx, v.principal(), v.account, engine.TransactionFilter{}, paceline.Page{Size: 1000})
	if err != nil {
		panic(err)
	}
	on = map[paceline.ID]bool{}
	for _, txn := range all.Items {
		if txn.Status == engine.StatusErrored {
			list = append(list, txn)
		}
		on[txn.ParentID] = true
	}
	return list, on
}

// checkResolved: for each call whose answer was lost, exactly one transaction went on. When the crash came between the
// mark and one of them, that call alone was made again, because somebody asked for it.
func checkResolved(again int) func(t *testing.T, h *house, w *witness) {
	return func(t *testing.T, h *house, w *witness) { h.checkResolved(t, w, again) }
}

func (h *house) checkResolved(t *testing.T, w *witness, want int) {
	parents := map[int64]int{}
	failed := 0
	for _, run := range h.runs(t) {
		switch {
		case run.State == paceline.RunFailed && run.Parent == 0:
			failed++
		case run.State == paceline.RunCompleted && run.Parent != 0:
			parents[run.Parent]++
		default:
			t.Errorf("transaction %d of %d has state %d", run.Num, run.Parent, run.State)
		}
	}
	for parent, n := range parents {
		if n != 1 {
			t.Errorf("%d transactions went on for %d", n, parent)
		}
	}
	if failed != lostAnswers || len(parents) != lostAnswers {
		t.Errorf("%d failed, for %d another one went on, want %d", failed, len(parents), lostAnswers)
	}
	again, told := 0, 0
	for at, keys := range w.calls {
		if strings.HasPrefix(at, "charge") {
			again += len(keys) - 1
		}
		if strings.HasPrefix(at, "notify") {
			told++
		}
	}
	if again != want || told != lostAnswers {
		t.Errorf("%d calls came again, want %d; %d went on, want %d", again, want, told, lostAnswers)
	}
}
