package engine_test

import (
	"testing"
	"testing/synctest"

	"paceline"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// TestResubmitPast: more than one call repeats are in the way, and cannot be repeated; those behind them are.
func TestResubmitPast(t *testing.T) {
	inTimeOn(t, storetest.SQLite(t), engine.Limits{}, func(t *testing.T, st *stage) {
		st.remote.answers["charge"] = []answer{{Status: 400}, {Status: 400}, {Status: 400}, {Status: 400}, {Status: 400}, {Status: 400}, {Status: 400}}
		st.cycleOf(cycleDoc{Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"charge": {After: "received", Call: "charge", OnError: "StopTransaction", Map: map[string]string{"name": "received/name"}}},
		}})
		send := func(n int) {
			for range n {
				if _, err := st.send(`{"name":"x"}`); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
			}
		}
		send(7)
		list, err := st.engine.Transactions(t.Context(), st.principal(), st.account, engine.TransactionFilter{}, paceline.Page{})
		if err != nil || len(list.Items) != 7 {
			t.Fatal(len(list.Items), err)
		}
		for _, txn := range list.Items[:4] {
			num, _ := st.ids.Decode(txn.ID)
			in := paceline.Incident{Partner: st.account.Partner, Account: st.account.Num, Run: num, Code: paceline.CodeUnknownOutcome}
			err := st.store.InTx(t.Context(), st.account.Scope(), func(tx *store.Tx) error { return tx.InsertIncident(st.account.Scope(), in) })
			if err != nil {
				t.Fatal(err)
			}
		}
		var next paceline.ID
		for _, want := range []engine.RepeatSummary{{Matched: 7, Unavailable: 3, More: true}, {Matched: 7, Unavailable: 1, Resubmitted: 2, More: true}, {Matched: 5, Resubmitted: 1}} {
			sum, err := st.engine.ResubmitAll(t.Context(), st.principal(), st.account, st.cycle.ID, engine.RepeatFilter{From: engine.FromFailed, Next: next}.Within(2, 3))
			if next = sum.Next; (next != "") != sum.More {
				t.Errorf("more %t, next %q", sum.More, next)
			}
			if sum.Next = ""; err != nil || sum != want {
				t.Fatalf("%+v, %v, want %+v", sum, err, want)
			}
		}
		wrong := engine.RepeatFilter{Next: "00000000-0000-0000-0000-000000000001"}
		if _, err := st.engine.ResubmitAll(t.Context(), st.principal(), st.account, st.cycle.ID, wrong); err != nil && paceline.KindOf(err) != paceline.Invalid {
			t.Error(err)
		}
	})
}
