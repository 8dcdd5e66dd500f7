package store

import (
	"testing"
	"time"

	"paceline"

	"github.com/google/go-cmp/cmp"
)

// TestFirstCallLiesInTheRow: an execution that ends with its first call needs no row of exchange for it, one that goes on does;
// read are all of them, in their order, whichever program version wrote them.
func TestFirstCallLiesInTheRow(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		scope := paceline.Scope{Partner: c.Partner, Account: c.Account}
		run := f.start(t, c)
		var want []paceline.Exchange
		// write records the state of row seq, with calls from number n on.
		write := func(seq int32, state paceline.StepState, n int32, texts ...string) {
			t.Helper()
			op := f.advance(c, run, seq, paceline.RunLive, nil)
			a := op.Advance
			a.Rows[0].State, a.Exchanges = state, nil
			for i, text := range texts {
				a.Exchanges = append(a.Exchanges, paceline.Exchange{Run: run, Seq: seq, N: n + int32(i), Status: 200 + n, Millis: 5, At: a.At,
					Request: []byte("to " + text), Response: []byte(text)})
			}
			want = append(want, a.Exchanges...)
			f.mustSubmit(t, op)
		}
		write(1, paceline.StepDone, 1, "one")
		write(2, paceline.StepParked, 1, "not yet")
		write(2, paceline.StepDone, 2, "then")
		write(3, paceline.StepStarted, 1)
		write(3, paceline.StepFailed, 1, "failed")
		write(4, paceline.StepOngoing, 1, "page 1", "page 2")
		write(4, paceline.StepDone, 3, "page 3")
		write(5, paceline.StepSkipped, 1, "ignored", "twice")
		// A program of before wrote every call into exchange.
		write(6, paceline.StepDone, 1)
		f.write(t, `INSERT INTO exchange (step, n, partner_id, account_id, status, millis, at, request, response) VALUES ($1, 1, $2, $3, 204, 6, 7, $4, $5)`,
			stepKey(run, 6), c.Partner, c.Account, []byte("to before"), []byte("before"))
		want = append(want, paceline.Exchange{Run: run, Seq: 6, N: 1, Status: 204, Millis: 6, At: 7, Request: []byte("to before"), Response: []byte("before")})

		err := s.Read(t.Context(), func(tx *Tx) error {
			got, err := tx.Exchanges(scope, run)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error("calls (-want +got):", diff)
			}
			for seq, text := range map[int32]string{1: "one", 2: "not yet", 3: "failed", 6: "before"} {
				if out, _, err := tx.StepOutput(scope, run, seq); err != nil || string(out.Data) != text {
					t.Errorf("the output of row %d is %q, %v, want %q", seq, out.Data, err, text)
				}
			}
			counts, err2 := tx.exchangeCounts(scope, run)
			if want := map[int32]int32{2: 2, 4: 3, 5: 2, 6: 1}; !cmp.Equal(counts, want) {
				t.Errorf("rows of exchange reach to %v, want %v", counts, want)
			}
			if err == nil {
				err = err2
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := f.ask(t, `SELECT (SELECT COUNT(*) FROM exchange), (SELECT COUNT(call_at) FROM step)`); !equalInts(n, []int64{2 + 3 + 1 + 1, 3}) {
			t.Errorf("%d calls have a row of their own, %d lie in another", n[0], n[1])
		}
	})
}

// TestPrunedCallsFreeTheirPages: what calls and outputs took of SQLite's file is free for others when their data went, though the
// rows of their steps stay for a month.
func TestPrunedCallsFreeTheirPages(t *testing.T) {
	t.Parallel()
	s := openTest(t, testOptions(t, "sqlite"))
	f := newFixture(t, s, 1)
	c := f.cycles[0]
	now := paceline.ToMicros(f.clock.Now())
	used := func() int64 {
		n := f.ask(t, `SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count`)
		return n[0]
	}
	before := used()
	runs := map[int64][]paceline.StepRow{}
	read := func(run int64) (rows []paceline.StepRow) {
		err := s.Read(t.Context(), func(tx *Tx) (err error) {
			rows, err = tx.Steps(paceline.Scope{Partner: c.Partner, Account: c.Account}, run, true)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	body := make([]byte, 1500)
	for range 100 {
		run := f.start(t, c)
		for seq := int32(1); seq <= 4; seq++ {
			state := paceline.RunLive
			if seq == 4 {
				state = paceline.RunCompleted
			}
			op := f.advance(c, run, seq, state, body)
			op.Advance.PruneAt = now.Add(time.Hour)
			op.Advance.Exchanges = op.Advance.Exchanges[:1]
			f.mustSubmit(t, op)
		}
		runs[run] = read(run)
	}
	full := used() - before
	for {
		p, err := s.Prune(t.Context(), now.Add(time.Hour), 50)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Any() {
			break
		}
	}
	if left := used() - before; full < 60 || left > full/4 {
		t.Errorf("%d pages were used with the data, %d are without", full, left)
	}
	for run, rows := range runs {
		rows[0].Output.Data = nil
		if diff := cmp.Diff(rows, read(run)); diff != "" {
			t.Fatal("rows of a run whose data went (-want +got):", diff)
		}
	}
}
