package engine_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// TestResubmitGoesOnWithASplit stops a cycle in the middle of a split. Resubmitted, the transaction goes on with the items that have
// none of their own: the list is not asked for again, and each item is called for once.
func TestResubmitGoesOnWithASplit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, o store.Options) {
		const rows = 9_000 // lists of more are not counted
		remote := &longList{rows: rows, padding: 100, seen: map[string]int{}}
		h := furnish(t.Context(), storetest.Open(t, o), remote, "https://remote.example")
		h.start(t.Context())
		defer func() { h.engine.Stop(t.Context()) }()
		c, address := splitCycle(t, h)
		parts, err := h.engine.Listen(t.Context(), h.principal(), h.account, "", "", "")
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		for ev := range parts.Events {
			if ev.Step != nil && ev.Step.State == paceline.StepOngoing {
				break
			}
		}
		parts.Close()
		h.setState(t.Context(), &c, paceline.CyclePaused)
		if got := h.ended(t, receipt.Transaction).Status; got != engine.StatusStopped {
			t.Fatalf("the transaction is %s: the split was over before the stop", got)
		}
		list := func(f engine.TransactionFilter) paceline.List[engine.Transaction] {
			t.Helper()
			list, err := h.engine.Transactions(t.Context(), h.principal(), h.account, f, paceline.Page{Size: 1000})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		before := list(engine.TransactionFilter{Split: "Child"}).Total
		h.setState(t.Context(), &c, paceline.CycleActive)
		again, err := h.engine.Resubmit(t.Context(), h.principal(), h.account, c.ID, receipt.Transaction, engine.FromFailed)
		if err != nil {
			t.Fatal(err)
		}
		h.settled(t)
		if got := h.ended(t, again.ID).Status; got != engine.StatusCompleted {
			t.Fatalf("the repeated transaction is %s", got)
		}
		if all := list(engine.TransactionFilter{Split: "Child"}).Total; all != rows || before == 0 || before >= rows {
			t.Errorf("%d transactions of items, %d of them before the stop, of %d items", all, before, rows)
		}
		// Items whose transaction the stop has ended are its own to repeat.
		for _, txn := range list(engine.TransactionFilter{Split: "Child", Status: string(engine.StatusStopped)}).Items {
			if _, err := h.engine.Resubmit(t.Context(), h.principal(), h.account, c.ID, txn.ID, engine.FromFailed); err != nil && paceline.CodeOf(err) != paceline.CodeNothingFailed {
				t.Error(err)
			}
		}
		h.settled(t)
		remote.mu.Lock()
		defer remote.mu.Unlock()
		for i := range rows {
			if n := remote.seen[fmt.Sprintf(`{"name":"Ada","id":%d}`, i)]; n != 1 {
				t.Fatalf("item %d was called for %d times", i, n)
			}
		}
		if n := remote.lists.Load(); n != 1 {
			t.Errorf("the list was asked for %d times", n)
		}
	})
}
