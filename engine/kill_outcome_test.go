package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store"
)

// lostAnswers is how many calls of a victim lose their answers.
const lostAnswers = 12

// resolves makes calls whose answers are lost, and says of each that it was carried out. In the second life it asks for all
// of them again: those that were decided about are gone on for, and no others.
func (v *victim) resolves(ctx context.Context) {
	if !v.second {
		v.send(ctx, lostName, lostAnswers)
		awaitIdle(ctx, v.house, false)
	}
	failed, on := v.failed(ctx)
	for _, run := range failed {
		_, err := v.engine.ResolveOutcome(ctx, v.principal(), v.account, v.cycle.ID, run.ID, engine.OutcomeDone, []byte(`{"id":7}`))
		want := paceline.Code("")
		if on[run.ID] {
			want = paceline.CodeOutcomeKnown
		}
		if paceline.CodeOf(err) != want || err != nil && want == "" {
			panic(fmt.Sprintf("%s is gone on for: %t; resolving it: %v", run.ID, on[run.ID], err))
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

// checkResolved: for each call whose answer was lost, exactly one transaction went on, of which the audit tells once, and no call
// was made again.
func checkResolved(t *testing.T, h *house, w *witness) {
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
	if again != 0 || told != lostAnswers {
		t.Errorf("%d calls came again; %d went on, want %d", again, told, lostAnswers)
	}
	if n := h.audited(t, "transaction.outcome_done"); n != lostAnswers {
		t.Errorf("the audit tells of %d decisions, want %d", n, lostAnswers)
	}
}

// heldCalls is how many calls of a victim are in flight when its cycle is stopped.
const heldCalls = 5

// stopsInCalls stops the cycle while calls are in flight that must not be repeated. In the second life all of them are
// listed as unknown outcomes, and each can be decided about once.
func (v *victim) stopsInCalls(ctx context.Context) {
	if !v.second {
		v.send(ctx, heldName, heldCalls)
		for v.started(ctx) < heldCalls {
			time.Sleep(2 * time.Millisecond) // the remote is in another process: there is no signal to wait for
		}
		v.setState(ctx, &v.cycle, paceline.CyclePaused)
	}
	v.await(ctx, paceline.CyclePaused)
	awaitIdle(ctx, v.house, false)
	list, err := v.engine.Transactions(ctx, v.principal(), v.account, engine.TransactionFilter{Code: paceline.CodeUnknownOutcome}, paceline.Page{Size: 1000})
	if err != nil {
		panic(err)
	}
	for _, txn := range list.Items {
		for _, want := range []paceline.Code{"", paceline.CodeOutcomeKnown} {
			if _, err := v.engine.ResolveOutcome(ctx, v.principal(), v.account, v.cycle.ID, txn.ID, engine.OutcomeFailed, nil); paceline.CodeOf(err) != want {
				panic(err)
			}
		}
	}
	v.awaitTold(ctx)
}

// started counts the executions of which a call has begun that must not be repeated.
func (v *victim) started(ctx context.Context) (n int) {
	err := v.store.Read(ctx, func(tx *store.Tx) error {
		runs, err := tx.Runs(v.account.Scope(), store.RunFilter{}, paceline.Page{Size: 1000}, true)
		for _, r := range runs.Items {
			rows, err := tx.Steps(v.account.Scope(), r.Num, false)
			if err != nil {
				return err
			}
			n += len(slices.DeleteFunc(rows, func(row paceline.StepRow) bool { return row.State != paceline.StepStarted }))
		}
		return err
	})
	if err != nil {
		panic(err)
	}
	return n
}

// checkStoppedInCalls: each was stopped and recorded as an unknown outcome, which was told, and decided about.
func checkStoppedInCalls(t *testing.T, h *house, w *witness) {
	checkStopped(paceline.CyclePaused)(t, h, w)
	runs := h.runs(t)
	for _, run := range runs {
		if run.State != paceline.RunStopped || run.Errors != 1 {
			t.Errorf("transaction %d has state %d with %d errors", run.Num, run.State, run.Errors)
		}
	}
	resolved, told := 0, 0
	err := h.store.Read(t.Context(), func(tx *store.Tx) error {
		list, err := tx.Incidents(h.account.Scope(), store.IncidentFilter{}, paceline.Page{Size: 100}, true)
		for _, in := range list.Items {
			if in.Code == paceline.CodeOutcomeResolved && in.StepKind == paceline.StepAction && in.StepName != "" {
				resolved++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for at, keys := range w.calls {
		if strings.HasPrefix(at, "charge") && len(keys) > 1 {
			t.Errorf("%s came %d times", at, len(keys))
		}
		if strings.HasPrefix(at, "notice ") {
			told++
		}
	}
	if len(runs) != heldCalls || resolved != heldCalls || told != heldCalls {
		t.Errorf("%d outcomes of %d transactions were recorded and resolved, %d were told, want %d each", resolved, len(runs), told, heldCalls)
	}
}
