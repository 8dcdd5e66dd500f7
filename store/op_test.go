package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"paceline"

	"github.com/google/go-cmp/cmp"
)

// ask runs one query and returns its first row as integers.
func (f *fixture) ask(t *testing.T, sql string, args ...any) (row []int64) {
	t.Helper()
	err := f.Read(t.Context(), func(tx *Tx) error {
		row = nil
		_, err := tx.one(sql, args, func(r *Row) {
			columns := len(r.values)
			if r.stmt != nil {
				columns = r.stmt.ColumnCount()
			}
			for i := range columns {
				row = append(row, r.Int(i))
			}
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func scopeOf(c paceline.Cycle) paceline.Scope {
	return paceline.Scope{Partner: c.Partner, Account: c.Account}
}

func (f *fixture) counters(t *testing.T, c paceline.Cycle) paceline.CycleCounters {
	t.Helper()
	n := f.ask(t, `SELECT tasks, errors, warnings, in_progress FROM cycle_counter WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`, c.Partner, c.Account, c.Num)
	if n == nil {
		return paceline.CycleCounters{}
	}
	return paceline.CycleCounters{Tasks: n[0], Errors: n[1], Warnings: n[2], InProgress: n[3]}
}

func (f *fixture) write(t *testing.T, sql string, args ...any) {
	t.Helper()
	err := f.InTx(t.Context(), paceline.Scope{Partner: 1}, func(tx *Tx) error {
		_, err := tx.exec(sql, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAcceptAndAdvance(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 3)
		c := f.cycles[1]
		op := f.accept(t, c, []byte("hello"))
		r := f.mustSubmit(t, op)
		if want := (Result{Run: op.Accept.Run.Num}); r != want {
			t.Fatalf("accept = %+v, want %+v", r, want)
		}
		first := f.mustSubmit(t, f.advance(c, r.Run, 1, paceline.RunLive, []byte("one")))
		if want := (Result{Run: r.Run}); first != want {
			t.Fatalf("first advance = %+v", first)
		}
		last := f.advance(c, r.Run, 2, paceline.RunCompleted, []byte("two"))
		last.Advance.Incidents = []paceline.Incident{
			{StepID: c.ID, StepName: "S", StepKind: paceline.StepAction, Warning: true, Code: paceline.CodeCallFailed, Detail: []byte("d"), At: last.Advance.At},
			{StepID: c.ID, StepName: "S", Code: paceline.CodeCallFailed, At: last.Advance.At},
		}
		f.mustSubmit(t, last)

		scope := paceline.Scope{Partner: c.Partner, Account: c.Account}
		err := s.Read(t.Context(), func(tx *Tx) error {
			run, found, err := tx.Run(scope, r.Run)
			want := op.Accept.Run
			want.State, want.EndedAt, want.Errors, want.Warnings = paceline.RunCompleted, last.Advance.At, 1, 1
			if err != nil || !found || run != want {
				t.Errorf("run = %+v, %v, %v\nwant  %+v", run, found, err, want)
			}
			rows, err := tx.Steps(scope, r.Run, true)
			if err != nil {
				return err
			}
			wantRows := []paceline.StepRow{op.Accept.Trigger, f.advance(c, r.Run, 1, 0, nil).Advance.Rows[0], last.Advance.Rows[0]}
			wantRows[1].StartedAt, wantRows[1].EndedAt = rows[1].StartedAt, rows[1].EndedAt
			for i := range wantRows {
				wantRows[i].Exit = paceline.EdgeForward
			}
			if diff := cmp.Diff(wantRows, rows); diff != "" {
				t.Error("rows (-want +got):", diff)
			}
			exchanges, err := tx.Exchanges(scope, r.Run)
			if err != nil {
				return err
			}
			if len(exchanges) != 4 || !cmp.Equal(exchanges[2:], last.Advance.Exchanges) {
				t.Errorf("exchanges = %+v", exchanges)
			}
			out, found, err := tx.StepOutput(scope, r.Run, 2)
			if err != nil || !found || string(out.Data) != "two" || !out.InExchange {
				t.Errorf("output in exchange = %+v, %v, %v", out, found, err)
			}
			out, _, err = tx.StepOutput(scope, r.Run, 0)
			if err != nil || string(out.Data) != "hello" || out.InExchange {
				t.Errorf("output in row = %+v, %v", out, err)
			}
			list, err := tx.Incidents(scope, IncidentFilter{Cycle: c.Num}, paceline.Page{}, true)
			if err != nil {
				return err
			}
			if len(list.Items) != 2 || list.Total != 2 || list.Items[0].ID == list.Items[1].ID || string(list.Items[0].Detail) != "d" || list.Items[0].Run != r.Run {
				t.Errorf("incidents = %+v", list)
			}
			usage, err := tx.Usage(scope, run.CreatedAt.Day()-1, run.CreatedAt.Day()+1)
			key := paceline.UsageKey{Partner: 1, Account: c.Account, Cycle: c.Num, Connector: 7, Method: 8, Day: run.CreatedAt.Day()}
			wantUsage := []UsageRow{{key, paceline.Usage{OK: 1}}}
			key.Method = 9
			wantUsage = append(wantUsage, UsageRow{key, paceline.Usage{OK: 4}})
			if diff := cmp.Diff(wantUsage, usage); diff != "" || err != nil {
				t.Error("usage:", err, diff)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := f.counters(t, c), (paceline.CycleCounters{Tasks: 5, Errors: 1, Warnings: 1}); got != want {
			t.Errorf("counters = %+v, want %+v", got, want)
		}
		if got := f.ask(t, `SELECT last_success_at FROM cycle_counter WHERE cycle_num = $1`, c.Num); got[0] != int64(last.Advance.At) {
			t.Errorf("last success = %d, want %d", got, last.Advance.At)
		}
	})
}

func TestAcceptHoldsItsConditions(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 3)
		c := f.cycles[0]
		cases := []struct {
			name  string
			setup string
			spoil func(*Accept)
			want  bool // refused
		}{
			{name: "active", want: false},
			{name: "activating", setup: `UPDATE cycle SET state = 1 WHERE num = 1`, want: false},
			{name: "finishing", setup: `UPDATE cycle SET state = 3 WHERE num = 1`, want: true},
			{name: "paused", setup: `UPDATE cycle SET state = 0 WHERE num = 1`, want: true},
			{name: "active again", setup: `UPDATE cycle SET state = 2 WHERE num = 1`, want: false},
			{name: "another version", spoil: func(a *Accept) { a.Run.Version = 2 }, want: true},
			{name: "another account", spoil: func(a *Accept) { a.Run.Account = 3 }, want: true},
			{name: "another partner", spoil: func(a *Accept) { a.Run.Partner = 2 }, want: true},
			{name: "account suspended", setup: `UPDATE account SET state = 1 WHERE num = 1`, want: true},
		}
		for _, tc := range cases {
			if tc.setup != "" {
				f.write(t, tc.setup)
			}
			for _, special := range []bool{false, true} { // with a slot PostgreSQL takes the shared statements
				op := f.accept(t, c, nil)
				op.Accept.Dedupe = &Dedupe{Step: c.ID, Key: [16]byte{byte(op.Accept.Run.Num), 1}, Expires: 1 << 60}
				if special {
					slot := op.Accept.Run.CreatedAt + paceline.Micros(op.Accept.Run.Num)
					f.write(t, `INSERT INTO schedule (cycle_num, partner_id, account_id, root_id, slot, next_due) VALUES (1, 1, 1, 1, 0, 0)
						ON CONFLICT (cycle_num) DO UPDATE SET slot = 0`)
					op.Accept.Slot, op.Accept.NextDue, op.Accept.Dedupe = slot, slot+1, nil
				}
				if tc.spoil != nil {
					tc.spoil(op.Accept)
				}
				before := f.counters(t, c)
				r := f.mustSubmit(t, op)
				if r.Refused != tc.want || r.Duplicate {
					t.Errorf("%s (slot %v): %+v, want refused %v", tc.name, special, r, tc.want)
				}
				rows := f.ask(t, `SELECT (SELECT COUNT(*) FROM run WHERE num = $1) + (SELECT COUNT(*) FROM step WHERE id = $2) + (SELECT COUNT(*) FROM dedupe WHERE run = $1) FROM partner`,
					op.Accept.Run.Num, stepKey(op.Accept.Run.Num, 0))
				if tc.want && rows[0] != 0 {
					t.Errorf("%s (slot %v): refused, but %d rows were stored", tc.name, special, rows[0])
				}
				if after := f.counters(t, c); (after != before) == tc.want {
					t.Errorf("%s (slot %v): counters went from %+v to %+v", tc.name, special, before, after)
				}
			}
		}
	})
}

func TestSecondDeliveryStartsNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		const copies = 50
		results := make([]Result, copies)
		var wg sync.WaitGroup
		for i := range results {
			op := f.accept(t, c, nil)
			op.Accept.Dedupe = &Dedupe{Step: c.ID, Key: [16]byte{9}, Expires: op.Accept.Run.CreatedAt.Add(time.Hour)}
			wg.Go(func() { results[i] = f.submit(t, op) })
		}
		wg.Wait()
		first, duplicates := int64(0), 0
		for _, r := range results {
			if r.Err != nil || r.Refused {
				t.Fatalf("%+v", r)
			}
			if !r.Duplicate {
				first = r.Run
			}
		}
		for _, r := range results {
			if r.Duplicate {
				duplicates++
			}
			if r.Run != first {
				t.Errorf("a copy got run %d, the first was %d", r.Run, first)
			}
		}
		if duplicates != copies-1 {
			t.Errorf("%d duplicates of %d copies", duplicates, copies)
		}
		if n := f.ask(t, `SELECT COUNT(*) FROM run`); n[0] != 1 {
			t.Errorf("%d runs", n[0])
		}

		// After it has expired the key is free.
		op := f.accept(t, c, nil)
		op.Accept.Run.CreatedAt = op.Accept.Run.CreatedAt.Add(2 * time.Hour)
		op.Accept.Dedupe = &Dedupe{Step: c.ID, Key: [16]byte{9}, Expires: op.Accept.Run.CreatedAt.Add(time.Hour)}
		if r := f.mustSubmit(t, op); r.Duplicate || r.Run != op.Accept.Run.Num {
			t.Errorf("after expiry: %+v", r)
		}
	})
}

func TestSlotIsFilledOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		f.write(t, `INSERT INTO schedule (cycle_num, partner_id, account_id, root_id, slot, next_due) VALUES (1, 1, 1, 1, 0, 100)`)
		const tries = 50
		var wg sync.WaitGroup
		results := make([]Result, tries)
		for i := range results {
			op := f.accept(t, c, nil)
			op.Accept.Slot, op.Accept.NextDue = 100, 200
			wg.Go(func() { results[i] = f.submit(t, op) })
		}
		wg.Wait()
		filled := 0
		for _, r := range results {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			if !r.Refused {
				filled++
			}
		}
		if filled != 1 {
			t.Errorf("the slot was filled %d times", filled)
		}
		err := s.Read(t.Context(), func(tx *Tx) error {
			got, found, err := tx.Schedule(paceline.Scope{Partner: 1, Account: 1}, 1)
			if !found || got.Slot != 100 || got.NextDue != 200 {
				t.Errorf("schedule = %+v, %v", got, found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestRunOnceLetsTheCycleFinish(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		op := f.accept(t, c, nil)
		op.Accept.Once = true
		run := f.mustSubmit(t, op).Run
		if r := f.mustSubmit(t, f.accept(t, c, nil)); !r.Refused {
			t.Error("a second delivery was accepted")
		}
		finish := func() (done bool) {
			err := s.InTx(t.Context(), scopeOf(c), func(tx *Tx) (err error) {
				done, err = tx.FinishCycle(scopeOf(c), c.Num)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return done
		}
		if finish() {
			t.Error("finished with a live run")
		}
		f.mustSubmit(t, f.advance(c, run, 1, paceline.RunCompleted, nil))
		if !finish() {
			t.Error("not finished after the last run")
		}
		if state := f.ask(t, `SELECT state FROM cycle WHERE num = 1`); state[0] != int64(paceline.CyclePaused) {
			t.Errorf("state = %d", state)
		}
	})
}

func TestParkedRetryAddsUpItsTasks(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		run := f.start(t, c)
		park := f.advance(c, run, 1, paceline.RunLive, nil)
		park.Advance.DueAt = park.Advance.At.Add(time.Minute)
		row := &park.Advance.Rows[0]
		row.State, row.DueAt, row.Attempt, row.TasksOK, row.TasksIncident = paceline.StepParked, park.Advance.DueAt, 1, 0, 2
		f.mustSubmit(t, park)
		loaded, found, err := s.Load(t.Context(), run)
		if err != nil || !found || loaded.DueAt != park.Advance.DueAt || loaded.Exchanges[1] != 2 || loaded.Rows[1].State != paceline.StepParked {
			t.Errorf("loaded = %+v, %v, %v", loaded, found, err)
		}
		done := f.advance(c, run, 1, paceline.RunLive, nil)
		done.Advance.Rows[0].Attempt = 1
		for i := range done.Advance.Exchanges {
			done.Advance.Exchanges[i].N += 2
		}
		if r := f.mustSubmit(t, done); r.Refused {
			t.Error("the run was no longer live")
		}
		loaded, _, err = s.Load(t.Context(), run)
		if err != nil || loaded.DueAt != 0 || loaded.Rows[1].TasksOK != 2 || loaded.Rows[1].TasksIncident != 2 || loaded.Rows[1].StartedAt != row.StartedAt {
			t.Errorf("loaded = %+v, %v", loaded, err)
		}
		if got := f.counters(t, c); got.Tasks != 1+2+2 || got.InProgress != 1 {
			t.Errorf("counters = %+v", got)
		}
	})
}

func TestAdvanceOfAnEndedRunIsRecordedOnly(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		run := f.start(t, c)
		f.mustSubmit(t, f.advance(c, run, 1, paceline.RunLive, nil))
		if r := f.mustSubmit(t, Op{Root: 1, Cancel: &Cancel{Partner: 1, Account: 1, Cycle: 1, At: 5}}); r.Count != 1 {
			t.Fatalf("cancel = %+v", r)
		}
		for seq, state := range map[int32]paceline.RunState{2: paceline.RunLive, 3: paceline.RunCompleted} {
			if r := f.mustSubmit(t, f.advance(c, run, seq, state, nil)); !r.Refused {
				t.Errorf("advance to %d of a stopped run: %+v", state, r)
			}
		}
		loaded, _, err := s.Load(t.Context(), run)
		if err != nil || loaded.State != paceline.RunStopped || loaded.EndedAt != 5 || len(loaded.Rows) != 4 {
			t.Errorf("loaded = %+v, %v", loaded, err)
		}
		if got := f.counters(t, c); got.InProgress != 0 || got.Tasks != 7 {
			t.Errorf("counters = %+v", got)
		}
	})
}

func TestCancelStopsWhatHasBegun(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 2)
		c := f.cycles[0]
		queued, begun, parked := f.start(t, c), f.start(t, c), f.start(t, c)
		other := f.start(t, f.cycles[1])
		f.mustSubmit(t, f.advance(c, begun, 1, paceline.RunLive, nil))
		park := f.advance(c, parked, 1, paceline.RunLive, nil)
		park.Advance.DueAt = 1 << 50
		park.Advance.Rows = nil
		f.mustSubmit(t, park)
		state := func(run int64) paceline.RunState {
			return paceline.RunState(f.ask(t, `SELECT state FROM run WHERE num = $1`, run)[0])
		}
		r := f.mustSubmit(t, Op{Root: 1, Cancel: &Cancel{Partner: 1, Account: 1, Cycle: 1, At: 5}})
		if r.Count != 2 || state(queued) != paceline.RunLive || state(begun) != paceline.RunStopped || state(parked) != paceline.RunStopped || state(other) != paceline.RunLive {
			t.Errorf("after the stop: %+v, %d %d %d %d", r, state(queued), state(begun), state(parked), state(other))
		}
		r = f.mustSubmit(t, Op{Root: 1, Cancel: &Cancel{Partner: 1, Account: 1, Cycle: 1, At: 6, All: true}})
		if r.Count != 1 || state(queued) != paceline.RunCancelled {
			t.Errorf("after the hold: %+v, %d", r, state(queued))
		}
		if got := f.counters(t, c).InProgress; got != 0 {
			t.Errorf("in progress = %d", got)
		}
	})
}

