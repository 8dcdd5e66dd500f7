package store

import (
	"testing"

	"paceline"
)

// TestLink: a linked transaction knows how many links led to it, also through those that were repeated from it, and a
// second try of the same call starts nothing.
func TestLink(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, openTest(t, testOptions(t, database)), 1)
			c := f.cycles[0]
			scope := paceline.Scope{Partner: c.Partner, Account: c.Account}
			depth := func(run int64) (n int, known bool) {
				err := f.Read(t.Context(), func(tx *Tx) (err error) {
					n, known, err = tx.LinkDepth(scope, run)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				return n, known
			}
			first := f.start(t, c)
			link := func(key byte) Result {
				op := f.accept(t, c, []byte("data"))
				op.Accept.Link = &Link{FromRun: first, Depth: 3}
				op.Accept.Dedupe = &Dedupe{Step: c.ID, Key: [16]byte{key}, Expires: op.Accept.Run.CreatedAt.Add(retentionDefault)}
				return f.mustSubmit(t, op)
			}
			linked, again := link(1), link(1)
			if linked.Duplicate || !again.Duplicate || again.Run != linked.Run {
				t.Errorf("the link gave %+v, and the same again %+v", linked, again)
			}
			op := f.accept(t, c, []byte("data"))
			op.Accept.Run.Parent = linked.Run
			repeated := f.mustSubmit(t, op).Run
			for run, want := range map[int64]int{first: 0, linked.Run: 3, repeated: 3} {
				if n, known := depth(run); n != want || !known {
					t.Errorf("transaction %d: %d links, %t; want %d", run, n, known, want)
				}
			}
			if _, known := depth(1 << 40); known {
				t.Error("an unknown transaction is known")
			}
		})
	}
}

