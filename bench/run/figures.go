package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
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
}

// meanings are the figures in the order of the table.
var meanings = []meaning{
	{key: "w1_sqlite_ratio", text: "W1 completed/s on SQLite, of the reference", target: 0.4},
	{key: "w1_postgres_ratio", text: "W1 completed/s on PostgreSQL, of the reference"},
	{key: "idle_ratio", text: "idle webhook to final call on SQLite, of the reference", target: 2, most: true},
	{key: "idle_postgres_ratio", text: "the same on PostgreSQL"},
	{key: "w1_lost", text: "webhooks accepted and lost", most: true},
	{key: "bytes_ratio", text: "bytes stored per byte of payload", target: 1.5, most: true},
	{key: "bytes_random_ratio", text: "the same with padding that hardly compresses"},
	{key: "w1_reference_per_s", text: "W1 completed/s, reference with a record per step"},
	{key: "w1_sqlite_per_s", text: "W1 completed/s, SQLite"},
	{key: "w1_postgres_per_s", text: "W1 completed/s, PostgreSQL"},
	{key: "idle_reference_ms", text: "idle p50 in ms, reference"},
	{key: "idle_sqlite_ms", text: "idle p50 in ms, SQLite"},
	{key: "idle_postgres_ms", text: "idle p50 in ms, PostgreSQL"},
	{key: "cpu_reference_us", text: "CPU us per transaction, reference"},
	{key: "cpu_sqlite_us", text: "CPU us per transaction, SQLite"},
	{key: "cpu_postgres_us", text: "CPU us per transaction, PostgreSQL (without the database's)"},
	{key: "peak_sqlite_mb", text: "peak memory in MB under W1, SQLite"},
	{key: "rawlog_per_s", text: "bare log, runs of five durable records per second"},
	{key: "fdatasync_p50_us", text: "append of 4 KB and fdatasync, p50 in us"},
}

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
	case m.key == "w1_lost":
		return pick(f.Max == 0, "0: met", "0: MISSED")
	case m.target == 0:
		return ""
	case m.most:
		return fmt.Sprintf("<= %g: %s", m.target, pick(f.Min <= m.target, "met", "MISSED"))
	}
	return fmt.Sprintf(">= %g: %s", m.target, pick(f.Max >= m.target, "met", "MISSED"))
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
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", m.text, short(f.Median), short(f.Min), short(f.Max), m.verdict(f))
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
