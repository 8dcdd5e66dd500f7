package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"

	"github.com/jackc/pgx/v5"
)

// asNode opens the database as a node.
func asNode(t *testing.T, o Options, address string) *Store {
	t.Helper()
	o.Node = &NodeOptions{Address: address, Version: "test"}
	return openTest(t, o)
}

// fatalOf waits for the error after which a store commits nothing.
func fatalOf(t *testing.T, s *Store) error {
	t.Helper()
	select {
	case err := <-s.Fatal():
		return err
	case <-time.After(time.Minute):
		t.Fatal("the store goes on")
		return nil
	}
}

// takeOver lets b take the place of the node at an address, whose lease is made to be over.
func takeOver(t *testing.T, b *Store, address string) {
	t.Helper()
	waitUntil(t, "another node's place", func() bool {
		v, err := b.View(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range v.Nodes {
			if n.Address != address {
				continue
			}
			err := b.InTx(t.Context(), paceline.Scope{}, func(tx *Tx) error {
				_, err := tx.exec(`UPDATE node SET lease_until = 0 WHERE id = $1`, n.ID)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			taken, err := b.TakeOver(t.Context(), n.ID) // unless it has renewed its lease meanwhile
			if err != nil {
				t.Fatal(err)
			}
			return taken
		}
		return false
	})
}

// TestDeposedNodeCommitsNothing: once its lease is over a node's place may be taken, not before. Then neither its ops nor its
// transactions are committed, it is told, what it noted for the counters is written, and its shards are free.
func TestDeposedNodeCommitsNothing(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "postgres")
	o.seams.notes = true
	a := asNode(t, o, "a:1")
	if n, err := a.ClaimShards(t.Context(), paceline.Shards); err != nil || n != paceline.Shards {
		t.Fatalf("claimed %d shards, %v", n, err)
	}
	f := newFixture(t, a, 1)
	c := f.cycles[0]
	run := f.start(t, c)
	b := asNode(t, o, "b:1")
	v, err := b.View(t.Context())
	if err != nil || len(v.Nodes) != 2 || v.Owner[17] == v.This {
		t.Fatalf("the view is %+v, %v", v, err)
	}
	if taken, err := b.TakeOver(t.Context(), v.Owner[17]); err != nil || taken {
		t.Fatalf("the place of a node with a lease was taken: %v, %v", taken, err)
	}
	takeOver(t, b, "a:1")

	if err := a.InTx(t.Context(), paceline.Scope{}, func(tx *Tx) error { return tx.SetMeta("zombie", []byte("x")) }); paceline.KindOf(err) != paceline.Unavailable {
		t.Errorf("a transaction of a node whose place was taken: %v", err)
	}
	if err := fatalOf(t, a); !errors.Is(err, ErrDeposed) {
		t.Errorf("it is told %v", err)
	}
	if r := f.submit(t, f.accept(t, c, nil)); r.Err == nil {
		t.Errorf("an op of a node whose place was taken: %+v", r)
	}
	g := &fixture{Store: b}
	if n := g.ask(t, `SELECT COUNT(*), MIN(num) FROM run`); n[0] != 1 || n[1] != run {
		t.Errorf("the database has runs %v", n)
	}
	if n := g.ask(t, `SELECT COUNT(*) FROM tally`); n[0] != 0 {
		t.Errorf("%d notes of the node are left", n[0])
	}
	if n := g.ask(t, `SELECT in_progress FROM cycle_counter`); len(n) == 0 || n[0] != 1 {
		t.Errorf("the counter is %v", n)
	}
	if v, err = b.View(t.Context()); err != nil || len(v.Nodes) != 1 || v.Owner[17] != 0 {
		t.Errorf("the view is %+v, %v", v, err)
	}
	err = b.Read(t.Context(), func(tx *Tx) error {
		_, found, err := tx.Meta("zombie")
		if found {
			t.Error("a transaction of the deposed node is there")
		}
		deaths, _ := tx.Deaths()
		if deaths != 1 {
			t.Errorf("%d deaths are counted", deaths)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNodesAndServerAlone: a server that is alone ends all nodes, a node ends it, and a node at the same address ends its
// earlier life.
func TestNodesAndServerAlone(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "postgres")
	first := asNode(t, o, "a:1")
	second := asNode(t, o, "a:1")
	alone := func(s *Store) error {
		return s.InTx(context.Background(), paceline.Scope{}, func(tx *Tx) error { return nil })
	}
	if err := alone(first); paceline.KindOf(err) != paceline.Unavailable {
		t.Errorf("the earlier life: %v", err)
	}
	if err := fatalOf(t, first); !errors.Is(err, ErrDeposed) {
		t.Errorf("the earlier life is told %v", err)
	}
	single := openTest(t, o)
	if err := alone(second); paceline.KindOf(err) != paceline.Unavailable {
		t.Errorf("a node beside a server that is alone: %v", err)
	}
	if err := fatalOf(t, second); !errors.Is(err, ErrDeposed) {
		t.Errorf("the node is told %v", err)
	}
	if list, err := single.Nodes(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("a server that is alone has nodes %v, %v", list, err)
	}
	asNode(t, o, "b:1")
	if err := fatalOf(t, single); !errors.Is(err, errTakenOver) {
		t.Errorf("the server that was alone is told %v", err)
	}
}

// TestTransactionsOfReplacedServer: what a server that is alone has under way when another one takes its place is not committed
// then, and neither is what it begins before it has noticed.
func TestTransactionsOfReplacedServer(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T, o Options) *Store{
		"by another": func(t *testing.T, o Options) *Store { return openTest(t, o) },
		"by a node":  func(t *testing.T, o Options) *Store { return asNode(t, o, "b:1") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t, "postgres")
			first := openTest(t, o)
			mark := func(s *Store, name string, within func()) error {
				return s.InTx(t.Context(), system, func(tx *Tx) error {
					err := tx.SetMeta(name, []byte("x"))
					within()
					return err
				})
			}
			begun, replaced, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			go func() {
				ended <- mark(first, "zombie under way", sync.OnceFunc(func() {
					close(begun)
					<-replaced
				}))
			}()
			<-begun
			if err := first.Replaced(t.Context()); err != nil {
				t.Errorf("before, it is told %v", err)
			}
			second := open(t, o)
			// All of its connections are cut.
			if err := first.Replaced(t.Context()); !errors.Is(err, errTakenOver) {
				t.Errorf("whoever asks is told %v", err)
			}
			if err := second.Replaced(t.Context()); err != nil {
				t.Errorf("the other server is told %v", err)
			}
			close(replaced)
			if err := <-ended; err == nil {
				t.Error("what was under way is committed")
			}
			for range 3 { // the first may find its connection cut
				if err := mark(first, "zombie", func() {}); err == nil {
					t.Error("what begins is committed")
				}
			}
			if err := fatalOf(t, first); !errors.Is(err, errTakenOver) {
				t.Errorf("it is told %v", err)
			}
			if n := (&fixture{Store: second}).ask(t, `SELECT COUNT(*) FROM meta WHERE name LIKE 'zombie%'`); n[0] != 0 {
				t.Errorf("%d of its transactions are there", n[0])
			}
			if err := mark(second, "alive", func() {}); err != nil {
				t.Errorf("the other server: %v", err)
			}
		})
	}
}

// TestZombieNodeBesideServerAlone: a node whose transaction stands still holds up no server that starts alone, and does not commit.
func TestZombieNodeBesideServerAlone(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "postgres")
	node := asNode(t, o, "a:1")
	begun, replaced, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- node.InTx(t.Context(), system, func(tx *Tx) error {
			err := tx.SetMeta("zombie", []byte("x"))
			close(begun)
			<-replaced
			return err
		})
	}()
	<-begun
	single := openTest(t, o)
	close(replaced)
	if err := <-ended; err == nil {
		t.Error("the node's transaction is committed")
	}
	if n := (&fixture{Store: single}).ask(t, `SELECT COUNT(*) FROM meta WHERE name = 'zombie'`); n[0] != 0 {
		t.Error("it is there")
	}
	if err := fatalOf(t, node); !errors.Is(err, ErrDeposed) {
		t.Errorf("the node is told %v", err)
	}
}