func TestStopCycleIsPartOfTheOp(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		op := f.advance(c, f.start(t, c), 1, paceline.RunFailed, nil)
		op.Advance.StopCycle = true
		f.mustSubmit(t, op)
		if r := f.mustSubmit(t, f.accept(t, c, nil)); !r.Refused {
			t.Error("accepted after the cycle stopped")
		}
		if state := f.ask(t, `SELECT state FROM cycle WHERE num = 1`); state[0] != int64(paceline.CycleError) {
			t.Errorf("state = %d", state)
		}
	})
}

func TestHeadsOfRecovery(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 3)
		want := map[int64][]int64{}
		var parked []int64
		for i := range 12 {
			c := f.cycles[i%3]
			run := f.start(t, c)
			switch {
			case i < 3:
				op := f.advance(c, run, 1, paceline.RunLive, nil)
				op.Advance.DueAt = paceline.Micros(1000 - i/2) // the second and third are due at the same time
				f.mustSubmit(t, op)
				parked = append(parked, run)
			case i < 6:
				f.mustSubmit(t, f.advance(c, run, 1, paceline.RunCompleted, nil))
			default:
				want[c.Account] = append(want[c.Account], run)
			}
		}
		accounts, err := s.LiveAccounts(t.Context())
		if err != nil || !cmp.Equal(accounts, []LiveAccount{{1, 1, 1}, {2, 1, 1}, {3, 1, 3}}) {
			t.Errorf("accounts = %+v, %v", accounts, err)
		}
		for account, runs := range want {
			var got []int64
			after := int64(0)
			for {
				heads, err := s.Ready(t.Context(), account, after, 1)
				if err != nil {
					t.Fatal(err)
				}
				if len(heads) == 0 {
					break
				}
				after = heads[0].Run
				got = append(got, after)
			}
			if !cmp.Equal(got, runs) {
				t.Errorf("ready of %d = %v, want %v", account, got, runs)
			}
		}
		var due []int64
		at, run := paceline.Micros(0), int64(0)
		for {
			heads, err := s.Due(t.Context(), at, run, 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(heads) == 0 {
				break
			}
			at, run = heads[0].DueAt, heads[0].Run
			due = append(due, run)
		}
		if !cmp.Equal(due, []int64{parked[2], parked[0], parked[1]}) {
			t.Errorf("due = %v of %v", due, parked)
		}
		f.write(t, `UPDATE cycle SET state = 0 WHERE num = 1`)
		if heads, err := s.Ready(t.Context(), 1, 0, 10); err != nil || len(heads) != 0 {
			t.Errorf("a stopped cycle's runs are not held: %+v, %v", heads, err)
		}
	})
}

