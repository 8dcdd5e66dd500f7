package engine_test

import (
	"context"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// TestResolvedOutcomeLeavesItsShard: of several nodes the one that works for the account resolves an unknown outcome, and its shard
// can be handed over behind that. On another one nothing is decided.
func TestResolvedOutcomeLeavesItsShard(t *testing.T) {
	t.Parallel()
	o := storetest.Postgres(t)
	o.Node = &store.NodeOptions{Address: "127.0.0.1:1", Version: "test"}
	db := storetest.Open(t, o)
	h := furnish(t.Context(), db, &played{answers: map[string][]answer{"charge": {{Hang: true}, {Hang: true}}}}, "https://remote.example")
	shards := make([]int, paceline.Shards)
	for i := range shards {
		shards[i] = i
	}
	if n, err := db.ClaimShards(t.Context(), paceline.Shards); err != nil || n != paceline.Shards {
		t.Fatal(n, err)
	}
	h.start(t.Context())
	if err := h.engine.Gain(t.Context(), shards, nil); err != nil {
		t.Fatal(err)
	}
	defer func() { h.engine.Stop(noTime) }()
	plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{{"received": {Webhook: "event"}}, {"charge": {After: "received", Call: "charge", Map: map[string]string{"name": "received/name"}}}}})
	c, address := h.install(t.Context(), plan, 0)
	h.engine.CycleChanged(t.Context(), c)
	came := make(chan struct{}, 16)
	h.remote.(*played).came = came
	var lost []paceline.ID
	for _, name := range []string{"Ada", "Ben"} {
		receipt, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", RawBody: []byte(`{"name":"` + name + `"}`), At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		lost = append(lost, receipt.Transaction)
	}
	for range lost {
		<-came
	}
	h.engine.Stop(noTime)
	h.start(t.Context())
	resolve := func(id paceline.ID) error {
		_, err := h.engine.ResolveOutcome(t.Context(), h.principal(), h.account, c.ID, id, engine.OutcomeDone, []byte(`{"id":1}`))
		return err
	}
	for _, id := range lost {
		if got := h.ended(t, id).Status; got != engine.StatusErrored {
			t.Fatalf("the transaction is %s", got)
		}
	}
	if err := resolve(lost[0]); err != nil {
		t.Fatal(err)
	}
	within, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := h.engine.Lose(within, shards, func([]int) {}); err != nil {
		t.Fatalf("the shards are not given up: %v", err)
	}
	if err := resolve(lost[1]); paceline.KindOf(err) != paceline.Unavailable {
		t.Errorf("on another node: %v", err)
	}
	if err := h.engine.Gain(t.Context(), shards, nil); err != nil {
		t.Fatal(err)
	}
	if err := resolve(lost[1]); err != nil {
		t.Errorf("it was decided on another node: %v", err)
	}
}
