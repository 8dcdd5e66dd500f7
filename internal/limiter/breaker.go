package limiter

import (
	"sync"
	"time"

	"paceline"
)

// How long a remote that does not answer is left alone: after so many calls in a row without an answer, for a time
// that doubles with each call that tries in vain.
const (
	breakAfter = 20
	firstBreak = 10 * time.Second
	maxBreak   = time.Minute
)

// Breakers keep calls from remotes that answer none: each would hold a worker until its time limit. It is safe for
// concurrent use. A refusal is an answer.
type Breakers struct {
	clock paceline.Clock
	mu    sync.Mutex
	byKey map[Key]*breaker
	swept time.Time
}

// NewBreakers returns breakers that are all closed.
func NewBreakers(clock paceline.Clock) *Breakers {
	return &Breakers{clock: clock, byKey: map[Key]*breaker{}, swept: clock.Now()}
}

// breaker is the state of one remote that did not answer last time.
type breaker struct {
	row     int       // calls without an answer, one after the other
	until   time.Time // of the present pause
	pause   time.Duration
	since   time.Time // when a call last ended without an answer
	probing bool      // a call is on its way that tries whether the remote answers again
}

// Reached is what became of a call that was let through.
type Reached int

// What may become of a call.
const (
	Unknown  Reached = iota // it was given up before it could tell
	Answered                // the remote answered, whatever it said
	Silent                  // nobody answered
)

// Allow reports whether a call may be made; until is when to ask again, where not. Each call that may must be Done.
func (b *Breakers) Allow(key Key) (until time.Time, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	b.sweep(now)
	one := b.byKey[key]
	switch {
	case one == nil || one.row < breakAfter:
		return time.Time{}, true
	case one.until.After(now):
		return one.until, false
	case one.probing:
		return now.Add(firstBreak), false
	}
	one.probing = true
	return time.Time{}, true
}

// Done says what became of a call that began at a time. Calls that were on their way when a pause began do not
// lengthen it.
func (b *Breakers) Done(key Key, began time.Time, what Reached) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.byKey[key]
	if what == Answered {
		delete(b.byKey, key)
		return
	}
	if one == nil && what == Unknown {
		return
	}
	if one == nil {
		one = &breaker{}
		b.byKey[key] = one
	}
	if one.row >= breakAfter && began.Before(one.until) {
		return // began before the pause, which does not concern the call that tries
	}
	one.probing = false
	if what == Unknown {
		return
	}
	one.row++
	one.since = b.clock.Now()
	if one.row >= breakAfter {
		one.pause = min(max(2*one.pause, firstBreak), maxBreak)
		one.until = one.since.Add(one.pause)
	}
}

// sweep forgets, once a minute, remotes that nobody has called for an hour.
func (b *Breakers) sweep(now time.Time) {
	if now.Sub(b.swept) < time.Minute {
		return
	}
	b.swept = now
	for key, one := range b.byKey {
		if now.Sub(one.since) > time.Hour {
			delete(b.byKey, key)
		}
	}
}
