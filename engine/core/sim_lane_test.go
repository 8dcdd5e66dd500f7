package core

import (
	"testing"

	"pgregory.net/rapid"

	"paceline"
)

// TestLimitsOfCyclesHold draws the same about cycles with limits of their own: never more of their transactions are
// executed at once than may be, and of a serial cycle none is while an earlier one, or what came of it, is live.
func TestLimitsOfCyclesHold(t *testing.T) {
	rapid.Check(t, simulate(func() sabotage { return sabotage{limited: true} }))
}

// drawLimit gives a flow a limit.
func drawLimit(t *rapid.T, p *paceline.Plan) {
	if p.Serial = rapid.Bool().Draw(t, "serial"); !p.Serial {
		p.MaxConcurrent = rapid.IntRange(0, 3).Draw(t, "most")
	}
}

func (w *world) limitOf(plan *paceline.Plan) CycleLimit {
	return CycleLimit{Running: plan.MaxConcurrent, Serial: plan.Serial}
}

// checkLane looks at what is executed of a cycle with a limit, and at what is live of it.
func (w *world) checkLane(e Effect) {
	plan := w.plans[e.Run.Cycle-1]
	if !plan.Limited() {
		return
	}
	limit, n := plan.MaxConcurrent, 1
	if plan.Serial {
		limit = 1
	}
	for _, o := range w.todo {
		if (o.Kind == Execute || o.Kind == Write) && o.Run.Cycle == plan.Cycle {
			n++
		}
	}
	if n > limit {
		w.t.Fatalf("%d runs of cycle %d are in progress, its limit is %d", n, plan.Cycle, limit)
	}
	if !plan.Serial {
		return
	}
	mine := w.disk[e.Run.Num]
	for num, d := range w.disk {
		if d.plan == plan && d.state == paceline.RunLive && d.root < mine.root {
			w.t.Fatalf("run %d, which goes back to %d, is executed while run %d is live, which goes back to %d", e.Run.Num, mine.root, num, d.root)
		}
	}
}

// line tells whether a run of the cycle is live that does not stand in its line.
func (w *world) line(e Effect) {
	others := false
	for _, d := range w.disk {
		others = others || d.plan.Cycle == e.Cycle.Num && d.state == paceline.RunLive && d.head.DueAt != paceline.LineDue(e.Cycle.Num, false)
	}
	w.take(w.core.Lined(w.now, e.Cycle.Num, others || rapid.IntRange(0, 9).Draw(w.t, "away") == 0))
}

// findLanes tells which lanes of an account hold runs.
func (w *world) findLanes(account int64) {
	for num := int64(1); num <= w.next; num++ {
		if d := w.disk[num]; d != nil && d.state == paceline.RunLive && d.head.Account == account && d.head.DueAt < 0 {
			w.take(w.core.FoundLane(w.now, d.head))
		}
	}
}
