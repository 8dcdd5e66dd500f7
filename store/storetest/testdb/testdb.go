// Package testdb makes throw-away PostgreSQL databases for tests.
// The server is the one that PACELINE_TEST_POSTGRES names, else the local one; one that cannot be
// reached fails the test. It stands apart from storetest so that the store's own tests can use it.
package testdb

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"

	"paceline"

	"github.com/jackc/pgx/v5"
)

// New creates an empty database, which is dropped when the test ends, and returns its URL.
func New(t testing.TB) string {
	t.Helper()
	server := os.Getenv("PACELINE_TEST_POSTGRES")
	if server == "" {
		server = "postgres://postgres@127.0.0.1:5432/test"
	}
	name := fmt.Sprintf("paceline_test_%d_%s", os.Getpid(), paceline.NewHexSecret(4))
	run(t, server, `CREATE DATABASE `+name+` TEMPLATE template0`)
	t.Cleanup(func() { run(t, server, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func run(t testing.TB, server, sql string) {
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
