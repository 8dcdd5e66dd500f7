package engine

import (
	"context"
	"errors"

	"paceline"
	"paceline/engine/core"
	"paceline/store"
)

// recover tells the core what the store holds: cycles that are coming to their end, schedules, and the
// accounts with live runs, whose heads the core then asks for as it has room. A run resumes at the first
// token that has no finished row.
func (e *Engine) recover(ctx context.Context) error {
	if err := e.restoreHolds(ctx); err != nil {
		return err
	}
	arm, err := e.recoverCycles(ctx)
	if err != nil {
		return err
	}
	accounts, err := e.store.LiveAccounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.Restock(at, a.Account, a.Root, 0) })
	}
	e.tell((*core.Core).RestockParked)
	for _, f := range arm { // a slot that is due asks what is still going
		f()
	}
	return e.recoverWaiting(ctx)
}

// load reads a run for the core.
func (e *Engine) load(r *core.Run) {
	mine := e.suspects.turn(r)
	switch mine {
	case turnNext:
		if e.draining.Load() || !e.store.Owns(r.Root) { // its turn may never come
			e.lostSuspects(func(shard int) bool { return shard == paceline.ShardOf(r.Root) })
		}
		return
	case turnLater:
		e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.NotLoaded(at, r, core.LoadLater, nil) })
		return
	case turnNoted:
		e.mark(r, true)
		return
	case turnAlone:
		if !e.accuse(r) {
			return
		}
	}
	e.carry(r, mine)
}

// carry reads a run whose turn it is.
func (e *Engine) carry(r *core.Run, mine turn) {
	loaded, why, broken := e.readRun(e.life, r)
	if mine != turnFree && loaded != nil {
		loaded.Local.(*live).suspect.Store(r)
	} else if mine == turnAlone {
		e.nextSuspect(r.Num, false)
	}
	e.tell(func(c *core.Core, at paceline.Micros) []core.Effect {
		if loaded == nil {
			return c.NotLoaded(at, r, why, broken)
		}
		return c.Loaded(at, r, *loaded)
	})
}

func (e *Engine) readRun(ctx context.Context, r *core.Run) (*core.Loaded, core.LoadProblem, []paceline.Incident) {
	run, found, err := e.store.Load(ctx, r.Num)
	if err != nil {
		e.log.Error("a transaction could not be read; trying again", "transaction", e.ids.Encode(r.Num), "error", err)
		return nil, core.LoadLater, nil
	}
	if !found || run.State != paceline.RunLive {
		return nil, core.LoadGone, nil
	}
	plan, err := e.plans.Plan(ctx, r.Cycle, r.Version)
	if err == nil {
		err = fits(plan, run)
	}
	switch {
	case err != nil && !lasting(err):
		e.log.Error("a plan could not be read; trying again", "transaction", e.ids.Encode(r.Num), "error", err)
		return nil, core.LoadLater, nil
	case err != nil:
		e.log.Error("a transaction cannot go on", "transaction", e.ids.Encode(r.Num), "error", err)
		return nil, core.LoadBroken, []paceline.Incident{{
			Partner: r.Partner, Account: r.Account, Cycle: r.Cycle, Run: r.Num,
			Code: paceline.CodeTransactionStopped, At: e.now(),
		}}
	}
	l := &live{plan: e.prepared.of(plan), divided: partitionsOf(run.Rows)}
	return &core.Loaded{Plan: plan, Rows: run.Rows, Exchanges: run.Exchanges, Arrived: arrivals(run.Arrivals), Local: l}, 0, nil
}

// lasting reports whether an error tells what is stored, instead of that the store or the server cannot tell for now.
func lasting(err error) bool {
	return paceline.CodeOf(err) != "" && paceline.KindOf(err) != paceline.Unavailable ||
		errors.Is(err, paceline.ErrPlan) || errors.Is(err, errMisfit)
}

var errMisfit = errors.New("the transaction's rows do not fit its plan")

