package cycle

import (
	"context"
	"log/slog"
	"sync"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/script"
	"paceline/store"
)

// Engine hears of cycles that were started, stopped or edited, after the commit.
type Engine interface {
	CycleChanged(ctx context.Context, c paceline.Cycle)
}

// Config is what the room needs. Logger may be nil.
type Config struct {
	Store    *store.Store
	Releases *Releases
	Clock    paceline.Clock
	Logger   *slog.Logger
}

// Room holds the operations on cycles. It is safe for concurrent use.
type Room struct {
	store    *store.Store
	releases *Releases
	clock    paceline.Clock
	log      *slog.Logger
	plans    *planCache

	mu         sync.RWMutex
	engine     Engine
	subscriber Subscriber
	follower   Follower
	scripts    *script.Pool
}

// New makes the room. Attach gives it the engine, which itself needs the room for its plans.
func New(c Config) *Room {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return &Room{store: c.Store, releases: c.Releases, clock: c.Clock, log: c.Logger, plans: newPlanCache()}
}

// Attach sets the engine that hears of changes. Without one nobody does.
func (r *Room) Attach(e Engine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.engine = e
}

// Changed tells the engine about cycles whose change has been committed.
func (r *Room) Changed(ctx context.Context, cycles ...paceline.Cycle) {
	r.mu.RLock()
	e := r.engine
	r.mu.RUnlock()
	defer r.tellStopped(cycles)
	if e == nil {
		return
	}
	for _, c := range cycles {
		e.CycleChanged(ctx, c)
	}
}

// tellStopped tells the subscriber when one of the cycles takes no events any more.
func (r *Room) tellStopped(cycles []paceline.Cycle) {
	for _, c := range cycles {
		if r.subscriber != nil && c.State != paceline.CycleActive && c.State != paceline.CycleActivating {
			r.subscriber.Stopped()
			return
		}
	}
}

// inTx commits at a site that the kill tests know.
func (r *Room) inTx(ctx context.Context, scope paceline.Scope, site killpoint.Site, f func(tx *store.Tx) error) error {
	return killpoint.Around(site, func() error { return r.store.InTx(ctx, scope, f) })
}

// may checks that the caller may act in the account.
func may(p paceline.Principal, a paceline.Account) error {
	if p.Partner != a.Partner || !p.MayAccount(a.Num) {
		return paceline.Fail(paceline.CodeAccountHeader)
	}
	return nil
}

func notFound(what string) error { return paceline.Fail(paceline.CodeNotFound, "what", what) }

func audit(tx *store.Tx, p paceline.Principal, c paceline.Cycle, action, comment string) error {
	scope := paceline.Scope{Partner: c.Partner, Account: c.Account}
	return tx.InsertAudit(scope, paceline.AuditEvent{
		Partner: c.Partner, Account: c.Account, At: tx.Now(), Actor: p.Name,
		Action: action, Subject: "cycle", SubjectID: string(c.ID), Comment: comment,
	})
}
