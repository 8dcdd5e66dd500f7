package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"paceline"
	"paceline/store"

	"github.com/jackc/pgx/v5"
)

// Run runs f as subtests "sqlite" and "postgres". Each call of open makes a new, empty store, which
// is closed when the test ends.
func Run(t *testing.T, f func(t *testing.T, open func(*testing.T) *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, func(t *testing.T) *store.Store { return Open(t, SQLite(t)) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, func(t *testing.T) *store.Store { return Open(t, Postgres(t)) })
	})
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal("open the store:", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("close the store:", err)
		}
	})
	return s
}

// SQLite returns options for a new database in a folder of the test.
func SQLite(t testing.TB) store.Options {
	t.Helper()
	return store.Options{Path: filepath.Join(t.TempDir(), "paceline.db"), BallastBytes: -1, Logger: logger(t)}
}

// Postgres returns options for a new, empty database, which is dropped when the test ends. The server
// is the one that PACELINE_TEST_POSTGRES names, else the local one.
func Postgres(t testing.TB) store.Options {
	t.Helper()
	return store.Options{URL: NewDatabase(t), Logger: logger(t)}
}

var databases atomic.Int64

// NewDatabase creates a database on the test server and returns its URL.
func NewDatabase(t testing.TB) string {
	t.Helper()
	server := os.Getenv("PACELINE_TEST_POSTGRES")
	if server == "" {
		server = "postgres://postgres@127.0.0.1:5432/test"
	}
	name := fmt.Sprintf("paceline_test_%d_%d_%s", os.Getpid(), databases.Add(1), paceline.NewHexSecret(3))
	admin(t, server, `CREATE DATABASE `+name+` TEMPLATE template0`)
	t.Cleanup(func() { admin(t, server, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func admin(t testing.TB, server, sql string) {
	t.Helper()
	ctx := context.Background() // the test's own context has ended when its cleanups run
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal("the PostgreSQL test server cannot be reached (PACELINE_TEST_POSTGRES names it):", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql); err != nil {
		t.Fatal(sql, err)
	}
}

func logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}