// TestOwnShardsOnly: what a node takes up from the whole database is that of its shards, and the numbers that it gives after
// it has got one are greater than those of others.
func TestOwnShardsOnly(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "postgres")
	a := asNode(t, o, "a:1")
	f := newFixture(t, a, 1)
	c := f.cycles[0]
	run := f.start(t, c)
	op := f.advance(c, run, 1, paceline.RunLive, nil)
	op.Advance.DueAt = 1_000_000
	f.mustSubmit(t, op)
	b := asNode(t, o, "b:1")
	first, err := b.RunNum(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	see := func(want int) {
		t.Helper()
		due, err := b.Due(t.Context(), 0, 0, 10)
		if err != nil || len(due) != want {
			t.Errorf("parked runs %v, %v; want %d", due, err, want)
		}
		accounts, err := b.LiveAccounts(t.Context())
		if err != nil || len(accounts) != want {
			t.Errorf("accounts %v, %v; want %d", accounts, err, want)
		}
	}
	see(0)
	if _, err := a.RunNums(t.Context(), 5000); err != nil {
		t.Fatal(err)
	}
	last, err := a.RunNum(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Own(t.Context(), []int{paceline.ShardOf(c.Root)}, true); err != nil {
		t.Fatal(err)
	}
	see(1)
	if next, err := b.RunNum(t.Context()); err != nil || next <= last || next <= first {
		t.Errorf("after %d and %d of another node came %d, %v", first, last, next, err)
	}
}

// TestLanded: what a node stores for an account of another one's is found by that one alone, once; a delivery in doubt that it
// has found is not taken back.
func TestLanded(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "postgres")
	a := asNode(t, o, "a:1")
	if _, err := a.ClaimShards(t.Context(), paceline.Shards); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, a, 1)
	c := f.cycles[0]
	b := asNode(t, o, "b:1")
	g := &fixture{Store: b}
	land := func() *Accept {
		t.Helper()
		op := f.accept(t, c, nil)
		op.Accept.Landed = true
		g.mustSubmit(t, op)
		return op.Accept
	}
	take := func(s *Store, want ...int64) {
		t.Helper()
		list, err := s.TakeLanded(t.Context())
		var got []int64
		for _, h := range list {
			got = append(got, h.Run)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("node %v takes %v, %v; want %v", s == a, got, err, want)
		}
	}
	see := func(want bool) {
		t.Helper()
		v, err := a.View(t.Context())
		if err != nil || v.Landed != want {
			t.Errorf("the view says %v, %v", v.Landed, err)
		}
	}
	see(false)
	first, second := land(), land()
	see(true)
	take(b)
	take(a, first.Run.Num, second.Run.Num)
	take(a)
	see(false)
	third := land()
	own := b.backend.(*postgresStore).writers[0]
	conn, err := pgx.ConnectConfig(t.Context(), own.config.Copy())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	w := &postgresWriter{store: b, pool: own.pool, conn: conn, epoch: own.epoch}
	for _, op := range []*Accept{first, third} {
		if err := w.takeBack(t.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.ask(t, `SELECT COUNT(*), MAX(num) FROM run`); n[0] != 2 || n[1] != second.Run.Num {
		t.Errorf("runs are %v; one that was taken up was taken back, or one that was not stays", n)
	}
}

// set is a clock of leases that a test sets forward. Its timers are short.
type set struct {
	paceline.SystemClock
	ahead atomic.Int64
}

func (c *set) Now() time.Time { return c.SystemClock.Now().Add(time.Duration(c.ahead.Load())) }

func (c *set) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	return c.SystemClock.NewTimer(d / 100)
}

