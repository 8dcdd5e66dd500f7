package connector

import (
	"hash/fnv"
	"io"
	"slices"
	"time"
)

// RetryDef lowers how often a call is sent within one try. It never makes more of it than a repeatable method has anyway.
type RetryDef struct {
	Attempts int           `json:"attempts"` // sends in all, 3 without one
	Statuses []StatusRange `json:"statuses"` // answers behind which a call is sent again; 408 and 5xx without one, and never others
	Methods  []string      `json:"methods"`  // of HTTP; all without one
	Backoff  *BackoffDef   `json:"backoff"`
}

// BackoffDef says how long to wait between two sends: base, then twice as long each time.
type BackoffDef struct {
	Base string `json:"base"` // 500ms without one
	Max  string `json:"max"`
	// Jitter spreads the pauses of calls that failed together: half without one (up to half as long again), full (any part of
	// the pause), none.
	Jitter string `json:"jitter"`
}

// retry is the compiled RetryDef.
type retry struct {
	def       RetryDef
	base, max time.Duration
}

func (b *builder) retry() {
	def := b.def.Retry
	if def == nil {
		return
	}
	r := &retry{def: *def}
	if w := def.Backoff; w != nil {
		if r.base, r.max = duration(w.Base), duration(w.Max); r.max > 0 && r.base > r.max {
			b.add("/retry/backoff", "the first pause is longer than the longest", "Write a base that is at most max.")
		}
	}
	b.c.retry = r
}

// sendsOf is how often a call may be sent within one try, at most most times.
func (r *retry) sendsOf(verb string, most int) int {
	switch {
	case r == nil:
		return most
	case len(r.def.Methods) > 0 && !slices.Contains(r.def.Methods, verb):
		return 1
	case r.def.Attempts > 0:
		return min(r.def.Attempts, most)
	}
	return most
}

// covers reports whether a call is sent again behind an answer with the status.
func (r *retry) covers(status int) bool {
	if status != 408 && status < 500 {
		return false
	}
	return r == nil || len(r.def.Statuses) == 0 || slices.ContainsFunc(r.def.Statuses, func(s StatusRange) bool { return status >= s.From && status <= s.To })
}

// pauseBefore is how long to wait before the send n+1, of a call with the key. It is spread by the key, so that calls
// that failed together don't return together.
func (r *retry) pauseBefore(n int, usual []time.Duration, key string) time.Duration {
	d := usual[min(n, len(usual))-1]
	if r != nil && r.base > 0 {
		d = r.base << (n - 1)
	}
	if r != nil && r.max > 0 {
		d = min(d, r.max)
	}
	h := fnv.New32a()
	io.WriteString(h, key)
	spread := time.Duration(h.Sum32() % 1000)
	switch {
	case r != nil && r.def.Backoff != nil && r.def.Backoff.Jitter == "full":
		return spread * d / 1000
	case r != nil && r.def.Backoff != nil && r.def.Backoff.Jitter == "none":
		return d
	}
	return d + spread%500*d/1000
}
