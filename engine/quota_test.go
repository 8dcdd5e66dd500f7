package engine_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store"
)

// setQuota sets what the account may store and use.
func (h *house) setQuota(t testing.TB, bytes, tasks *int) {
	t.Helper()
	h.account.Quota = paceline.AccountQuota{Bytes: bytes, Tasks: tasks}
	h.account.NextBillDate = paceline.ToMicros(time.Now().AddDate(0, 1, 0))
	err := h.store.InTx(t.Context(), paceline.Scope{Partner: h.partner}, func(tx *store.Tx) error {
		return tx.UpdateAccount(paceline.Scope{Partner: h.partner}, h.account)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLogsEndAtSixFifths: from 120 % of the bytes of a quota on calls are no longer logged, and at 119 % they still are.
// Either way the step is stored as a whole, and what has begun comes to its end.
func TestLogsEndAtSixFifths(t *testing.T) {
	for percent, want := range map[int64]int{119: 2, 120: 1} {
		t.Run(fmt.Sprint(percent), func(t *testing.T) {
			t.Parallel()
			inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
				st.cycleOf(cycleDoc{Steps: []map[string]node{
					{"received": {Webhook: "event"}},
					{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}}},
					{"pause": {After: "create", Delay: time.Hour}},
					{"tell": {After: "pause", Call: "notify", Map: map[string]string{"id": "create/id"}}},
				}})
				if _, err := st.send(`{"name":"Ada"}`); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				stored := func() (n int64) {
					must(0, st.store.Read(t.Context(), func(tx *store.Tx) (err error) {
						n, err = tx.StoredBytes(st.account.Scope())
						return err
					}))
					return n
				}
				limit := int(stored() * 100 / percent)
				st.setQuota(t, &limit, nil)
				st.engine.AccountChanged(t.Context(), st.account)
				before := stored()
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				logged := 0
				must(0, st.store.Read(t.Context(), func(tx *store.Tx) error {
					runs, err := tx.Runs(st.account.Scope(), store.RunFilter{}, paceline.Page{}, true)
					for _, r := range runs.Items {
						calls, err := tx.Exchanges(st.account.Scope(), r.Num)
						if err != nil {
							return err
						}
						for _, c := range calls {
							logged += min(len(c.Request), 1)
						}
					}
					return err
				}))
				if logged != want {
					t.Errorf("%d calls are logged, want %d", logged, want)
				}
				if stored() == before {
					t.Error("nothing of the step is stored")
				}
				st.check(expectation{Tasks: "3 0", Transactions: []txnWant{{Status: "Completed", Rows: []string{"received done", "create done", "pause done", "tell done"}}}})
			})
		})
	}
}

// TestUsedUpBeforeItWasKnown: a share that is reached when the engine first hears of the quota is told, once; the server before may
// have ended between the commit that reached it and the telling.
func TestUsedUpBeforeItWasKnown(t *testing.T) {
	t.Parallel()
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.cycleOf(cycleDoc{Steps: []map[string]node{{"received": {Webhook: "event"}}}})
		for range 4 {
			if _, err := st.send(`{}`); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		tasks := 4
		st.setQuota(t, nil, &tasks)
		for range 2 {
			st.engine.AccountChanged(t.Context(), st.account)
			time.Sleep(2 * time.Minute)
		}
		synctest.Wait()
		st.check(expectation{Incidents: []string{"error quota_reached "}})
	})
}
