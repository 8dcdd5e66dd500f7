package catalog

import (
	"context"
	"errors"
	"sync"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/store"
)

// The sweep looks after what vendors were told: it removes the subscriptions of cycles that no longer run, and
// renews those that end.
const (
	sweepEvery = 30 * time.Second
	sweepPage  = 100
	// removeTries are how often a vendor is asked to delete a subscription, over a day; then it is told as left.
	removeTries = 12
	// renewTold is after how many failures in a row the owner is told.
	renewTold = 3
)

// hookPauses is how long after a failure the next try comes.
var hookPauses = [...]time.Duration{
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
}

// Sweep runs until ctx ends. It first finishes what a stop of the server has cut off.
func (r *Room) Sweep(ctx context.Context) error {
	if !r.store.Shared() { // of several nodes, each finishes those of the shards that it gains
		r.Gained(ctx, r.store.Owns)
	}
	for ctx.Err() == nil {
		if err := r.SweepOnce(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("subscriptions could not be looked after; trying again", "error", err)
		}
		timer, stop := r.clock.NewTimer(sweepEvery)
		select {
		case <-timer:
		case <-r.swept:
			stop()
		case <-ctx.Done():
			stop()
		}
	}
	return nil
}

// Gained finishes what another process has left of the root accounts that this one works for from now on.
func (r *Room) Gained(ctx context.Context, in func(root int64) bool) {
	if err := r.cycles.ResumeActivations(ctx, in); err != nil && ctx.Err() == nil {
		r.log.Error("activations that were cut off could not be finished", "error", err)
	}
	r.Stopped()
}

// Stopped makes the sweep begin at once. It implements cycle.Subscriber.
func (r *Room) Stopped() {
	select {
	case r.swept <- struct{}{}:
	default:
	}
}

// SweepOnce does what is due now. What is due at one vendor does not wait for another's answer.
func (r *Room) SweepOnce(ctx context.Context) error {
	var farewells, ids error
	var others sync.WaitGroup
	if r.store.OwnsShard(0) { // one node does it for all
		others.Go(func() { farewells = r.sayDue(ctx) })
		others.Go(func() { ids = r.refreshIDs(ctx) })
	}
	subscriptions := r.lookAfterDue(ctx)
	others.Wait()
	return errors.Join(farewells, ids, subscriptions)
}

// together does what is due of a page at the same time, but for one account connector after the other.
func together[T any](due []T, of func(T) int32, do func(T)) {
	turns := map[int32][]T{}
	for _, one := range due {
		turns[of(one)] = append(turns[of(one)], one)
	}
	var all sync.WaitGroup
	for _, list := range turns {
		all.Go(func() {
			for _, one := range list {
				do(one)
			}
		})
	}
	all.Wait()
}

func (r *Room) lookAfterDue(ctx context.Context) error {
	after := paceline.ID("")
	for {
		var due []store.Subscription
		err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
			due, err = tx.DueSubscriptions(paceline.ToMicros(r.clock.Now()), after, sweepPage)
			return err
		})
		if err != nil {
			return err
		}
		together(due, func(s store.Subscription) int32 { return s.AccountConnector }, func(s store.Subscription) {
			if err := r.look(ctx, s); err != nil {
				r.log.Warn("a subscription could not be looked after", "account connector", s.AccountConnector, "error", err)
			}
		})
		if len(due) < sweepPage {
			return nil
		}
		after = due[len(due)-1].ID
	}
}

// look does what is due with one subscription.
func (r *Room) look(ctx context.Context, s store.Subscription) error {
	defer r.subscribing.lock(s.Cycle)()
	var a paceline.Account
	var c paceline.Cycle
	found, known := false, false
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err := tx.Subscriptions(s.Scope(), s.Cycle)
		for _, now := range list {
			if now.ID == s.ID {
				s, found = now, true
			}
		}
		if err != nil || !found {
			return err
		}
		if a, known, err = tx.AccountByNum(s.Scope()); err != nil || !known {
			return err
		}
		c, _, err = tx.CycleByNum(s.Cycle)
		return err
	})
	if err != nil || !found || !known || !r.store.Owns(a.Root) {
		return err
	}
	switch {
	case c.State == paceline.CycleActive:
		now := paceline.ToMicros(r.clock.Now())
		if s.CheckAt != 0 && s.CheckAt <= now {
			if s, err = r.checkHook(ctx, a, s); err != nil {
				return err
			}
		}
		if s.RenewAt == 0 || s.RenewAt > now {
			return nil
		}
		return r.renewHook(ctx, a, c, s)
	case c.State == paceline.CycleActivating:
		return nil
	}
	return r.drop(ctx, a, s)
}

// checkHook removes at the vendor what a creation has made that was cut off with another process and came late: it would send
// every event twice.
func (r *Room) checkHook(ctx context.Context, a paceline.Account, s store.Subscription) (store.Subscription, error) {
	instance, err := r.subscriber(ctx, a.Scope(), s)
	if err != nil {
		return s, err
	}
	w := subscribed{Subscription: s, instance: instance, trigger: instance.Compiled.TriggerByUID(s.Method)}
	if w.trigger != nil && w.trigger.Subscription() != nil && w.trigger.Subscription().Find != nil && s.Made {
		if w.values, err = r.openValues(ctx, s); err == nil {
			err = r.forgetLost(ctx, &w)
		}
	}
	if err != nil {
		s.Tries++
		s.RetryAt = r.retryAt(s.Tries)
		return s, errors.Join(err, r.putSubscription(ctx, s))
	}
	s.CheckAt, s.Tries, s.RetryAt = 0, 0, 0
	return s, r.putSubscription(ctx, s)
}

