package store

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"paceline"
)

// liveOfCycle are the statements that look for live transactions of one cycle, with arguments.
var liveOfCycle = map[string]struct {
	sql  string
	args []any
}{
	"sqlOthersLive": {sqlOthersLive, []any{1, 1, 1, int64(paceline.WaitAllDue(0, false)), int64(-5)}},
	"sqlWaiting":    {sqlWaiting, []any{1, 1, 1, int64(paceline.WaitAllDue(0, false))}},
	"sqlGatherNext": {sqlGatherNext, []any{1, 1, 1, 1, int64(paceline.WaitAllDue(0, false)), 10}},
	"sqlGatherEnd":  {sqlGatherEnd, []any{1, 1, 1, 1, int64(paceline.WaitAllDue(0, false)), 10, 1, 1, 1, 1}},
	"sqlCancelNext": {sqlCancelNext, []any{1, 1, 1, 0, 0, 10}},
	"sqlGoingRun":   {sqlGoingRun, []any{1, 1, 1, 5, int64(paceline.WaitAllDue(0, false)), 1, 4}},
	"sqlAnyLive":    {sqlAnyLive, []any{1, 1, 1}},
}

// TestLiveOfCycleByIndex: whether others of a cycle are live costs the same however many transactions of the account's
// other cycles are ready, and however many of the cycle have ended: for the readers of both databases and for the writers of
// PostgreSQL, which know nothing of their tables.
func TestLiveOfCycleByIndex(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t, name)
			s := openTest(t, o)
			if name == "sqlite" {
				checkLivePlans(t, explainSQLite(t, s), regexp.MustCompile(`(?:SEARCH|SCAN) (?:run|r)\b[^\n]*`))
				return
			}
			checkPostgresLivePlans(t, o, "empty, writers", writerSettings)
			err := s.InTx(t.Context(), system, func(tx *Tx) error {
				_, err := tx.exec(`INSERT INTO run (num, partner_id, account_id, root_id, cycle_num, version, state, due_at, parent, errors, warnings,
					created_at, ended_at, prune_at, pruned, split) SELECT n, 1, 1, 1, 1 + n / 10 % 2, 1, n % 2, 0, 0, 0, 0, n, 0, 0, 0, 0 FROM generate_series(1, 20000) n`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.InTx(t.Context(), system, func(tx *Tx) error { _, err := tx.exec(`ANALYZE run`); return err }); err != nil {
				t.Fatal(err)
			}
			checkPostgresLivePlans(t, o, "filled, writers", writerSettings)
			checkPostgresLivePlans(t, o, "filled, readers", map[string]string{"plan_cache_mode": "force_generic_plan"}, "sqlGatherNext", "sqlGatherEnd", "sqlCancelNext")
		})
	}
}

func checkLivePlans(t *testing.T, explain func(sql string, args []any) (plan, whole string), of *regexp.Regexp, but ...string) {
	t.Helper()
	for name, s := range liveOfCycle {
		if slices.Contains(but, name) {
			continue
		}
		plan, _ := explain(s.sql, s.args)
		scans := of.FindAllString(plan, -1)
		if len(scans) == 0 {
			t.Errorf("%s: the plan has no look at transactions:\n%s", name, plan)
		}
		for _, scan := range scans {
			if !strings.Contains(scan, "run_live_of_cycle") {
				t.Errorf("%s does not find transactions by the cycle's live ones:\n%s", name, plan)
			}
		}
	}
}

func checkPostgresLivePlans(t *testing.T, o Options, when string, settings map[string]string, but ...string) {
	t.Helper()
	t.Run(when, func(t *testing.T) {
		config, err := pgx.ParseConfig(o.URL)
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(config.RuntimeParams, settings)
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		n := 0
		checkLivePlans(t, func(sql string, args []any) (plan, whole string) {
			n++
			if _, err := conn.Exec(t.Context(), fmt.Sprintf("PREPARE p%d AS %s", n, sql)); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			values := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(args)), ","), "[]")
			rows, err := conn.Query(t.Context(), fmt.Sprintf("EXPLAIN EXECUTE p%d(%s)", n, values), pgx.QueryExecModeSimpleProtocol)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			return strings.Join(lines, "\n"), ""
		}, regexp.MustCompile(`(?:Scan (?:Backward )?using \w+ on run\b|Seq Scan on run\b|Bitmap Index Scan on run\w*)[^\n]*`), but...)
	})
}
