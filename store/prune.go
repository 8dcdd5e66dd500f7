package store

import (
	"context"
	"time"

	"paceline"
)

// rowsKept is how long the rows of a run outlive it: usage can be recomputed from them until its day
// is sealed (38 days).
const rowsKept = 38 * 24 * time.Hour

// Pruned is what one call of Prune did.
type Pruned struct {
	Data    int   // runs whose payloads, calls and incident details went
	Runs    int   // runs that went as a whole
	Deliver int64 // keys of deliveries that were forgotten
}

// Any reports whether there was anything to do, and so may be more.
func (p Pruned) Any() bool { return p.Data > 0 || p.Runs > 0 || p.Deliver > 0 }

// The statements of pruning serve the owner node alone and work on runs of all accounts by their
// numbers; no caller's request reaches them.
const (
	// A run stays while a live one was split or resubmitted from it, because that reads its rows. So it does
	// while a child that was split again has its data, for the children of that one.
	sqlPrunable = `SELECT r.num, r.ended_at, r.pruned FROM run r WHERE r.prune_at <> 0 AND r.prune_at <= $1
		AND NOT EXISTS (SELECT 1 FROM run child WHERE child.parent = r.num AND child.parent <> 0
			AND (child.state = 0 OR child.split & 1 <> 0 AND child.pruned = 0))
		AND NOT EXISTS (SELECT 1 FROM inherited h JOIN run heir ON heir.num = h.run WHERE h.from_run = r.num AND heir.state = 0)
		ORDER BY r.prune_at, r.num LIMIT $2`
	sqlPruneExchanges = `DELETE FROM exchange WHERE step >= $1 AND step < $2`
	// What a step that did not come to its end was about to do may hold what its calls brought; of one that is done only which
	// items left by which exit is there.
	sqlPruneOutputs = `UPDATE step SET output = NULL, blob = NULL, progress = CASE WHEN state = 0 THEN progress END,
		call_status = NULL, call_millis = NULL, call_at = NULL, request = NULL, response = NULL WHERE id >= $1 AND id < $2`
	// The columns of a step whose data went; the first stepCounts are numbers.
	stepsLeft = `id, partner_id, account_id, step_ref, from_seq, state, exit_type, attempt, due_at, rows_in, rows_out,
		tasks_ok, tasks_incident, connector, method, started_at, ended_at, in_exchange, progress`
	stepCounts        = 18
	sqlStepsLeft      = `SELECT ` + stepsLeft + ` FROM step WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3`
	rewrittenAtOnce   = 2_000 // rows that are held in memory
	sqlPruneStep      = `DELETE FROM step WHERE id = $1`
	sqlStepAgain      = `INSERT INTO step (` + stepsLeft + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`
	sqlPruneChunks    = `DELETE FROM blob_chunk WHERE blob IN (SELECT blob.id FROM blob WHERE blob.run = $1)`
	sqlPruneBlobs     = `DELETE FROM blob WHERE run = $1`
	sqlPruneDetails   = `UPDATE incident SET detail = NULL WHERE run = $1`
	sqlPruneLater     = `UPDATE run SET pruned = 1, prune_at = $2 WHERE num = $1`
	sqlPruneSteps     = `DELETE FROM step WHERE id >= $1 AND id < $2`
	sqlPruneWaiting   = `DELETE FROM waiting WHERE run = $1`
	sqlPruneArrivals  = `DELETE FROM arrival WHERE run = $1`
	sqlPruneIncidents = `DELETE FROM incident WHERE run = $1`
	sqlPruneRun       = `DELETE FROM run WHERE num = $1`
	sqlPruneDedupe    = `DELETE FROM dedupe WHERE (step, key_hash) IN (SELECT d.step, d.key_hash FROM dedupe d WHERE d.expires_at <= $1 LIMIT $2)`
)

// Prune removes, of at most n runs, what is due at now: first the data, by the retention that their op
// named, and the rows when their usage is sealed; and as many forgotten deliveries. The caller calls it
// with a small n (50) while the writer has nothing else to do, until Any is false. It works on a full disk.
func (s *Store) Prune(ctx context.Context, now paceline.Micros, n int) (p Pruned, err error) {
	defer s.enter("InTx")()
	err = s.inTx(ctx, paceline.Scope{}, true, s.measured(func(tx *Tx) error {
		p = Pruned{}
		type due struct {
			num    int64
			ended  paceline.Micros
			pruned bool
		}
		var list []due
		err := tx.query(sqlPrunable, []any{now, n}, func(r *Row) error {
			list = append(list, due{r.Int(0), r.Micros(1), r.Bool(2)})
			return nil
		})
		if err != nil {
			return err
		}
		gone := freed{}
		var thinned []int64
		for _, d := range list {
			if err := gone.add(tx, d.num); err != nil {
				return err
			}
			if rest := d.ended.Add(rowsKept); !d.pruned && rest > now {
				err = tx.pruneData(d.num, rest)
				thinned = append(thinned, d.num)
				p.Data++
			} else {
				err = tx.pruneRun(d.num)
				p.Runs++
			}
			if err != nil {
				return err
			}
		}
		if err := tx.rewriteSteps(thinned); err != nil {
			return err
		}
		if err := gone.write(tx); err != nil {
			return err
		}
		p.Deliver, err = tx.exec(sqlPruneDedupe, now, n)
		return err
	}))
	return p, err
}

func (tx *Tx) pruneData(run int64, rowsUntil paceline.Micros) error {
	return tx.each(
		statement{sqlPruneExchanges, []any{stepKey(run, 0), stepKey(run+1, 0)}},
		statement{sqlPruneOutputs, []any{stepKey(run, 0), stepKey(run+1, 0)}},
		statement{sqlPruneChunks, []any{run}},
		statement{sqlPruneBlobs, []any{run}},
		statement{sqlPruneArrivals, []any{run}},
		statement{sqlPruneDetails, []any{run}},
		statement{sqlPruneLater, []any{run, rowsUntil}},
	)
}

// rewriteSteps writes the rows of runs whose data went anew. SQLite leaves the room of a row that an update makes smaller in its
// page, and frees pages of neighbours that were all deleted: without that the file would stay as large as with the data until
// the rows go, too. PostgreSQL writes a row anew at each update, and its own upkeep frees the one before.
func (tx *Tx) rewriteSteps(runs []int64) error {
	if _, postgres := tx.db.(*postgresConn); postgres {
		return nil
	}
	var rows [][]any
	again := func() (err error) {
		for i := 0; i < len(rows) && err == nil; i++ {
			_, err = tx.exec(sqlPruneStep, rows[i][0])
		}
		for i := 0; i < len(rows) && err == nil; i++ {
			_, err = tx.exec(sqlStepAgain, rows[i]...)
		}
		rows = rows[:0]
		return err
	}
	for _, run := range runs {
		for from := stepKey(run, 0); from != 0; {
			next := int64(0)
			err := tx.query(sqlStepsLeft, []any{from, stepKey(run+1, 0), rewrittenAtOnce}, func(r *Row) error {
				row := make([]any, stepCounts, stepCounts+1)
				for i := range row {
					row[i] = r.Int(i)
				}
				rows = append(rows, append(row, r.Bytes(stepCounts)))
				next = r.Int(0) + 1
				return nil
			})
			if err == nil && len(rows) >= rewrittenAtOnce {
				err = again()
			}
			if err != nil {
				return err
			}
			from = next
		}
	}
	return again()
}

func (tx *Tx) pruneRun(run int64) error {
	return tx.each(
		statement{sqlPruneExchanges, []any{stepKey(run, 0), stepKey(run+1, 0)}},
		statement{sqlPruneSteps, []any{stepKey(run, 0), stepKey(run+1, 0)}},
		statement{sqlPruneChunks, []any{run}},
		statement{sqlPruneBlobs, []any{run}},
		statement{sqlPruneWaiting, []any{run}},
		statement{sqlPruneArrivals, []any{run}},
		statement{sqlDisinherit, []any{run}},
		statement{sqlUnlink, []any{run}},
		statement{sqlPruneIncidents, []any{run}},
		statement{sqlPruneRun, []any{run}},
	)
}

type statement struct {
	sql  string
	args []any
}

// each executes statements until one fails.
func (tx *Tx) each(list ...statement) error {
	for _, s := range list {
		if _, err := tx.exec(s.sql, s.args...); err != nil {
			return err
		}
	}
	return nil
}
