package node

import (
	"testing"
	"time"

	"paceline"
	"paceline/store"
)

// viewOf is a database of n nodes, the first of which has all shards.
func viewOf(n int) *store.NodeView {
	v := &store.NodeView{This: 1}
	for id := range int64(n) {
		v.Nodes = append(v.Nodes, store.Node{ID: id + 1, Lease: time.Second})
	}
	v.Nodes[0].Shards = paceline.Shards
	for shard := range v.Owner {
		v.Owner[shard] = 1
	}
	return v
}

// TestShares: what a node hands on makes all shares fair, nothing is handed twice, and a node that stops or is away gets
// nothing.
func TestShares(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 9; n++ {
		v := viewOf(n)
		var mine []int
		for shard := range paceline.Shards {
			mine = append(mine, shard)
		}
		have, seen := map[int64]int{1: paceline.Shards}, map[int]bool{}
		for _, g := range surplus(v, mine) {
			for _, shard := range g.shards {
				if seen[shard] {
					t.Fatalf("shard %d is handed to two nodes", shard)
				}
				seen[shard] = true
			}
			have[g.to] += len(g.shards)
			have[1] -= len(g.shards)
		}
		for id := range int64(n) {
			if got := have[id+1]; got > fair(n) || got < paceline.Shards-(n-1)*fair(n) {
				t.Errorf("node %d of %d has %d shards", id+1, n, got)
			}
		}
	}
	v := viewOf(4)
	v.Nodes[1].Leaving, v.Nodes[2].Lease = true, -time.Second
	all := []int{0, 1, 2, 3}
	if gifts := legacy(v, all); len(gifts) != 1 || gifts[0].to != 4 || len(gifts[0].shards) != 4 {
		t.Errorf("of a leaving node, one that is away and one that lives the gifts are %v", gifts)
	}
	v.Nodes[3].Leaving = true
	if gifts := legacy(v, all); gifts != nil {
		t.Errorf("without another node the gifts are %v", gifts)
	}
}
