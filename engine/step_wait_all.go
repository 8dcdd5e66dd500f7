package engine

import (
	"context"
	"errors"
	"slices"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// gather fires the Wait All steps of a cycle if all of its transactions have come to one: the check, their end and the
// transactions that go on are one op of the store. The look before it costs no turn of the writer.
func (e *Engine) gather(info core.CycleInfo) { e.gatherAfter(info, 0) }

// gatherAfter is gather after a number of refusals of the store for what is in the op. Then those that wait end as failed; should
// that be refused too, without an incident. What the store refuses even then stays as it is on the disk, and the next transaction
// of the cycle that ends, or the next start, asks again.
func (e *Engine) gatherAfter(info core.CycleInfo, refused int) {
	answer := func(result core.GatherResult) {
		e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.Gathered(at, info.Num, result) })
	}
	if e.enter(info.Root) != nil {
		return // another node asks
	}
	op, why, err := e.gathering(e.life, info)
	if err != nil || op == nil {
		defer e.leave(info.Root)
		if err != nil && e.life.Err() == nil {
			e.log.Error("whether all transactions wait could not be read; trying again", "cycle", info.Num, "error", err)
			why = core.GatherFailed
		}
		answer(why)
		return
	}
	if refused >= contentRefusals {
		op.Starts, op.Broken = nil, false
		op.Fail = &paceline.Incident{Partner: info.Partner, Account: info.Account, Cycle: info.Num, At: op.At}
		if refused == contentRefusals {
			list := []paceline.Incident{*op.Fail}
			list[0].Code = paceline.CodeUnstorable
			e.notices.mark(info.Account, list)
			op.Fail = &list[0]
		}
	}
	killpoint.Pass(killpoint.GatherBeforeCommit)
	e.store.Submit(&store.Op{Root: info.Root, Gather: op, Done: func(result store.Result) {
		defer e.leave(info.Root)
		switch {
		case errors.Is(result.Err, store.ErrUnstorable) && refused <= contentRefusals:
			e.log.Error("the database refuses what goes on behind a Wait All step", "cycle", info.Num, "error", result.Err)
			e.later(func() { e.gatherAfter(info, refused+1) })
		case errors.Is(result.Err, store.ErrUnstorable):
			e.log.Error("the database refuses the end of transactions that wait for all others; they stay as they are", "cycle", info.Num, "error", result.Err)
			answer(core.GatherLater)
		case result.Err != nil:
			e.log.Error("the transactions that wait for all could not be gathered; trying again", "cycle", info.Num, "error", result.Err)
			answer(core.GatherFailed)
		case result.Refused:
			answer(core.GatherLater)
		case op.Fail != nil:
			if op.Fail.Notify {
				e.noticed(paceline.Scope{Partner: info.Partner, Account: info.Account})
			}
			if !result.More {
				refused = 0
			}
			e.tasks.add(func() { e.gatherAfter(info, refused) }) // what is left of them, or nothing
			e.tasks.add(func() { e.tellEnded(paceline.Scope{Partner: info.Partner, Account: info.Account}, info.Num) })
		case result.More:
			killpoint.Pass(killpoint.GatherAfterCommit)
			e.tasks.add(func() { e.gather(info) })
		default:
			killpoint.Pass(killpoint.GatherAfterCommit)
			answer(core.GatherFired)
			e.tasks.add(func() { e.tellEnded(paceline.Scope{Partner: info.Partner, Account: info.Account}, info.Num) })
		}
	}})
}

// gathering prepares the op; without one it says why there is nothing to do.
func (e *Engine) gathering(ctx context.Context, info core.CycleInfo) (*store.Gather, core.GatherResult, error) {
	scope := paceline.Scope{Partner: info.Partner, Account: info.Account}
	var groups []store.AtAll
	serial := info.Limit != nil && info.Limit.Serial
	var others bool
	links := map[store.AtAll]*store.Link{}
	err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
		groups, others, err = tx.WaitingForAll(scope, info.Num, serial)
		for _, w := range groups {
			if err == nil {
				links[w], err = linksTo(tx, scope, w.Latest)
			}
		}
		return err
	})
	switch {
	case err != nil:
		return nil, core.GatherFailed, err
	case others:
		return nil, core.GatherLater, nil
	case len(groups) == 0:
		return nil, core.GatherNone, nil
	}
	now := e.now()
	op := &store.Gather{Partner: info.Partner, Account: info.Account, Cycle: info.Num, At: now, Serial: serial}
	// A version after the other: few cycles ever have transactions of two.
	version := groups[len(groups)-1].Version
	plan, err := e.plans.Plan(ctx, info.Num, version)
	if err != nil && !lasting(err) {
		return nil, core.GatherFailed, err
	}
	readable := err == nil
	op.PruneAt, op.PruneErredAt = keptUntil(plan, true, now), keptUntil(plan, false, now)
	ofVersion := slices.DeleteFunc(slices.Clone(groups), func(w store.AtAll) bool { return w.Version != version })
	groups = slices.DeleteFunc(slices.Clone(ofVersion), func(w store.AtAll) bool {
		return !readable || int(w.Step) >= len(plan.Steps) || plan.Steps[w.Step].Kind != paceline.StepWaitAll
	})
	if len(groups) == 0 {
		e.log.Error("transactions wait for all others and cannot go on: they end", "cycle", info.Num, "version", version, "error", err)
		op.Ends, op.Broken = ofVersion, true
		return op, 0, nil
	}
	for _, w := range groups {
		if slices.ContainsFunc(groups, func(o store.AtAll) bool { return o.Step != w.Step && leadsTo(plan, o.Step, w.Step) }) {
			continue // it waits for what comes from the other one
		}
		num, err := e.store.RunNum(ctx)
		if err != nil {
			return nil, core.GatherFailed, err
		}
		op.Ends = append(op.Ends, w)
		op.Starts = append(op.Starts, store.Child{
			Run:  paceline.Run{Num: num, Partner: info.Partner, Account: info.Account, Root: info.Root, Cycle: info.Num, Version: version, CreatedAt: now},
			Row:  paceline.StepRow{Run: num, StepRef: w.Step, From: -1, State: paceline.StepDone, Exit: paceline.EdgeForward, StartedAt: now, EndedAt: now},
			Link: links[w],
		})
	}
	return op, 0, nil
}

// linksTo counts the links that led to a transaction, for the one that goes on for it: cycles that link to each other
// by way of a Wait All step end like others. Nil means none.
func linksTo(tx *store.Tx, scope paceline.Scope, run int64) (*store.Link, error) {
	depth, known, err := tx.LinkDepth(scope, run)
	if !known {
		depth = maxLinks
	}
	if err != nil || depth == 0 {
		return nil, err
	}
	return &store.Link{FromRun: run, Depth: depth}, nil
}

// leadsTo reports whether a path leads from one step of a plan to another.
func leadsTo(plan *paceline.Plan, from, to int32) bool {
	seen := make([]bool, len(plan.Steps))
	todo := []int{int(from)}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, edge := range plan.Steps[n].Out {
			if edge.To == int(to) {
				return true
			}
			if !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, edge.To)
			}
		}
	}
	return false
}

// recoverWaiting tells the core of the cycles of which transactions wait for all others.
func (e *Engine) recoverWaiting(ctx context.Context) error {
	list, err := e.store.WaitingCycles(ctx)
	for _, c := range list {
		info := core.CycleInfo{Num: c.Num, Partner: c.Partner, Account: c.Account, Root: c.Root, State: c.State, Version: c.RunVersion}
		e.tell(func(k *core.Core, at paceline.Micros) []core.Effect { return k.Waits(at, info) })
	}
	return err
}
