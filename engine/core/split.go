package core

import (
	"paceline"
)

// part: a part of a long step is done. It is written with where the next one begins, which is ready.
func (c *Core) part(r *Run, t Token, o *Outcome) {
	t.Splitting = o.Exit == paceline.ExitSplit
	t.Started, t.Holds = false, 0
	row := c.outcomeRow(r, &t, paceline.ArrowStepPart, o)
	row.Output = o.Output
	if r.stands() && t.Splitting { // its items are dropped; a transaction that repeats this one goes on with them
		if row.Progress = SplitFromStart; r.exec.Splitting {
			row.Progress = r.exec.Progress
		}
		row.RowsOut -= int32(len(o.Children))
	}
	r.record(row)
	r.ready = append(r.ready, t)
	r.Commit.Children = o.Children
	if c.stopped(r) {
		return
	}
	c.advance(r)
}

// SplitFromStart is the progress of a split of which no item has a transaction yet.
var SplitFromStart = []byte{0, 0}

// unborn drops the children of a split that is not carried on.
func (c *Core) unborn(r *Run) {
	for _, child := range r.Commit.Children {
		if child.Local != nil {
			c.emit(Effect{Kind: Drop, Local: child.Local})
		}
	}
	r.Commit.Children = nil
}

// born takes over the children of a split, which are durable. Those of a cycle that does not run are held.
func (c *Core) born(r *Run, children []Child) {
	for _, child := range children {
		switch {
		case r.cycle.runs():
			plan := r.Plan
			if child.Local == nil {
				plan = nil // it is loaded when its turn comes
			}
			c.arrive(child.Head, child.Row, plan, child.Local)
		case child.Local != nil:
			c.emit(Effect{Kind: Drop, Local: child.Local})
		}
	}
}
