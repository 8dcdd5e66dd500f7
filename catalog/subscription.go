package catalog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/engine"
	"paceline/engine/killpoint"
	"paceline/mapping"
	"paceline/store"
)

// ServeAt tells the room the address of our pages, without a slash at its end: where vendors send events to.
// Only before the room serves.
func (r *Room) ServeAt(serviceURL string) { r.serviceURL = serviceURL }

// hookCall bounds one call of a subscription's method, with the waits for limits.
const hookCall = time.Minute

// checkAfter is how long after a creation that got lost with another process its vendor is looked at again: when that process'
// call, and its vendor's work on it, must be over.
const checkAfter = 2*hookCall + time.Minute

// Subscribe makes every subscription that the cycle's webhook steps declare and that is not there yet. A row
// is written before the vendor is asked, so that a crash leaves nothing that nobody knows of. If one fails,
// those that this call has made are undone. It implements cycle.Subscriber. Errors: CodeWebhookRegister.
func (r *Room) Subscribe(ctx context.Context, a paceline.Account, c paceline.Cycle) error {
	defer r.subscribing.lock(c.Num)()
	wanted, err := r.wanted(ctx, a, c)
	if err != nil {
		return err
	}
	have, err := r.subscriptionsOf(ctx, c)
	if err != nil {
		return err
	}
	var made []subscribed
	for _, w := range wanted {
		release := w.Release
		if w.Subscription, err = r.take(ctx, w, have); err != nil {
			break
		}
		if w.Made && (w.ExpiresAt == 0 || w.ExpiresAt > paceline.ToMicros(r.clock.Now())) {
			continue // of a start before, or of a stop that is not over yet
		}
		w.Release = release // the step's may be another one by now
		if err = r.subscribe(ctx, &w); err != nil {
			break
		}
		made = append(made, w)
	}
	if err == nil {
		for _, s := range have { // steps and events that the cycle no longer has
			r.drop(ctx, a, s)
		}
		return nil
	}
	for _, w := range made {
		r.drop(ctx, a, w.Subscription)
	}
	return registerFailed(err)
}

// subscribed is a subscription with what it takes to talk to the vendor about it.
type subscribed struct {
	store.Subscription
	instance *connector.Instance
	trigger  *connector.Trigger
	events   []string
	// values are what the step gives to the methods, by the names of their parameters.
	values map[string]mapping.Value
}

// wanted are the subscriptions of a cycle's steps.
func (r *Room) wanted(ctx context.Context, a paceline.Account, c paceline.Cycle) (list []subscribed, err error) {
	var addresses map[paceline.ID]string
	err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
		addresses, err = tx.WebhookIdentifiers(a.Scope(), c.Num)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, step := range c.Flow.Steps {
		if step.Kind != paceline.StepWebhook || step.Connector == nil {
			continue
		}
		instance, err := r.InstanceAt(ctx, a.Scope(), step.AccountConnector, paceline.ReleaseKey{UID: step.Connector.UID, Version: step.Connector.Version})
		if err != nil {
			return nil, err
		}
		trigger := instance.Compiled.TriggerByUID(step.Method)
		if trigger == nil || trigger.Subscription() == nil {
			continue
		}
		values, err := r.stepValues(ctx, a, c, &step, instance)
		if err != nil {
			return nil, err
		}
		for _, events := range trigger.Subscription().Events() {
			w := subscribed{instance: instance, trigger: trigger, events: events}
			w.Subscription = store.Subscription{
				ID: paceline.NewID(r.clock.Now()), Partner: a.Partner, Account: a.Num, Cycle: c.Num, Step: step.ID,
				AccountConnector: step.AccountConnector, Method: step.Method, Release: step.Connector.Version, Identifier: addresses[step.ID],
			}
			if len(trigger.Subscription().Events()) > 1 {
				w.Event = events[0]
			}
			if w.values = values; len(values) > 0 {
				if w.InputsSealed, err = r.sealValues(ctx, &w); err != nil {
					return nil, err
				}
			}
			list = append(list, w)
		}
	}
	return list, nil
}

// stepValues are what a step gives to the methods of its subscription.
func (r *Room) stepValues(ctx context.Context, a paceline.Account, c paceline.Cycle, step *paceline.Step, instance *connector.Instance) (map[string]mapping.Value, error) {
	rel, err := r.releases.Get(ctx, instance.Partner, instance.Compiled.UID(), instance.Compiled.Version())
	if err != nil {
		return nil, err
	}
	return cycle.SubscriptionValues(c.Flow, step, rel, func(name string) (string, bool) {
		switch name {
		case mapping.MergeAccountID:
			return string(a.ID), true
		case mapping.MergeAccountExternalID:
			return a.APIID, true
		case mapping.MergeCycleID:
			return string(c.ID), true
		}
		return instance.Merge(name)
	})
}

