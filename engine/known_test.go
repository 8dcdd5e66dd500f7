package engine_test

import (
	"testing"
	"time"

	"paceline/connector"
	"paceline/store/storetest"
)

// TestAcceptanceKnowsTheCore: what the store is given for a delivery and for a repetition says whether the core has found the transaction
// in the database by itself. The store asks before it takes one back whose sender was told to come again.
func TestAcceptanceKnowsTheCore(t *testing.T) {
	t.Parallel()
	h := furnish(t.Context(), storetest.Open(t, storetest.SQLite(t)), &played{}, "https://remote.example")
	h.start(t.Context())
	defer func() { h.engine.Stop(noTime) }()
	plan, _ := planOf(t, oneCall)
	_, address := h.install(t.Context(), plan, 0)
	receipt, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", RawBody: []byte(`{"name":"Ada"}`), At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	h.ended(t, receipt.Transaction)
	for what, of := range map[string]int64{"a delivery": 0, "a repetition": h.runs(t)[0].Num} {
		known, found, err := h.engine.Acceptance(t.Context(), plan, h.account.Root, of)
		if err != nil {
			t.Fatal(err)
		}
		if known == nil || known() {
			t.Errorf("of %s that nobody was told of the core knows", what)
			continue
		}
		found()
		if !known() {
			t.Errorf("of %s that the core has found it does not know", what)
		}
	}
}
