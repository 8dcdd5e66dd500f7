package store

import (
	"testing"

	"paceline"
)

// TestCancelOfMany: a stop of thousands comes in ops that each look at some, so that it holds up nobody, and ends what
// one op would have ended. Should the cycle run again in between, the rest goes on.
func TestCancelOfMany(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		t.Run(map[bool]string{false: "stopped", true: "started again"}[again], func(t *testing.T) {
			t.Parallel()
			eachStore(t, func(t *testing.T, s *Store) {
				f := newFixture(t, s, 1)
				c := f.cycles[0]
				const each = cancelAtOnce
				err := s.InTx(t.Context(), system, func(tx *Tx) error {
					for i := range int64(4 * each) {
						// Of the cycle: queued, in its line, and parked; and parked of another one, which stand in between.
						num, cycle, due := 1000+i, c.Num, []paceline.Micros{0, paceline.LineDue(c.Num, false), 1 << 50, 1 << 50}[i%4]
						if i%4 == 3 {
							cycle = 77
						}
						if _, err := tx.exec(sqlInsertRun, num, c.Partner, c.Account, c.Root, cycle, c.RunVersion, due, 0, i, 0, 0); err != nil {
							return err
						}
					}
					if _, err := tx.exec(sqlAddCycle, c.Num, c.Partner, c.Account, 0, 0, 0, 3*each, 0, 0); err != nil {
						return err
					}
					_, err := tx.exec(`UPDATE cycle SET state = 0`)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				var from *LivePlace
				ended, ops := int64(0), 0
				for {
					r := f.mustSubmit(t, Op{Root: c.Root, Cancel: &Cancel{Partner: c.Partner, Account: c.Account, Cycle: c.Num, All: true, At: 5, From: from}})
					ended += r.Count
					if ops++; !r.More {
						break
					}
					from = &r.Next
					if again {
						f.write(t, `UPDATE cycle SET state = 2`)
					}
				}
				if ops < 2 || again && ops != 2 {
					t.Errorf("it took %d ops", ops)
				}
				want := []int64{ended, 3*each - ended, each}
				if !again {
					want = []int64{3 * each, 0, each}
				}
				got := f.ask(t, `SELECT (SELECT COUNT(*) FROM run WHERE state IN (3, 4) AND ended_at = 5), (SELECT COUNT(*) FROM run WHERE state = 0 AND cycle_num = 1),
					(SELECT COUNT(*) FROM run WHERE state = 0 AND cycle_num = 77)`)
				if !equalInts(got, want) || ended == 0 {
					t.Errorf("ended, live and live of the other cycle are %v, want %v", got, want)
				}
				if n := f.counters(t, c).InProgress; n != 3*each-ended {
					t.Errorf("%d count as in progress, %d are", n, 3*each-ended)
				}
			})
		})
	}
}