// take returns the one of have that is for the same, with the same values, and removes it there; else a new one.
func (r *Room) take(ctx context.Context, w subscribed, have map[paceline.ID]store.Subscription) (store.Subscription, error) {
	for id, s := range have {
		if s.Step != w.Step || s.Event != w.Event || s.AccountConnector != w.AccountConnector || s.Method != w.Method {
			continue
		}
		values, err := r.openValues(ctx, s)
		if err != nil {
			return s, err
		}
		if maps.EqualFunc(values, w.values, func(a, b mapping.Value) bool { return bytes.Equal(a, b) }) {
			delete(have, id)
			return s, nil
		}
	}
	return w.Subscription, nil
}

func (r *Room) subscriptionsOf(ctx context.Context, c paceline.Cycle) (map[paceline.ID]store.Subscription, error) {
	all := map[paceline.ID]store.Subscription{}
	err := r.store.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.Subscriptions(paceline.Scope{Partner: c.Partner, Account: c.Account}, c.Num)
		for _, s := range list {
			all[s.ID] = s
		}
		return err
	})
	return all, err
}

// subscribe makes one, and stores it at each turn.
func (r *Room) subscribe(ctx context.Context, w *subscribed) error {
	sub := w.trigger.Subscription()
	if !w.Made && w.CreatedAt != 0 { // cut off by a crash: the vendor may have it
		if err := r.forgetLost(ctx, w); err != nil {
			return err
		}
	}
	secret, err := r.stepSecret(ctx, w)
	if err != nil {
		return err
	}
	w.CheckAt = 0
	if !w.Made && w.CreatedAt != 0 && sub.Find != nil { // what another process has sent may reach the vendor later
		w.CheckAt = paceline.ToMicros(r.clock.Now().Add(checkAfter))
	}
	w.Made, w.RemoteSealed, w.RetryAt, w.Tries, w.CreatedAt = false, nil, 0, 0, paceline.ToMicros(r.clock.Now())
	if err := r.putSubscription(ctx, w.Subscription); err != nil {
		return err
	}
	answer, err := r.hookCall(ctx, w, sub.Create, connector.WebhookInfo{Secret: secret})
	if err != nil {
		r.undoLost(ctx, w, err)
		return err
	}
	return r.made(ctx, w, sub.Create, answer, true)
}

// made stores what the vendor answered to create or renew.
func (r *Room) made(ctx context.Context, w *subscribed, method *connector.Method, answer []byte, first bool) error {
	sub, now := w.trigger.Subscription(), r.clock.Now()
	got := sub.Read(method, answer, now)
	if got.ID == "" && first {
		r.undoLost(ctx, w, nil)
		return fmt.Errorf("the vendor's answer has no id of the webhook")
	}
	var err error
	if got.ID != "" {
		if w.RemoteSealed, err = r.sealFor(ctx, w, got.ID); err != nil {
			return err
		}
	}
	if got.Secret != "" {
		if w.SecretSealed, err = r.sealFor(ctx, w, got.Secret); err != nil {
			return err
		}
	}
	w.Made, w.Tries, w.RetryAt, w.ExpiresAt, w.RenewAt = true, 0, 0, 0, 0
	if !got.ExpiresAt.IsZero() {
		w.ExpiresAt = paceline.ToMicros(got.ExpiresAt)
		w.RenewAt = paceline.ToMicros(sub.RenewAt(now, got.ExpiresAt))
	}
	return r.putSubscription(ctx, w.Subscription)
}

// stepSecret returns the signing secret that the vendor is to use: the same for all subscriptions of a step,
// made by us, unless the vendor makes one itself.
func (r *Room) stepSecret(ctx context.Context, w *subscribed) (string, error) {
	if len(w.SecretSealed) > 0 {
		return r.openFor(ctx, w.Subscription, w.SecretSealed)
	}
	if w.trigger.Subscription().Definition.Secret != "" || !w.trigger.Verifies() {
		return "", nil
	}
	var sealed [][]byte
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		sealed, err = tx.WebhookSecrets(w.Scope(), w.Step)
		return err
	})
	if err != nil {
		return "", err
	}
	if len(sealed) > 0 {
		w.SecretSealed = sealed[0]
		return r.openFor(ctx, w.Subscription, sealed[0])
	}
	secret := paceline.NewHexSecret(32)
	w.SecretSealed, err = r.sealFor(ctx, w, secret)
	return secret, err
}

