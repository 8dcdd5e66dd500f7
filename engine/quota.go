package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// Quotas (D-31): what an account has stored, and the tasks of its billing period. Between two readings the engine
// tallies what it writes; before anything is refused, the store is asked. Accounts without a quota cost one look
// into a map.

// The shares of a quota, in per cent, at which something happens.
const (
	quotaNear   = 80  // it is told
	quotaFull   = 100 // nothing new begins
	quotaNoLogs = 120 // of bytes: requests are no longer logged
)

// The kinds of quotas, as quota_told has them.
const (
	quotaBytes = iota
	quotaTasks
	quotaKinds
)

// quotaComeBack is when a sender may come again.
const quotaComeBack = time.Hour

// The ages at which a reading of the store is made anew: in the background, and before a refusal.
const (
	quotaEvery  = time.Minute
	quotaAsking = 5 * time.Second
)

// quotas knows the accounts that have a quota.
type quotas struct {
	accounts sync.Map // number to *quotaState; nil for an account without
}

// quotaState is how an account stands.
type quotaState struct {
	scope  paceline.Scope
	next   paceline.Micros // of its billing period
	limit  [quotaKinds]int64
	used   [quotaKinds]atomic.Int64
	told   [quotaKinds]atomic.Int32
	readAt atomic.Int64
	busy   atomic.Bool   // something was written since
	turn   chan struct{} // holds one: who reads takes it
}

// quotaReading is what the store said of an account. What was told is read before what is used: a share that was
// told meanwhile is then noticed when the reading's own is to be told.
type quotaReading struct {
	month int
	used  [quotaKinds]int64
	told  [quotaKinds]store.QuotaTold
}

// before is the share that was told for the month of the reading.
func (r *quotaReading) before(kind int) int {
	if kind == quotaTasks && r.told[kind].Month != r.month {
		return 0
	}
	return r.told[kind].Level
}

func (q *quotas) of(account int64) *quotaState {
	s, _ := q.accounts.Load(account)
	state, _ := s.(*quotaState)
	return state
}

func (q *quotaState) level(kind int) int32 { return q.levelOf(kind, q.used[kind].Load()) }

func (q *quotaState) levelOf(kind int, used int64) int32 {
	if q.limit[kind] == 0 {
		return 0
	}
	return int32(min(float64(used)/float64(q.limit[kind])*100, 1000))
}

// share is the level that is told.
func share(level int32) int32 {
	switch {
	case level >= quotaFull:
		return quotaFull
	case level >= quotaNear:
		return quotaNear
	}
	return 0
}

// learnQuota reads the quota of an account and how it stands.
func (e *Engine) learnQuota(ctx context.Context, a paceline.Account, p paceline.Partner) error {
	limit := a.Quota.Over(p.Settings.Quota)
	if limit == (paceline.Quota{}) {
		e.quotas.accounts.Store(a.Num, (*quotaState)(nil))
		return nil
	}
	q := &quotaState{scope: a.Scope(), next: a.NextBillDate, limit: [quotaKinds]int64{limit.Bytes, limit.Tasks}, turn: make(chan struct{}, 1)}
	r, err := e.readQuota(ctx, q)
	if err != nil {
		return err
	}
	e.quotas.accounts.Store(a.Num, q)
	e.tellUntold(q, r)
	return nil
}

// tellUntold tells the shares that a reading has and nobody was told of: of a server that ended in between, or of a quota that
// was lowered.
func (e *Engine) tellUntold(q *quotaState, r quotaReading) {
	for kind := range quotaKinds {
		if int(share(q.levelOf(kind, r.used[kind]))) > r.before(kind) {
			e.tasks.add(func() { e.tellQuota(q, kind, 0, 0) })
		}
	}
}

