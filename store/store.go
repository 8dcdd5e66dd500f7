package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"paceline"
)

// Options say which database to open and how. Exactly one of Path and URL is set.
type Options struct {
	Path string // SQLite: the database file; its folder is locked against a second process
	URL  string // PostgreSQL: a connection URL

	Clock  paceline.Clock // nil: the machine's clock
	Steady paceline.Clock // that of leases, which is never set; nil: Clock
	Logger *slog.Logger   // nil: the default logger

	ReaderConns int // connections that read (and, on PostgreSQL, InTx); 0: 4 on SQLite, 10 on PostgreSQL
	Writers     int // PostgreSQL: connections that commit ops; 0: 2
	// Node makes this server one of several on a PostgreSQL database; nil: it is alone, and shuts out any other.
	Node *NodeOptions
	// Aside opens a PostgreSQL database beside the server that runs on it: ops fail, and that server is
	// not shut out. On SQLite it does nothing, for there the folder has one process.
	Aside bool
	// BallastBytes is the room that a full disk still leaves for reads, checkpoints and pruning
	// (SQLite). 0 means 64 MiB, a negative number none.
	BallastBytes int64
	// CatchNesting makes a nested transaction panic instead of hang. Tests set it: finding out costs
	// about a microsecond each time.
	CatchNesting bool

	// Committed is told of every commit of the writers: how many changes it held and how long it took. It
	// runs on the writer and must be quick; nil is fine.
	Committed func(changes int, took time.Duration)

	seams seams // failing writes, for tests of this package
}

// Store is one open database. Its methods may be called from many goroutines.
type Store struct {
	backend
	clock        paceline.Clock
	steady       paceline.Clock
	logger       *slog.Logger
	runs         runNumbers
	owned        ownership
	held         sync.Map // ids of goroutines inside InTx or Read, to catch nesting
	catchNesting bool
	fatal        chan error
	once         sync.Once

	committed func(changes int, took time.Duration)
}

// backend is what the two databases do differently.
type backend interface {
	// urgent transactions run on a full disk too: they make room.
	inTx(ctx context.Context, scope paceline.Scope, urgent bool, f func(*Tx) error) error
	read(ctx context.Context, f func(*Tx) error) error
	enqueue(op *Op)
	queued() int
	stop() error
}

// Open opens the database, creates or migrates its schema and takes the locks that keep a second
// server away. Errors: *LockedError when another process has the data folder; Unavailable when
// PostgreSQL cannot be reached.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Clock == nil {
		o.Clock = paceline.SystemClock{}
	}
	if o.Steady == nil {
		o.Steady = o.Clock
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Store{clock: o.Clock, steady: o.Steady, logger: o.Logger, fatal: make(chan error, 1), committed: o.Committed, catchNesting: o.CatchNesting, runs: runNumbers{turn: make(chan struct{}, 1)}}
	s.owned.shared = o.Node != nil && !o.Aside
	var err error
	switch {
	case o.Path != "" && o.URL == "":
		s.backend, err = openSQLite(ctx, s, o)
	case o.URL != "" && o.Path == "":
		s.backend, err = openPostgres(ctx, s, o)
	default:
		err = fmt.Errorf("open the store: exactly one of a file and a URL is needed")
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close waits for what was submitted, closes the database and frees its locks. Later calls of the
// store's methods fail.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() { err = s.stop() })
	return err
}

// Fatal receives at most one error, after which nothing will be committed any more: an fsync that
// failed, or another server that has taken over this database. The process must end.
func (s *Store) Fatal() <-chan error { return s.fatal }

// tell reports a commit that began at start.
func (s *Store) tell(changes int, start time.Time) {
	if s.committed != nil {
		s.committed(changes, s.clock.Now().Sub(start))
	}
}

func (s *Store) die(err error) {
	select {
	case s.fatal <- err:
		s.logger.Error("the store can no longer commit", "error", err)
	default:
	}
}

// txBudget is how long a closure of InTx may run; longer ones are logged, because others wait for them.
const txBudget = 50 * time.Millisecond

// InTx runs f in a durable transaction that is serial with the others of the same root account (or,
// for a partner scope, of the partner), so that f may check and then write. It returns after the
// commit is on the disk, and later reads see it.
//
// f may run more than once: it does no I/O, hashing, sealing or waiting, and sets what it returns
// anew each time. An error of f rolls back and is returned as it is. InTx is never nested, nor called
// inside Read: that panics. Errors of the store itself: Unavailable (disk full, database away), with
// RetryAfter; and for an account that was deleted meanwhile, what an unknown account header gets, because
// of ErrAccountDeleted.
func (s *Store) InTx(ctx context.Context, scope paceline.Scope, f func(tx *Tx) error) error {
	defer s.enter("InTx")()
	return s.inTx(ctx, scope, false, s.measured(f))
}

// Read runs f on one consistent snapshot of what is committed. Writing in it fails. It is never
// nested, nor called inside InTx: that panics.
func (s *Store) Read(ctx context.Context, f func(tx *Tx) error) error {
	defer s.enter("Read")()
	return s.read(ctx, f)
}

// Submit queues one op of the engine. It never blocks; op.Done is called once the op's commit is on
// the disk or has failed. The caller bounds what it submits by Backlog.
func (s *Store) Submit(op *Op) { s.enqueue(op) }

// Backlog is the number of ops and transactions that wait for the writer.
func (s *Store) Backlog() int { return s.queued() }

func (s *Store) measured(f func(*Tx) error) func(*Tx) error {
	return func(tx *Tx) error {
		defer s.hold("InTx")()
		start := s.clock.Now()
		err := f(tx)
		if d := s.clock.Now().Sub(start); d > txBudget {
			s.logger.Warn("a transaction held the writer for long", "took", d, "statements", tx.statements)
		}
		return err
	}
}

// enter panics, with Options.CatchNesting, when the calling goroutine already is inside a transaction: on SQLite it
// would wait for itself for ever, on PostgreSQL the pool could run dry. Without the option it costs nothing.
func (s *Store) enter(what string) (leave func()) {
	if !s.catchNesting {
		return func() {}
	}
	if outer, nested := s.held.Load(goroutineID()); nested {
		panic(fmt.Sprintf("store: %s called inside %s", what, outer))
	}
	return s.hold(what)
}

// hold notes, with the same option, that the calling goroutine is inside a transaction.
func (s *Store) hold(what string) (leave func()) {
	if !s.catchNesting {
		return func() {}
	}
	gid := goroutineID()
	s.held.Store(gid, what)
	return func() { s.held.Delete(gid) }
}