// TestGather: the transactions that wait end, and one goes on, but only while no other of the cycle is live.
func TestGather(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, openTest(t, testOptions(t, database)), 2)
			c, other := f.cycles[0], f.cycles[1]
			f.start(t, other) // of another cycle: no matter
			wait := func(due paceline.Micros) int64 {
				run := f.start(t, c)
				op := f.advance(c, run, 1, paceline.RunLive, nil)
				op.Advance.DueAt = due
				op.Advance.Rows[0].StepRef, op.Advance.Rows[0].Exit = 4, paceline.ExitWaits
				f.mustSubmit(t, op)
				return run
			}
			one, two := wait(paceline.WaitAllDue(4, false)), wait(paceline.WaitAllDue(4, true))
			busy := f.start(t, c)
			gather := func() Result {
				num, now := f.runNum(t), paceline.ToMicros(f.clock.Now())
				return f.mustSubmit(t, Op{Root: c.Root, Gather: &Gather{
					Partner: c.Partner, Account: c.Account, Cycle: c.Num, At: now, Ends: []AtAll{{Version: c.RunVersion, Step: 4}},
					Starts: []Child{{
						Run: paceline.Run{Num: num, Partner: c.Partner, Account: c.Account, Root: c.Root, Cycle: c.Num, Version: c.RunVersion, CreatedAt: now},
						Row: paceline.StepRow{Run: num, StepRef: 4, From: -1},
					}},
				}})
			}
			if r := gather(); !r.Refused {
				t.Errorf("gathered beside a live one: %+v", r)
			}
			f.mustSubmit(t, f.advance(c, busy, 1, paceline.RunCompleted, nil))
			if r := gather(); r.Refused || r.Count != 1 {
				t.Errorf("gathered %+v, want one", r)
			}
			if r := gather(); !r.Refused {
				t.Errorf("gathered twice: %+v", r)
			}
			scope := paceline.Scope{Partner: c.Partner, Account: c.Account}
			err := f.Read(t.Context(), func(tx *Tx) error {
				ended, _, err := tx.Run(scope, one)
				if err != nil || ended.State != paceline.RunCompleted || ended.EndedAt == 0 {
					t.Errorf("the one that waited is %+v, %v", ended, err)
				}
				goesOn, _, err := tx.Run(scope, two)
				if err != nil || goesOn.State != paceline.RunLive || goesOn.DueAt != 0 {
					t.Errorf("the one that waits elsewhere, too, is %+v, %v", goesOn, err)
				}
				rows, err := tx.Steps(scope, two, false)
				if err != nil || rows[1].Exit != paceline.ExitGathered {
					t.Errorf("its rows are %+v, %v", rows, err)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestGatherMany: thousands that wait end in several ops, none of which holds up others for long. The transaction that
// goes on starts with the last of them, once, also when another transaction comes in between; those that have arrived
// at a second step wait there.
func TestGatherMany(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		const many, several = 2*gatherAtOnce + 10, 7
		first := f.runNum(t)
		err := s.InTx(t.Context(), system, func(tx *Tx) error {
			for i := range int64(many) {
				due, num := paceline.WaitAllDue(4, i < several), first+1+i
				rows := []int32{4}
				if i < several {
					rows = append(rows, 6)
				}
				if _, err := tx.exec(sqlInsertRun, num, c.Partner, c.Account, c.Root, c.Num, c.RunVersion, due, 0, i, 0, 0); err != nil {
					return err
				}
				for seq, ref := range rows {
					if _, err := tx.exec(sqlUpsertStep, stepKey(num, int32(seq)), c.Partner, c.Account, ref, -1, int(paceline.StepDone),
						paceline.ExitWaits.Number(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, nil, nil, nil, nil, nil, nil, nil, nil); err != nil {
						return err
					}
				}
			}
			_, err := tx.exec(sqlAddCycle, c.Num, c.Partner, c.Account, 0, 0, 0, many, 0, 0)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		num := first + many + 1
		gather := func(step int32) Result {
			num++
			now := paceline.ToMicros(f.clock.Now())
			return f.mustSubmit(t, Op{Root: c.Root, Gather: &Gather{
				Partner: c.Partner, Account: c.Account, Cycle: c.Num, At: now, Ends: []AtAll{{Version: c.RunVersion, Step: step}},
				Starts: []Child{{
					Run: paceline.Run{Num: num, Partner: c.Partner, Account: c.Account, Root: c.Root, Cycle: c.Num, Version: c.RunVersion, CreatedAt: now},
					Row: paceline.StepRow{Run: num, StepRef: step, From: -1},
				}},
			}})
		}
		if r := gather(4); r != (Result{Count: gatherAtOnce - several, More: true}) {
			t.Errorf("the first op gave %+v", r)
		}
		busy := f.acceptNumbered(c, first)
		f.mustSubmit(t, busy)
		if r := gather(4); !r.Refused {
			t.Errorf("gathered beside a live one: %+v", r)
		}
		f.mustSubmit(t, f.advance(c, first, 1, paceline.RunCompleted, nil))
		if r := gather(4); r != (Result{Count: gatherAtOnce, More: true}) {
			t.Errorf("the next op gave %+v", r)
		}
		if r := gather(4); r != (Result{Count: 10}) {
			t.Errorf("the last op gave %+v", r)
		}
		started := f.ask(t, `SELECT COUNT(*), MAX(num) FROM run WHERE state = 0 AND due_at = 0`)
		if started[0] != 1 || started[1] != num {
			t.Errorf("%d go on, the last is %d, want %d alone", started[0], started[1], num)
		}
		if n := f.ask(t, `SELECT COUNT(*) FROM run WHERE state = 0 AND due_at = $1`, paceline.WaitAllDue(6, false)); n[0] != several {
			t.Errorf("%d wait at the second step, want %d", n[0], several)
		}
		f.mustSubmit(t, f.advance(c, num, 1, paceline.RunCompleted, nil))
		if r := gather(6); r != (Result{Count: several}) {
			t.Errorf("the second step gave %+v", r)
		}
		if got := f.counters(t, c); got.InProgress != 1 {
			t.Errorf("%d are in progress, want the one that goes on", got.InProgress)
		}
	})
}

// TestGatherOfABrokenPlan: those that wait for what cannot go on become ready, so that they are looked at and end.
func TestGatherOfABrokenPlan(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		for _, several := range []bool{false, true} {
			op := f.advance(c, f.start(t, c), 1, paceline.RunLive, nil)
			op.Advance.DueAt = paceline.WaitAllDue(4, several)
			f.mustSubmit(t, op)
		}
		gather := func() Result {
			return f.mustSubmit(t, Op{Root: c.Root, Gather: &Gather{Partner: c.Partner, Account: c.Account, Cycle: c.Num, Broken: true,
				Ends: []AtAll{{Version: c.RunVersion, Step: 4}}}})
		}
		if r := gather(); r != (Result{Count: 2}) {
			t.Errorf("gathered %+v", r)
		}
		if n := f.ask(t, `SELECT COUNT(*) FROM run WHERE state = 0 AND due_at = 0`); n[0] != 2 {
			t.Errorf("%d are ready, want two", n[0])
		}
		if r := gather(); !r.Refused {
			t.Errorf("gathered beside live ones: %+v", r)
		}
	})
}