func (r *Room) putSubscription(ctx context.Context, s store.Subscription) error {
	return killpoint.Around(killpoint.Subscription, func() error {
		return r.store.InTx(ctx, s.Scope(), func(tx *store.Tx) error { return tx.PutSubscription(s.Scope(), s) })
	})
}

// webhookAddress is where a vendor sends the events of a subscription to: at the service domain of its partner.
func (r *Room) webhookAddress(ctx context.Context, w *subscribed) (string, error) {
	service, err := ServiceURL(ctx, r.store, w.Scope(), r.serviceURL)
	return service + "/api/webhook/" + w.Identifier, err
}

// ServiceURL is where the pages and webhooks of a scope's partner are, in an installation that has those of all partners at an address.
func ServiceURL(ctx context.Context, s *store.Store, scope paceline.Scope, installation string) (service string, err error) {
	err = s.Read(ctx, func(tx *store.Tx) error {
		partner, _, err := tx.Partner(scope)
		service = partner.Settings.ServiceAt(installation)
		return err
	})
	return service, err
}

// hookCall calls a method of a subscription and counts its tasks.
func (r *Room) hookCall(ctx context.Context, w *subscribed, method *connector.Method, info connector.WebhookInfo) ([]byte, error) {
	if r.caller == nil {
		return nil, paceline.Fail(paceline.CodeBusy)
	}
	sub := w.trigger.Subscription()
	address, err := r.webhookAddress(ctx, w)
	if err != nil {
		return nil, err
	}
	info.URL, info.Events = address, w.events
	if len(w.events) > 0 {
		info.Event = w.events[0]
	}
	info.ExpiresAt = sub.AskUntil(r.clock.Now())
	ctx, cancel := context.WithTimeout(ctx, hookCall)
	defer cancel()
	var asked []connector.Asked
	for {
		result, failed := r.caller.Call(ctx, connector.Call{
			Instance: w.instance, Method: method, Inputs: sub.Inputs(method, w.values), Webhook: &info, Merge: w.instance.Merge,
			IdempotencyKey: string(w.ID) + "-" + string(method.UID), Asked: asked,
		})
		if err := r.countHook(ctx, w, method, result); err != nil {
			return nil, err
		}
		e, _ := errors.AsType[*connector.Error](failed)
		if e == nil {
			return result.Output, failed
		}
		if n := len(result.Exchanges); n > 0 {
			e = withStatus(e, result.Exchanges[n-1].Status)
		}
		if !e.Waiting || e.RetryAfter > hookCall {
			return nil, e
		}
		asked = result.Asked
		timer, stop := r.clock.NewTimer(e.RetryAfter)
		select {
		case <-timer:
		case <-ctx.Done():
			stop()
			return nil, e
		}
	}
}

// errGone says that the vendor does not know what was to be deleted.
var errGone = errors.New("the vendor does not know it")

func withStatus(e *connector.Error, status int) *connector.Error {
	if e.Err == nil && (status == 404 || status == 410) {
		e.Err = errGone
	}
	return e
}

func (r *Room) countHook(ctx context.Context, w *subscribed, method *connector.Method, result connector.Result) error {
	if result.TasksOK == 0 && result.TasksIncident == 0 {
		return nil
	}
	rel, err := r.releases.Get(ctx, w.Partner, w.instance.Compiled.UID(), w.instance.Compiled.Version())
	if err != nil {
		return err
	}
	err = r.count(ctx, paceline.Account{Num: w.Account, Partner: w.Partner}, rel, method.Definition, result)
	if errors.Is(err, store.ErrAccountDeleted) { // and its usage with it
		return nil
	}
	return err
}

// forgetLost removes at the vendor what a create made whose answer never arrived.
func (r *Room) forgetLost(ctx context.Context, w *subscribed) error {
	sub := w.trigger.Subscription()
	if sub.Find == nil {
		return r.tellLeft(ctx, w.Subscription)
	}
	answer, err := r.hookCall(ctx, w, sub.Find, connector.WebhookInfo{})
	if err != nil {
		return err
	}
	known, err := r.knownIDs(ctx, w)
	if err != nil {
		return err
	}
	address, err := r.webhookAddress(ctx, w)
	if err != nil {
		return err
	}
	for _, id := range sub.Found(answer, address) {
		if known[id] {
			continue // of another event of the same step
		}
		if _, err := r.hookCall(ctx, w, sub.Delete, connector.WebhookInfo{ID: id}); err != nil && !errors.Is(err, errGone) {
			return err
		}
	}
	return nil
}

