package engine

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/internal/seal"
	"paceline/store"
)

// Shared knows the addresses that all accounts of a partner share.
type Shared interface {
	// SharedAddress returns what a partner's connector judges deliveries with before anybody knows for which
	// account they are: its live release, the partner's app and properties. Errors: NotFound.
	SharedAddress(ctx context.Context, identifier string) (*connector.Instance, error)
}

// sharedAtOnce bounds the parts of one delivery that are stored side by side.
const sharedAtOnce = 16

// DeliverShared takes one delivery to a shared address: it is judged once, and each running cycle that it
// concerns gets its part. It returns once all parts are on the disk. Errors: as Deliver; Unavailable when one part
// cannot be stored: the sender sends all of it again, and event ids keep the others from starting twice.
func (e *Engine) DeliverShared(ctx context.Context, identifier string, d connector.Delivery) (Receipt, error) {
	if e.draining.Load() {
		return Receipt{}, paceline.Fail(paceline.CodeShuttingDown).In(time.Second)
	}
	if len(d.RawBody) > e.limits.Payload {
		e.refused("size")
		return Receipt{}, paceline.Fail(paceline.CodeBodyTooLarge, "limit", e.limits.Payload)
	}
	shared, known := e.instances.(Shared)
	if !known {
		return Receipt{}, paceline.Fail(paceline.CodeWebhookUnknown)
	}
	instance, err := shared.SharedAddress(seal.ToCheck(ctx), identifier)
	if err != nil {
		if paceline.KindOf(err) == paceline.NotFound {
			e.refused("unknown")
			return Receipt{}, paceline.Fail(paceline.CodeWebhookUnknown).Because(err)
		}
		return Receipt{}, unavailable(err)
	}
	triggers := instance.Compiled.SharedTriggers()
	keys := connector.Keys{Instance: instance}
	for _, t := range triggers {
		answer, asked, err := t.Challenge(keys, d)
		if err != nil {
			e.refused("signature")
			return Receipt{}, err
		}
		if asked {
			return Receipt{Ack: answer}, nil
		}
	}
	if d.Method == http.MethodHead {
		return Receipt{}, nil
	}
	receipt := Receipt{Ack: connector.Answer{Status: http.StatusOK}}
	genuine := false
	for _, t := range triggers {
		if err = t.Check(keys, d); err != nil {
			continue
		}
		if !genuine {
			genuine = true
			receipt.Ack, _ = t.Ack()
		}
		if failed := e.distribute(ctx, instance, t, d); failed != nil {
			return Receipt{}, failed
		}
	}
	if !genuine {
		e.refused("signature")
		if err == nil {
			err = paceline.Fail(paceline.CodeWebhookUnknown)
		}
		return Receipt{}, err
	}
	return receipt, nil
}

// distribute gives each running cycle of a trigger its part of a delivery.
func (e *Engine) distribute(ctx context.Context, instance *connector.Instance, t *connector.Trigger, d connector.Delivery) error {
	payload, err := t.Payload(d)
	if err != nil {
		return err
	}
	parts, err := t.Route(d, payload)
	if err != nil {
		return paceline.Fail(paceline.CodeBodyInvalid, "reason", err.Error())
	}
	var mu sync.Mutex
	var failed error
	var all sync.WaitGroup
	free := make(chan struct{}, sharedAtOnce)
	for _, part := range parts {
		var steps []string
		err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
			steps, err = tx.SharedWebhooks(instance.Partner, instance.Compiled.UID(), t.UID, part.Key)
			return err
		})
		if err != nil {
			return unavailable(err)
		}
		for _, step := range steps {
			free <- struct{}{}
			all.Go(func() {
				defer func() { <-free }()
				err := e.deliverPart(ctx, step, part.Delivery)
				if paceline.KindOf(err) == paceline.Unavailable {
					mu.Lock()
					defer mu.Unlock()
					failed = err
				}
				// Any other error is that of one cycle, which was stopped meanwhile or cannot read the event.
			})
		}
	}
	all.Wait()
	return failed
}

// deliverPart gives a part to the node that works for the account.
func (e *Engine) deliverPart(ctx context.Context, step string, d connector.Delivery) error {
	if e.peers != nil {
		root, err := e.RootOf(ctx, step)
		if err != nil {
			return err
		}
		if !e.store.Owns(root) {
			err := e.peers.DeliverPart(ctx, root, step, d)
			if errors.Is(err, ErrNobody) {
				_, err = e.deliver(ctx, step, d, arrival{shared: true, landing: true})
			}
			if errors.Is(err, ErrOwner) {
				return paceline.Fail(paceline.CodeBusy).In(retryAfter)
			}
			return err
		}
	}
	return e.DeliverPart(ctx, step, d)
}

// DeliverPart takes a part of a delivery to a shared address that was found genuine there. Errors: as Deliver.
func (e *Engine) DeliverPart(ctx context.Context, step string, d connector.Delivery) error {
	if e.draining.Load() {
		return paceline.Fail(paceline.CodeShuttingDown).In(time.Second)
	}
	_, err := e.deliver(ctx, step, d, arrival{shared: true})
	return err
}
