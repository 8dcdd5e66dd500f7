package connector

import (
	"context"
	"sync"
	"time"

	"paceline"
	"paceline/internal/limiter"
)

// Holds remembers until when calls are held, so that no process calls before the time.
type Holds interface {
	// SaveHold returns once the hold is durable.
	SaveHold(ctx context.Context, h paceline.ConnectorHold) error
}

// HoldRemembered is how long a hold counts after its last refusal, once it is over.
const HoldRemembered = limiter.Remembered

// Restore holds calls as an earlier process did. Call it before the first call.
func (r *Runtime) Restore(holds []paceline.ConnectorHold) {
	for _, h := range holds {
		r.limiter.Restore(credentialKey(h.Root, h.Connector), limiter.Hold{
			Until: h.Until.Time(), Since: h.Since.Time(), Refusals: h.Refusals,
		})
	}
}

// saveHold bounds how long an answer waits for its hold to be durable, and holdAgain is how long after a failure it is written again.
const (
	saveHold  = 5 * time.Second
	holdAgain = time.Second
)

// unsavedHold is the newest hold of a credential that is not durable yet.
type unsavedHold struct {
	hold  paceline.ConnectorHold
	due   bool          // it is to be written
	again bool          // somebody tries until it is
	turn  chan struct{} // of those who write it: what is durable in the end is the newest
}

// unsavedHolds are those of a runtime, by their credentials.
type unsavedHolds struct {
	mu    sync.Mutex
	list  map[limiter.Key]*unsavedHold
	over  chan struct{} // closed with the runtime
	tries sync.WaitGroup
}

// remember makes a hold durable before the call returns: it is rare, and a crash must not forget it. One that cannot be written holds
// in memory, and is written again until it is durable.
func (r *Runtime) remember(ctx context.Context, i *Instance, h limiter.Hold) {
	if r.holds == nil {
		return
	}
	hold := paceline.ConnectorHold{
		Partner: i.Partner, Root: i.Root, Connector: i.ID,
		Until: micros(h.Until), Since: micros(h.Since), Refusals: h.Refusals,
	}
	key := credentialKey(i.Root, i.ID)
	r.unsaved.mu.Lock()
	u := r.unsaved.list[key]
	if u == nil {
		u = &unsavedHold{turn: make(chan struct{}, 1)}
		r.unsaved.list[key] = u
	}
	u.hold, u.due = hold, true
	r.unsaved.mu.Unlock()
	// Also when the caller has given up meanwhile: the remote has spoken.
	err := r.save(context.WithoutCancel(ctx), key, u)
	if err == nil {
		return
	}
	r.log.Warn("a rate limit holds in memory and could not be made durable; it is written again", "connector", i.ID, "error", err)
	r.unsaved.mu.Lock()
	defer r.unsaved.mu.Unlock()
	select {
	case <-r.unsaved.over:
	default:
		if u.due && !u.again {
			u.again = true
			r.unsaved.tries.Go(func() { r.saveAgain(key, u) })
		}
	}
}

// save writes the newest hold of a credential, unless somebody else has.
func (r *Runtime) save(ctx context.Context, key limiter.Key, u *unsavedHold) error {
	ctx, cancel := context.WithTimeout(ctx, saveHold)
	defer cancel()
	select {
	case u.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-u.turn }()
	r.unsaved.mu.Lock()
	hold, due := u.hold, u.due
	r.unsaved.mu.Unlock()
	if !due {
		return nil
	}
	if err := r.holds.SaveHold(ctx, hold); err != nil {
		return err
	}
	r.unsaved.mu.Lock()
	defer r.unsaved.mu.Unlock()
	if u.hold == hold {
		u.due = false
		delete(r.unsaved.list, key)
	}
	return nil
}

// saveAgain writes a hold until it is durable, or no longer counts.
func (r *Runtime) saveAgain(key limiter.Key, u *unsavedHold) {
	for {
		timer, stop := r.clock.NewTimer(holdAgain)
		select {
		case <-timer:
		case <-r.unsaved.over:
			stop()
		}
		err := r.save(context.Background(), key, u)
		now := paceline.ToMicros(r.clock.Now())
		r.unsaved.mu.Lock()
		select {
		case <-r.unsaved.over: // that was the last try
			u.again = false
		default:
			u.again = u.due
		}
		if u.again && max(u.hold.Until, u.hold.Since.Add(HoldRemembered)) <= now {
			u.due, u.again = false, false
			delete(r.unsaved.list, key)
		}
		again, connector := u.again, u.hold.Connector
		r.unsaved.mu.Unlock()
		if !again {
			if err != nil {
				r.log.Error("a rate limit was never made durable", "connector", connector, "error", err)
			}
			return
		}
	}
}

// Close tries once more to make durable what is not; nothing is called any more.
func (r *Runtime) Close() error {
	r.unsaved.mu.Lock()
	select {
	case <-r.unsaved.over:
	default:
		close(r.unsaved.over)
	}
	r.unsaved.mu.Unlock()
	r.unsaved.tries.Wait()
	return nil
}

func micros(t time.Time) paceline.Micros {
	if t.IsZero() {
		return 0
	}
	return paceline.ToMicros(t)
}
