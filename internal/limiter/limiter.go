package limiter

import (
	"sync"
	"time"

	"paceline"
)

// Key names what a limit or a hold is shared by. Keys that are equal share it.
type Key struct {
	Scope    string // "instance", "account" and so on
	Owner    int64  // account or partner
	Instance int32
	Name     string // of the limit, with the connector where Instance does not say it
}

// Limit is one declared limit; each of its parts that is zero does not limit.
type Limit struct {
	Key         Key
	Requests    int // in any span of Per
	Per         time.Duration
	Interval    time.Duration // between the beginnings of two calls
	Concurrency int           // calls at once
}

// Limiter is safe for concurrent use.
type Limiter struct {
	clock paceline.Clock

	mu      sync.Mutex
	windows map[Key]*window
	holds   map[Key]*hold
	swept   time.Time
}

// New returns a Limiter that knows nothing yet. nil takes the machine's clock.
func New(clock paceline.Clock) *Limiter {
	if clock == nil {
		clock = paceline.SystemClock{}
	}
	return &Limiter{clock: clock, windows: map[Key]*window{}, holds: map[Key]*hold{}, swept: clock.Now()}
}

// Refusal says when to ask again, and what for.
type Refusal struct {
	// NotBefore is spread over those who wait: each refusal gets a later time, at the pace of the limit.
	NotBefore time.Time
	// Limit is the name of the limit, "" while the remote takes no calls.
	Limit string
}

// Permit is leave for one call. Done must be called when the call is over.
type Permit struct {
	limiter *Limiter
	hold    Key
	limits  []Limit
	at      time.Time
}

// Acquire gives a permit when no call of the credential is held and every limit has room, else nil and the
// refusal. limits must not be changed while the permit lives.
func (l *Limiter) Acquire(credential Key, limits []Limit) (*Permit, Refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	l.sweep(now)
	if h := l.holds[credential]; h != nil {
		if until := h.blocks(now); !until.IsZero() {
			return nil, Refusal{NotBefore: until}
		}
	}
	for i := range limits {
		w := l.window(&limits[i])
		if at := w.free(&limits[i], now); at.After(now) {
			return nil, Refusal{w.promise(&limits[i], now, at), limits[i].Key.Name}
		}
	}
	for i := range limits {
		l.window(&limits[i]).take(&limits[i], now)
	}
	if h := l.holds[credential]; h != nil {
		h.probe(now)
	}
	return &Permit{l, credential, limits, now}, Refusal{}
}

// Outcome is what became of a call.
type Outcome struct {
	// Throttled says that the remote refused the call for its number; RetryAfter is how long it asked to
	// wait, 0 when it did not say.
	Throttled  bool
	RetryAfter time.Duration
	// Until is when the remote takes calls again, learned from an answer that says that none is left.
	Until time.Time
	// Answered says that the remote took the call.
	Answered bool
}

// Done gives the call's place back and learns from its outcome. It returns how long calls of the credential
// are held from now, 0 for not at all, and the hold if this outcome changed it.
func (p *Permit) Done(o Outcome) (held time.Duration, changed *Hold) {
	l := p.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	for i := range p.limits {
		if w := l.windows[p.limits[i].Key]; w != nil {
			w.done(now.Sub(p.at))
		}
	}
	h := l.holds[p.hold]
	if h == nil && (o.Throttled || o.Until.After(now)) {
		h = &hold{}
		l.holds[p.hold] = h
	}
	if h == nil {
		return 0, nil
	}
	before := h.snapshot()
	switch {
	case o.Throttled:
		h.refused(p.at, now, o.RetryAfter)
	case o.Answered:
		h.answered(p.at)
	}
	h.ended(p.at)
	if o.Until.After(now) {
		h.until = later(h.until, earlier(o.Until, now.Add(MaxHold)))
	}
	if after := h.snapshot(); after != before {
		changed = &after
	}
	return max(h.until.Sub(now), 0), changed
}

// Forecast returns when n more calls of the credential will have been let through, if nobody else calls and
// the remote takes them. A credential that is held counts from the end of the hold. Where several limits
// take turns in making calls wait, it is a little early.
func (l *Limiter) Forecast(credential Key, limits []Limit, n int) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	from := now
	if h := l.holds[credential]; h != nil {
		from = later(from, h.until)
	}
	end := from
	for i := range limits {
		w := l.windows[limits[i].Key]
		if w == nil {
			w = &window{}
		}
		end = later(end, w.forecast(&limits[i], from, n))
	}
	return end
}

func (l *Limiter) window(limit *Limit) *window {
	w := l.windows[limit.Key]
	if w == nil {
		w = &window{}
		l.windows[limit.Key] = w
	}
	return w
}

// sweep forgets what no longer limits anything, a few entries each second.
func (l *Limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Second {
		return
	}
	l.swept = now
	n := 0
	for key, w := range l.windows {
		if w.idle(now) {
			delete(l.windows, key)
		}
		if n++; n == 500 {
			break
		}
	}
	n = 0
	for key, h := range l.holds {
		if h.idle(now) {
			delete(l.holds, key)
		}
		if n++; n == 500 {
			break
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
