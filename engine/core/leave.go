package core

import "paceline"

// Of several processes on one database each works for the root accounts of its shards. One that is to leave some begins
// nothing there any more; what is in progress is recorded as ever. Once a shard is quiet, another process may take it
// up from the disk, as a start does.

// mine reports whether this process works for a root account now.
func (c *Core) mine(root int64) bool { return c.config.Owns == nil || c.config.Owns(root) }

// Quiet reports whether no run of a shard has a slot: nothing of it is executed, loaded or written.
func (c *Core) Quiet(shard int) bool { return c.slots[shard] == 0 }

// Leave forgets what there is of the shards for which gone says so. They are quiet, and Owns says no to them.
func (c *Core) Leave(at paceline.Micros, gone func(shard int) bool) []Effect {
	c.start(at)
	for num, cy := range c.cycles {
		if !gone(paceline.ShardOf(cy.Root)) {
			continue
		}
		cy.left, cy.hold, cy.schedule = true, 0, nil
		if cy.lane != nil {
			cy.lane.clear(c)
		}
		delete(c.cycles, num)
	}
	for _, r := range c.runs {
		if !gone(paceline.ShardOf(r.Root)) {
			continue
		}
		if r.phase == parked && r.DueAt != 0 {
			c.parkedRuns--
		}
		c.forget(r)
	}
	for num, a := range c.accounts {
		if gone(paceline.ShardOf(a.Root)) {
			a.Active = false // where it stands in the ring still, nothing of it runs
			delete(c.accounts, num)
		}
	}
	c.dispatch()
	return c.effects
}
