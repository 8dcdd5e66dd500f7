package connector

import (
	"context"
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

// saveHold bounds how long an answer waits for its hold to be durable.
const saveHold = 5 * time.Second

// remember makes a hold durable before the call returns: it is rare, and a crash must not forget it. One that
// cannot be written still holds in memory.
func (r *Runtime) remember(ctx context.Context, i *Instance, h limiter.Hold) {
	if r.holds == nil {
		return
	}
	// Also when the caller has given up meanwhile: the remote has spoken.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveHold)
	defer cancel()
	err := r.holds.SaveHold(ctx, paceline.ConnectorHold{
		Partner: i.Partner, Root: i.Root, Connector: i.ID,
		Until: micros(h.Until), Since: micros(h.Since), Refusals: h.Refusals,
	})
	if err != nil {
		r.log.Warn("a rate limit is remembered until the next restart only", "connector", i.ID, "error", err)
	}
}

func micros(t time.Time) paceline.Micros {
	if t.IsZero() {
		return 0
	}
	return paceline.ToMicros(t)
}
