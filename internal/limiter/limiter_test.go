package limiter

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hand is a clock that the test moves.
type hand struct{ now time.Time }

func (h *hand) Now() time.Time { return h.now }

func (h *hand) NewTimer(time.Duration) (<-chan time.Time, func() bool) { return nil, nil }

func (h *hand) pass(d time.Duration) { h.now = h.now.Add(d) }

func newTest() (*Limiter, *hand) {
	clock := &hand{time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	return New(clock), clock
}

var credential = Key{Scope: "instance", Owner: 1, Instance: 2}

func named(name string) Key { return Key{Scope: "instance", Owner: 1, Instance: 2, Name: name} }

// TestWindowIsNeverExceeded lets as many through as ask, again and again, and counts every span of the
// window's length.
func TestWindowIsNeverExceeded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		requests int
		per      time.Duration
		step     time.Duration
	}{{1, time.Second, 70 * time.Millisecond}, {5, time.Second, 30 * time.Millisecond}, {500, 10 * time.Second, 3 * time.Millisecond}, {5000, time.Hour, 100 * time.Millisecond}} {
		t.Run(fmt.Sprint(c.requests, " per ", c.per), func(t *testing.T) {
			t.Parallel()
			l, clock := newTest()
			limits := []Limit{{Key: named("w"), Requests: c.requests, Per: c.per}}
			begun := clock.now
			var passed []time.Time
			for clock.now.Sub(begun) < 4*c.per {
				if p, _ := l.Acquire(credential, limits); p != nil {
					passed = append(passed, clock.now)
					p.Done(Outcome{Answered: true})
				}
				clock.pass(c.step)
			}
			for i := c.requests; i < len(passed); i++ {
				if span := passed[i].Sub(passed[i-c.requests]); span < c.per {
					t.Fatalf("%d calls within %v", c.requests+1, span)
				}
			}
			if least := 4 * c.requests * 9 / 10; len(passed) < least {
				t.Errorf("%d calls in four windows, want at least %d", len(passed), least)
			}
			if w := l.windows[named("w")]; len(w.past) > slots+2 {
				t.Errorf("%d groups are kept", len(w.past))
			}
		})
	}
}

