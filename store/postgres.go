package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"paceline"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresStore is a PostgreSQL database: a pool for InTx and Read, and a few connections of their
// own that commit the engine's ops under a fence.
type postgresStore struct {
	store   *Store
	pool    *pgxpool.Pool
	writers []*postgresWriter
	node    int64       // its number; 0 for a database that was opened aside
	epoch   int64       // of a node among several
	owner   string      // of its fence rows; "" for a database that was opened aside
	named   atomic.Bool // its connections have its name
	heard   hearing
	// renewing is closed when the lease of such a node is no longer renewed, which quit asks for.
	renewing, quit chan struct{}
}

// Advisory locks of this program, on one number space per database.
const (
	lockMigrate = 0x7061_6365_0001 // held while the schema changes
	lockSystem  = 0x7061_6365_0002 // InTx without a partner
	lockNodes   = 0x7061_6365_0003 // who has which shards
)

func openPostgres(ctx context.Context, s *Store, o Options) (_ *postgresStore, err error) {
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("the database URL: %w", err)
	}
	if o.ReaderConns <= 0 {
		o.ReaderConns = 10
	}
	config.MaxConns = int32(o.ReaderConns)
	config.ConnConfig.RuntimeParams["application_name"] = "paceline"
	for name, value := range readerSettings {
		if _, chosen := config.ConnConfig.RuntimeParams[name]; !chosen {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	config.PingTimeout = requestPatience // a connection that says nothing makes room for another
	b := &postgresStore{store: s}
	b.heard.from(paceline.SystemClock{})
	config.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		if b.named.Load() {
			c.RuntimeParams["application_name"] = nodeName(b.node)
		}
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	b.pool = pool
	defer func() {
		if err != nil {
			b.leave()
			b.closePool()
		}
	}()
	if err := b.migrate(ctx, latestVersion); err != nil {
		return nil, away(err)
	}
	if o.Aside {
		return b, nil
	}
	if b.writers, err = startPostgresWriters(ctx, b, config.ConnConfig, o); err != nil {
		return nil, away(err)
	}
	return b, nil
}

// readerSettings have the planner find what a list shows row by row through indexes, which are in memory mostly. By
// PostgreSQL's own figures a row out of order costs what a disk's arm took, and an account with many cycles is read whole.
// What the database's URL says of them goes first.
var readerSettings = map[string]string{
	"random_page_cost": "1.1",
	"enable_hashjoin":  "off",
	"enable_mergejoin": "off",
	"jit":              "off",
}

// migrate holds an advisory lock, so that of several servers that start at once one migrates.
func (b *postgresStore) migrate(ctx context.Context, version int) error {
	conn, err := b.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	db := &postgresConn{conn.Conn()}
	if _, err := db.exec(ctx, `SELECT pg_advisory_lock($1)`, []any{int64(lockMigrate)}); err != nil {
		return err
	}
	defer db.exec(ctx, `SELECT pg_advisory_unlock($1)`, []any{int64(lockMigrate)})
	return migrate(ctx, db, migrations, version, func(f func() error) error {
		return pgx.BeginFunc(ctx, db.conn, func(pgx.Tx) error { return f() })
	})
}

func (b *postgresStore) inTx(ctx context.Context, scope paceline.Scope, _ bool, f func(*Tx) error) error {
	const retries = 3
	for try := 0; ; try++ {
		err := b.once(ctx, pgx.TxOptions{}, func(tx *Tx) error {
			tx.scope, tx.writable = scope, true
			if err := b.mayCommit(tx); err != nil {
				return err
			}
			if err := lockScope(tx, scope); err != nil {
				return err
			}
			return f(tx)
		})
		if err == nil || try == retries || !isConflict(err) {
			return away(err)
		}
	}
}

func (b *postgresStore) read(ctx context.Context, f func(*Tx) error) error {
	return away(b.once(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, f))
}

func (b *postgresStore) once(ctx context.Context, o pgx.TxOptions, f func(*Tx) error) error {
	err := pgx.BeginTxFunc(ctx, patientPool{b}, began(ctx, o), func(t pgx.Tx) error {
		b.heard.now()
		tx := &Tx{ctx: ctx, db: &postgresConn{t.Conn()}, now: b.store.clock.Now()}
		if err := f(tx); err != nil {
			return err
		}
		return tx.err // an error that the closure swallowed has undone it
	})
	if err == nil {
		b.heard.now()
	}
	return err
}

// lockScope makes transactions of one root account, one partner or the system serial, so that a
// closure may check and then write. A partner's row is always locked before accounts' rows.
func lockScope(tx *Tx, scope paceline.Scope) (err error) {
	nothing := func(*Row) {}
	switch {
	case scope.Account != 0:
		// A sub account's own row too, and before its root's, as deleting does: or rows could come in between
		// what a deletion marks and its commit.
		err = tx.query(`SELECT num, state FROM account WHERE partner_id = $1
			AND (num = $2 OR num = (SELECT root_id FROM account WHERE partner_id = $1 AND num = $2))
			ORDER BY parent_id DESC, num FOR NO KEY UPDATE`,
			[]any{scope.Partner, scope.Account}, func(r *Row) error {
				if r.Int(0) == scope.Account {
					return refuseDeleted(r)
				}
				return nil
			})
	case scope.Partner != 0:
		_, err = tx.one(`SELECT num FROM partner WHERE num = $1 FOR NO KEY UPDATE`, []any{scope.Partner}, nothing)
	default:
		_, err = tx.one(`SELECT 1 FROM (SELECT pg_advisory_xact_lock($1)) AS held`, []any{int64(lockSystem)}, nothing)
	}
	return err
}

// isConflict reports a serialization failure or a deadlock: the transaction may run again.
func isConflict(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// away turns a lost or unreachable database into Unavailable; other errors stay as they are.
func away(err error) error {
	if err != nil && isTooLong(err) {
		return tooLong(err)
	}
	if err == nil || !isAway(err) {
		return err
	}
	return paceline.Fail(paceline.CodeBusy).Because(err).In(2 * time.Second)
}

func isAway(err error) bool {
	if _, ok := errors.AsType[*paceline.Error](err); ok {
		return false
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		// 57P0x: shutting down; 08: connection; 53: out of memory, disk or connections.
		return e.Code[:3] == "57P" || e.Code[:2] == "08" || e.Code[:2] == "53"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	return isNetwork(err) || pgconn.SafeToRetry(err)
}

func (b *postgresStore) enqueue(op *Op) {
	if len(b.writers) == 0 {
		e := entry{op: op, result: Result{Err: errAside}}
		e.deliver()
		return
	}
	b.writers[op.Root%int64(len(b.writers))].submit(op)
}

// errAside is a mistake in this program: a tool submits an op of the engine.
var errAside = errors.New("the database was opened aside, without a place at the fence")

func (b *postgresStore) queued() (n int) {
	for _, w := range b.writers {
		n += w.queue.len()
	}
	return n
}

// closeFor is how long a store that closes waits for a database that does not answer: for the last commits, for its leave, and for the
// connections of the pool. With the drain before it, a stop ends before a supervisor loses patience.
const closeFor = 3 * time.Second

func (b *postgresStore) stop() error {
	patience, cancel := context.WithTimeout(context.Background(), closeFor)
	defer cancel()
	for _, w := range b.writers {
		w.queue.close()
		defer context.AfterFunc(patience, w.end)()
	}
	for _, w := range b.writers {
		w.stop()
	}
	err := b.leave()
	b.closePool()
	return err
}

// closePool says good-bye on each connection of the pool. The wait for an answer to it is the driver's, and longer.
func (b *postgresStore) closePool() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		b.pool.Close()
	}()
	timer, stop := paceline.SystemClock{}.NewTimer(closeFor)
	defer stop()
	select {
	case <-closed:
	case <-timer:
	}
}
