package egress

import (
	"context"
	"errors"
)

// ErrRefused is what errors.Is finds in every failure to connect: an address that is not allowed, a name
// that does not resolve, a closed port and a silent one alike. Nothing of the request was sent.
var ErrRefused = errors.New("The address could not be reached.") //nolint:staticcheck // shown to people as it stands

// errPolicy marks the causes that are a decision of ours and not the network's.
var errPolicy = errors.New("not allowed")

// ErrForbidden is what errors.Is finds besides in a refusal that the request's own text decides: another scheme, a
// host that the credential may not go to, an address written as a number in a special range. Sending it again is of
// no use. A name that leads to such an address is not among them, since that would show what names lead to.
var ErrForbidden = errors.New("the address is not allowed")

// RefusedError is the error behind ErrRefused. Its text never tells the cause.
type RefusedError struct {
	cause     error
	forbidden bool
}

// Error returns the same text for every cause.
func (e *RefusedError) Error() string { return ErrRefused.Error() }

// Is reports ErrRefused; a cancelled caller also finds context.Canceled.
func (e *RefusedError) Is(target error) bool {
	return target == ErrRefused || target == ErrForbidden && e.forbidden || target == context.Canceled && errors.Is(e.cause, context.Canceled)
}

// Cause returns why, for logs only: shown to a tenant it would map the network.
func (e *RefusedError) Cause() error { return e.cause }

// Timeout reports false for every cause, since a filtered port must look like a closed one.
func (e *RefusedError) Timeout() bool { return false }

// Message returns the text that a tenant may see for an error of a call, without URL and cause.
func Message(err error) string {
	switch {
	case errors.Is(err, ErrRefused):
		return ErrRefused.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "The call took too long."
	case errors.Is(err, context.Canceled):
		return "The call was cancelled."
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "The call took too long."
	}
	return "The connection failed before an answer was complete."
}
