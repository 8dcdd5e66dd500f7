package paceline

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind is what went wrong, as a caller can act on it. Doors translate it once (server: to a status).
type Kind int

// The kinds of errors. An error without a kind is internal and its text is never shown.
const (
	Internal Kind = iota
	Invalid
	Unauthorized
	Forbidden
	NotFound
	Conflict
	TooLarge
	Throttled
	Unavailable
	NotAllowed
	Stale
)

// Error is an error that a caller may see: a code of the message catalogue and its parameters.
type Error struct {
	Code       Code
	Params     []any // name, value, name, value
	Err        error // the cause, for the log only
	RetryAfter time.Duration
}

// Fail returns the catalogue's error for code; params are names and values of its placeholders.
func Fail(code Code, params ...any) *Error { return &Error{Code: code, Params: params} }

// Because adds a cause, which is logged and never shown.
func (e *Error) Because(err error) *Error { e.Err = err; return e }

// In sets the time after which the caller may try again.
func (e *Error) In(d time.Duration) *Error { e.RetryAfter = d; return e }

// Kind returns the kind that the catalogue gives the code.
func (e *Error) Kind() Kind { return catalogue[e.Code].kind }

// Message returns the English text that callers see.
func (e *Error) Message() string { return e.Code.Text(e.Params...) }

// Error returns the message with its code and cause, for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message(), e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message())
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is lets errors.Is match on the code alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// KindOf returns the kind of err, Internal for one that is not of the catalogue.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind()
	}
	return Internal
}

// CodeOf returns the code of err, "" for one that is not of the catalogue.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// Text fills the catalogue's text of the code with params (name, value, name, value).
func (c Code) Text(params ...any) string {
	text := catalogue[c].text
	for i := 0; i+1 < len(params); i += 2 {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%v}", params[i]), fmt.Sprint(params[i+1]))
	}
	return text
}

// Known reports whether the code stands in the catalogue.
func (c Code) Known() bool { _, ok := catalogue[c]; return ok }

// Codes returns every code of the catalogue with its kind and text, for documentation and tests.
func Codes(yield func(Code, Kind, string) bool) {
	for code, m := range catalogue {
		if !yield(code, m.kind, m.text) {
			return
		}
	}
}
