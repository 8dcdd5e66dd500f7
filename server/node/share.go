package node

import (
	"cmp"
	"slices"

	"paceline"
	"paceline/store"
)

// live are the nodes that may have shards: their lease lasts, and they do not stop.
func live(v *store.NodeView) (list []store.Node) {
	for _, n := range v.Nodes {
		if n.Lease > 0 && !n.Leaving {
			list = append(list, n)
		}
	}
	return list
}

// fair is how many shards each of n nodes has at most.
func fair(n int) int {
	if n == 0 {
		return paceline.Shards
	}
	return (paceline.Shards + n - 1) / n
}

// scattered orders shards as the store claims them, so that neighbours come to different nodes.
func scattered(shards []int) {
	slices.SortFunc(shards, func(a, b int) int { return cmp.Compare(a*167&(paceline.Shards-1), b*167&(paceline.Shards-1)) })
}

// gift is what is handed to one node.
type gift struct {
	to     int64
	shards []int
}

// surplus divides what a node has over its fair share among those that have less than theirs. mine are its shards.
func surplus(v *store.NodeView, mine []int) []gift {
	nodes := live(v)
	most := fair(len(nodes))
	if len(mine) <= most {
		return nil
	}
	scattered(mine)
	return spread(nodes, v.This, mine[most:], most)
}

// legacy divides all that a node has that stops.
func legacy(v *store.NodeView, mine []int) []gift {
	nodes := slices.DeleteFunc(live(v), func(n store.Node) bool { return n.ID == v.This })
	if len(nodes) == 0 {
		return nil
	}
	return spread(nodes, v.This, mine, paceline.Shards)
}

// spread gives each shard to the node that has the fewest then, up to most.
func spread(nodes []store.Node, from int64, shards []int, most int) []gift {
	gifts := make([]gift, 0, len(nodes))
	have := map[int64]int{}
	for _, n := range nodes {
		if n.ID != from {
			gifts = append(gifts, gift{to: n.ID})
			have[n.ID] = n.Shards
		}
	}
	for _, shard := range shards {
		if len(gifts) == 0 {
			return nil
		}
		least := slices.MinFunc(gifts, func(a, b gift) int {
			return cmp.Or(cmp.Compare(have[a.to], have[b.to]), cmp.Compare(a.to, b.to))
		}).to
		if have[least] >= most {
			break
		}
		have[least]++
		i := slices.IndexFunc(gifts, func(g gift) bool { return g.to == least })
		gifts[i].shards = append(gifts[i].shards, shard)
	}
	return slices.DeleteFunc(gifts, func(g gift) bool { return len(g.shards) == 0 })
}
