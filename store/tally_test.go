package store

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"paceline"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestNoteIsReadBack draws notes, and damages some.
func TestNoteIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newSums()
		n := note{sums: &s}
		num := rapid.Int64Range(0, 5)
		usage := func() usageSum {
			return usageSum{rapid.Int32().Draw(t, "connector"), int32(num.Draw(t, "method")), int32(num.Draw(t, "day")),
				paceline.Usage{OK: rapid.Int64().Draw(t, "ok"), Incident: num.Draw(t, "incident")}}
		}
		for range num.Draw(t, "cycles") {
			c := s.cycle(rapid.Int64().Draw(t, "cycle"), num.Draw(t, "partner"), num.Draw(t, "account"))
			c.tasks, c.errors, c.warnings, c.inProgress = rapid.Int64().Draw(t, "tasks"), num.Draw(t, "errors"), num.Draw(t, "warnings"), rapid.Int64().Draw(t, "in progress")
			c.success, c.bytes = paceline.Micros(rapid.Int64().Draw(t, "success")), rapid.Int64().Draw(t, "bytes")
			for range num.Draw(t, "usage") {
				c.used(usage())
			}
		}
		for range num.Draw(t, "begun") {
			n.begun = append(n.begun, begunRun{rapid.Int64().Draw(t, "run"), 1, 2, num.Draw(t, "cycle"), num.Draw(t, "bytes"), usage()})
		}
		for range num.Draw(t, "ended") {
			n.ended = append(n.ended, endedRun{rapid.Int64().Draw(t, "run"), 1, 2, num.Draw(t, "cycle"), paceline.RunFailed, 7, 8})
		}
		text := n.encode()
		got, err := decodeNote(text)
		if err != nil {
			t.Fatal(err)
		}
		show := func(n note) string {
			out := fmt.Sprint(n.begun, n.ended)
			for _, c := range n.sums.sortedCycles() {
				out += fmt.Sprintf("\n%+v", *c)
			}
			return out
		}
		if diff := cmp.Diff(show(n), show(got)); diff != "" {
			t.Fatal(diff)
		}
		if _, err := decodeNote(text[:rapid.IntRange(0, len(text)-1).Draw(t, "cut")]); err == nil {
			t.Fatal("a note that is cut is read")
		}
		if _, err := decodeNote(append(text, 0)); err == nil {
			t.Fatal("a note with something behind it is read")
		}
	})
}

// burst submits ops at once, so that they share commits, and waits for them.
func (f *fixture) burst(t *testing.T, ops []Op) []Result {
	t.Helper()
	results := make([]Result, len(ops))
	var all sync.WaitGroup
	all.Add(len(ops))
	for i := range ops {
		ops[i].Done = func(r Result) {
			results[i] = r
			all.Done()
		}
		f.Submit(&ops[i])
	}
	all.Wait()
	return results
}

// bursts does a bit of everything in bursts, and returns what the counters of the first cycle must be then.
func (f *fixture) bursts(t *testing.T) paceline.CycleCounters {
	t.Helper()
	c := f.cycles[0]
	var ops []Op
	key := &Dedupe{Step: c.ID, Key: [16]byte{1}, Expires: 1 << 60}
	for i := range 60 {
		op := f.accept(t, c, nil)
		if i%20 == 3 {
			op.Accept.Dedupe = key // of three, two are second copies
		}
		ops = append(ops, op)
	}
	var runs []int64
	for _, r := range f.burst(t, ops) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		if !r.Duplicate {
			runs = append(runs, r.Run)
		}
	}
	ops = nil
	for i, run := range runs[:40] { // half of them end, and two that have ended try to again
		state := paceline.RunLive
		if i%2 == 0 {
			state = paceline.RunCompleted
		}
		op := f.advance(c, run, 1, state, nil)
		op.Advance.Incidents = []paceline.Incident{{StepID: c.ID, StepName: "S", Code: paceline.CodeCallFailed, At: op.Advance.At}}
		ops = append(ops, op)
	}
	f.burst(t, ops)
	late := []Op{f.advance(c, runs[0], 2, paceline.RunFailed, nil), f.advance(c, runs[2], 2, paceline.RunFailed, nil)}
	for i := range 30 {
		late = append(late, f.advance(c, runs[40+i%18], int32(1+i/18), paceline.RunLive, nil))
	}
	f.burst(t, late)
	return paceline.CycleCounters{Tasks: 58 + 2*40 + 2*32, Errors: 40, InProgress: 58 - 20}
}

// TestNotesOfACrash: what commits noted is in the counters after the next start, once, whatever was a second
// copy or refused; and readers of usage see it at any time.
func TestNotesOfACrash(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t, database)
			o.seams.notes = true
			f := newFixture(t, openTest(t, o), 2)
			want := f.bursts(t)
			f.checkCounters(t, want)
			if n := f.ask(t, `SELECT COUNT(*) FROM tally`)[0]; n == 0 {
				t.Fatal("nothing was noted")
			}

			// Another server takes over. On SQLite it finds the files as a crash leaves them.
			o.seams.notes = false
			if o.Path != "" {
				was := o.Path
				o.Path = filepath.Join(t.TempDir(), "paceline.db")
				for _, suffix := range []string{"", "-wal"} {
					content, err := os.ReadFile(was + suffix)
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(o.Path+suffix, content, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			for range 2 { // starting again adds nothing
				f.Store = openTest(t, o)
				f.checkCounters(t, want)
				if n := f.ask(t, `SELECT COUNT(*) FROM tally`)[0]; n != 0 {
					t.Errorf("%d notes are left", n)
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// checkCounters compares the counters and the usage of the first cycle.
func (f *fixture) checkCounters(t *testing.T, want paceline.CycleCounters) {
	t.Helper()
	if got := f.counters(t, f.cycles[0]); got != want {
		t.Errorf("counters = %+v, want %+v", got, want)
	}
	err := f.Read(t.Context(), func(tx *Tx) error {
		day := paceline.ToMicros(time.Now()).Day()
		total, err := tx.UsageTotal(scopeOf(f.cycles[0]), day-1, day+1)
		if err != nil {
			return err
		}
		list, err := tx.Usage(scopeOf(f.cycles[0]), day-1, day+1)
		sum := int64(0)
		for _, u := range list {
			sum += u.OK
		}
		if total.OK != want.Tasks || sum != want.Tasks {
			t.Errorf("usage = %+v and %+v, want %d", total, list, want.Tasks)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCountersCatchUp: without a further op the counters have everything after a moment, and at once when
// the server ends.
func TestCountersCatchUp(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t, database)
			f := newFixture(t, openTest(t, o), 2)
			want := f.bursts(t)
			waitUntil(t, "no note is left", func() bool { return f.ask(t, `SELECT COUNT(*) FROM tally`)[0] == 0 })
			if got := f.counters(t, f.cycles[0]); got != want {
				t.Errorf("counters = %+v, want %+v", got, want)
			}

			o = testOptions(t, database)
			f = newFixture(t, openTest(t, o), 2)
			f.bursts(t)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			f.Store = openTest(t, o)
			if got := f.counters(t, f.cycles[0]); got != want {
				t.Errorf("after the end: counters = %+v, want %+v", got, want)
			}
		})
	}
}
