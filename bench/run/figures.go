package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// samples are the values of one figure, one for each pair.
type samples []float64

func (s *samples) add(v float64) { *s = append(*s, v) }

// over divides pair by pair, which is what makes a ratio stand on a machine whose speed changes.
func (s samples) over(reference samples) samples {
	out := make(samples, 0, len(s))
	for i, v := range s {
		if i < len(reference) && reference[i] > 0 {
			out = append(out, v/reference[i])
		}
	}
	return out
}

// figure is a median with its spread.
type figure struct{ Median, Min, Max float64 }

func (s samples) figure() figure {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	middle := sorted[n/2]
	if n%2 == 0 {
		middle = (sorted[n/2-1] + middle) / 2
	}
	return figure{middle, sorted[0], sorted[n-1]}
}

// total is a figure of values that count together, such as losses.
func (s samples) total() samples {
	var sum float64
	for _, v := range s {
		sum += v
	}
	return samples{sum}
}

// meaning says what a figure is and what it should be.
type meaning struct {
	key, text string
	target    float64 // 0: none
	most      bool    // the target is an upper bound
	or        string  // key of the figure that may meet its target instead
}

// meanings are the figures in the order of the table.
var meanings = []meaning{
	{key: "w1_sqlite_ratio", text: "W1 completed/s on SQLite, of the reference", target: 0.6},
	{key: "w1_postgres_ratio", text: "W1 completed/s on PostgreSQL, of the reference", target: 0.5},
	{key: "idle_ratio", text: "idle webhook to final call on SQLite, of the reference", target: 2, most: true},
	{key: "idle_postgres_ratio", text: "the same on PostgreSQL"},
	{key: "w1_lost", text: "webhooks accepted and lost", most: true},
	{key: "bytes_ratio", text: "bytes stored per byte of payload", target: 1.5, most: true},
	{key: "bytes_random_ratio", text: "the same with padding that hardly compresses"},
	{key: "w2_ratio", text: "W2 items/s, of the reference's W1 completed/s", target: 0.8},
	{key: "w2_lost", text: "rows accepted and lost", most: true},
	{key: "w4_lost", text: "webhooks lost by kill -9, both databases", most: true},
	{key: "w4_repeated", text: "calls repeated after it", target: accountRunning, most: true},
	{key: "noop_sqlite_per_s", text: "transactions/s of four calls in memory, SQLite", target: 7000, or: "noop_sqlite_rawlog_ratio"},
	{key: "noop_postgres_per_s", text: "the same, PostgreSQL", target: 6000, or: "noop_postgres_rawlog_ratio"},
	{key: "noop_sqlite_rawlog_ratio", text: "the same on SQLite, of the bare log", target: 0.17, or: "noop_sqlite_per_s"},
	{key: "noop_postgres_rawlog_ratio", text: "the same on PostgreSQL, of the bare log", target: 0.15, or: "noop_postgres_per_s"},
	{key: "script_step_added_p50_ms", text: "what a small script adds to a step, p50 in ms", target: 1.5, most: true},
	{key: "script_step_without_p50_ms", text: "webhook to call of that step without a script, p50 in ms"},
	{key: "scripts_p50_ms", text: "a small script in a warm worker, p50 in ms"},
	{key: "scripts_p99_ms", text: "the same, p99"},
	{key: "scripts_beside_p50_ms", text: "the same beside two accounts with endless scripts, p50 in ms"},
	{key: "scripts_beside_p99_ms", text: "the same, p99"},
	{key: "scripts_per_s", text: "small scripts/s, two at once", target: 1000},
	{key: "scripts_libraries_p50_ms", text: "a script with the large libraries, p50 in ms", target: 60, most: true},
	{key: "backlog_p50_ms", text: "a small account's run beside a backlog of 20,000, p50 in ms"},
	{key: "backlog_p99_ms", text: "the same, p99", target: 100, most: true},
	{key: "backlog_1m_start_p99_ms", text: "its start delay beside 1,000,000 queued, p99 in ms", target: 2000, most: true},
	{key: "backlog_1m_throughput_ratio", text: "its completed/s of the sent", target: 0.95},
	{key: "start_1m_s", text: "seconds until ready with 1,000,000 queued", target: 10, most: true},
	{key: "queued_1m_mb", text: "peak memory in MB with 1,000,000 queued", target: 300, most: true},
	{key: "queued_memory_ratio", text: "that memory, of the memory with 100,000 queued"},
	{key: "queued_100k_mb", text: "peak memory in MB with 100,000 queued"},
	{key: "idle_mb", text: "memory in MB with 10,000 accounts of 10 active cycles", target: 300, most: true},
	{key: "list_sqlite_p99_ms", text: "the slowest first page with 100,000 accounts, 100,000 cycles and 1,000,000 transactions, p99 in ms, SQLite", target: 50, most: true},
	{key: "list_postgres_p99_ms", text: "the same, PostgreSQL", target: 50, most: true},
	{key: "install_sqlite_p50_ms", text: "installing a template of 20 steps and 3 connectors there, p50 in ms, SQLite", target: 20, most: true},
	{key: "install_postgres_p50_ms", text: "the same, PostgreSQL", target: 20, most: true},
	{key: "revoke_10k_s", text: "seconds until the vendor has heard of 10,000 revoked credentials, SQLite", target: 900, most: true},
	{key: "revoke_10k_stop_s", text: "seconds until none of them can be used"},
	{key: "revoke_10k_postgres_s", text: "until the vendor has heard, PostgreSQL", target: 900, most: true},
	{key: "revoke_10k_postgres_stop_s", text: "until none can be used, PostgreSQL"},
	{key: "nodes_2_ratio", text: "W1 completed/s of two nodes on one PostgreSQL, of one"},
	{key: "nodes_3_ratio", text: "of three nodes, of one"},
	{key: "nodes_1_per_s", text: "W1 completed/s over 12 accounts, one node"},
	{key: "nodes_2_per_s", text: "two nodes"},
	{key: "nodes_3_per_s", text: "three nodes"},
	{key: "nodes_1_database_share", text: "of the processor time of that, what the database took, one node"},
	{key: "nodes_2_database_share", text: "two nodes"},
	{key: "nodes_3_database_share", text: "three nodes"},
	{key: "partition_log_bytes", text: "bytes of write-ahead log for a transaction in tables that are whole, in SQL"},
	{key: "partition_insert_ratio", text: "time to write it in partitions, of that"},
	{key: "partition_delete_log_ratio", text: "log to remove rows and to sweep, of the log that wrote them"},
	{key: "partition_drop_ratio", text: "time to drop partitions, of the time to remove and sweep"},
	{key: "partition_list_ratio", text: "time of an account's list over 20 partitions, of one over a whole table"},
	{key: "growth_1m_ratio", text: "transactions/s at 1,000,000 stored, of those at 10,000", target: 0.75},
	{key: "growth_10m_ratio", text: "transactions/s at 10,000,000 stored, of those at 10,000", target: 0.75},
	{key: "w1_reference_per_s", text: "W1 completed/s, reference with a record per step"},
	{key: "w1_sqlite_per_s", text: "W1 completed/s, SQLite"},
	{key: "w1_postgres_per_s", text: "W1 completed/s, PostgreSQL"},
	{key: "w2_items_per_s", text: "W2 items/s, SQLite"},
	{key: "idle_reference_ms", text: "idle p50 in ms, reference"},
	{key: "idle_sqlite_ms", text: "idle p50 in ms, SQLite"},
	{key: "idle_postgres_ms", text: "idle p50 in ms, PostgreSQL"},
	{key: "cpu_reference_us", text: "CPU us per transaction, reference"},
	{key: "cpu_sqlite_us", text: "CPU us per transaction, SQLite"},
	{key: "cpu_postgres_us", text: "CPU us per transaction, PostgreSQL (without the database's)"},
	{key: "noop_sqlite_cpu_us", text: "CPU us per transaction of four calls in memory, SQLite"},
	{key: "noop_postgres_cpu_us", text: "the same, PostgreSQL (without the database's)"},
	{key: "peak_sqlite_mb", text: "peak memory in MB under W1, SQLite"},
	{key: "peak_postgres_mb", text: "peak memory in MB under W1, PostgreSQL"},
	{key: "rawlog_per_s", text: "bare log, runs of five durable records per second"},
	{key: "fdatasync_p50_us", text: "append of 4 KB and fdatasync, p50 in us"},
}

