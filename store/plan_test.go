package store

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"paceline"
)

// wholeTables lists the reads that may walk through a whole table or index, and why that stays small or is wanted.
var wholeTables = map[string]string{
	"AccountUsage":      "tally: the notes of the last commits alone, which are summed and removed all the time",
	"Credentials":       "a revocation of a whole partner's, or of one connector's",
	"StoredBytesOfRows": "an operator counts anew what counters say",
}

// TestReadsUseIndexes: every read of a tenant, and every list with each of its filters and orders, finds its rows by an
// index on both databases. With tables this small PostgreSQL would rather read them whole, so it is told not to: what it
// then reads whole has no index that helps.
func TestReadsUseIndexes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t, name)
			s := openTest(t, o)
			err := s.InTx(t.Context(), system, func(tx *Tx) error {
				for n := int64(1); n <= 30; n++ {
					if err := fillEveryTable(t.Context(), tx.db, latestVersion, n); err != nil {
						return err
					}
				}
				// The index of live releases costs nothing to read whole while it holds none, or is not known to hold any.
				if _, err := tx.db.exec(t.Context(), `UPDATE template_release SET status = 'Live'`, nil); err != nil {
					return err
				}
				if _, err := tx.db.exec(t.Context(), `UPDATE branding SET document = '{}'`, nil); err != nil {
					return err
				}
				_, err := tx.db.exec(t.Context(), `ANALYZE template_release`, nil)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			reads := readsOf(t, s)
			if len(reads) < 100 {
				t.Fatalf("only %d statements were seen", len(reads))
			}
			explain := explainSQLite(t, s)
			if name == "postgres" {
				explain = explainPostgres(t, o)
			}
			used := map[string]bool{}
			for _, sql := range slices.Sorted(maps.Keys(reads)) {
				r := reads[sql]
				plan, whole := explain(sql, r.args)
				if r.by == namedCycles && name == "sqlite" && !strings.Contains(plan, "n USING COVERING INDEX cycle_name") && strings.Contains(sql, "LIKE") {
					t.Errorf("names of cycles are looked for in their rows, which are large:\n%s\n%s", sql, plan)
				}
				if whole == "" {
					continue
				}
				used[r.by] = true
				if wholeTables[r.by] == "" {
					t.Errorf("%s reads %s whole:\n%s\n%s", r.by, whole, sql, plan)
				}
			}
			for by := range wholeTables {
				if !used[by] && name == "sqlite" {
					t.Logf("%s is listed as reading a table whole, but does not here", by)
				}
			}
		})
	}
}

// namedCycles is the search of an account's cycles.
const namedCycles = "Cycles of a name"

// accountRows are the tables of which an account may have very many rows.
var accountRows = map[string]bool{"cycle": true, "run": true, "step": true, "incident": true, "account_connector": true, "delivery": true}

type read struct {
	by   string
	args []any
}

// recorder notes the statements that go through it.
type recorder struct {
	executor
	by   string
	seen map[string]read
}

func (r *recorder) query(ctx context.Context, sql string, args []any, each func(*Row) error) error {
	if _, known := r.seen[sql]; !known {
		r.seen[sql] = read{r.by, args}
	}
	return r.executor.query(ctx, sql, args, each)
}