// readQuota asks the store how an account stands, one at a time. What commits tally meanwhile is kept, and what they
// were is perhaps counted twice until the next reading.
func (e *Engine) readQuota(ctx context.Context, q *quotaState) (r quotaReading, err error) {
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-ctx.Done():
		return r, ctx.Err()
	}
	now := e.clock.Now()
	start, _ := paceline.BillingPeriod(q.next, now)
	r.month = start.Year()*12 + int(start.Month())
	var tallied [quotaKinds]int64
	for kind := range quotaKinds {
		tallied[kind] = q.used[kind].Load()
	}
	q.busy.Store(false)
	err = e.store.Read(ctx, func(tx *store.Tx) (err error) {
		for kind := range quotaKinds {
			if r.told[kind], err = tx.QuotaTold(q.scope, kind); err != nil {
				return err
			}
		}
		if r.used[quotaBytes], err = tx.StoredBytes(q.scope); err != nil {
			return err
		}
		tasks, err := tx.UsageTotal(q.scope, paceline.ToMicros(start).Day(), paceline.ToMicros(now).Day()+1)
		r.used[quotaTasks] = tasks.OK + tasks.Incident
		return err
	})
	if err != nil {
		q.busy.Store(true)
		return r, err
	}
	for kind := range quotaKinds {
		q.told[kind].Store(int32(r.before(kind)))
		q.used[kind].Add(r.used[kind] - tallied[kind])
	}
	q.readAt.Store(int64(paceline.ToMicros(now)))
	return r, nil
}

// quotaOf returns how an account stands, nil without a quota, reading it for the first time if need be.
func (e *Engine) quotaOf(ctx context.Context, account int64) (*quotaState, error) {
	if s, known := e.quotas.accounts.Load(account); known {
		return s.(*quotaState), nil
	}
	if err := e.loadQuota(ctx, account); err != nil {
		return nil, err
	}
	return e.quotas.of(account), nil
}

func (e *Engine) loadQuota(ctx context.Context, num int64) error {
	var account paceline.Account
	var partner paceline.Partner
	err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
		var found bool
		if account, found, err = tx.AccountOf(num); err != nil || !found {
			return err
		}
		partner, _, err = tx.Partner(account.Scope())
		return err
	})
	if err != nil {
		return err
	}
	return e.learnQuota(ctx, account, partner)
}

// mayBegin refuses a new transaction of an account whose quota is used up, by what the store says now.
func (e *Engine) mayBegin(ctx context.Context, account int64) error {
	q, err := e.quotaOf(ctx, account)
	if err != nil || q == nil || !q.full() {
		return err
	}
	if e.now().Time().Sub(paceline.Micros(q.readAt.Load()).Time()) > quotaAsking || q.busy.Load() {
		if _, err := e.readQuota(ctx, q); err != nil {
			return err
		}
	}
	if !q.full() {
		return nil
	}
	return paceline.Fail(paceline.CodeQuota).In(quotaComeBack)
}

func (q *quotaState) full() bool {
	return q.level(quotaBytes) >= quotaFull || q.level(quotaTasks) >= quotaFull
}

// noLogs reports whether the requests of an account are no longer logged.
func (e *Engine) noLogs(account int64) bool {
	q := e.quotas.of(account)
	return q != nil && q.level(quotaBytes) >= quotaNoLogs
}

// tallyQuota adds what a commit of a run has written, and tells a share that is reached.
func (e *Engine) tallyQuota(r *core.Run, a *store.Advance) {
	q := e.quotas.of(r.Account)
	if q == nil {
		return
	}
	var tasks int64
	for i := range a.Rows {
		tasks += int64(a.Rows[i].TasksOK) + int64(a.Rows[i].TasksIncident)
	}
	e.used(q, r.Cycle, r.Num, a.Bytes(), tasks)
}

// used adds to the tally of an account.
func (e *Engine) used(q *quotaState, cycle, run, bytes, tasks int64) {
	q.used[quotaBytes].Add(bytes)
	q.used[quotaTasks].Add(tasks)
	q.busy.Store(true)
	for kind := range quotaKinds {
		if reached := share(q.level(kind)); reached > q.told[kind].Load() {
			q.told[kind].Store(reached) // the store has the last word
			e.tasks.add(func() { e.tellQuota(q, kind, cycle, run) })
		}
	}
}

