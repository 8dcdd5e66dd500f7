package store

import (
	"testing"

	"paceline"
)

// TestArrive plays a row that waits: deliveries find it by its key, count up, keep the run ready, and are forgotten
// with it. A second copy and one that comes too late store nothing.
func TestArrive(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 3)
		c := f.cycles[1]
		scope := scopeOf(c)
		key := paceline.KeyHash{1, 2}
		wait := func(run int64) {
			op := f.advance(c, run, 1, paceline.RunLive, nil)
			a := op.Advance
			a.DueAt, a.Awaits, a.Waiting = 1<<60, true, []Waiting{{Seq: 1, StepRef: 4, Key: key}}
			a.Rows[0].State, a.Rows[0].DueAt, a.Rows[0].Output = paceline.StepParked, 1<<60, paceline.Output{}
			f.mustSubmit(t, op)
		}
		older, newer := f.start(t, c), f.start(t, c)
		wait(older)
		wait(newer)
		find := func(key paceline.KeyHash, step int32) (run int64) {
			err := s.Read(t.Context(), func(tx *Tx) error {
				h, seq, found, err := tx.Awaiting(scope, c.Num, step, key)
				if run = h.Run; found && (seq != 1 || h.Cycle != c.Num || h.Account != c.Account) {
					t.Errorf("found %+v, row %d", h, seq)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return run
		}
		if got := []int64{find(key, 4), find(key, 5), find(paceline.KeyHash{1}, 4)}; got[0] != newer || got[1] != 0 || got[2] != 0 {
			t.Fatalf("found %v, want the newer one %d and nothing else", got, newer)
		}
		arrive := func(run int64, event byte) Result {
			op := &Arrive{Partner: c.Partner, Account: c.Account, Cycle: c.Num, Run: run,
				Arrival: Arrival{Seq: 1, At: 7, RowsOut: 2, Output: paceline.Output{Data: []byte{event}}}}
			if event != 0 {
				op.Dedupe = &Dedupe{Step: c.ID, Key: [16]byte{event}, Expires: 1 << 60}
			}
			return f.mustSubmit(t, Op{Root: c.Root, Arrive: op})
		}
		for i, want := range []Result{
			{Run: newer, Seq: 1},
			{Run: newer, Seq: 1, N: 1},
			{Run: newer, Seq: 1, N: 1, Duplicate: true},
			{Run: newer, Seq: 1, N: 2},
		} {
			if got := arrive(newer, []byte{0, 9, 9, 8}[i]); got != want {
				t.Errorf("delivery %d: %+v, want %+v", i, got, want)
			}
		}
		if due := f.ask(t, `SELECT due_at FROM run WHERE num = $1`, newer); due[0] != 0 {
			t.Error("the run for which a delivery came is not ready")
		}
		l, _, err := s.Load(t.Context(), newer)
		if err != nil || len(l.Arrivals) != 3 || l.Arrivals[2].N != 2 || l.Arrivals[2].At != 7 {
			t.Errorf("loaded %+v, %v", l.Arrivals, err)
		}
		err = s.Read(t.Context(), func(tx *Tx) error {
			a, found, err := tx.Arrival(scope, newer, 1, 1)
			if !found || a.RowsOut != 2 || string(a.Output.Data) != "\x09" {
				t.Errorf("arrival %+v, %v", a, found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}

		// One row is made of the first; the run would rest, but others have come.
		op := f.advance(c, newer, 2, paceline.RunLive, nil)
		op.Advance.DueAt, op.Advance.Awaits, op.Advance.Taken = 1<<60, true, []Arrival{{Seq: 1, N: 0}}
		f.mustSubmit(t, op)
		if due := f.ask(t, `SELECT due_at FROM run WHERE num = $1`, newer); due[0] != 0 {
			t.Error("a run for which deliveries have come may not rest")
		}
		op = f.advance(c, newer, 3, paceline.RunLive, nil)
		op.Advance.DueAt, op.Advance.Awaits, op.Advance.Taken = 1<<60, true, []Arrival{{Seq: 1, N: 1}, {Seq: 1, N: 2}}
		f.mustSubmit(t, op)
		if due := f.ask(t, `SELECT due_at FROM run WHERE num = $1`, newer); due[0] != 1<<60 {
			t.Error("a run whose deliveries all have rows may rest")
		}

		// It ends, and the older one is found; then a stop ends that.
		op = f.advance(c, newer, 4, paceline.RunCompleted, nil)
		op.Advance.Awaits = true
		f.mustSubmit(t, op)
		if got := arrive(newer, 0); !got.Refused {
			t.Errorf("a delivery for a run that has ended: %+v", got)
		}
		if got := find(key, 4); got != older {
			t.Errorf("found %d, want the older one %d", got, older)
		}
		if got := arrive(older, 9); !got.Duplicate || got.Run != newer || got.N != 1 {
			t.Errorf("a copy for another run: %+v", got)
		}
		arrive(older, 0)
		f.write(t, `UPDATE cycle SET state = 3 WHERE num = $1`, c.Num)
		if got := arrive(older, 0); got.Refused || got.N != 1 {
			t.Errorf("a delivery for a cycle that finishes: %+v", got)
		}
		f.write(t, `UPDATE cycle SET state = 0 WHERE num = $1`, c.Num)
		if got := arrive(older, 0); !got.Refused {
			t.Errorf("a delivery for a cycle that does not run: %+v", got)
		}
		f.mustSubmit(t, Op{Root: c.Root, Cancel: &Cancel{Partner: c.Partner, Account: c.Account, Cycle: c.Num, At: 5}})
		if n := f.ask(t, `SELECT (SELECT COUNT(*) FROM waiting), (SELECT COUNT(*) FROM arrival)`); n[0] != 0 || n[1] != 2 {
			t.Errorf("%d waiting rows and %d arrivals are left, want none and the two that have no row", n[0], n[1])
		}
		if _, err := s.Prune(t.Context(), 1<<62, 50); err != nil {
			t.Fatal(err)
		}
		if n := f.ask(t, `SELECT COUNT(*) FROM arrival`); n[0] != 0 {
			t.Errorf("%d arrivals outlive the data of their transactions", n[0])
		}
	})
}

// TestUnusedArrivals: what has come for a transaction that fails is kept with it, and told once; a row that is made in
// the same commit uses it up.
func TestUnusedArrivals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		for _, tc := range []struct {
			come, used  int
			left, wants int64
		}{{come: 2, left: 2, wants: 1}, {come: 2, used: 1, left: 1, wants: 1}, {come: 1, used: 1}, {}} {
			run := f.waiting(t, c)
			for range tc.come {
				f.mustSubmit(t, f.arrive(c, run))
			}
			op := f.advance(c, run, 2, paceline.RunFailed, nil)
			a := op.Advance
			a.Awaits = true
			a.Unused = &paceline.Incident{Partner: c.Partner, Account: c.Account, Cycle: c.Num, Run: run, Code: paceline.CodeWebhookUnused, At: a.At, Notify: true}
			for n := range tc.used {
				a.Taken = append(a.Taken, Arrival{Seq: 1, N: int32(n)})
			}
			f.mustSubmit(t, op)
			got := f.ask(t, `SELECT (SELECT COUNT(*) FROM arrival WHERE run = $1), (SELECT COUNT(*) FROM incident WHERE run = $1),
				(SELECT COUNT(*) FROM delivery WHERE run = $1), (SELECT errors FROM run WHERE num = $1), (SELECT COUNT(*) FROM waiting WHERE run = $1)`, run)
			if want := []int64{tc.left, tc.wants, tc.wants, tc.wants, 0}; !equalInts(got, want) {
				t.Errorf("%+v: arrivals, incidents, error webhooks, errors and waiting rows are %v, want %v", tc, got, want)
			}
			late := f.arrive(c, run)
			if r := f.mustSubmit(t, late); !r.Refused {
				t.Errorf("a delivery for a transaction that has failed: %+v", r)
			}
		}
	})
}
