package cycle

import "paceline"

// graph is the shape of a flow: annotations are left out, and edges that lead nowhere count as missing.
type graph struct {
	flow   *paceline.Flow
	nodes  []int // places in flow.Steps
	at     map[paceline.ID]int
	out    map[int][]int
	in     map[int][]int
	broken bool // an edge leads nowhere, or to the same step
}

func graphOf(flow *paceline.Flow) *graph {
	g := &graph{flow: flow, at: make(map[paceline.ID]int), out: make(map[int][]int), in: make(map[int][]int)}
	for i := range flow.Steps {
		if flow.Steps[i].Kind == paceline.StepAnnotation {
			continue
		}
		g.nodes = append(g.nodes, i)
		g.at[flow.Steps[i].ID] = i
	}
	for _, e := range flow.Edges {
		tail, okTail := g.at[e.Tail]
		head, okHead := g.at[e.Head]
		if !okTail || !okHead || tail == head {
			g.broken = true
			continue
		}
		g.out[tail] = append(g.out[tail], head)
		g.in[head] = append(g.in[head], tail)
	}
	return g
}

// trigger returns the step that starts the flow: the only one without predecessor, from which every
// other one is reached and no path leads back. It must be a method or a webhook.
func (g *graph) trigger() (place int, ok bool) {
	place = -1
	for _, n := range g.nodes {
		if len(g.in[n]) > 0 {
			continue
		}
		if place >= 0 {
			return -1, false
		}
		place = n
	}
	if place < 0 || g.broken || !g.orderly(place) {
		return -1, false
	}
	kind := g.flow.Steps[place].Kind
	return place, kind == paceline.StepAction || kind == paceline.StepWebhook
}

// orderly reports whether every step is reached from place and no path is a loop.
func (g *graph) orderly(place int) bool {
	waiting := make(map[int]int, len(g.nodes))
	for _, n := range g.nodes {
		waiting[n] = len(g.in[n])
	}
	ready, seen := []int{place}, 0
	for len(ready) > 0 {
		n := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		seen++
		for _, next := range g.out[n] {
			if waiting[next]--; waiting[next] == 0 {
				ready = append(ready, next)
			}
		}
	}
	return seen == len(g.nodes)
}

// before returns the ids of all steps that lead to the step at place and whose data it sees: what lies before a Wait All
// step is gone behind it.
func (g *graph) before(place int) map[paceline.ID]bool {
	ids := make(map[paceline.ID]bool)
	todo := []int{place}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, tail := range g.in[n] {
			step := &g.flow.Steps[tail]
			if step.Kind == paceline.StepWaitAll || ids[step.ID] {
				continue
			}
			ids[step.ID] = true
			todo = append(todo, tail)
		}
	}
	return ids
}

// Before returns the steps that lead to a step, in the order of the flow.
func Before(flow paceline.Flow, step paceline.ID) (list []paceline.Step) {
	g := graphOf(&flow)
	place, known := g.at[step]
	if !known {
		return nil
	}
	ids := g.before(place)
	for _, s := range flow.Steps {
		if ids[s.ID] {
			list = append(list, s)
		}
	}
	return list
}
