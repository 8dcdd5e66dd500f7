package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/internal/seal"
	"paceline/store"
)

// hook is a webhook address whose cycle takes deliveries, as it was when it was read.
type hook struct {
	store.Webhook
	plan *prepared // of the version that runs; nil while the cycle does not run
	// secrets are those of the subscriptions that were made with the vendor, sealed; without any the account connector's
	// property is the secret.
	secrets [][]byte
}

func (h *hook) scope() paceline.Scope {
	return paceline.Scope{Partner: h.Partner, Account: h.Account}
}

// takes reports whether the step may take a delivery: the one that starts the cycle does while the cycle runs, one
// in the middle of the flow also while it finishes. Only the op knows for sure.
func (h *hook) takes() bool {
	if h.plan == nil {
		return false
	}
	if h.trigger() {
		return h.State != paceline.CycleFinishing
	}
	at := h.plan.StepByID(h.Step)
	return at >= 0 && h.plan.Steps[at].Kind == paceline.StepWebhook && h.plan.Steps[at].Key != ""
}

// trigger reports whether the address belongs to the step that starts the cycle.
func (h *hook) trigger() bool {
	return h.plan.Steps[h.plan.Trigger].ID == h.Step && h.plan.Steps[h.plan.Trigger].Kind == paceline.StepWebhook
}

// maxHooks bounds the addresses in memory.
const maxHooks = 50_000

// hooks remembers addresses of running cycles. It may only say yes: before a refusal the store is read.
type hooks struct {
	mu      sync.RWMutex
	entries map[string]*hook
	byCycle map[int64][]string
	roots   map[string]int64           // root accounts of addresses, which never change
	told    map[string]paceline.Micros // when an incident of deliveries to the address was recorded last
}

func newHooks() *hooks {
	return &hooks{entries: map[string]*hook{}, byCycle: map[int64][]string{}, roots: map[string]int64{}, told: map[string]paceline.Micros{}}
}

func (c *hooks) get(identifier string) *hook {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.entries[identifier]
}

func (c *hooks) put(h *hook) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= maxHooks {
		// Rare enough to start over: addresses in use come back with their next delivery.
		clear(c.entries)
		clear(c.byCycle)
	}
	if c.entries[h.Identifier] == nil {
		c.byCycle[h.Cycle] = append(c.byCycle[h.Cycle], h.Identifier)
	}
	c.entries[h.Identifier] = h
}

// tellEvery is how often an incident of deliveries to one address is recorded.
const tellEvery = time.Minute

// mayTell reports whether an incident of a delivery to the address may be recorded now, and notes that it is.
func (c *hooks) mayTell(identifier string, now paceline.Micros) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last, known := c.told[identifier]; known && now < last.Add(tellEvery) {
		return false
	}
	if len(c.told) >= maxHooks {
		clear(c.told)
	}
	c.told[identifier] = now
	return true
}

// clear drops all addresses.
func (c *hooks) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.entries)
	clear(c.byCycle)
}

// RootOf returns the root account of a webhook address, whether or not its cycle runs. Errors: NotFound.
func (e *Engine) RootOf(ctx context.Context, identifier string) (int64, error) {
	c := e.hooks
	c.mu.RLock()
	root, known := c.roots[identifier]
	c.mu.RUnlock()
	if known {
		return root, nil
	}
	var h store.Webhook
	found := false
	err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
		h, found, err = tx.WebhookByIdentifier(identifier)
		return err
	})
	if err != nil {
		return 0, unavailable(err)
	}
	if !found {
		return 0, paceline.Fail(paceline.CodeWebhookUnknown)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.roots) >= maxHooks {
		clear(c.roots)
	}
	c.roots[identifier] = h.Root
	return h.Root, nil
}

// forget drops the addresses of a cycle.
func (c *hooks) forget(cycle int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, identifier := range c.byCycle[cycle] {
		delete(c.entries, identifier)
	}
	delete(c.byCycle, cycle)
}

// forgetAccount drops the addresses of an account: their plans hold its settings.
func (c *hooks) forgetAccount(account int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for identifier, h := range c.entries {
		if h.Account == account {
			delete(c.entries, identifier)
			delete(c.byCycle, h.Cycle)
		}
	}
}

// readHook reads an address from the store, and its plan when its cycle runs.
func (e *Engine) readHook(ctx context.Context, identifier string) (*hook, error) {
	h := &hook{}
	var found bool
	err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
		if h.Webhook, found, err = tx.WebhookByIdentifier(identifier); err != nil || !found {
			return err
		}
		h.secrets, err = tx.WebhookSecrets(h.scope(), h.Step)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, paceline.Fail(paceline.CodeWebhookUnknown)
	}
	if h.State.Running() {
		plan, err := e.plans.Plan(ctx, h.Cycle, h.RunVersion)
		if paceline.KindOf(err) == paceline.NotFound {
			return nil, paceline.Fail(paceline.CodeWebhookUnknown).Because(err)
		}
		if err != nil {
			return nil, err
		}
		h.plan = e.prepared.of(plan)
		if h.State == paceline.CycleActive { // while it is being activated, secrets are still to come
			e.hooks.put(h)
		}
	}
	return h, nil
}

// WebhookSecretPlace is where the signing secret of a step's subscriptions is sealed for.
func WebhookSecretPlace(step paceline.ID) string { return "webhook/" + string(step) }

// checks are what a delivery to the address is checked with, opened for it.
func (e *Engine) checks(ctx context.Context, h *hook, instance *connector.Instance) (connector.Keys, error) {
	ctx = seal.ToCheck(ctx)
	keys := connector.Keys{Instance: instance}
	for _, one := range h.secrets {
		secret, err := e.broker.Open(ctx, one, WebhookSecretPlace(h.Step), h.Partner, h.Account)
		if err != nil {
			return keys, unavailable(err)
		}
		if !slices.Contains(keys.Secrets, string(secret)) {
			keys.Secrets = append(keys.Secrets, string(secret))
		}
	}
	if len(keys.Secrets) == 0 {
		keys.Secrets = []string{instance.Properties[WebhookSecret]}
	}
	return keys, nil
}

// triggerOf finds the trigger that judges deliveries of the address, in the release that the step is pinned to, and
// the account connector that holds its secret, opened to check deliveries: whoever calls with it asks mayCall. Both are nil
// for a plain address.
func (e *Engine) triggerOf(ctx context.Context, h *hook, way arrival) (*connector.Trigger, *connector.Instance, error) {
	if h.AccountConnector == 0 {
		return nil, nil, nil
	}
	read := e.instances.InstanceAt
	if anew, ok := e.instances.(Anew); ok && way.landing {
		read = anew.ReadInstanceAt
	}
	instance, err := read(seal.ToCheck(ctx), h.scope(), h.AccountConnector, paceline.ReleaseKey{UID: h.Connector, Version: h.Release})
	if err != nil && lasting(err) {
		return nil, nil, paceline.Fail(paceline.CodeWebhookUnknown).Because(err)
	}
	if err != nil {
		return nil, nil, unavailable(err)
	}
	if t := instance.Compiled.TriggerByUID(h.Method); t != nil {
		return t, instance, nil
	}
	return nil, nil, paceline.Fail(paceline.CodeWebhookUnknown)
}
