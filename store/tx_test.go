package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"paceline"
)

var system = paceline.Scope{}

func TestPlaceholdersBindByNumber(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		cases := []struct {
			sql  string
			args []any
			want string
		}{
			{`SELECT $1 || '-' || $2`, []any{"one", "two"}, "one-two"},
			{`SELECT $2 || '-' || $1`, []any{"one", "two"}, "two-one"},
			{`SELECT $2 || $1 || $2 || $3 || $1`, []any{"a", "b", "c"}, "babca"},
			{`SELECT '$2 costs $1' || $1`, []any{"a"}, "$2 costs $1a"},
			{`SELECT $11 || $1 || $2 || $3 || $4 || $5 || $6 || $7 || $8 || $9 || $10`,
				[]any{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}, "kabcdefghij"},
		}
		err := s.Read(t.Context(), func(tx *Tx) error {
			for _, tc := range cases {
				if _, err := tx.one(castTexts(tc.sql), tc.args, func(r *Row) {
					if got := r.Text(0); got != tc.want {
						t.Errorf("%s = %q, want %q", tc.sql, got, tc.want)
					}
				}); err != nil {
					t.Errorf("%s: %v", tc.sql, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// castTexts gives PostgreSQL the type that a bare parameter lacks.
func castTexts(sql string) string {
	for n := 11; n >= 1; n-- {
		sql = strings.ReplaceAll(sql, fmt.Sprintf("$%d ", n), fmt.Sprintf("CAST($%d AS TEXT) ", n))
	}
	return strings.Replace(sql, "'CAST($2 AS TEXT) costs", "'$2 costs", 1)
}

func TestValuesRoundTrip(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		text, n := "für \u2713", 7
		err := s.InTx(t.Context(), system, func(tx *Tx) error {
			_, err := tx.exec(`CREATE TABLE tried (a BIGINT, b SMALLINT, c INTEGER, d TEXT, e ` + map[bool]string{true: "BLOB", false: "BYTEA"}[s.isSQLite()] + `)`)
			if err != nil {
				return err
			}
			if _, err = tx.exec(`INSERT INTO tried VALUES ($1, $2, $3, $4, $5)`, int64(-1)<<62, true, int32(-5), &text, []byte{0, 255}); err != nil {
				return err
			}
			_, err = tx.exec(`INSERT INTO tried VALUES ($1, $2, $3, $4, $5)`, paceline.Micros(3), false, &n, paceline.ID("x"), []byte{})
			if err != nil {
				return err
			}
			_, err = tx.exec(`INSERT INTO tried VALUES ($1, $2, $3, $4, $5)`, nil, nil, (*int)(nil), (*string)(nil), []byte(nil))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		err = s.Read(t.Context(), func(tx *Tx) error {
			return tx.query(`SELECT a, b, c, d, e FROM tried`, nil, func(r *Row) error {
				d := "nil"
				if p := r.TextPtr(3); p != nil {
					d = *p
				}
				got = append(got, fmt.Sprint(r.Int(0), r.Bool(1), r.Int32(2), d, r.Text(3), r.Bytes(4), r.Bytes(4) == nil, r.Null(0), r.IntPtr(2) == nil))
				return nil
			})
		})
		want := []string{
			fmt.Sprint(int64(-1)<<62, true, -5, text, text, []byte{0, 255}, false, false, false),
			fmt.Sprint(3, false, 7, "x", "x", []byte{}, false, false, false),
			fmt.Sprint(0, false, 0, "nil", "", []byte(nil), true, true, true),
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %q, %v\nwant %q", got, err, want)
		}
	})
}

func (s *Store) isSQLite() bool { _, ok := s.backend.(*sqliteStore); return ok }

// TestCheckThenWriteIsSerial lets 50 callers look for a name and take it if it is free.
func TestCheckThenWriteIsSerial(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		newFixture(t, s, 3)
		scopes := []paceline.Scope{{}, {Partner: 1}, {Partner: 1, Account: 1}, {Partner: 1, Account: 2}}
		for _, scope := range scopes {
			var wg sync.WaitGroup
			taken := make([]bool, 50)
			for i := range taken {
				wg.Go(func() {
					err := s.InTx(t.Context(), scope, func(tx *Tx) error {
						taken[i] = false
						n := int64(0)
						if _, err := tx.one(`SELECT COUNT(*) FROM person WHERE user_name = $1`, []any{fmt.Sprint(scope)}, func(r *Row) { n = r.Int(0) }); err != nil || n > 0 {
							return err
						}
						taken[i] = true
						_, err := tx.exec(`INSERT INTO person (id, partner_id, user_name, user_fold, first_name, last_name, password_hash, console, rights, created_at)
							VALUES ($1, 1, $2, $1, '', '', '', 0, $3, 0)`, fmt.Sprint(scope, i), fmt.Sprint(scope), []byte("{}"))
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			n := 0
			for _, ok := range taken {
				if ok {
					n++
				}
			}
			if n != 1 {
				t.Errorf("scope %v: %d callers took the name", scope, n)
			}
		}
	})
}

func TestNumbersAreDense(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		var mu sync.Mutex
		seen := map[int64]bool{}
		fail := errors.New("changed my mind")
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				var num int64
				err := s.InTx(t.Context(), system, func(tx *Tx) (err error) {
					if num, err = tx.nextNum("thing"); err == nil && i%5 == 0 {
						err = fail
					}
					return err
				})
				if i%5 == 0 {
					if err != fail {
						t.Errorf("the closure's error came back as %v", err)
					}
					return
				}
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				seen[num] = true
			})
		}
		wg.Wait()
		for num := int64(1); num <= 40; num++ {
			if !seen[num] {
				t.Errorf("number %d is missing among %v", num, seen)
			}
		}
	})
}

func TestRunNumbersRiseWithoutRepeat(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		seen := map[int64]bool{}
		last := int64(0)
		for range 2*numberBlock + 1 {
			num, err := s.RunNum(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if num <= last || seen[num] {
				t.Fatalf("%d after %d", num, last)
			}
			last, seen[num] = num, true
		}
		if last != 2*numberBlock+1 {
			t.Errorf("%d numbers ended at %d", len(seen), last)
		}
	})
}

func TestFailingClosureUndoesItselfOnly(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		boom := errors.New("boom")
		set := func(name string, end func(*Tx) error) error {
			return s.InTx(t.Context(), system, func(tx *Tx) error {
				if err := tx.SetMeta(name, []byte(name)); err != nil {
					return err
				}
				return end(tx)
			})
		}
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				name := fmt.Sprintf("%02d", i)
				var err error
				switch i % 5 {
				case 0, 1:
					if err = set(name, func(*Tx) error { return nil }); err != nil {
						t.Error(err)
					}
				case 2:
					if err = set(name, func(*Tx) error { return boom }); err != boom {
						t.Errorf("own error: %v", err)
					}
				case 3:
					err = set(name, func(tx *Tx) error {
						_, err := tx.exec(`INSERT INTO meta (name, value) VALUES ($1, $2)`, name, []byte{1})
						if err == nil {
							t.Error("a key was stored twice")
						}
						return nil // swallowed: it must fail all the same
					})
					if err == nil {
						t.Error("a transaction with a failed statement was committed")
					}
				case 4:
					func() {
						defer func() {
							if p := recover(); p != "ouch" {
								t.Errorf("the panic came back as %v", p)
							}
						}()
						set(name, func(*Tx) error { panic("ouch") })
						t.Error("no panic")
					}()
				}
			})
		}
		wg.Wait()
		var names []string
		err := s.Read(t.Context(), func(tx *Tx) error {
			return tx.query(`SELECT name FROM meta ORDER BY name`, nil, func(r *Row) error {
				names = append(names, r.Text(0))
				return nil
			})
		})
		if got, want := strings.Join(names, " "), "00 01 05 06 10 11 15 16 20 21 25 26"; err != nil || got != want {
			t.Errorf("stored %s, want %s (%v)", got, want, err)
		}
	})
}

