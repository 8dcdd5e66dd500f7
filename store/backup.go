package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"paceline"

	"zombiezen.com/go/sqlite"
)

// metaBackup is when a backup shows its database, in microseconds; no other database has it.
const metaBackup = "backup_at"

// Backup writes a new file, a database of SQLite that holds everything of the one that o names, payloads included, as it
// is at one moment, and returns when that was. A server may run on it meanwhile. What keys seal stays sealed; the
// installation key is not in it. Without an error the file is whole, and on the disk.
func Backup(ctx context.Context, o Options, file string, tell func(Carried)) (at paceline.Micros, err error) {
	if o.Clock == nil {
		o.Clock = paceline.SystemClock{}
	}
	at = paceline.ToMicros(o.Clock.Now())
	if _, err := os.Lstat(file); err == nil {
		return 0, fmt.Errorf("%s is there already, and a backup is never replaced", file)
	}
	folder, err := os.MkdirTemp(filepath.Dir(file), ".paceline-backup-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	part := filepath.Join(folder, "paceline.db")
	if o.Path != "" {
		err = vacuumInto(ctx, o.Path, part)
	} else {
		err = carryInto(ctx, o, part, tell)
	}
	if err == nil {
		err = finishBackup(part, at)
	}
	if err == nil {
		err = os.Link(part, file) // not over a file that has come meanwhile
	}
	if err == nil {
		err = syncFolder(filepath.Dir(file))
	}
	return at, err
}

// vacuumInto copies a database of SQLite beside the server that has it.
func vacuumInto(ctx context.Context, path, part string) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer conn.Close()
	if err := privateFile(part); err != nil {
		return err
	}
	conn.SetInterrupt(ctx.Done())
	c := &sqliteConn{conn: conn, stmts: map[string]*sqlite.Stmt{}}
	if err := c.run("PRAGMA temp_store = MEMORY"); err != nil {
		return err
	}
	_, err = c.exec(ctx, `VACUUM INTO $1`, []any{part})
	return errors.Join(err, ctx.Err())
}

// carryInto copies a database of PostgreSQL beside the servers that run on it.
func carryInto(ctx context.Context, o Options, part string, tell func(Carried)) error {
	o.Aside = true
	from, err := Open(ctx, o)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := from.MayServe(ctx); err != nil { // what a move has not filled yet is no installation
		return err
	}
	to, err := Open(ctx, Options{Path: part, BallastBytes: -1, Logger: o.Logger, Clock: o.Clock})
	if err != nil {
		return err
	}
	_, err = from.CarryTo(ctx, to, tell)
	return errors.Join(err, to.Close())
}

// finishBackup checks a copy, says in it when it was made, and brings it to the disk.
func finishBackup(part string, at paceline.Micros) error {
	conn, err := openSQLiteConn(part)
	if err != nil {
		return err
	}
	broken := ""
	ctx := context.Background()
	err = conn.query(ctx, `PRAGMA quick_check(1)`, nil, func(r *Row) error {
		if r.Text(0) != "ok" {
			broken = r.Text(0)
		}
		return nil
	})
	if err == nil && broken != "" {
		err = fmt.Errorf("the copy is broken: %s", broken)
	}
	if err == nil {
		_, err = conn.exec(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2)`, []any{metaBackup, strconv.AppendInt(nil, int64(at), 10)})
	}
	if err == nil {
		err = conn.run("PRAGMA journal_mode = DELETE") // the file stands alone
	}
	if err := errors.Join(err, conn.conn.Close()); err != nil {
		return err
	}
	return syncFile(part)
}

// privateFile makes an empty file that its owner alone may read.
func privateFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
