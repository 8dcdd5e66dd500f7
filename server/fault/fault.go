// Package fault translates errors to HTTP answers: the one place where a kind becomes a status.
package fault

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"paceline"
)

// Status returns the HTTP status of a kind.
func Status(kind paceline.Kind) int {
	switch kind {
	case paceline.Invalid:
		return http.StatusBadRequest
	case paceline.Unauthorized:
		return http.StatusUnauthorized
	case paceline.Forbidden:
		return http.StatusForbidden
	case paceline.NotFound:
		return http.StatusNotFound
	case paceline.Conflict:
		return http.StatusConflict
	case paceline.TooLarge:
		return http.StatusRequestEntityTooLarge
	case paceline.Throttled:
		return http.StatusTooManyRequests
	case paceline.Unavailable:
		return http.StatusServiceUnavailable
	case paceline.NotAllowed:
		return http.StatusMethodNotAllowed
	case paceline.Stale:
		return http.StatusPreconditionFailed
	}
	return http.StatusInternalServerError
}

// Answer is an error as it goes over the wire: a status, headers and {"Message": "..."}.
type Answer struct {
	status  int
	headers http.Header
	Message string
}

// Error returns the message; Answer is an error so that huma can carry it.
func (a *Answer) Error() string { return a.Message }

// GetStatus returns the HTTP status.
func (a *Answer) GetStatus() int { return a.status }

// GetHeaders returns the headers that go with the answer.
func (a *Answer) GetHeaders() http.Header { return a.headers }

// New returns an answer with a status and a text.
func New(status int, text string) *Answer { return &Answer{status: status, Message: text} }

// Of translates err. An error that is not of the catalogue is logged with the request's id, and the
// caller is told that id alone.
func Of(ctx context.Context, log *slog.Logger, err error) *Answer {
	var a *Answer
	if errors.As(err, &a) {
		return a
	}
	e, ok := errors.AsType[*paceline.Error](err)
	if !ok || e.Kind() == paceline.Internal {
		if errors.Is(err, context.Canceled) {
			return New(499, "The request was cancelled.") // nobody is there to read it
		}
		log.ErrorContext(ctx, "request failed", "error", err, "request", RequestID(ctx), "client", client(ctx))
		return New(http.StatusInternalServerError, "An error has occurred. Request "+RequestID(ctx)+".")
	}
	if e.Err != nil {
		level := slog.LevelInfo
		if k := e.Kind(); k == paceline.Unavailable || k == paceline.Throttled {
			level = slog.LevelDebug // many at once: whoever is away or full has said so itself
		}
		log.Log(ctx, level, "request refused", "error", e, "request", RequestID(ctx), "client", client(ctx))
	}
	a = New(Status(e.Kind()), e.Message())
	if e.RetryAfter > 0 {
		seconds := int(math.Ceil(e.RetryAfter.Seconds()))
		a.headers = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	}
	return a
}

// Write sends the answer.
func (a *Answer) Write(w http.ResponseWriter) {
	for name, values := range a.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	body, err := json.Marshal(a)
	if err == nil {
		w.Write(body)
	}
}

type callerKey struct{}

type caller struct{ id, client string }

// WithCaller stores the request's id and its client's address in the context, for the log.
func WithCaller(ctx context.Context, id, client string) context.Context {
	return context.WithValue(ctx, callerKey{}, caller{id, client})
}

// RequestID returns the id of the request that ctx belongs to.
func RequestID(ctx context.Context) string {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c.id
}

// Client returns the address of the client whose request ctx belongs to.
func Client(ctx context.Context) string { return client(ctx) }

func client(ctx context.Context) string {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c.client
}
