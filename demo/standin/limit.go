package standin

import (
	"sync"
	"time"

	"paceline"
)

// Limit allows a number of requests per fixed window of time.
type Limit struct {
	Requests int
	Per      time.Duration
	Clock    paceline.Clock

	mu    sync.Mutex
	reset time.Time
	used  int
}

// Allowance is what is left in the present window.
type Allowance struct {
	OK              bool // whether the request is within the limit
	Limit           int
	Used, Remaining int
	Reset           time.Time     // end of the window
	Wait            time.Duration // until then
}

// Take counts one request.
func (l *Limit) Take() Allowance {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Clock.Now()
	if !now.Before(l.reset) {
		l.reset, l.used = now.Add(l.Per), 0
	}
	a := Allowance{OK: l.used < l.Requests, Limit: l.Requests, Reset: l.reset, Wait: l.reset.Sub(now)}
	if a.OK {
		l.used++
	}
	a.Used, a.Remaining = l.used, l.Requests-l.used
	return a
}

// Seconds is Wait in whole seconds, rounded up, at least one: the value of Retry-After.
func (a Allowance) Seconds() int { return max(1, int((a.Wait+time.Second-1)/time.Second)) }