// subscriber returns the account connector of a subscription as the release that made it sees it. Errors: NotFound.
func (r *Room) subscriber(ctx context.Context, scope paceline.Scope, s store.Subscription) (*connector.Instance, error) {
	inst, err := r.Instance(ctx, scope, s.AccountConnector)
	if err != nil || s.Release == "" {
		return inst, err
	}
	return r.InstanceAt(ctx, scope, s.AccountConnector, paceline.ReleaseKey{UID: inst.Compiled.UID(), Version: s.Release})
}

// drop removes a subscription at the vendor, and then here. What fails is tried again by the sweep, for a day.
func (r *Room) drop(ctx context.Context, a paceline.Account, s store.Subscription) error {
	instance, err := r.subscriber(ctx, a.Scope(), s)
	if paceline.KindOf(err) == paceline.NotFound {
		return r.deleteSubscription(ctx, s) // and with the account connector what was to be told to the vendor
	}
	if err != nil {
		return err
	}
	if err = r.dropWith(ctx, instance, s); err == nil {
		return r.deleteSubscription(ctx, s)
	}
	if s.Tries++; s.Tries >= removeTries {
		if err := r.tellLeft(ctx, s); err != nil {
			return err
		}
		return r.deleteSubscription(ctx, s)
	}
	s.RetryAt = r.retryAt(s.Tries)
	return errors.Join(err, r.putSubscription(ctx, s))
}

// dropWith asks the vendor, with a credential, to forget a subscription.
func (r *Room) dropWith(ctx context.Context, instance *connector.Instance, s store.Subscription) error {
	w := subscribed{Subscription: s, instance: instance, trigger: instance.Compiled.TriggerByUID(s.Method)}
	if w.trigger == nil || w.trigger.Subscription() == nil {
		return r.tellLeft(ctx, s) // the release that knew how is not the one in use
	}
	var err error
	if w.values, err = r.openValues(ctx, s); err != nil {
		return err
	}
	if !s.Made {
		return r.forgetLost(ctx, &w)
	}
	id, err := r.openFor(ctx, s, s.RemoteSealed)
	if err != nil {
		return err
	}
	_, err = r.hookCall(ctx, &w, w.trigger.Subscription().Delete, connector.WebhookInfo{ID: id})
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

func (r *Room) retryAt(tries int) paceline.Micros {
	return paceline.ToMicros(r.clock.Now().Add(hookPauses[min(tries, len(hookPauses))-1]))
}

// renewHook renews a subscription before it ends, or makes another one when it has ended.
func (r *Room) renewHook(ctx context.Context, a paceline.Account, c paceline.Cycle, s store.Subscription) error {
	instance, err := r.subscriber(ctx, a.Scope(), s)
	if err != nil {
		return err
	}
	w := subscribed{Subscription: s, instance: instance, trigger: instance.Compiled.TriggerByUID(s.Method)}
	if w.trigger == nil || w.trigger.Subscription() == nil || w.trigger.Subscription().Renew == nil {
		return nil
	}
	sub := w.trigger.Subscription()
	if w.events = sub.Definition.Events; s.Event != "" {
		w.events = []string{s.Event}
	}
	id, err := r.openFor(ctx, s, s.RemoteSealed)
	if err != nil {
		return err
	}
	if w.values, err = r.openValues(ctx, s); err != nil {
		return err
	}
	secret, err := r.stepSecret(ctx, &w)
	if err != nil {
		return err
	}
	over := s.ExpiresAt <= paceline.ToMicros(r.clock.Now())
	method := sub.Renew
	if over {
		method = sub.Create
	}
	answer, failed := r.hookCall(ctx, &w, method, connector.WebhookInfo{ID: id, Secret: secret})
	if errors.Is(failed, errGone) { // the vendor has dropped it
		method = sub.Create
		answer, failed = r.hookCall(ctx, &w, method, connector.WebhookInfo{Secret: secret})
	}
	if failed == nil {
		if failed = r.made(ctx, &w, method, answer, method == sub.Create); failed == nil {
			if method == sub.Create {
				r.cycles.Changed(ctx, c) // addresses in memory hold the secret of before
				if !over {
					r.forgetOld(ctx, &w, id)
				}
			}
			return nil
		}
	}
	s.Tries++
	s.RetryAt = r.retryAt(s.Tries)
	if s.Tries == renewTold {
		if err := r.tellHook(ctx, s, paceline.CodeWebhookRenewal); err != nil {
			return err
		}
	}
	return errors.Join(failed, r.putSubscription(ctx, s))
}

// forgetOld deletes the subscription in whose place another one was made.
func (r *Room) forgetOld(ctx context.Context, w *subscribed, id string) {
	now, err := r.openFor(ctx, w.Subscription, w.RemoteSealed)
	if err != nil || now == id {
		return
	}
	if _, err := r.hookCall(ctx, w, w.trigger.Subscription().Delete, connector.WebhookInfo{ID: id}); err != nil && !errors.Is(err, errGone) {
		if err := r.tellLeft(ctx, w.Subscription); err != nil {
			r.log.Warn("a subscription was left at its vendor", "account connector", w.AccountConnector, "error", err)
		}
	}
}

// turns lets one at a time work on what belongs to one number, such as the subscriptions of a cycle.
type turns struct {
	mu   sync.Mutex
	held map[int64]*turn
}

type turn struct {
	sync.Mutex
	waiting int
}

func (t *turns) lock(of int64) (unlock func()) {
	t.mu.Lock()
	if t.held == nil {
		t.held = map[int64]*turn{}
	}
	own := t.held[of]
	if own == nil {
		own = &turn{}
		t.held[of] = own
	}
	own.waiting++
	t.mu.Unlock()
	own.Lock()
	return func() {
		own.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if own.waiting--; own.waiting == 0 {
			delete(t.held, of)
		}
	}
}