func TestListsOfTransactions(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 2)
		c := f.cycles[0]
		var runs []int64
		for i := range 6 {
			op := f.accept(t, c, nil)
			op.Accept.Run.CreatedAt = paceline.Micros(100 + i/2) // pairs of the same time: the number decides
			op.Accept.Run.Parent = int64(i % 2)
			runs = append(runs, f.mustSubmit(t, op).Run)
		}
		f.start(t, f.cycles[1])
		f.mustSubmit(t, f.advance(c, runs[0], 1, paceline.RunFailed, nil))
		park := f.advance(c, runs[1], 1, paceline.RunLive, nil)
		park.Advance.DueAt = 7
		f.mustSubmit(t, park)
		cases := []struct {
			name      string
			filter    RunFilter
			page      paceline.Page
			ascending bool
			want      []int // places in runs
		}{
			{name: "all, newest first", want: []int{5, 4, 3, 2, 1, 0}},
			{name: "oldest first", ascending: true, want: []int{0, 1, 2, 3, 4, 5}},
			{name: "second page", page: paceline.Page{Number: 2, Size: 2}, want: []int{3, 2}},
			{name: "cycle", filter: RunFilter{Cycle: 1}, want: []int{5, 4, 3, 2, 1, 0}},
			{name: "another account's cycle", filter: RunFilter{Cycle: 2}},
			{name: "failed", filter: RunFilter{States: []paceline.RunState{paceline.RunFailed, paceline.RunStopped}}, want: []int{0}},
			{name: "waiting", filter: RunFilter{Parked: 1}, want: []int{1}},
			{name: "ready", filter: RunFilter{States: []paceline.RunState{paceline.RunLive}, Parked: -1}, want: []int{5, 4, 3, 2}},
			{name: "children", filter: RunFilter{Child: 1}, want: []int{5, 3, 1}},
			{name: "parents", filter: RunFilter{Child: -1}, want: []int{4, 2, 0}},
			{name: "after", filter: RunFilter{After: 102}, want: []int{5, 4}},
			{name: "before", filter: RunFilter{Before: 101}, want: []int{1, 0}},
			{name: "before is not after", filter: RunFilter{Before: 101, After: 102}},
			{name: "from a cursor", filter: RunFilter{From: RunCursor{101, runs[3]}}, want: []int{2, 1, 0}},
			{name: "from a cursor, oldest first", filter: RunFilter{From: RunCursor{101, runs[3]}}, ascending: true, want: []int{4, 5}},
		}
		err := s.Read(t.Context(), func(tx *Tx) error {
			for _, tc := range cases {
				list, err := tx.Runs(scopeOf(c), tc.filter, tc.page, tc.ascending)
				if err != nil {
					return fmt.Errorf("%s: %w", tc.name, err)
				}
				var got []int64
				for _, r := range list.Items {
					got = append(got, r.Num)
				}
				var want []int64
				for _, i := range tc.want {
					want = append(want, runs[i])
				}
				if !cmp.Equal(got, want) {
					t.Errorf("%s = %v, want %v", tc.name, got, want)
				}
				if tc.page.Size == 0 && tc.filter.From == (RunCursor{}) && list.Total != len(want) {
					t.Errorf("%s: total %d, want %d", tc.name, list.Total, len(want))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestPoisonedOpFailsAlone(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		run := f.start(t, c)
		var wg sync.WaitGroup
		results := make([]Result, 40)
		for i := range results {
			op := f.accept(t, c, nil)
			if i == 20 {
				op = f.advance(c, run, 1, paceline.RunLive, nil)
				op.Advance.Exchanges[1].N = 1 // the same key twice
			}
			wg.Go(func() { results[i] = f.submit(t, op) })
		}
		wg.Wait()
		for i, r := range results {
			if (r.Err != nil) != (i == 20) {
				t.Errorf("op %d: %+v", i, r)
			}
		}
		if n := f.ask(t, `SELECT COUNT(*) FROM run`); n[0] != 40 {
			t.Errorf("%d runs", n[0])
		}
		if got := f.counters(t, c); got.InProgress != 40 || got.Tasks != 40 {
			t.Errorf("counters = %+v", got)
		}
	})
}

func TestPruneTakesDataThenRows(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		now := paceline.ToMicros(f.clock.Now())
		parent, done, live := f.start(t, c), f.start(t, c), f.start(t, c)
		child := f.accept(t, c, nil)
		child.Accept.Run.Parent = parent
		f.mustSubmit(t, child)
		for _, run := range []int64{parent, done} {
			op := f.advance(c, run, 1, paceline.RunCompleted, []byte("x"))
			op.Advance.PruneAt = now.Add(time.Hour)
			op.Advance.Incidents = []paceline.Incident{{StepID: c.ID, Code: paceline.CodeCallFailed, Warning: true, Detail: []byte("d")}}
			f.mustSubmit(t, op)
		}
		prune := func(at paceline.Micros) Pruned {
			p, err := s.Prune(t.Context(), at, 50)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		count := func(run int64) []int64 {
			return f.ask(t, `SELECT (SELECT COUNT(*) FROM exchange WHERE step >= $1 AND step < $2), (SELECT COUNT(output) FROM step WHERE id >= $1 AND id < $2),
				(SELECT COUNT(*) FROM step WHERE id >= $1 AND id < $2), (SELECT COUNT(detail) FROM incident WHERE run = $3), (SELECT COUNT(*) FROM incident WHERE run = $3) FROM partner`,
				stepKey(run, 0), stepKey(run+1, 0), run)
		}
		if p := prune(now); p.Any() {
			t.Errorf("pruned %+v before the time", p)
		}
		if p := prune(now.Add(2 * time.Hour)); p != (Pruned{Data: 1}) {
			t.Errorf("pruned %+v; a parent with a live child must stay", p)
		}
		if got := count(done); !cmp.Equal(got, []int64{0, 0, 2, 0, 1}) {
			t.Errorf("after the data went: %v", got)
		}
		if got := count(parent); got[0] != 2 {
			t.Errorf("the parent's data: %v", got)
		}
		if p := prune(now.Add(rowsKept + time.Hour)); p != (Pruned{Runs: 1}) {
			t.Errorf("pruned %+v", p)
		}
		if got := count(done); !cmp.Equal(got, []int64{0, 0, 0, 0, 0}) {
			t.Errorf("after the rows went: %v", got)
		}
		if _, found, err := s.Load(t.Context(), live); err != nil || !found {
			t.Errorf("the live run is gone: %v", err)
		}
	})
}

// TestListsUseTheirIndexes asks SQLite how it would find the rows: no list may walk a table, sort, or
// walk an account to find one cycle's.
func TestListsUseTheirIndexes(t *testing.T) {
	t.Parallel()
	s := openTest(t, testOptions(t, "sqlite"))
	scope := paceline.Scope{Partner: 1, Account: 1}
	runs := func(f RunFilter) (string, []any) {
		where, args := f.where(scope)
		return `SELECT r.num` + where + ` ORDER BY r.created_at DESC, r.num DESC`, args
	}
	incidents := func(f IncidentFilter) (string, []any) {
		where, args := f.where(scope)
		return `SELECT i.id` + where + ` ORDER BY i.at DESC, i.id DESC`, args
	}
	cases := map[string]func() (string, []any){
		"run_by_account":      func() (string, []any) { return runs(RunFilter{}) },
		"run_by_cycle":        func() (string, []any) { return runs(RunFilter{Cycle: 1}) },
		"run_failed":          func() (string, []any) { return runs(RunFilter{States: []paceline.RunState{paceline.RunFailed}}) },
		"run_live":            func() (string, []any) { return sqlReady, []any{1, 1, 1} },
		"run_due":             func() (string, []any) { return sqlDue, []any{1, 1, 1} },
		"run_prune":           func() (string, []any) { return sqlPrunable, []any{1, 1} },
		"incident_by_account": func() (string, []any) { return incidents(IncidentFilter{}) },
		"incident_by_cycle":   func() (string, []any) { return incidents(IncidentFilter{Cycle: 1}) },
		"schedule_due":        func() (string, []any) { return sqlSchedules, []any{1, 1, 1, 1} },
		"dedupe_expired":      func() (string, []any) { return sqlPruneDedupe, []any{1, 1} },
	}
	for index, statement := range cases {
		sql, args := statement()
		var plan []string
		err := s.Read(t.Context(), func(tx *Tx) error {
			return tx.query(`EXPLAIN QUERY PLAN `+sql, args, func(r *Row) error {
				plan = append(plan, r.Text(3))
				return nil
			})
		})
		got := strings.Join(plan, "; ")
		if err != nil || !strings.Contains(got, index) || strings.Contains(got, "TEMP B-TREE") || strings.Contains(got, "SCAN r") {
			t.Errorf("%s: %s, %v", index, got, err)
		}
	}
}
