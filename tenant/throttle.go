package tenant

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"paceline"
)

type throttleKey struct {
	partner int64
	name    string // folded; or what is counted apart, behind a character that no name has
}

const throttledFrom = "\x00from/"

// throttledPlace is under what wrong passwords of an address are counted, whatever names they are for; "" counts none. An address
// of a private network is a proxy's more often than a person's: with it everybody would wait. Of version 6 a
// network counts as one.
func throttledPlace(from string) string {
	address, err := netip.ParseAddr(from)
	if err != nil || !address.IsGlobalUnicast() || address.Unmap().IsPrivate() {
		return ""
	}
	bits := 32
	if address = address.Unmap(); address.Is6() {
		bits = 64
	}
	network, _ := address.Prefix(bits)
	return throttledFrom + network.String()
}

// free is how many failures cost nothing.
func (k throttleKey) free() int {
	if strings.HasPrefix(k.name, throttledFrom) {
		return freeGuesses
	}
	return freeFailures
}

// throttle counts wrong passwords per user name, known or not, and says how long to wait. It is bounded.
type throttle struct {
	clock paceline.Clock
	mu    sync.Mutex
	names map[throttleKey]failures
}

type failures struct {
	count int
	until time.Time // before it no password is looked at
	last  time.Time
}

const maxThrottled = 10_000

func newThrottle(clock paceline.Clock) *throttle {
	return &throttle{clock: clock, names: map[throttleKey]failures{}}
}

func (t *throttle) wait(k throttleKey) time.Duration {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(t.names[k].until.Sub(now), 0)
}

func (t *throttle) failed(k throttleKey) {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	f, known := t.names[k]
	if !known && len(t.names) >= maxThrottled {
		t.makeRoom(now)
	}
	t.names[k] = f.more(now, k.free())
}

// more is with one more at a time.
func (f failures) more(now time.Time, free int) failures {
	if now.Sub(f.last) > forgetAfter {
		f = failures{}
	}
	f.count++
	f.last = now
	if over := f.count - free; over >= 0 {
		f.until = now.Add(min(firstDelay<<min(over, 10), maxDelay))
	}
	return f
}

func (t *throttle) succeeded(k throttleKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.names, k)
}

// makeRoom forgets what is old, and if nothing is, any one name.
func (t *throttle) makeRoom(now time.Time) {
	for k, f := range t.names {
		if now.Sub(f.last) > forgetAfter {
			delete(t.names, k)
		}
	}
	for k := range t.names {
		if len(t.names) < maxThrottled {
			return
		}
		delete(t.names, k)
	}
}
