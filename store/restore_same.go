package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"
	"zombiezen.com/go/sqlite"
)

// sqlIdentity is what tells one installation from another: its first partner, whose id is made by chance and never changes.
const sqlIdentity = `SELECT id FROM partner ORDER BY num LIMIT 1`

var errOtherInstallation = errors.New("the database is another installation's, and knows nothing of what was revoked in this one")

// sameInstallation refuses a database that is not there, or that is not of the installation of the backup. It changes nothing in it.
func sameInstallation(ctx context.Context, o Options, backup *Store) error {
	var want string
	err := backup.Read(ctx, func(tx *Tx) error {
		_, err := tx.one(sqlIdentity, nil, func(r *Row) { want = r.Text(0) })
		return err
	})
	if err != nil {
		return err
	}
	got := ""
	peek := func(db executor) error {
		return db.query(ctx, sqlIdentity, nil, func(r *Row) error {
			got = r.Text(0)
			return nil
		})
	}
	if o.Path != "" {
		err = peekSQLite(o.Path, peek)
	} else {
		err = peekPostgres(ctx, o.URL, peek)
	}
	if err == nil && got != want {
		err = errOtherInstallation
	}
	return err
}

func peekSQLite(path string, peek func(executor) error) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite) // as reading a write-ahead log needs it
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer conn.Close()
	if err := peek(&sqliteConn{conn: conn, stmts: map[string]*sqlite.Stmt{}}); err != nil {
		return fmt.Errorf("%s holds no installation: %w", path, err)
	}
	return nil
}

func peekPostgres(ctx context.Context, url string, peek func(executor) error) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return away(err)
	}
	defer conn.Close(ctx)
	if err := peek(&postgresConn{conn}); err != nil {
		return fmt.Errorf("the database holds no installation: %w", err)
	}
	return nil
}
