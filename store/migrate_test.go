package store

import (
	"context"
	"strings"
	"testing"

	"paceline"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
)

// withVersion runs f on a database with the schema of the version.
func withVersion(t *testing.T, o Options, version int, f func(executor) error) {
	t.Helper()
	if o.Path != "" {
		conn, err := openSQLiteConn(o.Path, "page_size = 16384", "journal_mode = WAL")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.conn.Close()
		if err := conn.migrate(t.Context(), version); err != nil {
			t.Fatal(err)
		}
		if err := f(conn); err != nil {
			t.Fatal(err)
		}
		return
	}
	pool, err := pgxpool.New(t.Context(), o.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := (&postgresStore{pool: pool}).migrate(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if err := f(&postgresConn{conn.Conn()}); err != nil {
		t.Fatal(err)
	}
}

// TestDataOfThePreviousVersionSurvives: a database of version N-1 with a row in every table becomes one
// of version N, keeps its rows and serves.
func TestDataOfThePreviousVersionSurvives(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t, database)
			previous := migrations[len(migrations)-2].version
			const n = 900
			withVersion(t, o, previous, func(db executor) error { return fillEveryTable(t.Context(), db, previous, n) })
			f := newFixture(t, openTest(t, o), 1)
			for name := range tables(previous) {
				if (name == "node" || name == "shard" || name == "landed") && database == "postgres" { // a server that is alone ends the others
					continue
				}
				if name == "object_copy" { // nothing was ever written to it, so it could be dropped
					continue
				}
				if name == "tally" { // its row was added to the counters
					if got := f.ask(t, `SELECT ok FROM usage_day WHERE account_id = $1`, n); got[0] != n+1 {
						t.Errorf("usage is %d", got[0])
					}
					continue
				}
				if got := f.ask(t, `SELECT COUNT(*) FROM `+name); got[0] == 0 {
					t.Errorf("the row of %s is gone", name)
				}
			}
			c := f.cycles[0]
			run := f.start(t, c)
			f.mustSubmit(t, f.advance(c, run, 1, paceline.RunCompleted, nil))
		})
	}
}

func TestMigrationsRunOnceAndForwardOnly(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t, database)
			versions := func(db executor) (got []int) {
				err := db.query(t.Context(), `SELECT version FROM migration ORDER BY version`, nil, func(r *Row) error {
					got = append(got, int(r.Int(0)))
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			var want []int
			for _, m := range migrations {
				want = append(want, m.version)
			}
			for range 2 {
				withVersion(t, o, latestVersion, func(db executor) error {
					if got := versions(db); !cmp.Equal(got, want) {
						t.Errorf("versions %v, want %v", got, want)
					}
					return nil
				})
			}
			withVersion(t, o, latestVersion, func(db executor) error {
				_, err := db.exec(t.Context(), `INSERT INTO migration (version, name) VALUES (9999, 'of the future')`, nil)
				return err
			})
			// The next release lets this program run on its schema, the one after it no more.
			s, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal("a database of the next release:", err)
			}
			s.Close()
			withVersion(t, o, latestVersion, func(db executor) error {
				_, err := db.exec(t.Context(), `INSERT INTO schema_floor (version) VALUES (9998)`, nil)
				return err
			})
			if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "use a newer program") {
				t.Errorf("a database of a newer program: %v", err)
			}
		})
	}
}

// TestFailedMigrationLeavesNothing: a migration is applied whole or not at all.
func TestFailedMigrationLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			withVersion(t, testOptions(t, database), 0, func(db executor) error {
				inTx := func(f func() error) error {
					if _, err := db.exec(t.Context(), "BEGIN", nil); err != nil {
						return err
					}
					end := "COMMIT"
					err := f()
					if err != nil {
						end = "ROLLBACK"
					}
					if _, err := db.exec(context.Background(), end, nil); err != nil {
						return err
					}
					return err
				}
				bad := []migration{{1, "bad", "CREATE TABLE half (a BIGINT); CREATE TABLE half (a BIGINT)"}}
				if err := migrate(t.Context(), db, bad, 1, inTx); err == nil {
					t.Error("a table was created twice")
				}
				good := []migration{{1, "good", "CREATE TABLE half (a BIGINT) -- ; not a statement"}}
				return migrate(t.Context(), db, good, 1, inTx)
			})
		})
	}
}
