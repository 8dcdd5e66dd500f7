package node

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// hanging is an engine of which one shard is busy until it is let go.
type hanging struct {
	store *store.Store
	busy  int
	quiet chan struct{}

	mu    sync.Mutex
	works map[int]bool // shards that it has taken up and not forgotten
}

func (h *hanging) Gain(ctx context.Context, shards, _ []int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, shard := range shards {
		h.works[shard] = true
	}
	return h.store.Own(ctx, shards, true)
}

func (h *hanging) Lose(ctx context.Context, shards []int, quiet func([]int)) error {
	if err := h.store.Own(ctx, shards, false); err != nil {
		return err
	}
	end := func(shards []int) {
		h.mu.Lock()
		for _, shard := range shards {
			delete(h.works, shard)
		}
		h.mu.Unlock()
		quiet(shards)
	}
	rest := slices.DeleteFunc(slices.Clone(shards), func(shard int) bool { return shard == h.busy })
	end(rest)
	if len(rest) < len(shards) {
		select {
		case <-h.quiet:
			end([]int{h.busy})
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (h *hanging) has(shard int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.works[shard]
}

func (*hanging) Resync(context.Context) error                                  { return nil }
func (*hanging) Heard(context.Context, engine.News) error                      { return nil }
func (*hanging) TakeLanded(context.Context) error                              { return nil }
func (*hanging) DeliverPart(context.Context, string, connector.Delivery) error { return nil }

// quick is a clock that a test sets forward, with short timers.
type quick struct {
	paceline.SystemClock
	ahead atomic.Int64
}

func (c *quick) Now() time.Time { return c.SystemClock.Now().Add(time.Duration(c.ahead.Load())) }

func (c *quick) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	return c.SystemClock.NewTimer(d / 50)
}

// TestLapseWithCallThatHangs: a node that could not renew its lease takes its shards up again once it can, while a call of one of
// them still hangs; that one follows when the call has ended.
func TestLapseWithCallThatHangs(t *testing.T) {
	t.Parallel()
	clock := &quick{}
	o := storetest.Postgres(t)
	o.Steady, o.Node = clock, &store.NodeOptions{Address: "a:1", Version: "test"}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	v, err := s.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	n := New(Config{Store: s, Key: []byte("k"), Clock: clock, Logger: log, View: v, Together: NewClock(clock, log), Forget: func() {}})
	h := &hanging{store: s, busy: 17, quiet: make(chan struct{}), works: map[int]bool{}}
	n.Attach(h, http.NotFoundHandler())
	life, end := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n.Run(life)
	}()
	defer func() {
		end()
		<-ended
	}()
	owns := func(want int) func() bool {
		return func() bool {
			_, shards := n.Held()
			return shards == want
		}
	}
	until(t, "all shards", owns(paceline.Shards))

	conn, err := pgx.Connect(t.Context(), o.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	tx, err := conn.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), `SELECT 1 FROM node FOR UPDATE`) // nothing renews the lease meanwhile
	}
	if err != nil {
		t.Fatal(err)
	}
	clock.ahead.Add(int64(store.NodeStill))
	until(t, "the node to stand still", func() bool { return !h.has(0) })
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "all shards but the one whose call hangs", owns(paceline.Shards-1))
	if s.OwnsShard(h.busy) || !h.has(h.busy) {
		t.Error("the shard whose call hangs was not waited for")
	}
	close(h.quiet)
	until(t, "the last shard", owns(paceline.Shards))
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick, end := time.NewTicker(5*time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s did not come", what)
		}
	}
}
