package engine

import (
	"testing"

	"paceline"
	"paceline/engine/core"
)

// TestSuspectsOfDeadNodes: after a death what is older than the taking up of a dead node's shards is noted, and carried beside other
// transactions; what was noted at a death before is carried one at a time, also when a living node has handed it over. Nothing is
// suspect of what came later, nor of what was cleared.
func TestSuspectsOfDeadNodes(t *testing.T) {
	t.Parallel()
	s := &suspects{}
	run := func(num, root int64, at paceline.Micros) *core.Run {
		return &core.Run{Head: core.Head{Num: num, Root: root, CreatedAt: at}}
	}
	if got := s.turn(run(1, 5, 50)); got != turnFree {
		t.Errorf("without a death the turn is %d", got)
	}
	s.begin([]int64{1, 2, 3, 6}, 1, []int{5}, 100)
	for _, c := range []struct {
		run  *core.Run
		want turn
	}{
		{run(1, 5, 50), turnAlone},
		{run(1, 5, 50), turnAlone}, // it goes on
		{run(2, 5, 50), turnNext},
		{run(3, 5, 50), turnLater},
		{run(4, 5, 100), turnFree},
		{run(5, 6, 50), turnFree},
		{run(6, 6, 50), turnLater}, // of a shard that was handed over
		{run(7, 5, 50), turnNoted},
		{run(8, 5+paceline.Shards, 50), turnNoted},
	} {
		if got := s.turn(c.run); got != c.want {
			t.Errorf("the turn of transaction %d is %d, want %d", c.run.Num, got, c.want)
		}
	}
	if s.again(1) {
		t.Error("the first was carried alone before it was noted to be")
	}
	s.carried(run(1, 5, 50), true)
	s.begin([]int64{1}, 1, []int{6}, 100) // more shards come
	if !s.again(1) {
		t.Error("that the first was carried alone is forgotten when more shards come")
	}
	if next := s.passed(7, true); next != nil {
		t.Errorf("after one that was beside others comes %v", next)
	}
	if next := s.passed(1, true); next == nil || next.Num != 2 {
		t.Errorf("after the first comes %v", next)
	}
	if got := s.turn(run(1, 5, 50)); got != turnNoted {
		t.Errorf("the turn of one that was cleared is %d", got)
	}
}
