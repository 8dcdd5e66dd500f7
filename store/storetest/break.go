package storetest

import (
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"paceline/store"
)

// Refuse lets each later statement of a kind, such as INSERT ON blob, fail at an open SQLite database.
func Refuse(t testing.TB, o store.Options, statement string) {
	t.Helper()
	change(t, o, `CREATE TRIGGER `+trigger(statement)+` BEFORE `+statement+` BEGIN SELECT RAISE(ABORT, 'refused'); END`)
}

// Allow ends a Refuse.
func Allow(t testing.TB, o store.Options, statement string) {
	t.Helper()
	change(t, o, `DROP TRIGGER `+trigger(statement))
}

// Lose lets each later row of a table of an open SQLite database be gone as soon as it is written, where the condition on NEW
// holds.
func Lose(t testing.TB, o store.Options, table, condition string) {
	t.Helper()
	change(t, o, `CREATE TRIGGER lose_`+table+` AFTER INSERT ON `+table+` WHEN `+condition+`
		BEGIN DELETE FROM `+table+` WHERE rowid = NEW.rowid; END`)
}

func trigger(statement string) string {
	statement, _, _ = strings.Cut(statement, " WHEN ")
	return "refuse_" + strings.ReplaceAll(statement, " ", "_")
}

func change(t testing.TB, o store.Options, sql string) {
	t.Helper()
	conn, err := sqlite.OpenConn(o.Path, sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := sqlitex.ExecuteTransient(conn, sql, nil); err != nil {
		t.Fatal(err)
	}
}
