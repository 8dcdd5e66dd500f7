package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// TestWaitsAreTold: what each transaction waits for, until when, how often a step was tried again, and the filter of those
// that wait for that; and what a stop has cancelled is not shown as stopped.
func TestWaitsAreTold(t *testing.T) {
	for name, on := range map[string]func(testing.TB) store.Options{"sqlite": storetest.SQLite, "postgres": timelessPostgres} {
		t.Run(name, func(t *testing.T) { waitsAreTold(t, on(t)) })
	}
}

func waitsAreTold(t *testing.T, options store.Options) {
	inTimeOn(t, options, engine.Limits{AccountRunning: 2}, func(t *testing.T, st *stage) {
		st.remote.answers["create"] = []answer{{Status: 500}, {Status: 500}, {Status: 500}, {Status: 500}, {}, {Status: 429, Headers: map[string]string{"Retry-After": "172800"}}}
		st.cycleOf(cycleDoc{Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"create": {After: "received", Call: "create", OnError: "Retry", Map: map[string]string{"name": "received/name"}}},
			{"pause": {After: "create", Delay: 72 * time.Hour}},
		}})
		deliver := func() {
			if _, err := st.send(`{"name":"x"}`); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		list := func(f engine.TransactionFilter) string {
			l, err := st.engine.Transactions(t.Context(), st.principal(), st.account, f, paceline.Page{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, txn := range l.Items {
				text := fmt.Sprintf("%s %s %d", txn.Status, txn.WaitReason, txn.Retries)
				if txn.NextTryAt != 0 {
					text += " " + txn.NextTryAt.Time().Sub(st.begun).Truncate(time.Minute).String()
				}
				got = append(got, text)
			}
			if l.Total != len(got) {
				t.Errorf("a total of %d of %d", l.Total, len(got))
			}
			return strings.Join(got, ", ")
		}
		deliver()
		if got := list(engine.TransactionFilter{Retrying: true}); got != "Waiting Retry 1 5m0s" {
			t.Errorf("after the first try: %q", got)
		}
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		if got := list(engine.TransactionFilter{Retrying: true}); got != "Waiting Retry 2 40m0s" {
			t.Errorf("after the second: %q", got)
		}
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		deliver()
		if got, want := list(engine.TransactionFilter{}), "Waiting Retry 4 6h50m0s, Waiting Delay 0 77h6m0s"; got != want {
			t.Errorf("all: %q, want %q", got, want)
		}
		deliver()
		want := "Waiting Retry 4 6h50m0s, Waiting Delay 0 77h6m0s, Waiting RateLimit 0 53h6m0s"
		if got := list(engine.TransactionFilter{Status: "Waiting"}); got != want {
			t.Errorf("all: %q, want %q", got, want)
		}
		if got := list(engine.TransactionFilter{Retrying: true, Cycle: st.cycle.ID, Status: "waiting"}); got != "Waiting Retry 4 6h50m0s" {
			t.Errorf("retrying: %q", got)
		}
		if got := list(engine.TransactionFilter{Retrying: true, Status: "Queued"}); got != "" {
			t.Errorf("queued and retrying: %q", got)
		}
	})
}