// readsOf calls every read of Tx that takes a scope, and the lists with all that they can be asked for.
func readsOf(t *testing.T, s *Store) map[string]read {
	t.Helper()
	seen := map[string]read{}
	scope := paceline.Scope{Partner: 1, Account: 1}
	run := func(by string, call func(tx *Tx) error) {
		t.Helper()
		err := s.Read(t.Context(), func(tx *Tx) error {
			tx.db = &recorder{executor: tx.db, by: by, seen: seen}
			return call(tx)
		})
		if err != nil && err != errReadOnly {
			t.Fatalf("%s: %v", by, err)
		}
	}
	typ := reflect.TypeFor[*Tx]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		if m.Type.NumIn() < 2 || m.Type.In(1) != reflect.TypeFor[paceline.Scope]() {
			continue
		}
		run(m.Name, func(tx *Tx) error {
			args := []reflect.Value{reflect.ValueOf(tx), reflect.ValueOf(scope)}
			for i := 2; i < m.Type.NumIn(); i++ {
				args = append(args, sampleOf(m.Type.In(i)))
			}
			if m.Type.IsVariadic() {
				args = args[:len(args)-1]
			}
			results := m.Func.Call(args)
			err, _ := results[len(results)-1].Interface().(error)
			return err
		})
	}
	for _, order := range []string{"", "Name", "Id", "CreatedDate", "CreatedOnUtc"} {
		for _, down := range []bool{false, true} {
			page := paceline.Page{OrderBy: order, Descending: down}
			by := func(list string) string { return list + " by " + order }
			run(by("Accounts"), func(tx *Tx) error {
				_, err := tx.Accounts(scope, AccountFilter{}, page)
				return err
			})
			run(by("Accounts of a parent"), func(tx *Tx) error {
				_, err := tx.Accounts(scope, AccountFilter{Parent: 1}, page)
				return err
			})
			for _, few := range []bool{false, true} {
				run(by(fmt.Sprint("Accounts with a name, few ", few)), func(tx *Tx) error {
					_, err := tx.accounts(scope, AccountFilter{Search: "x", IncludeSub: few}, few, page)
					return err
				})
			}
			run(by("Accounts, further"), func(tx *Tx) error {
				further := page
				value := "x"
				if order == "CreatedDate" {
					value = "1"
				}
				further.After = encodeCursor(value, paceline.ZeroID)
				_, err := tx.Accounts(scope, AccountFilter{IncludeSub: true}, further)
				return err
			})
			run(by("Cycles"), func(tx *Tx) error {
				_, err := tx.Cycles(scope, CycleFilter{}, page)
				return err
			})
			run(by("Cycles, filtered"), func(tx *Tx) error {
				_, err := tx.Cycles(scope, CycleFilter{Tag: "x", ConnectorName: "x"}, page)
				return err
			})
			run(namedCycles, func(tx *Tx) error {
				_, err := tx.Cycles(scope, CycleFilter{Text: "x", Kept: true}, page)
				return err
			})
			run(by("LiveTemplates"), func(tx *Tx) error {
				_, err := tx.LiveTemplates(scope, TemplateFilter{}, page)
				return err
			})
		}
	}
	run("RunWaits", func(tx *Tx) error {
		_, err := tx.RunWaits(scope, []int64{1, 2})
		return err
	})
	for _, ascending := range []bool{false, true} {
		for _, cycle := range []int64{0, 1} {
			for _, filter := range []RunFilter{{}, {States: []paceline.RunState{paceline.RunFailed}}, {States: []paceline.RunState{paceline.RunCompleted, paceline.RunFailed}},
				{States: []paceline.RunState{paceline.RunLive}, Parked: 1, Retrying: true, Except: []int64{1}}, {Among: []int64{1, 2}},
				{ErrorFilter: ErrorFilter{Code: "call_failed", Exact: true, Step: "s", Shape: "GET 404"}}} {
				filter.Cycle = cycle
				for order := range runOrders {
					for _, from := range []RunCursor{{}, {By: 1, CreatedAt: 1, Num: 1}} {
						filter.From = from
						run("Runs by "+order, func(tx *Tx) error {
							_, err := tx.Runs(scope, filter, paceline.Page{OrderBy: order}, ascending)
							return err
						})
					}
				}
			}
			for level := range 3 {
				run("Incidents", func(tx *Tx) error {
					_, err := tx.Incidents(scope, IncidentFilter{Cycle: cycle, Level: level}, paceline.Page{}, ascending)
					return err
				})
			}
		}
	}
	return seen
}

// explainSQLite returns a plan and what it reads whole.
func explainSQLite(t *testing.T, s *Store) func(sql string, args []any) (plan, whole string) {
	known := tables(latestVersion)
	scan := regexp.MustCompile(`^SCAN (\w+)`)
	// An account's rows are not to be found among all of its partner's.
	ofAccount := regexp.MustCompile(`account_id = \$`)
	partnerOnly := regexp.MustCompile(`^SEARCH (\w+) .*\(partner_id=\?\)$`)
	alias := regexp.MustCompile(`\b(?:FROM|JOIN)\s+(\w+)(?:\s+(?:AS\s+)?([a-z]))?\b`)
	return func(sql string, args []any) (plan, whole string) {
		var lines []string
		err := s.Read(t.Context(), func(tx *Tx) error {
			return tx.db.query(tx.ctx, "EXPLAIN QUERY PLAN "+sql, args, func(r *Row) error {
				lines = append(lines, r.Text(3))
				return nil
			})
		})
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		of := map[string]string{}
		for _, m := range alias.FindAllStringSubmatch(sql, -1) {
			of[m[1]] = m[1]
			if m[2] != "" {
				of[m[2]] = m[1]
			}
		}
		for _, line := range lines {
			if m := scan.FindStringSubmatch(line); m != nil {
				if _, isTable := known[of[m[1]]]; isTable {
					whole = of[m[1]]
				}
			}
			if m := partnerOnly.FindStringSubmatch(line); m != nil && ofAccount.MatchString(sql) && accountRows[of[m[1]]] {
				whole = of[m[1]]
			}
		}
		return strings.Join(lines, "\n"), whole
	}
}

// explainPostgres is explainSQLite for PostgreSQL.
func explainPostgres(t *testing.T, o Options) func(sql string, args []any) (plan, whole string) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(config.RuntimeParams, map[string]string{"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_bitmapscan": "off"})
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	parameter := regexp.MustCompile(`\$\d+`)
	node := regexp.MustCompile(`(?:Seq Scan on (\w+)|Index (?:Only )?Scan (?:Backward )?using \w+ on (\w+)[^\n]*\n(\s*Index Cond)?)`)
	n := 0
	return func(sql string, _ []any) (plan, whole string) {
		n++
		if _, err := conn.Exec(t.Context(), fmt.Sprintf("PREPARE p%d AS %s", n, sql)); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		found := parameter.FindAllString(sql, -1)
		slices.Sort(found)
		nulls := ""
		if count := len(slices.Compact(found)); count > 0 {
			nulls = "(" + strings.TrimSuffix(strings.Repeat("NULL,", count), ",") + ")"
		}
		rows, err := conn.Query(t.Context(), fmt.Sprintf("EXPLAIN EXECUTE p%d%s", n, nulls), pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		plan = strings.Join(lines, "\n")
		for _, m := range node.FindAllStringSubmatch(plan, -1) {
			if m[3] == "" {
				whole = m[1] + m[2]
			}
		}
		return plan, whole
	}
}
