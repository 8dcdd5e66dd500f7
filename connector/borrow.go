package connector

import (
	"context"
	"errors"

	"paceline"
	"paceline/mapping"
)

// CredentialPlace is where a parameter stands that names another account connector of the account, with whose
// credential the call is made: to that connector's allowed hosts, and counted by its limits (decision D-38).
const CredentialPlace = "credential"

// borrow puts the account connector whose credential the call is made with in the place of its own.
func (c *Call) borrow(ctx context.Context) *Error {
	name := ""
	for i := range c.Method.Definition.Params {
		if p := &c.Method.Definition.Params[i]; p.In == CredentialPlace {
			if v := c.Inputs.Param(p.In, p.Name); !mapping.Empty(v) {
				name = mapping.Text(v)
			}
		}
	}
	if name == "" {
		return nil
	}
	if c.Lend == nil {
		return buildError(errors.New("no other account connector's credential can be used here"))
	}
	lent, err := c.Lend(ctx, name)
	switch {
	case err == nil:
		c.Instance = lent.newest()
		return nil
	case lockedError(err) != nil:
		return lockedError(err)
	case paceline.CodeOf(err) != "" && paceline.KindOf(err) != paceline.Unavailable:
		return &Error{Class: ClassBuild, Code: paceline.CodeBuildRequest, Detail: name + ": " + reasonOf(err), Err: err}
	}
	return &Error{Class: ClassRetry, Code: paceline.CodeCallFailed, Detail: "The credential of " + name + " cannot be read.", Err: err}
}

// lockedError is the error of a call whose credential the operator has locked: it waits. It is nil for any other reason.
func lockedError(err error) *Error {
	if paceline.CodeOf(err) != paceline.CodeCredentialsLocked {
		return nil
	}
	e, _ := errors.AsType[*paceline.Error](err)
	return &Error{Class: ClassThrottled, Code: paceline.CodeCredentialsWait, Waiting: true, RetryAfter: e.RetryAfter, Err: err}
}

// maskOwn masks the secrets of the step's own account connector as well, which mappings may mention.
func (c *running) maskOwn(failed *Error) {
	if c.own == c.Instance || !c.borrowed() {
		return
	}
	for i := range c.result.Exchanges {
		e := &c.result.Exchanges[i]
		e.Request = c.own.Mask(e.Request)
		if masked := c.own.Mask(e.Response); !sameSlice(masked, e.Response) {
			e.Response, c.result.OutputIsResponse = masked, false
		}
	}
	for i := range c.result.Warnings {
		c.result.Warnings[i].Detail = string(c.own.Mask([]byte(c.result.Warnings[i].Detail)))
	}
	if failed != nil {
		failed.Detail = string(c.own.Mask([]byte(failed.Detail)))
	}
}

// borrowed reports whether the call is made with the credential of another connector.
func (c *running) borrowed() bool { return !c.Instance.Compiled.is(c.Method.connector) }

// is reports whether both are releases of one connector.
func (c *Compiled) is(other *Compiled) bool { return c == other || c.UID() == other.UID() }