// knownIDs are the vendor's ids of the step's other subscriptions.
func (r *Room) knownIDs(ctx context.Context, w *subscribed) (map[string]bool, error) {
	known := map[string]bool{}
	all, err := r.subscriptionsOf(ctx, paceline.Cycle{Num: w.Cycle, Partner: w.Partner, Account: w.Account})
	for _, s := range all {
		if err != nil || s.Step != w.Step || len(s.RemoteSealed) == 0 {
			continue
		}
		var id string
		id, err = r.openFor(ctx, s, s.RemoteSealed)
		known[id] = true
	}
	return known, err
}

// undoLost forgets a subscription that was not made. One of which nobody knows whether it was made stays for
// the sweep, which finds it at the vendor.
func (r *Room) undoLost(ctx context.Context, w *subscribed, cause error) {
	if e, ok := errors.AsType[*connector.Error](cause); ok && (e.Class == connector.ClassRetry || e.Class == connector.ClassUnknown || e.Class == connector.ClassDecode) && !e.Waiting {
		return
	}
	if cause == nil {
		return
	}
	r.deleteSubscription(ctx, w.Subscription)
}

func (r *Room) deleteSubscription(ctx context.Context, s store.Subscription) error {
	return killpoint.Around(killpoint.Subscription, func() error {
		return r.store.InTx(ctx, s.Scope(), func(tx *store.Tx) error { return tx.DeleteSubscription(s.Scope(), s.ID) })
	})
}

// tellLeft records that a subscription may be left at the vendor, once.
func (r *Room) tellLeft(ctx context.Context, s store.Subscription) error {
	r.log.Warn("a subscription may be left at its vendor", "account connector", s.AccountConnector, "step", s.Step)
	return r.tellHook(ctx, s, paceline.CodeWebhookLeft)
}

func (r *Room) tellHook(ctx context.Context, s store.Subscription, code paceline.Code) error {
	err := r.store.InTx(ctx, s.Scope(), func(tx *store.Tx) error {
		return tx.InsertIncident(s.Scope(), paceline.Incident{
			Partner: s.Partner, Account: s.Account, Cycle: s.Cycle, StepID: s.Step, StepKind: paceline.StepWebhook,
			Warning: code == paceline.CodeWebhookLeft, Code: code, At: tx.Now(), Notify: code != paceline.CodeWebhookLeft,
		})
	})
	if errors.Is(err, store.ErrAccountDeleted) {
		return nil
	}
	return err
}

func (r *Room) sealFor(ctx context.Context, w *subscribed, text string) ([]byte, error) {
	key, err := r.keys.KeyOf(ctx, w.Account)
	if err != nil {
		return nil, err
	}
	return key.SealSecret([]byte(text), engine.WebhookSecretPlace(w.Step), w.Partner, w.Account), nil
}

func (r *Room) openFor(ctx context.Context, s store.Subscription, sealed []byte) (string, error) {
	text, err := r.broker.Open(ctx, sealed, engine.WebhookSecretPlace(s.Step), s.Partner, s.Account)
	return string(text), err
}

// sealValues seals what the step gives, openValues opens it.
func (r *Room) sealValues(ctx context.Context, w *subscribed) ([]byte, error) {
	text, err := json.Marshal(w.values)
	if err != nil {
		return nil, err
	}
	key, err := r.keys.KeyOf(ctx, w.Account)
	if err != nil {
		return nil, err
	}
	return key.SealSecret(text, valuesPlace(w.Step), w.Partner, w.Account), nil
}

func (r *Room) openValues(ctx context.Context, s store.Subscription) (values map[string]mapping.Value, err error) {
	if len(s.InputsSealed) == 0 {
		return nil, nil
	}
	text, err := r.broker.Open(ctx, s.InputsSealed, valuesPlace(s.Step), s.Partner, s.Account)
	if err != nil {
		return nil, err
	}
	return values, json.Unmarshal(text, &values)
}

func valuesPlace(step paceline.ID) string { return "subscription/" + string(step) }

// registerFailed is what the person is told who starts the cycle: the vendor's answer, where there is one.
func registerFailed(err error) error {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return paceline.Fail(paceline.CodeWebhookRegister, "reason", vendorText(e)).Because(err)
	}
	if paceline.CodeOf(err) != "" {
		return err
	}
	return paceline.Fail(paceline.CodeWebhookRegister, "reason", err.Error()).Because(err)
}

var _ cycle.Subscriber = (*Room)(nil)
