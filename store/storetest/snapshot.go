package storetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"paceline/store"
)

// ofServers are tables that say who serves a database: each start writes them.
var ofServers = []string{"migration", "schema_floor", "node", "shard", "fence", "landed"}

// Rows are how many rows a table has, and a digest of them.
type Rows struct {
	Count  int
	digest [sha256.Size]byte
}

// Snapshot returns the rows of each table of a database that nobody serves for the moment: of what is committed.
func Snapshot(t testing.TB, o store.Options) map[string]Rows {
	t.Helper()
	rows := map[string][]string{}
	if o.URL != "" {
		snapshotPostgres(t, o.URL, rows)
	} else {
		snapshotSQLite(t, o.Path, rows)
	}
	tables := map[string]Rows{}
	for table, list := range rows {
		slices.Sort(list)
		tables[table] = Rows{len(list), sha256.Sum256(fmt.Append(nil, list))}
	}
	return tables
}

func snapshotPostgres(t testing.TB, url string, rows map[string][]string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	list := func(sql string) []string {
		result, err := conn.Query(ctx, sql)
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(result, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for _, table := range list(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`) {
		if !slices.Contains(ofServers, table) {
			rows[table] = list(`SELECT t::text FROM ` + table + ` t`)
		}
	}
}

func snapshotSQLite(t testing.TB, path string, rows map[string][]string) {
	t.Helper()
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite) // as reading a write-ahead log needs it
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	list := func(sql string) (all []string) {
		err := sqlitex.ExecuteTransient(conn, sql, &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
			row := ""
			for i := range stmt.ColumnCount() {
				row += fmt.Sprintf("%q,", stmt.ColumnText(i))
			}
			all = append(all, row)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	var tables []string
	for _, name := range list(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`) {
		tables = append(tables, name[1:len(name)-2])
	}
	for _, table := range tables {
		if !slices.Contains(ofServers, table) {
			rows[table] = list(`SELECT * FROM ` + table)
		}
	}
}
