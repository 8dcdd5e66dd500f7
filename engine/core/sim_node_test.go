package core

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// move gives all that there is away once it is quiet, and takes it up again as another process does: from the disk. What
// was asked for about no single run may be answered late, but for what the shell counts as entrances.
func (w *world) move() bool {
	asked := func(e Effect) bool {
		return e.Run != nil || slices.Contains([]EffectKind{Gather, Line, Refill}, e.Kind)
	}
	if !w.away || !w.core.Quiet(0) || slices.ContainsFunc(w.todo, asked) {
		return false
	}
	w.take(w.core.Leave(w.now, func(shard int) bool { return shard == 0 }))
	if n := w.core.Known(); n > 0 || len(w.core.accounts) > 0 || len(w.core.cycles) > 0 {
		w.t.Fatalf("after all was given away %d runs, %d accounts and %d cycles are in memory", n, len(w.core.accounts), len(w.core.cycles))
	}
	w.away = false
	w.takeUp()
	return true
}

// TestNothingIsLostWhenShardsMove is TestNoTokenIsLostOrRunTwice with a process that gives its accounts away and gets them
// back: it begins nothing between, and nothing is lost or done twice, with limits of cycles and without.
func TestNothingIsLostWhenShardsMove(t *testing.T) {
	rapid.Check(t, simulate(func() sabotage { return sabotage{moves: true} }))
	rapid.Check(t, simulate(func() sabotage { return sabotage{moves: true, limited: true} }))
}
