// Package memo remembers what was loaded from the store, up to a bound. Each key is loaded by one caller at
// a time while the others wait for it, and a key that is forgotten while it loads is not remembered, so
// that a change which forgets after its commit is never followed by the old value.
package memo

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

// Cache keeps the most recently used values. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	mu      sync.Mutex
	max     int
	entries map[K]*entry[K, V]
	recent  list.List // of *entry, the most recent first; loading ones are not in it
}

type entry[K comparable, V any] struct {
	key    K
	value  V
	err    error
	loaded chan struct{}
	place  *list.Element
}

// New returns a cache of at most max values.
func New[K comparable, V any](max int) *Cache[K, V] {
	return &Cache[K, V]{max: max, entries: make(map[K]*entry[K, V])}
}

// Get returns the value of key, loading it when it is not remembered. Errors are not remembered.
func (c *Cache[K, V]) Get(ctx context.Context, key K, load func(context.Context) (V, error)) (V, error) {
	for {
		c.mu.Lock()
		e, known := c.entries[key]
		if known && e.place != nil {
			c.recent.MoveToFront(e.place)
			c.mu.Unlock()
			return e.value, nil
		}
		if !known {
			e = &entry[K, V]{key: key, loaded: make(chan struct{})}
			c.entries[key] = e
			c.mu.Unlock()
			return c.load(ctx, e, load)
		}
		c.mu.Unlock()
		select {
		case <-e.loaded:
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
		// The caller who loaded may have given up; that is no answer for this one.
		if e.err == nil || !errors.Is(e.err, context.Canceled) && !errors.Is(e.err, context.DeadlineExceeded) {
			return e.value, e.err
		}
	}
}

func (c *Cache[K, V]) load(ctx context.Context, e *entry[K, V], load func(context.Context) (V, error)) (V, error) {
	e.err = errAbandoned // what the waiting see should load panic
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		defer close(e.loaded)
		if c.entries[e.key] != e {
			return
		}
		if e.err != nil {
			delete(c.entries, e.key)
			return
		}
		c.keep(e)
	}()
	e.value, e.err = load(ctx)
	return e.value, e.err
}

var errAbandoned = errors.New("memo: loading was abandoned")

// keep makes a loaded entry the most recent one. The caller holds the lock.
func (c *Cache[K, V]) keep(e *entry[K, V]) {
	e.place = c.recent.PushFront(e)
	for c.recent.Len() > c.max {
		oldest := c.recent.Remove(c.recent.Back()).(*entry[K, V])
		delete(c.entries, oldest.key)
	}
}

// Put remembers a value that the caller knows to be true.
func (c *Cache[K, V]) Put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(key)
	e := &entry[K, V]{key: key, value: value}
	c.entries[key] = e
	c.keep(e)
}

// Forget drops a key.
func (c *Cache[K, V]) Forget(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(key)
}

// ForgetIf drops the keys for which f is true.
func (c *Cache[K, V]) ForgetIf(f func(K) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.entries {
		if f(key) {
			c.forget(key)
		}
	}
}

func (c *Cache[K, V]) forget(key K) {
	if e, known := c.entries[key]; known {
		delete(c.entries, key)
		if e.place != nil {
			c.recent.Remove(e.place)
		}
	}
}
