package main

import (
	"encoding/json"
	"testing"

	"paceline/internal/seal"
)

// TestEveryJob runs each job small, on a database of its own, and the filling ones a second time: what an earlier
// process made is found again.
func TestEveryJob(t *testing.T) {
	t.Parallel()
	for job, want := range map[string][]string{
		"noop":    {"per_s", "cpu_us"},
		"backlog": {"p50_ms", "p99_ms", "n"},
		"queue":   {"Hooks", "Seconds"},
		"store":   {"Seconds"},
		"idle":    {"Hooks", "Seconds"},
	} {
		t.Run(job, func(t *testing.T) {
			t.Parallel()
			o := options{data: t.TempDir(), key: seal.NewKey().Encode(), sink: "http://127.0.0.1:9", accounts: 3, cycles: 2, count: 20, running: 10}
			for range 2 {
				figures, err := jobs[job](t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				text, err := json.Marshal(figures)
				if err != nil {
					t.Fatal(err)
				}
				var got map[string]any
				if err := json.Unmarshal(text, &got); err != nil {
					t.Fatal(err)
				}
				for _, name := range want {
					if v, ok := got[name]; !ok || v == 0.0 {
						t.Errorf("%s = %v in %s", name, v, text)
					}
				}
				if job == "idle" {
					break // it makes its accounts anew, whose names are taken
				}
			}
		})
	}
	if jobs["noop"] == nil || len(jobs) != 5 {
		t.Errorf("%d jobs, of which this test knows five", len(jobs))
	}
}
