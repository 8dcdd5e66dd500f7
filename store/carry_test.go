package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paceline"

	"github.com/jackc/pgx/v5"
)

// contents reads every row of every table that is carried.
func contents(t *testing.T, s *Store) map[string][]string {
	t.Helper()
	all, err := layouts()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	err = s.Read(t.Context(), func(tx *Tx) error {
		for _, l := range all {
			err := tx.query(`SELECT `+l.names()+` FROM `+l.name+` WHERE 1 = 1`+l.own(), nil, func(r *Row) error {
				var row strings.Builder
				for i, c := range l.columns {
					fmt.Fprintf(&row, "%s=%q ", c.name, fmt.Sprint(c.value(r, i)))
				}
				out[l.name] = append(out[l.name], row.String())
				return nil
			})
			if err != nil {
				return err
			}
			slices.Sort(out[l.name])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sameContents(t *testing.T, got, want map[string][]string) {
	t.Helper()
	for table := range want {
		if !slices.Equal(got[table], want[table]) {
			t.Errorf("%s has %d rows, want %d:\n%.600s\nwant\n%.600s", table, len(got[table]), len(want[table]), strings.Join(got[table], "\n"), strings.Join(want[table], "\n"))
		}
	}
}

// filledStore has rows in every table, more in some than go at once.
func filledStore(t *testing.T, database string) (*Store, Options) {
	t.Helper()
	o := testOptions(t, database)
	s := openTest(t, o)
	err := s.InTx(t.Context(), system, func(tx *Tx) error {
		for n := int64(1); n <= 3; n++ {
			if err := fillEveryTable(t.Context(), tx.db, latestVersion, n); err != nil {
				return err
			}
		}
		for n := range 2*carryRows + 7 {
			if _, err := tx.exec(`INSERT INTO quota (partner_id, name, window_start, used, cap) VALUES ($1, $2, 0, 0, 0)`, n%3, fmt.Sprintf("ü%d", n)); err != nil {
				return err
			}
		}
		for n := range 5 {
			_, err := tx.exec(`INSERT INTO blob_chunk (blob, n, partner_id, account_id, bytes) VALUES ($1, $2, 1, 1, $3)`, "large", n, make([]byte, 400_000))
			if err != nil {
				return err
			}
		}
		_, err := tx.exec(`DELETE FROM tally`) // what a start would write into the counters
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, o
}

// TestCarry: everything of one database comes to the other one as it was, whichever they are; and the rest of it when it
// was cut off.
func TestCarry(t *testing.T) {
	t.Parallel()
	for _, way := range [][2]string{{"sqlite", "postgres"}, {"postgres", "sqlite"}} {
		t.Run(way[0]+" to "+way[1], func(t *testing.T) {
			t.Parallel()
			from, _ := filledStore(t, way[0])
			to := openTest(t, testOptions(t, way[1]))
			want := contents(t, from)
			for table, rows := range want {
				if len(rows) == 0 && table != "tally" {
					t.Fatalf("%s is empty", table)
				}
			}
			// A part of two tables is there.
			all, _ := layouts()
			for _, table := range []string{"account", "quota"} {
				l := all[slices.IndexFunc(all, func(l layout) bool { return l.name == table })]
				err := from.Read(t.Context(), func(tx *Tx) error {
					rows, _, err := l.next(tx, nil)
					if err != nil {
						return err
					}
					return to.InTx(t.Context(), system, func(into *Tx) error { return l.insert(into, rows[:2]) })
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			tables := 0
			total, err := from.CarryTo(t.Context(), to, func(Carried) { tables++ })
			if err != nil {
				t.Fatal(err)
			}
			sameContents(t, contents(t, to), want)
			if tables != len(all) || total < 2*carryRows {
				t.Errorf("%d tables and %d rows are told", tables, total)
			}
			err = to.InTx(t.Context(), system, func(tx *Tx) error {
				_, err := tx.exec(`DELETE FROM quota WHERE partner_id = 1 AND name = 'ü4'`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := from.CarryTo(t.Context(), to, func(Carried) {}); err == nil || !strings.Contains(err.Error(), "table quota") {
				t.Errorf("a row that is missing is told as %v", err)
			}
		})
	}
}

// TestBackupAndRestore: a backup is made under a running store, and restored it is as the database was at that moment, but
// for what lets somebody in, the schedules that have passed, and the numbers of transactions.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			s, o := filledStore(t, database)
			err := s.InTx(t.Context(), system, func(tx *Tx) error {
				_, err := tx.exec(`UPDATE account_person SET administrator = 1`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			want := contents(t, s)
			if err := s.InTx(t.Context(), system, func(tx *Tx) error { return tx.SetDeaths(2) }); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "one.backup")
			if _, err := Backup(t.Context(), o, file, func(Carried) {}); err != nil {
				t.Fatal(err)
			}
			if _, err := Backup(t.Context(), o, file, func(Carried) {}); err == nil {
				t.Error("a backup was replaced")
			}
			err = s.InTx(t.Context(), system, func(tx *Tx) error {
				for _, sql := range []string{
					`DELETE FROM api_client WHERE id = 'x2'`, `DELETE FROM person WHERE id = 'x2'`, `UPDATE person SET password_hash = 'changed' WHERE id = 'x3'`,
					`DELETE FROM account_person WHERE account_id = 3`, `UPDATE account_connector SET auth_sealed = NULL, authenticated = 0 WHERE id = 2`,
					`UPDATE account_person SET administrator = 0 WHERE account_id = 1`, `UPDATE second_factor SET sealed = 'new' WHERE person_id = 'x'`,
					`DELETE FROM second_factor WHERE person_id = 'x3'`, `DELETE FROM oauth_app WHERE partner_id = 3`,
					`UPDATE oauth_app SET client_id = 'new', secret_sealed = 'new' WHERE partner_id = 1`,
					`DELETE FROM incident`,
				} {
					if _, err := tx.exec(sql); err != nil {
						return fmt.Errorf("%s: %w", sql, err)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			to := testOptions(t, database)
			checked := false
			r := Restoring{File: file, To: to, Tell: func(Carried) {}, Check: func(context.Context, *Store) error { checked = true; return nil }}
			if database == "postgres" {
				r.Since = &o
			} else {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				r.To, r.Replace = o, true
				if _, err := Restore(t.Context(), Restoring{File: file, To: o, Tell: r.Tell}); err == nil {
					t.Error("a database was replaced unasked")
				}
			}
			done, err := Restore(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if !checked || done.Unread != nil || done.At == 0 || (done.Kept != "") != (database == "sqlite") {
				t.Errorf("restored: %+v", done)
			}
			if got := *done.Revoked; got != (Revocations{Clients: 1, People: 2, Members: 2, Factors: 2, Credentials: 1, Apps: 2}) {
				t.Errorf("revoked: %+v", got)
			}
			back := openTest(t, r.To)
			got := contents(t, back)
			for _, table := range append(slices.Clone(bearers), "api_client", "person", "account_person", "account_connector", "second_factor", "oauth_app", "audit_event", "schedule", "counter", "quota_told", "suspect") {
				delete(want, table)
			}
			sameContents(t, got, want)
			for _, table := range bearers {
				if len(got[table]) > 0 {
					t.Errorf("%s still lets somebody in", table)
				}
			}
			if len(got["api_client"]) != 2 || len(got["person"]) != 2 || !strings.Contains(strings.Join(got["person"], ""), "changed") || len(got["incident"]) != 3 {
				t.Errorf("clients %v, people %v, %d incidents", got["api_client"], got["person"], len(got["incident"]))
			}
			left := (&fixture{Store: back}).ask(t, `SELECT (SELECT COUNT(*) FROM account_person WHERE account_id = 1 AND administrator = 0),
				(SELECT COUNT(*) FROM second_factor WHERE person_id = 'x' AND LENGTH(sealed) = 3), (SELECT COUNT(*) FROM second_factor),
				(SELECT COUNT(*) FROM oauth_app WHERE client_id = 'new' AND LENGTH(secret_sealed) = 3), (SELECT COUNT(*) FROM oauth_app)`)
			if want := []int64{1, 1, 2, 1, 2}; !equalInts(left, want) {
				t.Errorf("administrators that are none, second factors and apps are %v, want %v", left, want)
			}
			if deaths := deathsOf(t, back); deaths != 0 || len(got["suspect"]) != 0 {
				t.Errorf("%d deaths and the suspects %v of before the backup are held against what was restored", deaths, got["suspect"])
			}
			now := paceline.ToMicros(back.clock.Now())
			err = back.Read(t.Context(), func(tx *Tx) error {
				return tx.query(`SELECT MIN(next_due) FROM schedule`, nil, func(row *Row) error {
					if due := row.Micros(0); due < now-3600*1e6 {
						t.Errorf("a schedule is due since %d", now-due)
					}
					return nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func deathsOf(t *testing.T, s *Store) (n int) {
	t.Helper()
	if err := s.Read(t.Context(), func(tx *Tx) (err error) { n, err = tx.Deaths(); return err }); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRestoreRefuses: what is no backup, and a database that somebody uses.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	_, o := filledStore(t, "sqlite")
	other := testOptions(t, "sqlite")
	if _, err := Restore(t.Context(), Restoring{File: o.Path, To: other, Tell: func(Carried) {}}); err == nil {
		t.Error("a database that is no backup was restored")
	}
	nowhere := Options{Path: filepath.Join(t.TempDir(), "new", "paceline.db")}
	if _, err := Restore(t.Context(), Restoring{File: other.Path + ".mistyped", To: nowhere, Tell: func(Carried) {}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := os.Lstat(filepath.Dir(nowhere.Path)); err == nil {
		t.Error("a mistyped file left a data folder")
	}
	file := filepath.Join(t.TempDir(), "one.backup")
	if _, err := Backup(t.Context(), o, file, func(Carried) {}); err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := copyFile(ended, file, filepath.Join(t.TempDir(), "copy")); !errors.Is(err, context.Canceled) {
		t.Errorf("a copy that nobody waits for: %v", err)
	}
	if _, err := Restore(t.Context(), Restoring{File: file, To: o, Replace: true, Tell: func(Carried) {}}); err == nil {
		t.Error("a database was replaced under its server")
	}
	full := testOptions(t, "postgres")
	into := openTest(t, full)
	if err := into.InTx(t.Context(), system, func(tx *Tx) error { return fillEveryTable(t.Context(), tx.db, latestVersion, 1) }); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), Restoring{File: file, To: full, Tell: func(Carried) {}}); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a database in use was restored into: %v", err)
	}
}

// TestMove: a database of SQLite goes to PostgreSQL as it is, and nobody serves from it again; a move that was cut off is
// finished by the next call, and until then nobody serves from either.
func TestMove(t *testing.T) {
	t.Parallel()
	s, o := filledStore(t, "sqlite")
	want := contents(t, s)
	if _, err := Move(t.Context(), Moving{From: o, To: testOptions(t, "postgres"), Tell: func(Carried) {}}); err == nil {
		t.Error("a database was moved under its server")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	target := testOptions(t, "postgres")
	m := Moving{From: o, To: target, Name: "there", Tell: func(Carried) {}}
	cut, cancel := context.WithCancel(t.Context())
	defer cancel()
	m.Tell = func(c Carried) {
		if c.Table == "cycle" {
			cancel()
		}
	}
	if _, err := Move(cut, m); err == nil {
		t.Fatal("the move was not cut off")
	}
	within := func(o Options, f func(s *Store) error) error {
		t.Helper()
		o.Aside = true
		s, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return f(s)
	}
	mayServe := func(s *Store) error { return s.MayServe(t.Context()) }
	if within(o, mayServe) == nil || within(target, mayServe) == nil {
		t.Error("one may serve while a move is not finished")
	}
	if _, err := Backup(t.Context(), target, filepath.Join(t.TempDir(), "half"), func(Carried) {}); err == nil || !strings.Contains(err.Error(), "not finished") {
		t.Errorf("a backup of a database that a move has filled in part: %v", err)
	}
	other := testOptions(t, "postgres")
	if err := within(other, func(s *Store) error {
		return s.InTx(t.Context(), system, func(tx *Tx) error { return fillEveryTable(t.Context(), tx.db, latestVersion, 1) })
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := Move(t.Context(), Moving{From: o, To: other, Tell: func(Carried) {}}); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("into a database that is in use: %v", err)
	}
	m.Tell = func(Carried) {}
	if rows, err := Move(t.Context(), m); err != nil || rows < 2*carryRows {
		t.Fatalf("%d rows, %v", rows, err)
	}
	if err := within(target, mayServe); err != nil {
		t.Errorf("from the target: %v", err)
	}
	if err := within(o, mayServe); err == nil || !strings.Contains(err.Error(), "moved to there") {
		t.Errorf("from the source: %v", err)
	}
	if err := within(target, func(s *Store) error {
		sameContents(t, contents(t, s), want)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := Move(t.Context(), m); err == nil {
		t.Error("a database was moved twice")
	}
	kept := filepath.Join(t.TempDir(), "kept.backup")
	if _, err := Backup(t.Context(), o, kept, func(Carried) {}); err != nil {
		t.Fatal(err)
	}
	back := testOptions(t, "sqlite")
	if _, err := Restore(t.Context(), Restoring{File: kept, To: back, Tell: func(Carried) {}}); err != nil {
		t.Fatal(err)
	}
	if err := within(back, mayServe); err != nil {
		t.Errorf("from what was restored of the source: %v", err)
	}
	if within(o, mayServe) == nil {
		t.Error("the source of a move that is done may be served from")
	}
	if err := within(o, func(s *Store) error { return s.GiveUpMove(t.Context()) }); err == nil {
		t.Error("a move that is done was given up")
	}
}

// TestMoveGivenUp: a source is served from again whose move is given up, and the target of before takes no part of another.
func TestMoveGivenUp(t *testing.T) {
	t.Parallel()
	s, o := filledStore(t, "sqlite")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cut, cancel := context.WithCancel(t.Context())
	defer cancel()
	m := Moving{From: o, To: testOptions(t, "postgres"), Tell: func(Carried) { cancel() }}
	if _, err := Move(cut, m); err == nil {
		t.Fatal("the move was not cut off")
	}
	again := openTest(t, o)
	if err := again.GiveUpMove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := again.MayServe(t.Context()); err != nil {
		t.Error(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	m.Tell = func(Carried) {}
	if _, err := Move(t.Context(), m); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("into a target that has a part of a move that was given up: %v", err)
	}
}

// TestRestoreSinceOfOthers: what was revoked is told by a database that is there and that is of the same installation alone. Others
// stay as they are, and nothing is restored.
func TestRestoreSinceOfOthers(t *testing.T) {
	t.Parallel()
	s, o := filledStore(t, "sqlite")
	file := filepath.Join(t.TempDir(), "one.backup")
	if _, err := Backup(t.Context(), o, file, func(Carried) {}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	strange := testOptions(t, "sqlite")
	newFixture(t, openTest(t, strange), 1).Close()
	stranger := testOptions(t, "postgres")
	newFixture(t, openTest(t, stranger), 1).Close()
	mistyped := filepath.Join(t.TempDir(), "typo", "paceline.db")
	empty := testOptions(t, "postgres")
	for name, since := range map[string]Options{"mistyped": {Path: mistyped}, "another's file": strange, "another's database": stranger, "an empty database": empty} {
		to := testOptions(t, "sqlite")
		if done, err := Restore(t.Context(), Restoring{File: file, To: to, Since: &since, Tell: func(Carried) {}}); err == nil {
			t.Errorf("%s: restored, with %+v revoked", name, done.Revoked)
		}
		if _, err := os.Lstat(to.Path); err == nil {
			t.Errorf("%s: something was restored", name)
		}
	}
	if _, err := os.Lstat(filepath.Dir(mistyped)); err == nil {
		t.Error("the mistyped file was made")
	}
	conn, err := pgx.Connect(t.Context(), empty.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	tables := 0
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&tables); err != nil || tables != 0 {
		t.Errorf("the empty database has %d tables, %v", tables, err)
	}
	// One that makes room for the backup and is another's is kept, and revokes nothing.
	done, err := Restore(t.Context(), Restoring{File: file, To: strange, Replace: true, Tell: func(Carried) {}})
	if err != nil || !errors.Is(done.Unread, errOtherInstallation) || done.Revoked != nil || done.Kept == "" {
		t.Errorf("in place of another installation: %+v, %v", done, err)
	}
}

// TestRestoreCutOff: a database of which a restore has filled a part lets nobody serve from it, nor a backup be made.
func TestRestoreCutOff(t *testing.T) {
	t.Parallel()
	_, o := filledStore(t, "sqlite")
	file := filepath.Join(t.TempDir(), "one.backup")
	if _, err := Backup(t.Context(), o, file, func(Carried) {}); err != nil {
		t.Fatal(err)
	}
	to := testOptions(t, "postgres")
	cut, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := Restoring{File: file, To: to, Tell: func(c Carried) {
		if c.Table == "api_client" { // the tokens came before it
			cancel()
		}
	}}
	if _, err := Restore(cut, r); err == nil {
		t.Fatal("the restore was not cut off")
	}
	mayServe := func(o Options) error {
		o.Aside = true
		return openTest(t, o).MayServe(t.Context())
	}
	if err := mayServe(to); err == nil || !strings.Contains(err.Error(), "restore") {
		t.Errorf("a server on a part of a backup: %v", err)
	}
	if _, err := Backup(t.Context(), to, filepath.Join(t.TempDir(), "half"), func(Carried) {}); err == nil {
		t.Error("a backup was made of it")
	}
	r.To, r.Tell = testOptions(t, "postgres"), func(Carried) {}
	if _, err := Restore(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := mayServe(r.To); err != nil {
		t.Errorf("a server on all of it: %v", err)
	}
}
