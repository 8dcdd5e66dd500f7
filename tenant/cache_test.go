package tenant

import (
	"testing"
	"time"

	"paceline"
)

type fixedClock struct {
	paceline.SystemClock
	at time.Time
}

func (c *fixedClock) Now() time.Time { return c.at }

func TestCache(t *testing.T) {
	clock := &fixedClock{at: time.Unix(1_000, 0)}
	c := newCache[int, string](2, time.Minute, clock)
	_, epoch, ok := c.get(1)
	if ok {
		t.Fatal("a new cache holds something")
	}
	// What was read before a forget is old, even if it arrives after it.
	c.forget(1)
	c.put(1, "old", epoch)
	if v, _, ok := c.get(1); ok {
		t.Errorf("an answer from before the forget stayed: %q", v)
	}
	_, epoch, _ = c.get(1)
	c.put(1, "one", epoch)
	c.put(2, "two", epoch)
	if v, _, ok := c.get(1); !ok || v != "one" {
		t.Errorf("got %q, %v", v, ok)
	}
	c.put(3, "three", epoch)
	if len(c.values) != 2 {
		t.Errorf("the cache holds %d values, its limit is 2", len(c.values))
	}
	if _, _, ok := c.get(3); !ok {
		t.Error("the newest value was dropped")
	}
	clock.at = clock.at.Add(time.Minute)
	if _, _, ok := c.get(3); ok {
		t.Error("a value outlived its time")
	}
}

func TestThrottleIsBounded(t *testing.T) {
	clock := &fixedClock{at: time.Unix(1_000, 0)}
	th := newThrottle(clock)
	victim := throttleKey{1, "victim"}
	for i := range 12 {
		th.failed(victim)
		if wait := th.wait(victim); wait > maxDelay || (i >= freeFailures-1) != (wait > 0) {
			t.Errorf("after %d failures the wait is %v", i+1, wait)
		}
	}
	for i := range maxThrottled + 10 {
		th.failed(throttleKey{int64(i), "stranger"})
	}
	if len(th.names) > maxThrottled {
		t.Errorf("%d names are remembered", len(th.names))
	}
	clock.at = clock.at.Add(maxDelay)
	if wait := th.wait(victim); wait > 0 {
		t.Errorf("the victim is locked out for %v more", wait)
	}
}
