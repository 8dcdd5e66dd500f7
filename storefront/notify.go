package storefront

import (
	"context"
	"slices"
	"time"

	"paceline"
	"paceline/cycle"
	"paceline/engine"
	"paceline/internal/seal"
	"paceline/store"
)

// What a marketplace is told of an install.
const (
	installedStatus   = "installed"
	startedStatus     = "started"
	stoppedStatus     = "stopped"
	uninstalledStatus = "uninstalled"
)

// heldFor is how long the notification of an install waits for the start of its cycles, each of which vendors may keep: after a crash
// it is told then what there is.
func heldFor(cycles int) time.Duration {
	return time.Duration(cycles)*cycle.RegisterWithin + 30*time.Second
}

// notification is what a marketplace is told, as it is queued: in the transaction of what it tells of. nil tells nobody.
type notification struct {
	queue store.DeliveryQueue
	engine.Notification
	key  *seal.Key
	body []byte
	id   int64 // 0 until it is queued
}

// notification makes what the marketplace of an install is told of it with a status; active says how a cycle is by then.
// held leaves that open until release. It is nil when nobody is to be told.
func (r *Room) notification(ctx context.Context, p paceline.Principal, a paceline.Account, in paceline.EmbedInstall, cycles []cycle.View, status string, active func(cycle.View) bool, held bool) (*notification, error) {
	if in.Marketplace == 0 || r.keys == nil {
		return nil, nil
	}
	var row paceline.Marketplace
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		row, _, err = tx.Marketplace(a.Scope(), in.Marketplace)
		return err
	})
	if err != nil || row.NotifyURL == "" {
		return nil, err
	}
	n := &notification{queue: store.DeliveryQueue{Scope: a.Scope(), Marketplace: in.Marketplace}, Notification: engine.Notification{
		Status: status, AccountId: a.ID, AccountApiId: a.APIID, MarketplaceId: in.Marketplace, MarketplaceIntegrationPackageId: in.Package, MarketplaceCardId: in.Card, MarketplaceInstallId: in.ID,
		MarketplaceInstallDetails: []engine.NotifiedCycle{}, Tags: []string{}, Errors: []string{}, UserId: p.UserID, CompleteParameter: in.Complete,
	}}
	if m, err := marketplaceOf(row); err != nil {
		return nil, err
	} else if card := find(m.Cards, in.Card); card != nil {
		n.Tags = append(n.Tags, card.Tags...)
	}
	for _, view := range cycles {
		made, err := r.made(ctx, p, a, view)
		if err != nil {
			return nil, err
		}
		made.Active = active(view)
		n.add(made)
	}
	if n.key, err = r.keys(ctx, a.Num); err != nil {
		return nil, err
	}
	n.body, err = n.Sealed(n.key, a.Num, held)
	return n, err
}

func (n *notification) add(m Made) {
	of := engine.NotifiedCycle{CycleId: m.Cycle, CycleStatus: "Stopped", Webhooks: []engine.NotifiedWebhook{}, TemplateId: m.Template, TemplateReleaseId: m.Release}
	if m.Active {
		of.CycleStatus = "Active"
	}
	for _, hook := range m.Webhooks {
		of.Webhooks = append(of.Webhooks, engine.NotifiedWebhook{Url: hook.URL, StepName: hook.StepName})
	}
	n.MarketplaceInstallDetails = append(n.MarketplaceInstallDetails, of)
}

// put queues it, to be told after a wait.
func (n *notification) put(tx *store.Tx, wait time.Duration) (err error) {
	if n != nil {
		n.id, err = tx.InsertNotification(n.queue, n.body, tx.Now().Add(wait))
	}
	return err
}

// within is put for what is done in another room's transaction.
func (n *notification) within() func(*store.Tx) error {
	if n == nil {
		return quiet
	}
	return func(tx *store.Tx) error { return n.put(tx, 0) }
}

// release gives one that was held the states and errors of its cycles, and tells it; where that was told already, what it was
// then, this is told after it.
func (r *Room) release(ctx context.Context, n *notification, made []Made, problems []string) error {
	if n == nil || n.id == 0 {
		return nil
	}
	return r.tell(ctx, n, made, problems, func(tx *store.Tx) error {
		released, err := tx.ReleaseNotification(n.queue, n.id, n.body)
		if err != nil || released {
			return err
		}
		return n.put(tx, 0)
	})
}

// after tells what no transaction took along, since not all of the cycles were changed: how they are then, and why.
func (r *Room) after(ctx context.Context, n *notification, made []Made, problems []string) error {
	if n == nil || n.id != 0 {
		return nil
	}
	return r.tell(ctx, n, made, problems, func(tx *store.Tx) error { return n.put(tx, 0) })
}

func (r *Room) tell(ctx context.Context, n *notification, made []Made, problems []string, queue func(*store.Tx) error) (err error) {
	n.MarketplaceInstallDetails = []engine.NotifiedCycle{}
	for _, m := range made {
		n.add(m)
	}
	n.Errors = append([]string{}, problems...)
	if n.body, err = n.Sealed(n.key, n.queue.Account, false); err != nil {
		return err
	}
	err = r.store.InTx(ctx, n.queue.Scope, queue)
	r.queued(n)
	return err
}

// Follow tells what somebody does with a cycle of an install elsewhere than on an embedded page: in the console, or by the API. It
// answers cycle.Follower.
func (r *Room) Follow(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, turn cycle.Turn) (within func(*store.Tx) error, after func(), err error) {
	install, found := paceline.ID(""), false
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		install, found, err = tx.EmbedInstallOf(a.Scope(), id)
		return err
	})
	if err != nil || !found {
		return nil, nil, err
	}
	own := paceline.SystemPrincipalOf(a.Partner) // whoever may start a cycle need not be allowed to see its template
	own.UserID, own.Name = p.UserID, p.Name
	in, cycles, err := r.installed(ctx, own, a, install)
	if paceline.KindOf(err) == paceline.NotFound {
		return nil, nil, nil
	}
	at := slices.IndexFunc(cycles, func(c cycle.View) bool { return c.ID == id })
	if err != nil || in.FinishedAt == 0 || at < 0 {
		return nil, nil, err
	}
	status, last := stoppedStatus, len(cycles) == 1
	switch {
	case turn == cycle.Started:
		status = startedStatus
	case turn == cycle.Removed && last:
		status = uninstalledStatus
	case !active(cycles[at]):
		return nil, nil, nil
	}
	news, err := r.notification(ctx, own, a, in, cycles, status, func(c cycle.View) bool {
		return c.ID == id && turn == cycle.Started || c.ID != id && active(c)
	}, false)
	if err != nil || news == nil {
		return nil, nil, err
	}
	return news.within(), func() { r.queued(news) }, nil
}

func active(c cycle.View) bool {
	return c.State == paceline.CycleActive || c.State == paceline.CycleActivating
}

// noneActive is how the cycles of an install are before they are started and when they are gone.
func noneActive(cycle.View) bool { return false }

// quiet is what is done in the transaction of an operation that is told apart from it.
func quiet(*store.Tx) error { return nil }

// queued wakes the sender after the commit.
func (r *Room) queued(n *notification) {
	if n != nil && n.id != 0 && r.sender != nil {
		r.sender.Noticed(n.queue)
	}
}