// tellQuota records that a share of a quota is reached: once, also over restarts and when several commits reach it
// together. The store decides which of them tells it.
func (e *Engine) tellQuota(q *quotaState, kind int, cycle, run int64) {
	var err error
	for settled := false; err == nil && !settled; {
		settled, err = e.tellShare(q, kind, cycle, run)
	}
	if err != nil && e.life.Err() == nil {
		e.log.Error("a quota that is used up could not be told", "error", err)
		q.told[kind].Store(0) // the next commit tries again
	}
}

// tellShare reports whether nothing is left to tell; another that told something came first if not. Without a run it is told of
// the account's last one, which is one of those that used the quota up.
func (e *Engine) tellShare(q *quotaState, kind int, cycle, run int64) (settled bool, err error) {
	r, err := e.readQuota(e.life, q)
	reached := share(q.levelOf(kind, r.used[kind]))
	if err != nil || int(reached) <= r.before(kind) {
		return true, err
	}
	if run == 0 {
		if cycle, run, err = e.lastRunOf(q.scope); err != nil || run == 0 {
			return true, err
		}
	}
	in := paceline.Incident{
		Partner: q.scope.Partner, Account: q.scope.Account, Cycle: cycle, Run: run, At: e.now(),
		Code: paceline.CodeQuotaReached, Warning: reached < quotaFull,
	}
	if in.Warning {
		in.Code = paceline.CodeQuotaNear
	}
	list := []paceline.Incident{in}
	notify := e.notices.mark(q.scope.Account, list)
	var first bool
	err = e.inTx(e.life, q.scope, killpoint.Quota, func(tx *store.Tx) (err error) {
		first, err = tx.TellQuota(q.scope, kind, r.told[kind], store.QuotaTold{Level: int(reached), Month: r.month})
		if err != nil || !first {
			return err
		}
		return tx.InsertIncident(q.scope, list[0])
	})
	if err != nil || !first {
		return false, err
	}
	q.told[kind].Store(reached)
	if notify {
		e.noticed(q.scope)
	}
	return true, nil
}

// lastRunOf returns the newest run of an account and its cycle, 0 without one.
func (e *Engine) lastRunOf(scope paceline.Scope) (cycle, run int64, err error) {
	err = e.store.Read(e.life, func(tx *store.Tx) error {
		list, err := tx.Runs(scope, store.RunFilter{}, paceline.Page{Size: 1}, false)
		for _, r := range list.Items {
			cycle, run = r.Cycle, r.Num
		}
		return err
	})
	return cycle, run, err
}

// quotaLoop reads anew how accounts stand that have written, and lets a share be told again that was left.
func (e *Engine) quotaLoop() {
	for {
		timer, stop := e.clock.NewTimer(quotaEvery)
		select {
		case <-timer:
		case <-e.life.Done():
			stop()
			return
		}
		e.quotas.accounts.Range(func(_, s any) bool {
			if q := s.(*quotaState); q != nil {
				e.refreshQuota(q)
			}
			return e.life.Err() == nil
		})
	}
}

func (e *Engine) refreshQuota(q *quotaState) {
	idle := !q.busy.Load() && !q.full() && share(max(q.level(quotaBytes), q.level(quotaTasks))) == 0
	if idle {
		return
	}
	r, err := e.readQuota(e.life, q)
	if err == nil {
		e.tellUntold(q, r)
	}
	for kind := range quotaKinds {
		left := share(q.levelOf(kind, r.used[kind]))
		if err != nil || int(left) >= r.before(kind) {
			continue
		}
		err = e.inTx(e.life, q.scope, killpoint.Quota, func(tx *store.Tx) error {
			_, err := tx.TellQuota(q.scope, kind, r.told[kind], store.QuotaTold{Level: int(left), Month: r.month})
			return err
		})
		if err == nil {
			q.told[kind].Store(left)
		}
	}
	if err != nil && e.life.Err() == nil {
		e.log.Error("how an account stands with its quota could not be read", "error", err)
	}
}
