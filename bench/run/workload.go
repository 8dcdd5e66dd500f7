package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// workload is one part of a sitting. Those that need no other's figures can be chosen with --only.
type workload struct {
	name, text string
	run        func(*measurement, context.Context) error
	long       bool // only when it is chosen
}

// workloads in the order in which they run.
var workloads = []workload{
	{"w1", "webhooks through two calls and a decision, beside the reference", (*measurement).pairsOfW1, false},
	{"bytes", "what W1 leaves on the disk", (*measurement).storedBytes, false},
	{"w2", "500 rows split into 500 calls", (*measurement).split, false},
	{"w4", "kill -9 with 2,000 in flight", (*measurement).crashes, false},
	{"nodes", "webhooks of many accounts to one, two and three servers on one PostgreSQL", (*measurement).nodes, false},
	{"noop", "four calls over a remote in memory", (*measurement).noop, false},
	{"scripts", "scripts in warm workers, alone, beside hostile ones, and in steps", (*measurement).scripts, false},
	{"backlog", "a small account beside a backlog of 20,000", (*measurement).backlog, false},
	{"queued", "the same, the start and the memory beside 1,000,000 queued", (*measurement).queued, false},
	{"idle", "memory of 100,000 active cycles", (*measurement).idleCycles, false},
	{"lists", "first pages and installs with 100,000 accounts, one of 100,000 cycles and 1,000,000 transactions", (*measurement).lists, false},
	{"revoke", "the credentials of 10,000 accounts at one connector are revoked", (*measurement).revoke, false},
	{"growth", "throughput with 1,000,000 stored", (*measurement).growthTo1M, false},
	{"growth10m", "throughput with 10,000,000 stored", (*measurement).growthTo10M, true},
	{"partitions", "transactions in partitions by range, an experiment", (*measurement).partitions, true},
}

// choose reads a list of names; "" means all that are not long.
func choose(list string) ([]workload, error) {
	var chosen []workload
	names := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	for _, w := range workloads {
		if slices.Contains(names, w.name) || len(names) == 0 && !w.long {
			chosen = append(chosen, w)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(workloads, func(w workload) bool { return w.name == name }) {
			return nil, fmt.Errorf("--only: there is no workload %q", name)
		}
	}
	return chosen, nil
}

func workloadNames() string {
	var names []string
	for _, w := range workloads {
		names = append(names, w.name)
	}
	return strings.Join(names, ", ")
}

// house runs one job of bench/house and decodes its figures into out. Its database is the folder data or, with
// a URL, PostgreSQL.
func (m *measurement) house(ctx context.Context, out any, job, data, databaseURL string, args ...string) error {
	args = append([]string{"-job", job, "-data", data, "-database-url", databaseURL, "-key", m.key, "-sink", m.sink.URL()}, args...)
	cmd := exec.CommandContext(ctx, m.programs.house, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", job, err, &stderr)
	}
	if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
		return fmt.Errorf("%s answered %q: %w", job, &stdout, err)
	}
	return nil
}

func count(n int) []string { return []string{"-count", strconv.Itoa(n)} }
