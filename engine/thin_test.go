package engine_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/store"
	"paceline/store/storetest"
)

func jsonOf(v any) []byte { return must(json.Marshal(v)) }

func TestThin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := must(store.Open(t.Context(), storetest.SQLite(t)))
		remote := &played{answers: map[string][]answer{}}
		h := furnish(t.Context(), s, remote, "https://remote.example")
		h.start(t.Context())
		field := func(loc string, step paceline.ID, src string) paceline.PlanInput {
			return paceline.PlanInput{Field: true, Key: loc, Mapping: paceline.Mapping{Type: paceline.MapStepField, SourceStep: step, SourceLocation: src}}
		}
		de := "DE"
		ids := make([]paceline.ID, 4)
		for i := range ids {
			ids[i] = paceline.NewID(time.Now())
		}
		plan := &paceline.Plan{LogRequests: true, Steps: []paceline.PlanStep{
			{ID: ids[0], Kind: paceline.StepWebhook, Method: "event", AccountConnector: 1, Out: []paceline.PlanEdge{{To: 1, Type: paceline.EdgeForward}}},
			{ID: ids[1], Kind: paceline.StepAction, Method: "create", AccountConnector: 1, Inputs: []paceline.PlanInput{field("name", ids[0], "name")}, Out: []paceline.PlanEdge{{To: 2, Type: paceline.EdgeForward}}},
			{ID: ids[2], Kind: paceline.StepDecision, Decision: &paceline.Decision{LeftStep: ids[0], LeftLocation: "country", Condition: paceline.CondEquals, Right: paceline.Mapping{Type: paceline.MapStatic, Value: &de}}, Out: []paceline.PlanEdge{{To: 3, Type: paceline.EdgeTrue}}},
			{ID: ids[3], Kind: paceline.StepAction, Method: "notify", AccountConnector: 1, Inputs: []paceline.PlanInput{field("id", ids[1], "id")}},
		}}
		_, address := h.install(t.Context(), plan, 0)
		r, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", RawBody: []byte(`{"name":"Ada","country":"DE"}`), At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		t.Log(r, remote.made())
		run, _ := h.ids.Decode(r.Transaction)
		s.Read(t.Context(), func(tx *store.Tx) error {
			rr, _, err := tx.Run(h.account.Scope(), run)
			t.Log(rr, err)
			rows, err := tx.Steps(h.account.Scope(), run, false)
			for _, row := range rows {
				t.Logf("%+v", row)
			}
			return err
		})
		h.engine.Stop(t.Context())
		s.Close()
	})
}
