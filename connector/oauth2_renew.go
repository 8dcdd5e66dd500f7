package connector

import (
	"cmp"
	"context"
	"errors"

	"paceline"
)

// Renewer keeps the grants of account connectors. Of calls that need a new access token at the same time,
// one asks the vendor and all get what it was given.
type Renewer interface {
	// Renew returns the account connector with another access token than that of used, which has ended. The
	// new one is stored before Renew returns. The error may be an *Error, with which the call fails.
	Renew(ctx context.Context, used *Instance) (*Instance, error)
}

// renewable reports whether another access token can be had without asking a person. One that can't is
// used for as long as it works.
func (c *running) renewable() bool {
	return c.prepared.oauth != nil && !c.Instance.Trial && c.runtime.renewer != nil && c.prepared.grant.obtainable(c.prepared.oauth.def)
}

// renew puts a new access token into the call.
func (c *running) renew(ctx context.Context) *Error {
	next, err := c.runtime.renewer.Renew(ctx, c.Instance)
	if err != nil {
		if failed, ok := errors.AsType[*Error](err); ok {
			return failed
		}
		if failed := lockedError(err); failed != nil {
			return failed
		}
		return &Error{Class: ClassRetry, Code: paceline.CodeAuthFailed, Detail: "The access token could not be renewed.", Err: err}
	}
	next = next.At(c.Instance.Compiled)
	if held := cmp.Or(c.Instance.base, c.Instance); next != held {
		held.next.Store(next)
	}
	if c.Instance.base != nil {
		next = next.withStep(c.Method, c.Inputs)
	}
	c.Instance, c.prepared = next, next.prepare()
	return nil
}

// newest returns the instance with the access token that was given last for i, so that further calls of
// whoever holds i, such as those for further pages, don't begin with a token that was refused.
func (i *Instance) newest() *Instance {
	const most = 100 // renewals in the life of a holder; more are found out by a refusal
	for range most {
		next := i.next.Load()
		if next == nil {
			break
		}
		i = next
	}
	return i
}

// Due reports whether the instance's access token is missing or about to end.
func (r *Runtime) Due(i *Instance) bool {
	p := i.prepare()
	return p.oauth != nil && p.grant.due(r.clock.Now(), p.oauth.skew)
}
