package node

import (
	"testing"
	"time"

	"paceline/store"
)

// TestPatience: who waits for a node is told to come back sooner while the database is silent than while nodes change.
func TestPatience(t *testing.T) {
	t.Parallel()
	for silence, want := range map[time.Duration]time.Duration{0: ownerWait, store.NodeRenewal: ownerWait, store.NodeStill: comeAgain, time.Hour: comeAgain} {
		if got := patience(silence); got != want {
			t.Errorf("after %v a request waits for %v, want %v", silence, got, want)
		}
	}
}
