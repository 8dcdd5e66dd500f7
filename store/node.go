package store

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
)

// Several servers may share a PostgreSQL database. Each is a node: it has a number, a lease that it renews, fence rows
// under which it commits, and shards of root accounts that it works for. What a node takes up from the whole database
// (queued and parked transactions, schedules, notices) is narrowed to its shards here, so that the rooms above need not
// know of others. A server that is alone, and one on SQLite, works for all.

// The times of a node's lease. Who could not renew it for NodeStill does nothing any more, by its own clock, before
// others may take its place after NodeLease, by the database's.
const (
	NodeRenewal = 3 * time.Second
	NodeStill   = 7 * time.Second
	NodeLease   = 10 * time.Second
)

// NodeOptions make a server one of several.
type NodeOptions struct {
	Address string // at which the other nodes reach it
	Version string // of the program
}

// Node is a server on a shared database.
type Node struct {
	ID      int64
	Address string
	Version string
	Epoch   int64
	Lease   time.Duration // that is left; below 0: since when it is over
	Started paceline.Micros
	Leaving bool // it stops, and gets no shard any more
	Shards  int
	At      paceline.Micros // when the queue was read, by the database's clock
	Waits
}

// Waits are what waits in the shards of a server.
type Waits struct {
	Queued   int64           // transactions that wait for nothing but their turn, or are in progress, at most MaxQueued
	Oldest   paceline.Micros // when the oldest of them came; 0: none
	Overdue  paceline.Micros // the earliest time for which a transaction still waits; 0: none
	NextSlot paceline.Micros // the earliest slot of a schedule that was not started; 0: none
}

// Late is the earliest time that the server is late with; 0: none.
func (w *Waits) Late() paceline.Micros {
	if w.Overdue == 0 || w.NextSlot != 0 && w.NextSlot < w.Overdue {
		return w.NextSlot
	}
	return w.Overdue
}

// Waits returns what waits in the shards that this process works for.
func (s *Store) Waits(ctx context.Context) (w Waits, err error) {
	now, mask := paceline.ToMicros(s.clock.Now()), s.ownMask()
	err = s.Read(ctx, func(tx *Tx) (err error) {
		w, err = tx.waits(mask, now)
		return err
	})
	return w, err
}

// The statements choose by shards, with a mask.
const (
	sqlQueue = `SELECT count(*), COALESCE(min(q.created_at), 0) FROM (SELECT r.created_at FROM run r JOIN cycle c ON c.num = r.cycle_num
		WHERE r.state = 0 AND r.due_at <= 0 AND c.state IN (2, 3) AND substr($1, CAST(r.root_id & 255 AS INTEGER) + 1, 1) = '1' LIMIT $2) q`
	sqlOverdue = `SELECT COALESCE(min(r.due_at), 0) FROM run r JOIN cycle c ON c.num = r.cycle_num
		WHERE r.state = 0 AND r.due_at > 0 AND r.due_at < $2 AND c.state IN (2, 3) AND substr($1, CAST(r.root_id & 255 AS INTEGER) + 1, 1) = '1'`
	sqlNextSlot = `SELECT COALESCE(min(s.next_due), 0) FROM schedule s JOIN cycle c ON c.num = s.cycle_num JOIN account a ON a.num = c.account_id
		WHERE s.next_due < $2 AND c.state = 2 AND substr($1, CAST(a.root_id & 255 AS INTEGER) + 1, 1) = '1'`
)

func (tx *Tx) waits(mask string, now paceline.Micros) (w Waits, err error) {
	if _, err = tx.one(sqlQueue, []any{mask, MaxQueued}, func(r *Row) { w.Queued, w.Oldest = r.Int(0), r.Micros(1) }); err != nil {
		return w, err
	}
	if _, err = tx.one(sqlOverdue, []any{mask, now}, func(r *Row) { w.Overdue = r.Micros(0) }); err != nil {
		return w, err
	}
	_, err = tx.one(sqlNextSlot, []any{mask, now}, func(r *Row) { w.NextSlot = r.Micros(0) })
	return w, err
}

// MaxQueued is from where on the transactions of a node are no longer counted.
const MaxQueued = 100_000

// ErrDeposed is fatal: other nodes have taken the place of this one, which could not renew its lease.
var ErrDeposed = errors.New("other nodes have taken this one's place, because its lease was over")

// errAlone is a mistake in this program.
var errAlone = errors.New("the database was opened without a node")

// ownership is what this process works for.
type ownership struct {
	shared bool
	shards [paceline.Shards]atomic.Bool
	until  atomic.Pointer[time.Time] // when it has to stand still
	lapsed atomic.Bool               // it did, and what it worked for was not given up since
	worked atomic.Bool               // it has had a shard

	mu      sync.Mutex
	renewed chan struct{} // closed by the next renewal
}

// renew makes the lease last, and wakes those that wait for it.
func (o *ownership) renew(until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.until.Store(&until)
	if o.renewed != nil {
		close(o.renewed)
		o.renewed = nil
	}
}

// nextRenewal is closed by it.
func (o *ownership) nextRenewal() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.renewed == nil {
		o.renewed = make(chan struct{})
	}
	return o.renewed
}

// Shared reports whether this server is one of several.
func (s *Store) Shared() bool { return s.owned.shared }

// Owns reports whether this process works for a root account now. Others may begin nothing for it.
func (s *Store) Owns(root int64) bool { return s.OwnsShard(paceline.ShardOf(root)) }

// OwnsShard is Owns for a shard.
func (s *Store) OwnsShard(shard int) bool {
	return !s.owned.shared || s.owned.shards[shard].Load() && !s.Lapsed()
}

// Lapsed reports whether the lease was not renewed for so long that this node has to stand still. Once anybody was told
// so it stays true, also when the lease is renewed, until Recover: what was not done meanwhile is to be looked for.
func (s *Store) Lapsed() bool {
	if !s.owned.shared {
		return false
	}
	if s.overdue() {
		s.owned.lapsed.Store(true)
	}
	return s.owned.lapsed.Load()
}

func (s *Store) overdue() bool {
	until := s.owned.until.Load()
	return until == nil || !s.steady.Now().Before(*until)
}

// Recover ends a lapse if the lease was renewed and this process has given up all shards: what of them is still in progress may
// end, and nothing of them begins.
func (s *Store) Recover() bool {
	for shard := range s.owned.shards {
		if s.owned.shards[shard].Load() {
			return false
		}
	}
	if s.overdue() {
		return false
	}
	s.owned.lapsed.Store(false)
	return true
}

// Own sets which shards this process works for. Numbers of transactions that it has in stock are given up before: those
// that another node gave must be smaller than any that follow.
func (s *Store) Own(ctx context.Context, shards []int, owns bool) error {
	if owns {
		if err := s.dropRunNums(ctx); err != nil {
			return err
		}
	}
	for _, shard := range shards {
		s.owned.shards[shard].Store(owns)
	}
	if owns {
		s.owned.worked.Store(true)
	}
	return nil
}

// ownMask has a '1' for each shard that this process works for, for statements that choose by it.
func (s *Store) ownMask() string {
	var b strings.Builder
	for shard := range paceline.Shards {
		if s.OwnsShard(shard) {
			b.WriteByte('1')
		} else {
			b.WriteByte('0')
		}
	}
	return b.String()
}
