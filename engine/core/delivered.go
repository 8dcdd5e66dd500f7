package core

import (
	"slices"

	"paceline"
)

// Delivered finds the delivery that a path of a run goes back to: the one that continued the webhook step of
// row from as number k there or, with from -1, the one that began the run. seq is a row of the path. A path
// that a delivery did not begin, such as a split's child's, goes back to row 0 as well.
func Delivered(plan *paceline.Plan, chain []Link, seq int32) (from, k int32) {
	for ; seq > 0; seq = chain[seq].From {
		link := chain[seq]
		if link.From < 0 || int(link.Step) == plan.Trigger || plan.Steps[link.Step].Kind != paceline.StepWebhook || chain[link.From].Step != link.Step {
			continue
		}
		for _, before := range chain[:seq] {
			if before.Step == link.Step && before.From == link.From {
				k++
			}
		}
		return link.From, k
	}
	return -1, 0
}

// Leads reports whether a path of the run is left that goes back to the delivery. One that waits for further ones
// does not. It is called while the run's commit is asked for.
func (r *Run) Leads(from, k int32) bool {
	leads := func(t Token) bool {
		if t.Arrived {
			return t.From == from && t.K == k
		}
		f, n := Delivered(r.Plan, r.Chain, t.From)
		return f == from && n == k && !awaiting(r.Plan, t)
	}
	return r.then == call && leads(r.exec) || slices.ContainsFunc(r.ready, leads) || slices.ContainsFunc(r.waiting, leads)
}