// TestRefusalsAreSpread gives each who waits another time, at which there is room.
func TestRefusalsAreSpread(t *testing.T) {
	t.Parallel()
	l, clock := newTest()
	begun := clock.now
	limits := []Limit{{Key: named("w"), Requests: 2, Per: time.Second}, {Key: named("i"), Interval: 100 * time.Millisecond}}
	var got []string
	for range 6 {
		p, r := l.Acquire(credential, limits)
		if p != nil {
			p.Done(Outcome{})
			got = append(got, "passed")
			clock.pass(100 * time.Millisecond)
			continue
		}
		got = append(got, fmt.Sprint(r.Limit, " ", r.NotBefore.Sub(begun)))
	}
	want := []string{"passed", "passed", "w 1s", "w 1.5s", "w 2s", "w 2.5s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	clock.pass(800 * time.Millisecond)
	if p, _ := l.Acquire(credential, limits); p == nil {
		t.Error("there is no room at the promised time")
	}
	if _, r := l.Acquire(credential, limits); r.Limit != "w" && r.Limit != "i" {
		t.Error(r)
	}
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	l, clock := newTest()
	limits := []Limit{{Key: named("c"), Concurrency: 2}}
	first, _ := l.Acquire(credential, limits)
	second, _ := l.Acquire(credential, limits)
	third, r := l.Acquire(credential, limits)
	if first == nil || second == nil || third != nil || r.NotBefore.Sub(clock.now) != usual {
		t.Fatal(first, second, third, r)
	}
	clock.pass(4 * time.Second)
	first.Done(Outcome{Answered: true})
	if p, _ := l.Acquire(credential, limits); p == nil {
		t.Fatal("a place that was given back is not there")
	}
	_, r = l.Acquire(credential, limits)
	if d := r.NotBefore.Sub(clock.now); d != 4*time.Second {
		t.Errorf("calls last 4s, but the wait is %v", d)
	}
}

// TestLadder is F-213: what the remote asks, else 60 seconds, longer by 1, 3, 7, 15 and 30 minutes, for ever.
func TestLadder(t *testing.T) {
	t.Parallel()
	l, clock := newTest()
	refuse := func(asked time.Duration) time.Duration {
		p, r := l.Acquire(credential, nil)
		if p == nil {
			t.Fatal("held for another ", r.NotBefore.Sub(clock.now))
		}
		clock.pass(time.Second)
		held, _ := p.Done(Outcome{Throttled: true, RetryAfter: asked})
		return held
	}
	var got []time.Duration
	for range 8 {
		d := refuse(0)
		got = append(got, d)
		clock.pass(d - 1)
		if p, r := l.Acquire(credential, nil); p != nil || r.NotBefore.Sub(clock.now) != 1 {
			t.Fatalf("a call went out before the time: %v", r)
		}
		clock.pass(1)
	}
	m := time.Minute
	if diff := cmp.Diff([]time.Duration{m, 2 * m, 5 * m, 12 * m, 27 * m, 57 * m, 57 * m, 57 * m}, got); diff != "" {
		t.Error(diff)
	}
	p, _ := l.Acquire(credential, nil)
	p.Done(Outcome{Answered: true})
	if d := refuse(7 * time.Second); d != 7*time.Second {
		t.Errorf("after a success: %v", d)
	}
	clock.pass(7 * time.Second)
	if d := refuse(7 * time.Second); d != 67*time.Second {
		t.Errorf("the second in a row: %v", d)
	}
	clock.pass(67 * time.Second)
	if d := refuse(1000 * time.Hour); d != 1000*time.Hour+4*time.Minute {
		t.Errorf("six weeks: %v", d)
	}
	clock.pass(1000 * time.Hour)
	if p, r := l.Acquire(credential, nil); p != nil || r.NotBefore.Sub(clock.now) != 4*time.Minute {
		t.Fatalf("a call went out before the time: %v", r)
	}
	clock.pass(4 * time.Minute)
	if d := refuse(1<<63 - 1); d != MaxHold {
		t.Errorf("for ever: %v", d)
	}
	other := Key{Scope: "instance", Owner: 1, Instance: 3}
	if p, _ := l.Acquire(other, nil); p == nil {
		t.Error("another credential is held, too")
	}
}

// TestCallsUnderWayCountOnce holds one credential once for calls that were refused together, and lets one
// call try before the others.
func TestCallsUnderWayCountOnce(t *testing.T) {
	t.Parallel()
	l, clock := newTest()
	var permits []*Permit
	for range 4 {
		p, _ := l.Acquire(credential, nil)
		permits = append(permits, p)
	}
	clock.pass(time.Second)
	for i, p := range permits[:3] {
		if d, _ := p.Done(Outcome{Throttled: true}); d != time.Minute {
			t.Errorf("refusal %d holds for %v", i, d)
		}
	}
	permits[3].Done(Outcome{Answered: true})
	clock.pass(time.Minute)
	try, _ := l.Acquire(credential, nil)
	if try == nil {
		t.Fatal("nothing may try after the hold")
	}
	for range 3 {
		if p, r := l.Acquire(credential, nil); p != nil || !r.NotBefore.After(clock.now) {
			t.Fatal("two calls try at once")
		}
	}
	clock.pass(time.Second)
	if d, _ := try.Done(Outcome{Throttled: true}); d != 2*time.Minute {
		t.Errorf("the second refusal holds for %v: the success of a call from before it reset the row", d)
	}
	clock.pass(2 * time.Minute)
	try, _ = l.Acquire(credential, nil)
	try.Done(Outcome{})
	try, _ = l.Acquire(credential, nil)
	if try == nil {
		t.Fatal("a call that got no answer keeps others from trying")
	}
	try.Done(Outcome{Answered: true})
	a, _ := l.Acquire(credential, nil)
	b, _ := l.Acquire(credential, nil)
	if a == nil || b == nil {
		t.Error("after a success only one call goes at a time")
	}
}

func TestLearnedReset(t *testing.T) {
	t.Parallel()
	l, clock := newTest()
	p, _ := l.Acquire(credential, nil)
	if d, _ := p.Done(Outcome{Answered: true, Until: clock.now.Add(5 * time.Second)}); d != 5*time.Second {
		t.Error(d)
	}
	if p, r := l.Acquire(credential, nil); p != nil || r.NotBefore.Sub(clock.now) != 5*time.Second || r.Limit != "" {
		t.Error(r)
	}
	clock.pass(5 * time.Second)
	a, _ := l.Acquire(credential, nil)
	b, _ := l.Acquire(credential, nil)
	if a == nil || b == nil {
		t.Error("calls go one by one although none was refused")
	}
}

// TestForecast compares what is forecast with what happens when a backlog takes every place.
func TestForecast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		limit  Limit
		before int // calls just made
		n      int
	}{
		{"window", Limit{Requests: 10, Per: time.Minute}, 4, 57},
		{"window with room", Limit{Requests: 10, Per: time.Minute}, 0, 10},
		{"interval", Limit{Interval: 3 * time.Second}, 1, 20},
		{"both", Limit{Requests: 5, Per: 10 * time.Second, Interval: time.Second}, 2, 12},
		{"nothing to do", Limit{Requests: 1, Per: time.Hour}, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, clock := newTest()
			c.limit.Key = named("x")
			limits := []Limit{c.limit}
			pass := func(n int) time.Time {
				last := clock.now
				for n > 0 {
					if p, _ := l.Acquire(credential, limits); p != nil {
						p.Done(Outcome{Answered: true})
						last = clock.now
						n--
						continue
					}
					clock.pass(time.Second)
				}
				return last
			}
			pass(c.before)
			want := l.Forecast(credential, limits, c.n)
			if got := pass(c.n); got.Sub(want).Abs() > time.Second+c.limit.Interval*2 {
				t.Errorf("forecast %v, but it took until %v", want, got)
			}
		})
	}
	l, clock := newTest()
	p, _ := l.Acquire(credential, nil)
	p.Done(Outcome{Throttled: true, RetryAfter: time.Hour})
	if got := l.Forecast(credential, []Limit{{Key: named("c"), Concurrency: 2}}, 8); got.Sub(clock.now) != time.Hour+3*usual {
		t.Error(got.Sub(clock.now))
	}
}

func TestIdleEntriesAreForgotten(t *testing.T) {
	t.Parallel()
	l, clock := newTest()
	for i := range 100 {
		key := Key{Scope: "instance", Instance: int32(i)}
		p, _ := l.Acquire(key, []Limit{{Key: key, Requests: 5, Per: time.Minute}})
		p.Done(Outcome{Throttled: i%2 == 0})
	}
	if len(l.windows) != 100 || len(l.holds) != 50 {
		t.Fatal(len(l.windows), len(l.holds))
	}
	clock.pass(25 * time.Hour)
	l.Acquire(credential, nil)
	if len(l.windows) != 0 || len(l.holds) != 0 {
		t.Error(len(l.windows), len(l.holds))
	}
}

func BenchmarkAcquire(b *testing.B) {
	l := New(nil)
	limits := []Limit{{Key: named("w"), Requests: 1 << 30, Per: time.Hour}, {Key: named("c"), Concurrency: 8}}
	for b.Loop() {
		p, _ := l.Acquire(credential, limits)
		p.Done(Outcome{Answered: true})
	}
}