// accountRunning is how many calls of one account can be in progress, and so be repeated after a crash.
const accountRunning = 50

// report holds the figures by key.
type report struct{ figures map[string]figure }

// add puts a figure in; no samples leave it out.
func (r *report) add(key string, s samples) {
	if len(s) == 0 {
		return
	}
	if r.figures == nil {
		r.figures = map[string]figure{}
	}
	r.figures[key] = s.figure()
}

func (r *report) get(key string) (figure, bool) {
	f, ok := r.figures[key]
	return f, ok
}

// addComparison derives the figures of the pairs.
func (r *report) addComparison(reference *subject, subjects []*subject, fsync, rawlog samples) {
	var lost samples
	for _, s := range append([]*subject{reference}, subjects...) {
		r.add("w1_"+s.name+"_per_s", s.perSecond)
		r.add("idle_"+s.name+"_ms", s.idle)
		r.add("cpu_"+s.name+"_us", s.cpu)
		if s == reference {
			continue
		}
		r.add("w1_"+s.name+"_ratio", s.perSecond.over(reference.perSecond))
		r.add("peak_"+s.name+"_mb", s.memory)
		idle := "idle_" + s.name + "_ratio"
		if s.name == "sqlite" {
			idle = "idle_ratio"
		}
		r.add(idle, s.idle.over(reference.idle))
		lost = append(lost, s.lost...)
	}
	r.add("w1_lost", lost.total())
	r.add("fdatasync_p50_us", fsync)
	r.add("rawlog_per_s", rawlog)
}

