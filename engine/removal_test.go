package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// TestRemoval deletes transactions: none that live ones depend on, one with all that was split from it, and more than a
// call does at once, across a restart. Nobody sees them any more, no byte of theirs stays, and what they cost does.
func TestRemoval(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, o store.Options) {
		const rows = 230
		blocked, release := make(chan struct{}), make(chan struct{})
		remote := &longList{rows: rows, padding: 400, seen: map[string]int{}}
		remote.onCall = func(n int64) {
			if n == rows {
				close(blocked)
				<-release
			}
		}
		db := storetest.Open(t, o)
		h := furnish(t.Context(), db, remote, "https://remote.example")
		h.start(t.Context())
		defer func() { h.engine.Stop(noTime) }()
		cycle, address := splitCycle(t, h)
		deliver := func() paceline.ID {
			receipt, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			return receipt.Transaction
		}
		listed := func(f engine.TransactionFilter) int {
			list, err := h.engine.Transactions(t.Context(), h.principal(), h.account, f, paceline.Page{})
			if err != nil {
				t.Fatal(err)
			}
			return list.Total
		}
		removed := func() {
			t.Helper()
			left := func() bool {
				_, more, err := db.NextRemoval(t.Context(), 0)
				return err != nil || more || listed(engine.TransactionFilter{}) > 0
			}
			for end := time.Now().Add(2 * time.Minute); left(); time.Sleep(2 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%d transactions are still listed", listed(engine.TransactionFilter{}))
				}
			}
		}

		parent := deliver()
		<-blocked
		if err := h.engine.RemoveTransaction(t.Context(), h.principal(), h.account, cycle.ID, parent); paceline.CodeOf(err) != paceline.CodeTransactionLive {
			t.Errorf("deleting what a live one was split from: %v", err)
		}
		done, err := h.engine.RemoveTransactions(t.Context(), h.principal(), h.account, engine.TransactionFilter{Cycle: cycle.ID, Split: "Parent"})
		if err != nil || done != (engine.Removed{}) {
			t.Errorf("deleting all such: %+v, %v", done, err)
		}
		close(release)
		h.settled(t)
		elsewhere := h.account
		elsewhere.Num = 99
		if err := h.engine.RemoveTransaction(t.Context(), h.principal(), elsewhere, "", parent); paceline.KindOf(err) != paceline.NotFound {
			t.Errorf("from another account: %v", err)
		}
		if n := listed(engine.TransactionFilter{}); n != rows+1 {
			t.Fatalf("%d transactions before any is deleted, want %d", n, rows+1)
		}
		if err := h.engine.RemoveTransaction(t.Context(), h.principal(), h.account, cycle.ID, parent); err != nil {
			t.Fatal(err)
		}
		if _, err := h.engine.Transaction(t.Context(), h.principal(), h.account, cycle.ID, parent); paceline.KindOf(err) != paceline.NotFound {
			t.Errorf("a deleted transaction: %v", err)
		}
		removed()

		const others = 5
		for range others {
			deliver()
		}
		h.settled(t)
		done, err = h.engine.RemoveTransactions(t.Context(), h.principal(), h.account, engine.TransactionFilter{Cycle: cycle.ID})
		// On a slow machine the background has done a part of it meanwhile.
		if err != nil || done.Removed > 1000 || done.Removed == 1000 && !done.More || done.Removed == 0 {
			t.Fatalf("deleting them all: %+v, %v; want 1000 at once and more later", done, err)
		}
		h.engine.Stop(noTime)
		h.start(t.Context())
		removed()

		err = db.Read(t.Context(), func(tx *store.Tx) error {
			c, _, err := tx.CycleByNum(cycle.Num)
			if want := int64((others + 1) * (rows + 2)); c.Counters.Tasks != want {
				t.Errorf("%d tasks are counted, want %d", c.Counters.Tasks, want)
			}
			if err != nil {
				return err
			}
			usage, err := tx.UsageOfRows(h.account.Scope(), 0)
			tasks := int64(0)
			for _, u := range usage {
				tasks += u.OK + u.Incident
			}
			if tasks != c.Counters.Tasks {
				t.Errorf("usage recomputed from the rows is %d, want %d", tasks, c.Counters.Tasks)
			}
			if err != nil {
				return err
			}
			counted, err := tx.StoredBytes(h.account.Scope())
			if err != nil {
				return err
			}
			stored, err := tx.StoredBytesOfRows(h.account.Scope())
			if counted != 0 || stored != 0 {
				t.Errorf("%d bytes are counted and %d stored, want none", counted, stored)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestPurge: a deleted cycle is gone after 90 days in the recycle bin, or at once when it is thrown out, but not before
// what still waits in it has ended. Its usage and its name stay.
func TestPurge(t *testing.T) {
	for name, c := range map[string]struct {
		thrown bool
		waits  []time.Duration
		there  string
	}{
		"by time":    {false, []time.Duration{89 * 24 * time.Hour, 2 * 24 * time.Hour}, "true false"},
		"thrown out": {true, []time.Duration{10 * time.Hour, 20 * time.Hour}, "true false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inNoticeTime(t, func(t *testing.T, h *noticeHouse, _ string) {
				plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{
					{"received": {Webhook: "event"}},
					{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}}},
				}})
				plan.MaxConcurrent = 1
				h.remote.(*played).answers = map[string][]answer{"create": {{Hang: true}}}
				cycle, address := h.install(t.Context(), plan, 0)
				h.engine.CycleChanged(t.Context(), cycle)
				h.fail(t, address)
				h.fail(t, address) // which is held while the first one's call hangs, and 24 hours after the stop
				synctest.Wait()
				h.setState(t.Context(), &cycle, paceline.CyclePaused)
				synctest.Wait()
				h.setState(t.Context(), &cycle, paceline.CycleDeleted)
				if c.thrown {
					err := h.store.InTx(t.Context(), h.account.Scope(), func(tx *store.Tx) error {
						n, err := tx.EmptyBin(h.account.Scope(), "")
						if n != 1 {
							t.Errorf("%d cycles were thrown out of the bin, want 1", n)
						}
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				got := ""
				for _, wait := range c.waits {
					time.Sleep(wait)
					synctest.Wait()
					err := h.store.Read(t.Context(), func(tx *store.Tx) error {
						_, found, err := tx.CycleByNum(cycle.Num)
						got = strings.TrimSpace(got + " " + fmt.Sprint(found))
						if err != nil {
							return err
						}
						name, err := tx.CycleName(h.account.Scope(), cycle.Num)
						if name.ID != cycle.ID || name.Name != cycle.Name {
							t.Errorf("its name is %+v, want that of %s", name, cycle.ID)
						}
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				if got != c.there {
					t.Errorf("there: %s, want %s", got, c.there)
				}
			})
		})
	}
}
