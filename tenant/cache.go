package tenant

import (
	"sync"
	"time"

	"paceline"
)

// cache keeps positive answers of the store: memory may only say yes (decision D-11). It is bounded, and
// an answer that was read before a forget is never put in after it.
type cache[K comparable, V any] struct {
	limit  int
	fresh  time.Duration
	clock  paceline.Clock
	mu     sync.RWMutex
	epoch  uint64 // grows with each forget
	values map[K]cached[V]
}

type cached[V any] struct {
	value V
	until time.Time
}

func newCache[K comparable, V any](limit int, fresh time.Duration, clock paceline.Clock) *cache[K, V] {
	return &cache[K, V]{limit: limit, fresh: fresh, clock: clock, values: map[K]cached[V]{}}
}

// get returns the value of k, or the epoch that put must be given with what is read from the store now.
func (c *cache[K, V]) get(k K) (v V, epoch uint64, ok bool) {
	now := c.clock.Now()
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.values[k]
	if !ok || !now.Before(e.until) {
		return v, c.epoch, false
	}
	return e.value, c.epoch, true
}

func (c *cache[K, V]) put(k K, v V, epoch uint64) {
	until := c.clock.Now().Add(c.fresh)
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch != c.epoch {
		return
	}
	if _, known := c.values[k]; !known && len(c.values) >= c.limit {
		for victim := range c.values { // any one will do: all of them can be read again
			delete(c.values, victim)
			break
		}
	}
	c.values[k] = cached[V]{v, until}
}

func (c *cache[K, V]) forget(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	delete(c.values, k)
}

// clear drops every value.
func (c *cache[K, V]) clear() { c.forgetIf(func(K, V) bool { return true }) }

// forgetIf drops every value for which drop says so.
func (c *cache[K, V]) forgetIf(drop func(K, V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for k, e := range c.values {
		if drop(k, e.value) {
			delete(c.values, k)
		}
	}
}
