package store

import (
	compare "cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"paceline"

	"github.com/google/go-cmp/cmp"
)

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
				heads, err := s.Ready(t.Context(), account, 0, after, 1)
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
		if heads, err := s.Ready(t.Context(), 1, 0, 0, 10); err != nil || len(heads) != 0 {
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
			op.Accept.Run.Parent, op.Accept.Run.Split = int64(i%2), paceline.SplitMark(i%2*2)
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
			{name: "children", filter: RunFilter{Split: paceline.SplitChild}, want: []int{5, 3, 1}},
			{name: "parents", filter: RunFilter{Unsplit: true}, want: []int{4, 2, 0}},
			{name: "after", filter: RunFilter{After: 102}, want: []int{5, 4}},
			{name: "before", filter: RunFilter{Before: 101}, want: []int{1, 0}},
			{name: "before is not after", filter: RunFilter{Before: 101, After: 102}},
			{name: "from a cursor", filter: RunFilter{From: RunCursor{CreatedAt: 101, Num: runs[3]}}, want: []int{2, 1, 0}},
			{name: "from a cursor, oldest first", filter: RunFilter{From: RunCursor{CreatedAt: 101, Num: runs[3]}}, ascending: true, want: []int{4, 5}},
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
			return f.ask(t, `SELECT (SELECT COUNT(*) FROM exchange WHERE step >= $1 AND step < $2) + (SELECT COUNT(call_at) + COUNT(request) + COUNT(response) FROM step WHERE id >= $1 AND id < $2), (SELECT COUNT(output) FROM step WHERE id >= $1 AND id < $2),
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
		if got := count(parent); got[0] != 4 {
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
		"run_live":            func() (string, []any) { return sqlReady, []any{1, 1, 1, 0} },
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

// TestSortedListsOfTransactions: whichever column sorts a list, its pages, by number and by cursor, have each transaction once and in
// order, and the filter holds.
func TestSortedListsOfTransactions(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 2)
		c, all := f.cycles[0], []paceline.Run(nil)
		for i := range 24 {
			op := f.accept(t, c, nil)
			op.Accept.Run.CreatedAt = paceline.Micros(100 + i/2)
			num := f.mustSubmit(t, op).Run
			if state := paceline.RunState(i * 7 % 5); state != paceline.RunLive {
				end := f.advance(c, num, 1, state, nil)
				end.Advance.At = paceline.Micros(1000 - i/3)
				for n := range i % 4 * 2 {
					end.Advance.Incidents = append(end.Advance.Incidents, paceline.Incident{Code: paceline.CodeCallFailed, Warning: i%3 == 0 || n%2 == 0, At: 1})
				}
				f.mustSubmit(t, end)
			}
		}
		f.start(t, f.cycles[1])
		scope := scopeOf(c)
		columns := map[string]func(paceline.Run) int64{
			"CreatedOnUtc":   func(paceline.Run) int64 { return 0 },
			"Status":         func(r paceline.Run) int64 { return int64(r.State) },
			"ErrorCount":     func(r paceline.Run) int64 { return int64(r.Errors) },
			"WarningCount":   func(r paceline.Run) int64 { return int64(r.Warnings) },
			"CompletedOnUtc": func(r paceline.Run) int64 { return int64(r.EndedAt) },
		}
		everything := func(paceline.Run) bool { return true }
		filters := []struct {
			RunFilter
			holds func(paceline.Run) bool
		}{
			{RunFilter{}, everything},
			{RunFilter{Cycle: 1}, everything},
			{RunFilter{States: []paceline.RunState{paceline.RunCompleted, paceline.RunStopped}}, func(r paceline.Run) bool { return r.State == paceline.RunCompleted || r.State == paceline.RunStopped }},
			{RunFilter{Trouble: 1}, func(r paceline.Run) bool { return r.Errors > 0 }},
			{RunFilter{Cycle: 1, Trouble: 3}, func(r paceline.Run) bool { return r.Errors+r.Warnings == 0 }},
		}
		err := s.Read(t.Context(), func(tx *Tx) error {
			list, err := tx.Runs(scope, RunFilter{}, paceline.Page{}, true)
			if all = list.Items; err != nil || len(all) != 24 {
				return fmt.Errorf("%d transactions: %w", len(all), err)
			}
			for column, value := range columns {
				for _, filter := range filters {
					for _, ascending := range []bool{false, true} {
						want := slices.DeleteFunc(slices.Clone(all), func(r paceline.Run) bool { return !filter.holds(r) })
						slices.SortStableFunc(want, func(a, b paceline.Run) int { return compare.Compare(value(a), value(b)) })
						if !ascending {
							slices.Reverse(want)
						}
						if len(want) < 5 {
							return fmt.Errorf("only %d transactions are chosen", len(want))
						}
						what := fmt.Sprintf("by %s, %+v, ascending %v", column, filter.RunFilter, ascending)
						if got, err := numbered(tx, scope, filter.RunFilter, column, ascending, len(want)); err != nil || !slices.Equal(got, want) {
							t.Errorf("%s: pages have %v, %v, want %v", what, numsOf(got), err, numsOf(want))
						}
						if order, _ := RunOrderOf(column); order == RunsByEnd {
							continue
						}
						if got, err := placed(tx, scope, filter.RunFilter, column, ascending); err != nil || !slices.Equal(got, want) {
							t.Errorf("%s: behind cursors are %v, %v, want %v", what, numsOf(got), err, numsOf(want))
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// numbered reads a list page by page, each of which tells the total.
func numbered(tx *Tx, scope paceline.Scope, f RunFilter, column string, ascending bool, total int) (all []paceline.Run, err error) {
	for page := 1; ; page++ {
		list, err := tx.Runs(scope, f, paceline.Page{OrderBy: column, Number: page, Size: 3}, ascending)
		if err == nil && list.Total != total {
			err = fmt.Errorf("page %d tells a total of %d", page, list.Total)
		}
		if all = append(all, list.Items...); err != nil || len(list.Items) == 0 {
			return all, err
		}
	}
}

// placed reads a list from cursor to cursor.
func placed(tx *Tx, scope paceline.Scope, f RunFilter, column string, ascending bool) (all []paceline.Run, err error) {
	order, _ := RunOrderOf(column)
	for {
		list, err := tx.Runs(scope, f, paceline.Page{OrderBy: column, Size: 3}, ascending)
		if all = append(all, list.Items...); err != nil || len(list.Items) < 3 || len(all) > 100 {
			return all, err
		}
		f.From = order.CursorOf(list.Items[2])
	}
}

func numsOf(runs []paceline.Run) (list []int64) {
	for _, r := range runs {
		list = append(list, r.Num)
	}
	return list
}

// TestSortedListsHaveIndexes: whatever a long list is sorted by, SQLite reads it in that order instead of sorting it, from a cursor on, too.
func TestSortedListsHaveIndexes(t *testing.T) {
	t.Parallel()
	s := openTest(t, testOptions(t, "sqlite"))
	explain := explainSQLite(t, s)
	for _, order := range []string{"CreatedOnUtc", "Status", "ErrorCount", "WarningCount"} {
		for _, cycle := range []int64{0, 1} {
			for _, from := range []RunCursor{{}, {By: 1, CreatedAt: 1, Num: 1}} {
				seen := map[string]read{}
				err := s.Read(t.Context(), func(tx *Tx) error {
					tx.db = &recorder{executor: tx.db, seen: seen}
					_, err := tx.Runs(paceline.Scope{Partner: 1, Account: 1}, RunFilter{Cycle: cycle, From: from}, paceline.Page{OrderBy: order}, false)
					return err
				})
				if err != nil || len(seen) == 0 {
					t.Fatal(len(seen), err)
				}
				for sql, r := range seen {
					plan, _ := explain(sql, r.args)
					if strings.Contains(plan, "TEMP B-TREE") || !strings.Contains(plan, "USING INDEX run_") && !strings.Contains(plan, "COUNT") && strings.Contains(sql, "ORDER BY") {
						t.Errorf("by %s of cycle %d from %v:\n%s\n%s", order, cycle, from, plan, sql)
					}
				}
			}
		}
	}
}