func TestNestingPanics(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		nothing := func(*Tx) error { return nil }
		inner := map[string]func() error{
			"InTx": func() error { return s.InTx(t.Context(), system, nothing) },
			"Read": func() error { return s.Read(t.Context(), nothing) },
		}
		outer := map[string]func(func(*Tx) error) error{
			"InTx": func(f func(*Tx) error) error { return s.InTx(t.Context(), system, f) },
			"Read": func(f func(*Tx) error) error { return s.Read(t.Context(), f) },
		}
		for in, call := range inner {
			for out, wrap := range outer {
				func() {
					defer func() {
						if p := recover(); p != "store: "+in+" called inside "+out {
							t.Errorf("%s in %s: %v", in, out, p)
						}
					}()
					wrap(func(*Tx) error { return call() })
				}()
			}
		}
		if err := s.Read(t.Context(), nothing); err != nil {
			t.Error("afterwards:", err)
		}
		if err := s.InTx(t.Context(), system, nothing); err != nil {
			t.Error("afterwards:", err)
		}
	})
}

func TestReadIsASnapshotThatCannotWrite(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		set := func(value string) error {
			return s.InTx(context.Background(), system, func(tx *Tx) error { return tx.SetMeta("a", []byte(value)) })
		}
		if err := set("old"); err != nil {
			t.Fatal(err)
		}
		err := s.Read(t.Context(), func(tx *Tx) error {
			for range 2 {
				got, _, err := tx.Meta("a")
				if err != nil || !bytes.Equal(got, []byte("old")) {
					t.Errorf("the snapshot reads %q, %v", got, err)
				}
				wrote := make(chan error)
				go func() { wrote <- set("new") }()
				if err := <-wrote; err != nil {
					t.Error(err)
				}
			}
			if err := tx.SetMeta("b", nil); err == nil {
				t.Error("a write inside Read succeeded")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Read(t.Context(), func(tx *Tx) error {
			if got, _, err := tx.Meta("a"); err != nil || string(got) != "new" {
				t.Errorf("afterwards: %q, %v", got, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestCancelledCallersAreNotServed(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ran := false
		f := func(*Tx) error { ran = true; return nil }
		if err := s.InTx(ctx, system, f); !errors.Is(err, context.Canceled) || ran {
			t.Errorf("InTx = %v, ran %v", err, ran)
		}
		if err := s.Read(ctx, f); !errors.Is(err, context.Canceled) {
			t.Errorf("Read = %v", err)
		}
	})
}

func TestClosedStoreRefuses(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		op := f.accept(t, f.cycles[0], nil)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.InTx(context.Background(), system, func(*Tx) error { return nil }); err == nil {
			t.Error("InTx on a closed store")
		}
		if err := s.Read(context.Background(), func(*Tx) error { return nil }); err == nil {
			t.Error("Read on a closed store")
		}
		if r := f.submit(t, op); paceline.CodeOf(r.Err) != paceline.CodeShuttingDown {
			t.Errorf("Submit on a closed store = %+v", r)
		}
	})
}