// fits checks that the rows can be of the plan, so that the core need not distrust them.
func fits(plan *paceline.Plan, run store.LoadedRun) error {
	if len(run.Rows) == 0 {
		return errMisfit
	}
	for i, row := range run.Rows {
		if row.Seq != int32(i) || int(row.StepRef) >= len(plan.Steps) || row.StepRef < 0 || row.From >= row.Seq {
			return errMisfit
		}
		if row.Exit == paceline.ExitWaits && plan.Steps[row.StepRef].Kind != paceline.StepWaitAll {
			return errMisfit // nothing would ever let it go on
		}
	}
	return nil
}

func arrivals(list []store.Arrival) (out []core.Arrival) {
	for _, a := range list {
		out = append(out, core.Arrival{Seq: a.Seq, K: a.N})
	}
	return out
}

func heads(list []store.Head) []core.Head {
	out := make([]core.Head, len(list))
	for i, h := range list {
		out[i] = core.Head{Num: h.Run, Partner: h.Partner, Account: h.Account, Root: h.Root, Cycle: h.Cycle,
			Version: h.Version, DueAt: h.DueAt, CreatedAt: h.CreatedAt, Parent: h.Parent, Split: h.Split}
	}
	return out
}

func (e *Engine) refill(f core.Effect) {
	if e.enter(f.Root) != nil {
		return // another node reads them
	}
	defer e.leave(f.Root)
	if f.Due == 0 && f.From <= 1 { // a start: which cycles have a lane is on the disk only
		e.findLanes(f.Account)
	}
	list, err := e.store.Ready(e.life, f.Account, f.Due, f.From-1, f.N)
	if err != nil {
		e.log.Error("ready transactions could not be read; trying again", "error", err)
	}
	e.tell(func(c *core.Core, at paceline.Micros) []core.Effect {
		if err != nil {
			return c.RefillFailed(at, f.Account, f.Due)
		}
		return c.Heads(at, f.Account, f.Due, heads(list), len(list) == f.N)
	})
}

func (e *Engine) loadDue(f core.Effect) {
	list, err := e.store.Due(e.life, f.Due, f.From-1, f.N)
	if err != nil {
		e.log.Error("waiting transactions could not be read; trying again", "error", err)
	}
	e.tell(func(c *core.Core, at paceline.Micros) []core.Effect {
		if err != nil {
			return c.DueFailed(at)
		}
		return c.DueHeads(at, heads(list), len(list) == f.N)
	})
}

// loadAccount reads an account's limit. While the store is away the default counts.
func (e *Engine) loadAccount(num int64) {
	var account paceline.Account
	var partner paceline.Partner
	var found bool
	err := e.store.Read(e.life, func(tx *store.Tx) (err error) {
		if account, found, err = tx.AccountOf(num); err != nil || !found {
			return err
		}
		partner, _, err = tx.Partner(account.Scope())
		return err
	})
	if err != nil || !found {
		if err != nil {
			e.log.Error("an account could not be read; its default limit counts until it can", "error", err)
			e.later(func() { e.loadAccount(num) })
		}
		return
	}
	e.setAccount(account, partner)
	if err := e.learnQuota(e.life, account, partner); err != nil {
		e.log.Error("the quota of an account could not be read", "error", err)
	}
}

func (e *Engine) setAccount(a paceline.Account, p paceline.Partner) {
	info := core.AccountInfo{Num: a.Num, Root: a.Root, Active: a.State == paceline.AccountActive, Limit: a.ConcurrentTransactions}
	if info.Limit == 0 {
		info.Limit = p.Settings.ConcurrentTransactions
	}
	e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.SetAccount(at, info) })
}

// AccountChanged tells the engine about an account whose state or settings were changed, after the commit.
func (e *Engine) AccountChanged(ctx context.Context, a paceline.Account) {
	if !e.store.Owns(a.Root) {
		e.elsewhere(a.Root, News{Account: a.Num})
		return
	}
	e.hooks.forgetAccount(a.Num)
	e.tasks.add(func() { e.loadAccount(a.Num) })
}
