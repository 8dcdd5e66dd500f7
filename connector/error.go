package connector

import (
	"fmt"
	"time"

	"paceline"
)

// Class is what a failed call means for the step that made it.
type Class int

// The classes of failed calls.
const (
	ClassPermanent Class = iota // calling again will not help
	ClassRetry                  // may work later: no connection, no answer in time, 408, 5xx
	ClassAuth                   // the credential was refused or can't be used
	ClassThrottled              // the remote asks to wait: nothing was done
	ClassBuild                  // the request could not be built: nothing was sent
	ClassDecode                 // the call succeeded, but its answer could not be read
	ClassUnknown                // a call that must not be repeated was sent, and its answer was lost
	ClassScript                 // a script failed, was stopped at a limit, or stopped the call
)

var classNames = [...]string{"permanent", "retry", "auth", "throttled", "build", "decode", "unknown", "script"}

// String names the class in lower case.
func (c Class) String() string { return classNames[c] }

// Error is a failed call. Its exchanges stand in the Result that came with it.
type Error struct {
	Class Class
	Code  paceline.Code
	// Detail is the full message of the incident: status line, answer, and the request, secrets masked.
	Detail string
	// RetryAfter is how long to wait, of ClassThrottled: what the remote asked for, longer when it refuses
	// again and again, or until a limit has room.
	RetryAfter time.Duration
	// Waiting says that nothing was sent: a limit of the connector or an earlier refusal holds the call. It
	// is no failure of anybody, only a reason to come back.
	Waiting bool
	// Limit names the limit that a waiting call waits for; "" when an earlier refusal holds it.
	Limit string
	// Told says that an incident was recorded already, on behalf of all calls with the same cause.
	Told bool
	// Err is the cause, for errors.Is and the log; it is nil where the remote answered.
	Err error
}

// Error returns the code's text with the class, for logs; Detail may hold data of the account.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s (%s): %v", e.Code.Text(), e.Class, e.Err)
	}
	return fmt.Sprintf("%s (%s)", e.Code.Text(), e.Class)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Warning is a problem that did not keep the call from succeeding.
type Warning struct {
	Code   paceline.Code
	Detail string
}
