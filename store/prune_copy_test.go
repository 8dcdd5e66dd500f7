package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paceline"
)

// A copy goes when it does not run any more and no stored run began with it.
func TestPruneCopies(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 3)
		used, idle, deleted := f.cycles[0], f.cycles[1], f.cycles[2]
		copies := func(c paceline.Cycle) []int64 {
			var list []int64
			err := s.Read(t.Context(), func(tx *Tx) error {
				return tx.query(`SELECT version FROM cycle_run WHERE cycle_num = $1 ORDER BY version`, []any{c.Num}, func(r *Row) error {
					list = append(list, r.Int(0))
					return nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		f.start(t, used) // of version 1
		gone := f.start(t, deleted)
		err := s.InTx(t.Context(), paceline.Scope{Partner: 1}, func(tx *Tx) error {
			for _, c := range f.cycles {
				for c.Version = 1; c.Version <= 3; c.Version++ {
					if err := tx.InsertRunCopy(c); err != nil {
						return err
					}
				}
				c.RunVersion = 3
				if err := tx.SetCycleState(paceline.ArrowActivate, &c); err != nil {
					return err
				}
			}
			return tx.RetireCycles(paceline.Scope{Partner: 1, Account: deleted.Account})
		})
		if err != nil {
			t.Fatal(err)
		}
		now := paceline.ToMicros(f.clock.Now())
		round := func(at paceline.Micros) (total int) {
			for from := int64(0); ; {
				next, n, err := s.PruneCopies(t.Context(), from, at)
				if err != nil {
					t.Fatal(err)
				}
				if total += n; next == 0 {
					return total
				}
				from = next
			}
		}
		if n := round(now.Add(copyKept - time.Minute)); n != 0 {
			t.Errorf("%d copies went within a day", n)
		}
		later := now.Add(copyKept + time.Minute)
		if n := round(later); n != 5 {
			t.Errorf("%d copies went, want 5", n)
		}
		for _, want := range []struct {
			cycle paceline.Cycle
			left  []int64
		}{{used, []int64{1, 3}}, {idle, []int64{3}}, {deleted, []int64{1}}} {
			if got := copies(want.cycle); !cmp.Equal(got, want.left) {
				t.Errorf("cycle %d has copies %v, want %v", want.cycle.Num, got, want.left)
			}
		}
		err = s.InTx(t.Context(), paceline.Scope{}, func(tx *Tx) error { return tx.pruneRun(gone) })
		if err != nil {
			t.Fatal(err)
		}
		if n := round(later); n != 1 || len(copies(deleted)) != 0 {
			t.Errorf("%d copies went with the last run of a deleted cycle; left are %v", n, copies(deleted))
		}
	})
}