// TestStartAwaitsRenewal: the lease of a node that starts may be over before it is ready, because its database is slow: what it
// publishes waits for the renewal. A node that has worked for a shard refuses.
func TestStartAwaitsRenewal(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "postgres")
	clock := &set{}
	o.Steady = clock
	s := asNode(t, o, "a:1")
	b := s.backend.(*postgresStore)
	conn, err := pgx.ConnectConfig(t.Context(), b.pool.Config().ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	busy := b.pool.Stat().AcquiredConns()
	stalled := func(f func(publish <-chan error)) {
		t.Helper()
		tx, err := conn.Begin(t.Context())
		if err == nil {
			_, err = tx.Exec(t.Context(), `SELECT 1 FROM node FOR UPDATE`)
		}
		if err != nil {
			t.Fatal(err)
		}
		clock.ahead.Add(int64(NodeStill))
		publish := make(chan error, 1)
		go func() {
			publish <- s.InTx(t.Context(), paceline.Scope{}, func(tx *Tx) error { return tx.SetMeta("published", []byte("x")) })
		}()
		f(publish)
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var published <-chan error
	stalled(func(publish <-chan error) {
		waitUntil(t, "the transaction of the start to wait", func() bool {
			select {
			case err := <-publish:
				t.Fatalf("it did not wait: %v", err)
			default:
			}
			return b.pool.Stat().AcquiredConns() > busy
		})
		published = publish
	})
	if err := <-published; err != nil {
		t.Errorf("what a node publishes whose lease was over for a moment: %v", err)
	}
	if err := s.Own(t.Context(), []int{17}, true); err != nil {
		t.Fatal(err)
	}
	stalled(func(publish <-chan error) {
		if err := <-publish; paceline.KindOf(err) != paceline.Unavailable {
			t.Errorf("a node that works and whose lease is over: %v", err)
		}
	})
}

// TestNodesByTheDatabasesClock: who asks for the nodes on a machine whose clock is a day ahead is told the same as others: nothing is late.
func TestNodesByTheDatabasesClock(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "postgres")
	a := asNode(t, o, "a:1")
	if n, err := a.ClaimShards(t.Context(), paceline.Shards); err != nil || n != paceline.Shards {
		t.Fatal(n, err)
	}
	f := newFixture(t, a, 1)
	waits := f.start(t, f.cycles[0])
	op := f.advance(f.cycles[0], waits, 1, paceline.RunLive, nil)
	op.Advance.DueAt = paceline.ToMicros(time.Now().Add(time.Hour))
	f.mustSubmit(t, op)
	f.start(t, f.cycles[0])
	wrong := o
	clock := &set{}
	clock.ahead.Store(int64(24 * time.Hour))
	wrong.Aside, wrong.Clock, wrong.Node = true, clock, nil
	list, err := openTest(t, wrong).Nodes(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	n := list[0]
	if off := time.Since(n.At.Time()).Abs(); off > time.Hour/2 || n.Queued != 1 || n.Late() != 0 || n.Oldest > n.At {
		t.Errorf("the node is %+v, %v off", n, off)
	}
}
