package main

import (
	"encoding/json"
	"os"
	"testing"

	"paceline/internal/seal"
	"paceline/script/worker"
)

// TestMain makes the test's program a worker of scripts where the pool starts it as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == worker.Argument {
		os.Exit(worker.Main(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

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
		"granted": {"Seconds"},
		"scripts": {"small_p50_ms", "small_p99_ms", "libraries_p50_ms", "per_s", "beside_p50_ms", "beside_p99_ms", "step_p50_ms", "script_step_p50_ms", "script_step_added_p50_ms"},
		"lists":   {"BigCycle", "MedianCycle", "Template", "Seconds"},
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
				if job == "idle" || job == "lists" || job == "granted" {
					break // they make their accounts anew, whose names are taken
				}
			}
		})
	}
	if jobs["noop"] == nil || len(jobs) != 8 {
		t.Errorf("%d jobs, of which this test knows eight", len(jobs))
	}
}
