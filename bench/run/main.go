package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// options are what the command line chooses.
type options struct {
	pairs, count, warmup int
	idleCount            int
	bytesFrom, bytesTo   int // transactions between which the stored bytes are measured; equal: not measured
	fsyncs               int
	noopCount            int
	backlogCount         int
	besideCount          int
	shrink               int // large numbers are divided by it
	chosen               []workload
	rawlogMillis         int
	postgres             string // a URL, "auto" for a throw-away cluster if one can be started, or "off"
	folder, binary       string
	profile              string
	report               string
}

// idleRate is the webhooks per second at which latency is measured.
const idleRate = 5

func main() {
	o, err := parse(os.Args[1:], os.Getenv("PACELINE_DATABASE_URL"))
	if err == nil {
		err = run(o, os.Stdout, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string, databaseURL string) (options, error) {
	var o options
	var quick bool
	var only string
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.IntVar(&o.pairs, "pairs", 5, "interleaved pairs of reference and Paceline")
	flags.IntVar(&o.count, "count", 4000, "webhooks that are measured in each run")
	flags.StringVar(&o.postgres, "postgres", "auto", "URL of an empty PostgreSQL database, auto (PACELINE_DATABASE_URL, else a throw-away cluster if one can be started) or off")
	flags.StringVar(&o.folder, "dir", "bin", "folder on the disk to measure; everything lies in a new folder below it")
	flags.StringVar(&o.binary, "binary", "", "Paceline to measure; without it, it is built")
	flags.StringVar(&o.profile, "profile", "", "file for a CPU profile of Paceline under load, from one more run on SQLite")
	flags.StringVar(&o.report, "report", "text", "text, or json for the one line of JSON alone")
	flags.StringVar(&only, "only", "", "workloads to run, comma-separated, of "+workloadNames()+"; without it all but those of make bench-long")
	flags.IntVar(&o.shrink, "shrink", 1, "divide the numbers of in flight, queued, idle and stored by it, to try a workload; such figures say nothing")
	flags.BoolVar(&quick, "quick", false, "a smoke of about a minute that proves the bench; its figures say nothing")
	flags.Parse(args)

	o.warmup, o.idleCount, o.bytesFrom, o.bytesTo, o.fsyncs, o.rawlogMillis = 500, 20, 5_000, 25_000, 1000, 2000
	o.noopCount, o.backlogCount, o.besideCount = 8000, 20_000, 200
	if o.postgres == "auto" && databaseURL != "" {
		o.postgres = databaseURL
	}
	if quick {
		o.pairs, o.count, o.warmup, o.idleCount, o.fsyncs, o.rawlogMillis = 1, 200, 20, 5, 50, 200
		o.bytesFrom, o.bytesTo = 100, 300
		o.noopCount, o.backlogCount, o.besideCount, o.shrink = 500, 500, 10, 200
		if o.postgres == "auto" {
			o.postgres = "off"
		}
	}
	var err error
	if o.chosen, err = choose(only); err != nil {
		return o, err
	}
	if o.report != "text" && o.report != "json" {
		return o, errors.New("--report is text or json")
	}
	if o.pairs < 1 || o.count < 1 || o.shrink < 1 {
		return o, errors.New("--pairs, --count and --shrink are positive")
	}
	return o, nil
}

// run measures everything and prints the report. Lost webhooks are an error, printed after the figures.
func run(o options, out, progress io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := os.MkdirAll(o.folder, 0o755); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(o.folder, "bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if folder, err = filepath.Abs(folder); err != nil {
		return err
	}
	m := &measurement{options: o, folder: folder, progress: progress}
	if err := m.run(ctx); err != nil {
		return err
	}
	if o.report == "text" {
		m.report.table(out)
	}
	m.report.line(out)
	for _, key := range []string{"w1_lost", "w4_lost"} {
		if lost, ok := m.report.get(key); ok && lost.Max > 0 {
			return fmt.Errorf("%s: %v webhooks were accepted and lost", key, lost.Max)
		}
	}
	return nil
}
