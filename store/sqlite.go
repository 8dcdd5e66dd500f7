package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"paceline"
)

// sqliteStore is the embedded database: one writer for everything, a pool of readers, and a keeper
// that moves the write-ahead log into the file and watches the disk.
type sqliteStore struct {
	store   *Store
	path    string
	lock    *os.File
	writer  *sqliteWriter
	readers chan *sqliteConn
	keeper  *sqliteKeeper
}

func openSQLite(ctx context.Context, s *Store, o Options) (_ *sqliteStore, err error) {
	folder := filepath.Dir(o.Path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := lockFolder(folder)
	if err != nil {
		return nil, err
	}
	b := &sqliteStore{store: s, path: o.Path, lock: lock}
	defer func() {
		if err != nil {
			b.closeAll()
		}
	}()
	if err := privateDatabase(o.Path); err != nil {
		return nil, err
	}
	// The page size and auto_vacuum only take effect before the first table.
	conn, err := openSQLiteConn(o.Path, "page_size = 16384", "auto_vacuum = INCREMENTAL", "journal_mode = WAL",
		"synchronous = FULL", "wal_autocheckpoint = 0", "cache_size = -32768", "temp_store = MEMORY")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", o.Path, err)
	}
	b.writer = newSQLiteWriter(s, b, conn, o.seams)
	err = conn.migrate(ctx, latestVersion)
	if err == nil {
		err = conn.transaction(func() error { return settle(ctx, conn, allNodes, allWriters) })
	}
	if err != nil {
		return nil, err
	}
	if o.ReaderConns <= 0 {
		o.ReaderConns = 4
	}
	b.readers = make(chan *sqliteConn, o.ReaderConns)
	for range o.ReaderConns {
		r, err := openSQLiteConn(o.Path, "query_only = 1", "cache_size = -8192", "temp_store = MEMORY")
		if err != nil {
			return nil, fmt.Errorf("open a reader of %s: %w", o.Path, err)
		}
		b.readers <- r
	}
	if b.keeper, err = newSQLiteKeeper(s, b, o); err != nil {
		return nil, err
	}
	b.keeper.start()
	b.writer.start()
	return b, nil
}

// privateDatabase makes the database file, which only its owner may read; SQLite gives the log and the index
// beside it the same mode. Files of an earlier start are put right.
func privateDatabase(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	f.Close()
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Chmod(file, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the mode of %s: %w", file, err)
		}
	}
	return nil
}

func (c *sqliteConn) migrate(ctx context.Context, version int) error {
	return migrate(ctx, c, migrations, version, c.transaction)
}

// transaction runs f between BEGIN and COMMIT, outside the writer's loop.
func (c *sqliteConn) transaction(f func() error) error {
	if err := c.run("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		err = c.run("COMMIT")
	}
	if err != nil {
		return errors.Join(err, c.rollback())
	}
	return nil
}

func (b *sqliteStore) inTx(ctx context.Context, scope paceline.Scope, urgent bool, f func(*Tx) error) error {
	return b.writer.do(ctx, scope, urgent, f)
}

func (b *sqliteStore) enqueue(op *Op) { b.writer.submit(op) }

func (b *sqliteStore) queued() int { return b.writer.queue.len() }

func (b *sqliteStore) read(ctx context.Context, f func(*Tx) error) error {
	var conn *sqliteConn
	select {
	case c, open := <-b.readers:
		if !open {
			return paceline.Fail(paceline.CodeShuttingDown)
		}
		conn = c
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { b.readers <- conn }()
	if done := ctx.Done(); done != nil {
		conn.conn.SetInterrupt(done)
		defer conn.conn.SetInterrupt(nil)
	}
	if _, err := conn.exec(ctx, "BEGIN", nil); err != nil {
		return b.readError(ctx, err)
	}
	// The rollback must run when f panics too, or the snapshot would hold back every checkpoint.
	defer func() {
		conn.conn.SetInterrupt(nil)
		conn.exec(ctx, "ROLLBACK", nil)
	}()
	tx := &Tx{ctx: ctx, db: conn.limited(ctx), now: b.store.clock.Now()}
	return b.readError(ctx, f(tx))
}

func (b *sqliteStore) readError(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (b *sqliteStore) stop() error {
	b.writer.stop()
	return b.closeAll()
}

func (b *sqliteStore) closeAll() error {
	var errs []error
	if b.keeper != nil {
		errs = append(errs, b.keeper.stop())
	}
	if b.readers != nil {
		for range cap(b.readers) {
			if len(b.readers) == 0 && b.keeper == nil {
				break // opening failed half way
			}
			errs = append(errs, (<-b.readers).conn.Close())
		}
		close(b.readers)
	}
	if b.writer != nil {
		errs = append(errs, b.writer.conn.conn.Close()) // the last connection empties the write-ahead log
	}
	return errors.Join(append(errs, b.lock.Close())...)
}
