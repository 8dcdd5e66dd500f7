package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// partitionRuns are the transactions of the experiment, partitionCount the parts that they are divided into.
const partitionRuns, partitionCount = 200_000, 20

// partitions compares the tables of transactions as they are with the same divided by ranges of their number: what writing costs, what
// removing all costs row by row as pruning does it and part by part, and what a list costs that does not name the numbers. It is an
// experiment in SQL on tables beside the real ones, with their columns and indexes; Paceline has no such parts.
func (m *measurement) partitions(ctx context.Context) error {
	database, err := m.database(ctx, "partitions")
	if err != nil || database == "" {
		m.say("  left out: there is no PostgreSQL")
		return err
	}
	s, err := m.programs.startPaceline(ctx, filepath.Join(m.folder, "partitions"), "partitions", database, m.sink.Addr, m.key) // which makes the tables
	if err == nil {
		err = s.stop()
	}
	if err != nil {
		return err
	}
	p := experiment{database}
	n := partitionRuns / m.shrink / partitionCount * partitionCount
	var insert, writeWAL, deleteWAL, drop, list samples
	for range m.pairs {
		if _, err := p.ask(ctx, partitionTables(n)); err != nil {
			return err
		}
		var wrote, removed, listed [2]cost
		for i, schema := range []string{"whole", "parts"} { // each its own table, one after the other
			if wrote[i], err = p.cost(ctx, writeRuns(schema, n)); err != nil {
				return err
			}
			if err := analyze(ctx, database); err != nil {
				return err
			}
			if listed[i], err = p.cost(ctx, listRuns(schema, n)); err != nil {
				return err
			}
		}
		if _, err := p.ask(ctx, `CHECKPOINT`); err != nil { // rows are removed days after they were written: each page goes to the log anew
			return err
		}
		if removed[0], err = p.cost(ctx, pruneRuns(n)); err != nil {
			return err
		}
		swept, err := p.cost(ctx, `VACUUM whole.run, whole.step, whole.exchange`)
		if err != nil {
			return err
		}
		if removed[1], err = p.cost(ctx, dropParts()); err != nil {
			return err
		}
		insert.add(wrote[1].seconds / wrote[0].seconds)
		writeWAL.add(wrote[0].wal / float64(n))
		deleteWAL.add((removed[0].wal + swept.wal) / wrote[0].wal)
		drop.add(removed[1].seconds / (removed[0].seconds + swept.seconds))
		list.add(listed[1].seconds / listed[0].seconds)
		m.say("  %d transactions: written in %.1f s and %.1f s in %d parts, %.1f and %.1f KB of log each; removed row by row in %.1f s and swept in %.1f s with %.1f KB, "+
			"parts dropped in %.2f s with %.2f KB; 200 lists in %.2f s and %.2f s", n, wrote[0].seconds, wrote[1].seconds, partitionCount,
			wrote[0].wal/float64(n)/1e3, wrote[1].wal/float64(n)/1e3, removed[0].seconds, swept.seconds, (removed[0].wal+swept.wal)/float64(n)/1e3,
			removed[1].seconds, removed[1].wal/float64(n)/1e3, listed[0].seconds, listed[1].seconds)
	}
	m.report.add("partition_insert_ratio", insert)
	m.report.add("partition_log_bytes", writeWAL)
	m.report.add("partition_delete_log_ratio", deleteWAL)
	m.report.add("partition_drop_ratio", drop)
	m.report.add("partition_list_ratio", list)
	return nil
}

// experiment is a database that is asked by psql.
type experiment struct{ url string }

// cost is what a statement took: time, and bytes of the write-ahead log.
type cost struct{ seconds, wal float64 }

