package store

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"paceline"

	"github.com/jackc/pgx/v5"
)

// eachStore runs f on a fresh store of either database. Tests of this package reach inside and so
// cannot use storetest, which imports it.
func eachStore(t *testing.T, f func(t *testing.T, s *Store)) {
	t.Helper()
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, openTest(t, testOptions(t, name)))
		})
	}
}

func testOptions(t testing.TB, database string) Options {
	o := Options{BallastBytes: -1, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if database == "sqlite" {
		o.Path = filepath.Join(t.TempDir(), "paceline.db")
	} else {
		o.URL = testDatabase(t)
	}
	return o
}

func openTest(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func testDatabase(t testing.TB) string {
	t.Helper()
	server := os.Getenv("PACELINE_TEST_POSTGRES")
	if server == "" {
		server = "postgres://postgres@127.0.0.1:5432/test"
	}
	run := func(sql string) {
		ctx := context.Background() // t's own context has ended when its cleanups run
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			t.Fatal("the PostgreSQL test server cannot be reached (PACELINE_TEST_POSTGRES names it):", err)
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(sql, err)
		}
	}
	name := fmt.Sprintf("paceline_unit_%d_%s", os.Getpid(), paceline.NewHexSecret(4))
	run(`CREATE DATABASE ` + name + ` TEMPLATE template0`)
	t.Cleanup(func() { run(`DROP DATABASE IF EXISTS ` + name + ` WITH (FORCE)`) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
