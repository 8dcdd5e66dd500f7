package pool_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"paceline/internal/pool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock stands until it is moved, and says when somebody waits for it.
type clock struct {
	mu      sync.Mutex
	now     time.Time
	timers  map[chan time.Time]time.Time
	waiting chan struct{}
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), timers: map[chan time.Time]time.Time{}, waiting: make(chan struct{}, 100)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan time.Time, 1)
	c.timers[ch] = c.now.Add(d)
	c.waiting <- struct{}{}
	return ch, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, was := c.timers[ch]
		delete(c.timers, ch)
		return was
	}
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for ch, at := range c.timers {
		if !at.After(c.now) {
			delete(c.timers, ch)
			ch <- c.now
		}
	}
}

// conn says when it was closed.
type conn struct{ closed chan struct{} }

func (c *conn) Close() error { close(c.closed); return nil }

func open(context.Context) (*conn, error) { return &conn{make(chan struct{})}, nil }

// TestPool: connections are lent again, of one version only, at most so many at a time, and closed when they are idle.
func TestPool(t *testing.T) {
	t.Parallel()
	c := newClock()
	p := pool.New[*conn](c)
	defer p.Close()
	ctx := context.Background()
	get := func(version string) *pool.Lease[*conn] {
		t.Helper()
		l, err := p.Get(ctx, "a", version, 1, false, open)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	first := get("1")
	busy := make(chan error)
	go func() {
		_, err := p.Get(ctx, "a", "1", 1, false, open)
		busy <- err
	}()
	<-c.waiting
	c.advance(2 * time.Second)
	if err := <-busy; !errors.Is(err, pool.ErrBusy) {
		t.Error(err)
	}
	first.Done(true)
	<-c.waiting // the sweep
	again := get("1")
	if again.Conn != first.Conn || !again.Reused {
		t.Error("it was not lent again")
	}
	again.Done(true)
	changed := get("2")
	<-first.Conn.closed // of a credential that has changed
	if changed.Reused {
		t.Error("it was lent with another credential")
	}
	changed.Done(true)
	bad := get("2")
	bad.Done(false)
	<-bad.Conn.closed
	last := get("2")
	last.Done(true)
	for range 5 { // the sweep looks four times in the idle time
		c.advance(pool.IdleTime / 4)
		select {
		case <-c.waiting:
		case <-last.Conn.closed:
		}
	}
	<-last.Conn.closed
	if p.Idle() != 0 {
		t.Error(p.Idle())
	}
	if _, err := p.Get(ctx, "a", "2", 1, false, func(context.Context) (*conn, error) { return nil, errors.New("no") }); err == nil {
		t.Error("no error")
	}
	kept := get("2")
	kept.Done(true)
	p.Close()
	<-kept.Conn.closed
}