// verdict compares a figure with its target. A target is missed only when the better end of the spread
// misses it.
func (m meaning) verdict(f figure) string {
	switch {
	case strings.HasSuffix(m.key, "_lost"):
		return pick(m.meets(f), "0: met", "0: MISSED")
	case m.target == 0:
		return ""
	case m.most:
		return fmt.Sprintf("<= %g: %s", m.target, pick(m.meets(f), "met", "MISSED"))
	}
	return fmt.Sprintf(">= %g: %s", m.target, pick(m.meets(f), "met", "MISSED"))
}

func (m meaning) meets(f figure) bool {
	switch {
	case strings.HasSuffix(m.key, "_lost"):
		return f.Max == 0
	case m.key == "w4_repeated": // a bound of each crash, whatever the machine's noise
		return f.Max <= m.target
	case m.most:
		return f.Min <= m.target
	}
	return f.Max >= m.target
}

// alternative says that a figure's target was met by the other one, where one of the two is enough.
func (r *report) alternative(m meaning, f figure) string {
	i := slices.IndexFunc(meanings, func(other meaning) bool { return other.key == m.or })
	if i < 0 || m.meets(f) {
		return ""
	}
	if other, ok := r.figures[m.or]; ok && meanings[i].meets(other) {
		return ", which is fine: " + m.or + " is met"
	}
	return ""
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// table prints the figures for people.
func (r *report) table(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "figure\tmedian\tmin\tmax\ttarget")
	for _, m := range meanings {
		if f, ok := r.figures[m.key]; ok {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", m.text, short(f.Median), short(f.Min), short(f.Max), m.verdict(f)+r.alternative(m, f))
		}
	}
	w.Flush()
}

// line prints every figure as one line of JSON, key, key_min and key_max.
func (r *report) line(out io.Writer) {
	values := map[string]float64{}
	for key, f := range r.figures {
		values[key], values[key+"_min"], values[key+"_max"] = round(f.Median), round(f.Min), round(f.Max)
	}
	text, err := json.Marshal(values)
	if err != nil {
		panic("figures are finite numbers: " + err.Error())
	}
	fmt.Fprintf(out, "%s\n", text)
}

func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }

func short(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
