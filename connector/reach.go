package connector

import (
	"context"
	"fmt"
	"time"

	"paceline"
	"paceline/internal/limiter"
)

// reachKey is what calls of one account connector to one host share: one that does not answer says nothing of others.
func (c *running) reachKey(o *outgoing) limiter.Key {
	return limiter.Key{Scope: "reach", Owner: c.Instance.Root, Instance: c.Instance.ID, Name: o.url.Host}
}

// reachable fails at once where the remote has not answered for a while; nothing is sent then.
func (c *running) reachable(o *outgoing) *Error {
	until, ok := c.runtime.breakers.Allow(c.reachKey(o))
	if ok {
		return nil
	}
	wait := max(until.Sub(c.runtime.clock.Now()), time.Second).Round(time.Second)
	return &Error{
		Class: ClassRetry, Code: paceline.CodeCallFailed,
		Detail: fmt.Sprintf("The call was not sent: the remote has not answered the last calls. It is called again in %v.", wait),
	}
}

// reached notes whether the remote answered. Who gave up, or was not allowed to call, cannot tell.
func (c *running) reached(ctx context.Context, o *outgoing, began time.Time, failed *Error) {
	what := limiter.Answered
	switch {
	case failed == nil:
	case ctx.Err() == nil && (failed.Class == ClassRetry || failed.Class == ClassUnknown):
		what = limiter.Silent
	default:
		what = limiter.Unknown
	}
	c.runtime.breakers.Done(c.reachKey(o), began, what)
}
