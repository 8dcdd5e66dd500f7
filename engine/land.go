package engine

import (
	"context"
	"errors"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/script"
)

// ErrOwner says that only the node that works for the account can take a delivery.
var ErrOwner = errors.New("only the node that works for the account takes this delivery")

// ErrNobody says that nobody works for an account who can be reached, and that nothing was sent.
var ErrNobody = errors.New("nobody works for the account who can be reached")

// Land is Deliver on a node that does not work for the account, while nobody does or who does cannot be reached: the
// transaction is put on the disk here, and its own node takes it up (TakeLanded). Errors: as Deliver; ErrOwner when the
// delivery needs the memory of that node: a caller waits for its answer, a waiting transaction is to go on with it, the cycle
// runs once or one transaction after the other, or scripts look at it.
func (e *Engine) Land(ctx context.Context, identifier string, d connector.Delivery) (Receipt, error) {
	if e.draining.Load() {
		return Receipt{}, paceline.Fail(paceline.CodeShuttingDown).In(time.Second)
	}
	if len(d.RawBody) > e.limits.Payload {
		return Receipt{}, e.TooLarge(ctx, identifier)
	}
	return e.deliver(ctx, identifier, d, arrival{landing: true})
}

// Anew is what the Instances of one of several nodes can: read an account connector past what is kept in memory, for of changes
// only the node that works for the account is told.
type Anew interface {
	// ReadInstanceAt is InstanceAt out of the store.
	ReadInstanceAt(ctx context.Context, account paceline.Scope, id int32, release paceline.ReleaseKey) (*connector.Instance, error)
}

// mayLand reports whether a delivery needs nothing of the node that works for the account. What is refused anyway may be refused
// anywhere.
func (e *Engine) mayLand(h *hook, trigger *connector.Trigger, instance *connector.Instance) bool {
	if !h.takes() {
		return true
	}
	if !h.trigger() || h.plan.RunOnce || h.plan.Serial || h.plan.answers[h.plan.Trigger] {
		return false
	}
	w := e.webhookScripts(h, trigger, instance)
	return !w.Has(script.BeforeWebhook) && !w.Has(script.AfterWebhook)
}

// TakeLanded takes up what other nodes have stored for accounts that this one works for. After an error it is not known whether
// it did: Resync finds all.
func (e *Engine) TakeLanded(ctx context.Context) error {
	list, err := e.store.TakeLanded(ctx)
	if err != nil {
		return err
	}
	for _, h := range heads(list) {
		if plan, err := e.plans.Plan(ctx, h.Cycle, h.Version); err == nil { // else who listens sees it when it goes on
			e.tellAccepted(h, e.prepared.of(plan))
		}
		e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.Accepted(at, h, nil, nil) })
	}
	return nil
}
