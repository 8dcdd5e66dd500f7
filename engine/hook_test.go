package engine

import (
	"strconv"
	"testing"

	"paceline/store"
)

// TestHooksForgetAllOfAnAccount: what is remembered of addresses is bounded by those that are known, however often the
// settings of an account change.
func TestHooksForgetAllOfAnAccount(t *testing.T) {
	h := newHooks()
	for range 50 {
		for n := range int64(4) {
			h.put(&hook{Webhook: store.Webhook{Identifier: strconv.FormatInt(n, 10), Account: 1 + n%2, Cycle: n}})
		}
		h.forgetAccount(1)
	}
	if len(h.entries) != 2 || len(h.byCycle) != 2 || len(h.byCycle[1]) != 1 {
		t.Errorf("%d addresses, of cycles %v", len(h.entries), h.byCycle)
	}
	h.forget(1)
	h.forget(3)
	if len(h.entries) != 0 || len(h.byCycle) != 0 {
		t.Errorf("%d addresses are left, of cycles %v", len(h.entries), h.byCycle)
	}
}
