package engine

import (
	"slices"

	"paceline"
	"paceline/engine/core"
	"paceline/mapping"
)

// decide evaluates a decision or a switch. It costs no task unless it fails. A list is divided: the row says which
// item took which exit, and what a branch reads of that list later are its own items (see branch).
func (x *execution) decide() {
	s := x.live.plan.step(x.token.Step)
	var exit paceline.EdgeType
	var divided paceline.Partition
	err := s.err
	if err == nil {
		exit, divided, err = s.choice.Choose(mapping.Env{Data: x, System: x.system})
	}
	switch {
	case x.readFailed != nil:
		x.unreadable()
	case err != nil:
		x.out.TasksIncident = 1
		x.out.Permanent = true
		x.fail(paceline.CodeDecisionInvalid, messageOf(err))
	default:
		x.out.Exit = exit
		if exit == paceline.ExitSeveral {
			x.out.Progress = divided.Encode()
			x.live.divided.set(x.token.Seq, divided)
		}
	}
}

// partitions are the divisions of lists by the rows of a run, by seq; few runs have any.
type partitions map[int32]paceline.Partition

func (p *partitions) set(seq int32, divided paceline.Partition) {
	if *p == nil {
		*p = partitions{}
	}
	(*p)[seq] = divided
}

// partitionsOf reads the divisions from the rows.
func partitionsOf(rows []paceline.StepRow) (p partitions) {
	for i := range rows {
		if rows[i].Exit != paceline.ExitSeveral {
			continue
		}
		if divided, err := paceline.ParsePartition(rows[i].Progress); err == nil {
			p.set(rows[i].Seq, divided)
		}
	}
	return p
}

// branch is the part of the list of a step that came the way of a path: what divisions on it have left, the one
// nearest to the path first.
type branch struct {
	plan *prepared
	of   int // the step
	ways []way
}

type way struct {
	divided paceline.Partition
	exit    paceline.EdgeType
	list    mapping.ItemList
}

// pass notes that the path left the row seq by the edge, if that row divided the list of the step.
func (b *branch) pass(p partitions, chain []core.Link, seq, edge int32) {
	divided, ok := p[seq]
	if !ok {
		return
	}
	ref := chain[seq].Step
	s := b.plan.step(ref)
	out := b.plan.Steps[ref].Out
	if s.choice == nil || int(edge) >= len(out) {
		return
	}
	if step, list, ok := s.choice.Divides(); ok && step == b.of {
		b.ways = append(b.ways, way{divided, out[edge].Type, list})
	}
}

// items cuts the list in the output of the step down to what came this way.
func (b *branch) items(doc []byte) []byte {
	for _, w := range slices.Backward(b.ways) {
		if len(doc) > 0 {
			doc = w.list.Keep(doc, func(i int) bool { return w.divided.Keeps(w.exit, i) })
		}
	}
	return doc
}
