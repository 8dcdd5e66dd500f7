package engine

import (
	"testing"

	"paceline"
	"paceline/engine/core"
)

// TestSuspectsOfDeadNodes: after deaths in a row what is older than the taking up of a dead node's shards is carried one at a time,
// and nothing else: neither what came later, nor what a living node has handed over.
func TestSuspectsOfDeadNodes(t *testing.T) {
	t.Parallel()
	s := &suspects{}
	run := func(num, root int64, at paceline.Micros) *core.Run {
		return &core.Run{Head: core.Head{Num: num, Root: root, CreatedAt: at}}
	}
	if s.begin(deathsInRow-1, 1, []int{5}, 100) {
		t.Error("it is careful after too few deaths")
	}
	if got := s.turn(run(1, 5, 50)); got != turnFree {
		t.Errorf("without care the turn is %d", got)
	}
	if !s.begin(deathsInRow, 1, []int{5}, 100) {
		t.Error("it is not careful")
	}
	for _, c := range []struct {
		run  *core.Run
		want turn
	}{
		{run(1, 5, 50), turnAlone},
		{run(1, 5+paceline.Shards, 50), turnAlone}, // it goes on
		{run(2, 5, 50), turnNext},
		{run(3, 5, 50), turnLater},
		{run(4, 5, 100), turnFree},
		{run(5, 6, 50), turnFree},
	} {
		if got := s.turn(c.run); got != c.want {
			t.Errorf("the turn of transaction %d is %d, want %d", c.run.Num, got, c.want)
		}
	}
	if next := s.passed(1); next == nil || next.Num != 2 {
		t.Errorf("after it comes %v", next)
	}
}
