package core

import (
	"pgregory.net/rapid"

	"paceline"
)

// What the simulation's store does with transactions that come of others: by a split, and behind a Wait All step.

// gather fires the first Wait All step of a cycle at which runs wait, if no other run of it is live, as the store does.
func (w *world) gather(e Effect) {
	if rapid.IntRange(0, 9).Draw(w.t, "away") == 0 {
		w.take(w.core.Gathered(w.now, e.Cycle.Num, GatherFailed))
		return
	}
	var waiting []*diskRun
	step := int32(-1)
	for num := int64(1); num <= w.next; num++ {
		d := w.disk[num]
		if d == nil || d.plan.Cycle != e.Cycle.Num || d.state != paceline.RunLive {
			continue
		}
		if d.plan.Serial && d.head.DueAt == paceline.LineDue(d.plan.Cycle, false) {
			continue
		}
		if !d.head.DueAt.WaitsForAll() || !w.runs(d.head) {
			w.take(w.core.Gathered(w.now, e.Cycle.Num, GatherLater))
			return
		}
		waiting = append(waiting, d)
		if at, _ := d.head.DueAt.WaitAllStep(); step < 0 || at < step {
			step = at
		}
	}
	if step < 0 {
		w.take(w.core.Gathered(w.now, e.Cycle.Num, GatherNone))
		return
	}
	for _, d := range waiting {
		switch d.head.DueAt {
		case paceline.WaitAllDue(step, false):
			d.state, d.head.DueAt = paceline.RunCompleted, 0
		case paceline.WaitAllDue(step, true):
			var rows []paceline.StepRow
			for seq, row := range d.rows {
				if row.StepRef == step && row.Exit == paceline.ExitWaits {
					row.Exit = paceline.ExitGathered
					d.rows[seq] = row
				}
				rows = append(rows, row)
			}
			d.head.DueAt = 0
			if left := waitAllSteps(rows); len(left) > 0 {
				d.head.DueAt = paceline.WaitAllDue(left[0], len(left) > 1)
			}
		}
	}
	w.next++
	plan := w.plans[e.Cycle.Num-1]
	h := Head{Num: w.next, Account: plan.Account, Cycle: plan.Cycle, CreatedAt: w.now}
	root := h.Num
	for _, d := range waiting {
		root = min(root, d.root)
	}
	w.disk[h.Num] = &diskRun{head: h, plan: plan, root: root, rows: map[int32]paceline.StepRow{0: {StepRef: step, From: -1}}}
	w.take(w.core.Gathered(w.now, e.Cycle.Num, GatherFired))
}

// split makes children of the next items. Progress is how many there were before, and how many there are.
func (w *world) split(e Effect, o *Outcome, progress []byte) *Outcome {
	done, all := progress[0], progress[1]
	n := byte(rapid.IntRange(0, int(all-done)).Draw(w.t, "chunk"))
	for i := range n {
		w.next++
		h := Head{Num: w.next, Account: e.Run.Account, Cycle: e.Run.Cycle, CreatedAt: w.now, Parent: e.Run.Num, DueAt: e.Run.Plan.LineDue(true)}
		row := paceline.StepRow{StepRef: e.Token.Step, From: paceline.FromSplit(e.Token.Seq), RowsIn: int32(done + i)}
		child := Child{Head: h, Row: row}
		if rapid.Bool().Draw(w.t, "told") {
			child.Local = "local"
		}
		o.Children = append(o.Children, child)
	}
	o.Exit, o.RowsOut = paceline.ExitSplit, int32(done+n)
	if done+n < all || n == 0 && all > 0 && rapid.Bool().Draw(w.t, "again") {
		o.More, o.Progress = true, []byte{done + n, all}
	}
	return o
}

// checkSplits compares the items of each split with the transactions that it gave: every item became one,
// in their order, and none came twice.
func (w *world) checkSplits() {
	type place struct {
		run int64
		seq int32
	}
	items := map[place][]int32{}
	for num := int64(1); num <= w.next; num++ {
		if d := w.disk[num]; d != nil && d.head.Parent != 0 {
			seq, _ := paceline.SplitFrom(d.rows[0].From)
			at := place{d.head.Parent, seq}
			items[at] = append(items[at], d.rows[0].RowsIn)
		}
	}
	for num, d := range w.disk {
		for seq, row := range d.rows {
			if row.Exit != paceline.ExitSplit {
				continue
			}
			got := items[place{num, seq}]
			for i, item := range got {
				if int(item) != i {
					w.t.Fatalf("row %d of run %d: its children are of items %v", seq, num, got)
				}
			}
			if len(got) != int(row.RowsOut) && d.state != paceline.RunStopped {
				w.t.Fatalf("row %d of run %d: %d items, %d children", seq, num, row.RowsOut, len(got))
			}
		}
	}
}
