package store

import (
	"errors"
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

func (f *fixture) counters(t *testing.T, c paceline.Cycle) paceline.CycleCounters {
	t.Helper()
	n := f.ask(t, `SELECT tasks, errors, warnings, in_progress FROM cycle_counter WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`, c.Partner, c.Account, c.Num)
	if n == nil {
		n = make([]int64, 4)
	}
	err := f.Read(t.Context(), func(tx *Tx) error {
		noted, err := tallied(t.Context(), tx.db, allNodes, allWriters, c.Account)
		if err == nil {
			k := noted.cycle(c.Num, c.Partner, c.Account)
			n[0], n[1], n[2], n[3] = n[0]+k.tasks, n[1]+k.errors, n[2]+k.warnings, n[3]+k.inProgress
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
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
				op.Advance.Exchanges[0].N = 2 // the same key twice
			}
			wg.Go(func() { results[i] = f.submit(t, op) })
		}
		wg.Wait()
		for i, r := range results {
			if errors.Is(r.Err, ErrUnstorable) != (i == 20) || r.Err != nil && i != 20 {
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

// TestChildrenOfASplit: they come with their rows in the commit that records their parent's step, mark it,
// count as in progress, and keep its data; of a parent that has ended meanwhile none comes.
func TestChildrenOfASplit(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, openTest(t, testOptions(t, database)), 1)
			c := f.cycles[0]
			parent := f.start(t, c)
			split := func(state paceline.RunState, n int64) (op Op, first int64) {
				op = f.advance(c, parent, 1, state, []byte("list"))
				op.Advance.Exchanges, op.Advance.Rows[0].Exit = nil, paceline.ExitSplit
				op.Advance.Rows[0].State, op.Advance.Rows[0].Progress = paceline.StepOngoing, []byte("half")
				first, err := f.RunNums(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				for i := range n {
					op.Advance.Children = append(op.Advance.Children, Child{
						Run: paceline.Run{Num: first + i, Partner: 1, Account: c.Account, Root: c.Root, Cycle: c.Num, Version: 1, Parent: parent,
							Split: paceline.SplitChild, CreatedAt: op.Advance.At},
						Row: paceline.StepRow{Run: first + i, StepRef: 1, From: paceline.FromSplit(1), Output: paceline.Output{Data: []byte("item")}},
					})
				}
				return op, first
			}
			op, first := split(paceline.RunLive, 3)
			if r := f.mustSubmit(t, op); r.Refused {
				t.Fatalf("%+v", r)
			}
			loaded, _, err := f.Load(t.Context(), parent)
			if err != nil {
				t.Fatal(err)
			}
			row := loaded.Rows[1]
			if row.State != paceline.StepOngoing || row.Exit != paceline.ExitSplit || string(row.Progress) != "half" || loaded.Split != paceline.SplitParent {
				t.Errorf("the parent has %+v, mark %d", row, loaded.Split)
			}
			child, _, err := f.Load(t.Context(), first+2)
			if err != nil {
				t.Fatal(err)
			}
			if child.State != paceline.RunLive || child.Parent != parent || child.Split != paceline.SplitChild || child.Rows[0].From != paceline.FromSplit(1) {
				t.Errorf("the child is %+v", child)
			}
			heads, err := f.Ready(t.Context(), c.Account, 0, parent, 10)
			if err != nil || len(heads) != 3 || heads[0].Parent != parent {
				t.Errorf("ready are %+v, %v", heads, err)
			}
			op, _ = split(paceline.RunCompleted, 2)
			op.Advance.PruneAt = 1
			f.mustSubmit(t, op)
			if n := f.counters(t, c).InProgress; n != 5 {
				t.Errorf("%d are in progress, want 5", n)
			}
			op, late := split(paceline.RunLive, 1)
			if r := f.mustSubmit(t, op); !r.Refused {
				t.Error("a run that has ended is split")
			}
			if _, found, _ := f.Load(t.Context(), late); found {
				t.Error("a run that has ended has a child")
			}
			if p, err := f.Prune(t.Context(), 2, 10); err != nil || p.Data != 0 {
				t.Errorf("the parent of live children was pruned: %+v, %v", p, err)
			}
		})
	}
}