func (e experiment) ask(ctx context.Context, sql string) (string, error) {
	cmd := exec.CommandContext(ctx, "psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", e.url)
	cmd.Stdin = strings.NewReader(sql)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("psql: %w\n%s", err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

func (e experiment) cost(ctx context.Context, sql string) (c cost, err error) {
	wal := func() (n float64) {
		if err == nil {
			var text string
			if text, err = e.ask(ctx, `SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn`); err == nil {
				n, err = strconv.ParseFloat(text, 64)
			}
		}
		return n
	}
	before, begin := wal(), time.Now()
	if err != nil {
		return c, err
	}
	if _, err = e.ask(ctx, sql); err != nil {
		return c, err
	}
	c.seconds = time.Since(begin).Seconds()
	c.wal = wal() - before
	return c, err
}

// partitionTables makes the tables anew: schema whole as they are, schema parts divided. The key of a step is its transaction's number times
// 2^20, plus its place.
func partitionTables(n int) string {
	var b strings.Builder
	b.WriteString("SET client_min_messages = warning; DROP SCHEMA IF EXISTS whole CASCADE; DROP SCHEMA IF EXISTS parts CASCADE; CREATE SCHEMA whole; CREATE SCHEMA parts;\n")
	for _, t := range []struct{ name, key string }{{"run", "num"}, {"step", "id"}, {"exchange", "step"}} {
		fmt.Fprintf(&b, "CREATE TABLE whole.%[1]s (LIKE public.%[1]s INCLUDING ALL);\n", t.name)
		fmt.Fprintf(&b, "CREATE TABLE parts.%[1]s (LIKE public.%[1]s INCLUDING ALL) PARTITION BY RANGE (%[2]s);\n", t.name, t.key)
		for i := range partitionCount {
			from, to := i*n/partitionCount, (i+1)*n/partitionCount
			if t.name != "run" {
				from, to = from<<20, to<<20
			}
			fmt.Fprintf(&b, "CREATE TABLE parts.%[1]s_%[2]d PARTITION OF parts.%[1]s FOR VALUES FROM (%[3]d) TO (%[4]d);\n", t.name, i, from, to)
		}
	}
	return b.String()
}

// writeRuns stores n transactions of a hundred accounts, each with four calls and 1 KB of data that hardly compresses at each step, in
// commits of 40.
func writeRuns(schema string, n int) string {
	return fmt.Sprintf(`SET search_path = %[1]s;
		DO $$ BEGIN FOR k IN 0 .. %[2]d / 40 - 1 LOOP
			INSERT INTO run (num, partner_id, account_id, root_id, cycle_num, version, state, due_at, parent, errors, warnings, created_at, ended_at, prune_at, pruned)
				SELECT r, 1, r %% 100, r %% 100, r %% 100, 1, 1, 0, 0, 0, 0, r, r, r, 0 FROM generate_series(k * 40, k * 40 + 39) r;
			INSERT INTO step (id, partner_id, account_id, step_ref, from_seq, state, exit_type, attempt, due_at, rows_in, rows_out, tasks_ok, tasks_incident,
				connector, method, started_at, ended_at, in_exchange, output, call_status, call_millis, call_at, request, response)
				SELECT (r << 20) + s, 1, r %% 100, s, s - 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, r, r, 1, decode(repeat(md5((r * 5 + s)::text), 64), 'hex'),
				CASE WHEN s > 0 THEN 200 END, CASE WHEN s > 0 THEN 1 END, CASE WHEN s > 0 THEN r END,
				CASE WHEN s > 0 THEN decode(md5((r * 7 + s)::text), 'hex') END, CASE WHEN s > 0 THEN decode(md5((r * 9 + s)::text), 'hex') END
				FROM generate_series((k * 40)::bigint, k * 40 + 39) r, generate_series(0, 4) s;
			COMMIT;
		END LOOP; END $$;`, schema, n)
}

// pruneRuns removes them as pruning does, 50 at once.
func pruneRuns(n int) string {
	return fmt.Sprintf(`SET search_path = whole;
		DO $$ BEGIN FOR k IN 0 .. %d / 50 - 1 LOOP
			DELETE FROM exchange WHERE step >= (k::bigint * 50) << 20 AND step < (k::bigint * 50 + 50) << 20;
			DELETE FROM step WHERE id >= (k::bigint * 50) << 20 AND id < (k::bigint * 50 + 50) << 20;
			DELETE FROM run WHERE num >= k * 50 AND num < k * 50 + 50;
			COMMIT;
		END LOOP; END $$;`, n)
}

func dropParts() string {
	var b strings.Builder
	for i := range partitionCount {
		fmt.Fprintf(&b, "DROP TABLE parts.run_%[1]d, parts.step_%[1]d, parts.exchange_%[1]d;\n", i)
	}
	return b.String()
}

// listRuns asks 200 times for an account's newest 50.
func listRuns(schema string, n int) string {
	return fmt.Sprintf(`SET search_path = %s;
		DO $$ DECLARE last bigint; BEGIN FOR k IN 0 .. 199 LOOP
			SELECT min(num) INTO last FROM (SELECT num FROM run WHERE account_id = k %% 100 AND created_at < %d ORDER BY created_at DESC, num DESC LIMIT 50) x;
		END LOOP; END $$;`, schema, n)
}
