package storetest

import (
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"paceline/store"
)

// RefuseBlobs lets each later write of a large payload to an open SQLite database fail, as a database that is away
// would.
func RefuseBlobs(t testing.TB, o store.Options) {
	t.Helper()
	conn, err := sqlite.OpenConn(o.Path, sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = sqlitex.ExecuteTransient(conn, `CREATE TRIGGER refuse_blobs BEFORE INSERT ON blob BEGIN SELECT RAISE(ABORT, 'refused'); END`, nil)
	if err != nil {
		t.Fatal(err)
	}
}
