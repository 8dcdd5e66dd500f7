package cycle

import (
	"context"
	"errors"
	"time"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// Subscriber tells vendors where the events of webhook steps are to be sent.
type Subscriber interface {
	// Subscribe makes all subscriptions that the cycle needs, or none: it has undone what it made when it fails.
	Subscribe(ctx context.Context, a paceline.Account, c paceline.Cycle) error
	// Stopped hears that a cycle no longer takes events; its subscriptions are removed soon.
	Stopped()
}

// RegisterWithin bounds how long vendors may take while a cycle is activated.
const RegisterWithin = 2 * time.Minute

// AttachSubscriber sets who tells vendors. Without one nobody does. Only before the room serves.
func (r *Room) AttachSubscriber(s Subscriber) { r.subscriber = s }

// subscribes reports whether a vendor has to be told of a step of the flow.
func (r *Room) subscribes(flow paceline.Flow, releases Pinned) bool {
	if r.subscriber == nil {
		return false
	}
	for i := range flow.Steps {
		step := &flow.Steps[i]
		rel := releases.Of(step)
		if step.Kind != paceline.StepWebhook || rel == nil {
			continue
		}
		if _, trigger := rel.Method(step.Method); trigger.Subscribes() {
			return true
		}
	}
	return false
}

// register tells the vendors of an activating cycle and makes it active, or paused when that fails. It goes
// on when its caller is gone.
func (r *Room) register(ctx context.Context, p paceline.Principal, a paceline.Account, c paceline.Cycle, with func(*store.Tx) error) (paceline.Cycle, error) {
	ctx = context.WithoutCancel(ctx)
	within, cancel := context.WithTimeout(ctx, RegisterWithin)
	failed := r.subscriber.Subscribe(within, a, c.Runs())
	cancel()
	arrow, action, comment := paceline.ArrowRegistered, "cycle.registered", ""
	if failed != nil {
		arrow, action, comment = paceline.ArrowNotRegistered, "cycle.not_registered", paceline.CodeOf(failed).Text()
	}
	id, version := c.ID, c.RunVersion
	changed := false
	err := r.inTx(ctx, a.Scope(), killpoint.Register, func(tx *store.Tx) error {
		changed = false
		now, found, err := tx.Cycle(a.Scope(), id)
		if err != nil || !found {
			return orNotFound(err, "Cycle")
		}
		c = now
		if !arrow.Leads(c.State) || c.RunVersion != version {
			return nil // somebody has stopped it meanwhile
		}
		changed = true
		err = setState(tx, p, &c, arrow, action, comment)
		if _, moved := errors.AsType[store.StateError](err); moved {
			changed = false
			return nil
		}
		if err != nil || c.State != paceline.CycleActive || with == nil {
			return err
		}
		return with(tx)
	})
	if err != nil {
		return c, err
	}
	if changed {
		if failed != nil {
			// First what ends the deliveries that were held, which nothing will ever resume.
			gone := c
			gone.State = paceline.CycleStopped
			r.Changed(ctx, gone)
		}
		r.Changed(ctx, c)
	}
	return c, failed
}

// ResumeActivations finishes or undoes the activations that a stop of the server has cut off, of the root accounts for
// which in says so.
func (r *Room) ResumeActivations(ctx context.Context, in func(root int64) bool) error {
	var list []paceline.Cycle
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ActivatingCycles()
		return err
	})
	for _, c := range list {
		var a paceline.Account
		found := false
		scope := paceline.Scope{Partner: c.Partner, Account: c.Account}
		if err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
			a, found, err = tx.AccountByNum(scope)
			return err
		}); err != nil {
			return err
		}
		if !found || !in(a.Root) {
			continue
		}
		r.Changed(ctx, c)
		if r.subscriber == nil {
			continue
		}
		if _, err := r.register(ctx, paceline.SystemPrincipalOf(c.Partner), a, c, nil); err != nil {
			r.log.Warn("a cycle could not be activated after the restart", "cycle", c.ID, "error", err)
			if err := r.tellUnregistered(ctx, c); err != nil {
				return err
			}
		}
	}
	return err
}

// tellUnregistered records that an activation failed of which nobody waits for the answer.
func (r *Room) tellUnregistered(ctx context.Context, c paceline.Cycle) error {
	scope := paceline.Scope{Partner: c.Partner, Account: c.Account}
	return r.inTx(ctx, scope, killpoint.Note, func(tx *store.Tx) error {
		return tx.InsertIncident(scope, paceline.Incident{
			Partner: c.Partner, Account: c.Account, Cycle: c.Num, Code: paceline.CodeWebhookFailed, At: tx.Now(), Notify: true,
		})
	})
}
