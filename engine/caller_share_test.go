package engine

import "testing"

// TestCallersOfOneAccountLeavePlacesToOthers: senders of one account that wait for slow answers never take all places.
func TestCallersOfOneAccountLeavePlacesToOthers(t *testing.T) {
	c := newCallers(8)
	taken := 0
	for c.reserve(1) {
		taken++
	}
	if taken != 6 {
		t.Errorf("one account has %d of 8 places, want 6", taken)
	}
	for i := range 2 {
		if !c.reserve(2) {
			t.Errorf("another account finds no place %d beside it", i)
		}
	}
	if c.reserve(3) {
		t.Error("a ninth place was given")
	}
	c.free(1)
	if !c.reserve(3) {
		t.Error("a place that was given back is not found")
	}
	for account, n := range map[int64]int{1: 5, 2: 2, 3: 1} {
		for range n {
			c.free(account)
		}
	}
	if len(c.byAccount) != 0 || c.waiting.Load() != 0 {
		t.Errorf("%v and %d are left when all have gone", c.byAccount, c.waiting.Load())
	}
}
