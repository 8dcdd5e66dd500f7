package engine_test

import (
	"testing"
	"testing/synctest"

	"paceline"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// TestResubmitLike repeats what failed with the same signature, which is step, code, method and status, and nothing else.
func TestResubmitLike(t *testing.T) {
	for name, on := range map[string]func(testing.TB) store.Options{"sqlite": storetest.SQLite, "postgres": timelessPostgres} {
		t.Run(name, func(t *testing.T) { resubmitLike(t, on(t)) })
	}
}

func resubmitLike(t *testing.T, options store.Options) {
	inTimeOn(t, options, engine.Limits{}, func(t *testing.T, st *stage) {
		st.remote.answers["create"] = []answer{{Status: 422, Text: "a"}, {Status: 400, Text: "b"}, {Status: 422, Text: "c"}, {}}
		st.remote.answers["notify"] = []answer{{Status: 422}, {}}
		st.cycleOf(cycleDoc{Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"create": {After: "received", Call: "create", OnError: "StopTransaction", Map: map[string]string{"name": "received/name"}}},
			{"notify": {After: "create", Call: "notify", OnError: "StopTransaction", Map: map[string]string{"id": "create/id"}}},
		}})
		for range 4 { // create 422, create 400, create 422, notify 422
			if _, err := st.send(`{"name":"x"}`); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		ctx, p := t.Context(), st.principal()
		incidents, err := st.engine.Incidents(ctx, p, st.account, engine.IncidentFilter{Level: "error"}, paceline.Page{})
		if err != nil || len(incidents.Items) != 4 {
			t.Fatal(incidents, err)
		}
		signature := func(n int) string { return incidents.Items[n].Signature().String() }
		if signature(0) != signature(2) || signature(0) == signature(1) || signature(0) == signature(3) || incidents.Items[0].Shape != "POST 422" {
			t.Errorf("signatures %q, %q, %q, %q", signature(0), signature(1), signature(2), signature(3))
		}
		failed, err := st.engine.Transactions(ctx, p, st.account, engine.TransactionFilter{Signature: signature(0)}, paceline.Page{})
		if err != nil || failed.Total != 2 {
			t.Errorf("%d transactions with the signature, %v", failed.Total, err)
		}
		items, err := st.engine.TransactionItems(ctx, p, st.account, st.cycle.ID, incidents.Items[3].TransactionID, "", paceline.Page{})
		if err != nil || items.Items[len(items.Items)-1].Signature != signature(3) {
			t.Errorf("the failed step's signature: %v, %v", items.Items, err)
		}
		for _, c := range []struct {
			signature   string
			found, done int
		}{{signature(0), 2, 2}, {signature(0), 0, 0}, {signature(3), 1, 1}, {signature(1), 1, 1}} {
			for _, dry := range []bool{true, false} {
				sum, err := st.engine.ResubmitAll(ctx, p, st.account, st.cycle.ID, engine.RepeatFilter{Signature: c.signature, DryRun: dry})
				if err != nil || sum.Matched != c.found || !dry && sum.Resubmitted != c.done {
					t.Errorf("%s: %+v, %v", c.signature, sum, err)
				}
			}
			synctest.Wait()
		}
		for _, wrong := range []engine.RepeatFilter{{Signature: "nonsense"}, {Signature: signature(0), Code: "script_failed"}} {
			if _, err := st.engine.ResubmitAll(ctx, p, st.account, st.cycle.ID, wrong); paceline.KindOf(err) != paceline.Invalid {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
	})
}
