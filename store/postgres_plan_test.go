package store

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestWritersFindRowsByPrimaryKey: the writers' plans are made when a database knows nothing of its tables,
// or once when they are small, and kept while these grow. So whatever other index a plan could begin with
// would read all live runs, all accounts of a partner or all cycles of an account at every commit; and so
// would the primary key without a condition.
func TestWritersFindRowsByPrimaryKey(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "postgres")
	s := openTest(t, o)
	t.Run("empty", func(t *testing.T) { checkWriterPlans(t, o) })
	err := s.InTx(t.Context(), system, func(tx *Tx) error {
		for n := int64(1); n <= 30; n++ {
			if err := fillEveryTable(t.Context(), tx.db, latestVersion, n); err != nil {
				return err
			}
		}
		_, err := tx.exec(`ANALYZE`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("small", func(t *testing.T) { checkWriterPlans(t, o) })
}

func checkWriterPlans(t *testing.T, o Options) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(config.RuntimeParams, writerSettings)
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	parameter := regexp.MustCompile(`\$\d+`)
	index := regexp.MustCompile(`Index (?:Only )?Scan using (\w+).*\n\s*(Index Cond|)`)
	for name, sql := range map[string]string{
		"pgLockCycles": pgLockCycles, "pgDedupe": pgDedupe, "pgInsertRuns": pgInsertRuns, "pgInsertTriggers": pgInsertTriggers,
		"pgUpsertSteps": pgUpsertSteps, "pgInsertExchanges": pgInsertExchanges, "pgInsertIncidents": pgInsertIncidents,
		"pgMoveRuns": pgMoveRuns, "pgNoteRuns": pgNoteRuns, "pgNoteTriggers": pgNoteTriggers, "pgNoteMoves": pgNoteMoves, "pgGoOn": pgGoOn,
		"sqlInsertTally": sqlInsertTally, "sqlDeleteTally": sqlDeleteTally, "pgAddCycles": pgAddCycles, "pgAddUsage": pgAddUsage,
	} {
		if _, err := conn.Exec(t.Context(), "PREPARE "+name+" AS "+sql); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found := parameter.FindAllString(sql, -1)
		slices.Sort(found)
		nulls := strings.TrimSuffix(strings.Repeat("NULL,", len(slices.Compact(found))), ",")
		rows, err := conn.Query(t.Context(), fmt.Sprintf("EXPLAIN EXECUTE %s(%s)", name, nulls), pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		plan := strings.Join(lines, "\n")
		for _, used := range index.FindAllStringSubmatch(plan, -1) {
			if !strings.HasSuffix(used[1], "_pkey") {
				t.Errorf("%s uses the index %s:\n%s", name, used[1], plan)
			}
			if used[2] == "" {
				t.Errorf("%s walks through %s:\n%s", name, used[1], plan)
			}
		}
		if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Materialize") || strings.Contains(plan, "Bitmap") {
			t.Errorf("%s reads whole tables:\n%s", name, plan)
		}
	}
}
