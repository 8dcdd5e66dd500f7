package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"

	"paceline/internal/heap"
	"paceline/script"
	"paceline/script/worker"
)

// options are what the command line chooses.
type options struct {
	job, data, databaseURL, key string
	sink                        string // base URL of what the filled database's connector calls
	accounts, cycles, count     int
	running                     int
	profile                     string // file that a CPU profile of the whole job goes to

	scripts *script.Pool // for a job that has one
}

// jobs by their name.
var jobs = map[string]func(context.Context, options) (any, error){
	"noop": noop, "backlog": backlog, "queue": queue, "store": storeFinished, "idle": idle, "scripts": scriptRuns, "lists": lists,
	"granted": granted,
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == worker.Argument {
		os.Exit(worker.Main(os.Stdin, os.Stdout))
	}
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range jobs {
			if !yield(name) {
				return
			}
		}
	})
	var o options
	flag.StringVar(&o.job, "job", "noop", strings.Join(names, ", "))
	flag.StringVar(&o.data, "data", "", "folder of the SQLite database")
	flag.StringVar(&o.databaseURL, "database-url", "", "PostgreSQL instead")
	flag.StringVar(&o.key, "key", "", "installation key of the throw-away data, in base64")
	flag.StringVar(&o.sink, "sink", "http://127.0.0.1:9900", "base URL that the connector of a filled database calls")
	flag.IntVar(&o.accounts, "accounts", 100, "accounts")
	flag.IntVar(&o.cycles, "cycles", 1, "cycles in each account (idle), or in the big one (lists)")
	flag.IntVar(&o.count, "count", 5000, "transactions, or credentials (granted)")
	flag.IntVar(&o.running, "running", 200, "transactions in flight")
	flag.StringVar(&o.profile, "profile", "", "file that a CPU profile of the job goes to")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	heap.RaiseFloor() // as in a server
	do, ok := jobs[o.job]
	if !ok {
		return fmt.Errorf("there is no job %q", o.job)
	}
	if o.profile != "" {
		file, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	figures, err := do(ctx, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(figures)
}
