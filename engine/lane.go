package engine

import (
	"paceline"
	"paceline/engine/core"
	"paceline/store"
)

// limitOf is the limit that a cycle has of its own.
func limitOf(c paceline.Cycle) *core.CycleLimit {
	return &core.CycleLimit{Running: c.Flow.Settings.MaxConcurrent, Serial: c.Flow.Settings.Serial}
}

// findLanes tells the core which cycles of an account have transactions in a lane of their own.
func (e *Engine) findLanes(account int64) {
	list, err := e.store.Lanes(e.life, account)
	if err != nil {
		if e.life.Err() == nil {
			e.log.Error("the lanes of an account could not be read; trying again", "error", err)
			e.later(func() { e.findLanes(account) })
		}
		return
	}
	for _, h := range heads(list) {
		e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.FoundLane(at, h) })
	}
}

// loadLimit reads the limit of a cycle.
func (e *Engine) loadLimit(info core.CycleInfo) {
	var cycle paceline.Cycle
	err := e.store.Read(e.life, func(tx *store.Tx) (err error) {
		cycle, _, err = tx.CycleByNum(info.Num)
		return err
	})
	if err != nil {
		e.log.Error("the limit of a cycle could not be read; trying again", "cycle", info.Num, "error", err)
		e.later(func() { e.loadLimit(info) })
		return
	}
	e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.SetLimit(at, info.Num, *limitOf(cycle)) })
}

// line reads whether a transaction of a serial cycle is live that has begun.
func (e *Engine) line(info core.CycleInfo) {
	if e.enter(info.Root) != nil {
		return // another node asks
	}
	defer e.leave(info.Root)
	var others bool
	err := e.store.Read(e.life, func(tx *store.Tx) (err error) {
		others, err = tx.HasBegun(paceline.Scope{Partner: info.Partner, Account: info.Account}, info.Num)
		return err
	})
	if err != nil {
		e.log.Error("whether the next transaction of a serial cycle may begin could not be read; trying again", "cycle", info.Num, "error", err)
		others = true
	}
	e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.Lined(at, info.Num, others) })
}
