package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"paceline/bench/load"
	"paceline/script"
	"paceline/script/worker"
)

// The scripts that are measured: a small handler, and one that names all libraries.
const (
	smallScript   = "function before_action() { method_request.Name = method_request.First + ' ' + method_request.Last; return true; }"
	stepScript    = "function before_action() { method_request.notes = 'from ' + method_request.first_name; return true; }"
	libraryScript = "function before_action() { method_request.at = moment.tz('2024-07-01 12:00', 'Europe/Berlin').format(); method_request.h = CryptoJS.MD5('a').toString(); return true; }"
)

// scriptGlobals are about what a step gives.
const scriptGlobals = `{"method_request":{"First":"Ann","Last":"Lee"},"method_request_headers":{},"method_request_parameters":{},"method_request_mergefields":{},` +
	`"action_data":{},"script_parameters":{},"cycle_variables":{},"cycle_id":"c","cycle_step_id":"s","transaction_id":"t"}`

// scriptFigures are what the job measures.
type scriptFigures struct {
	Small     float64 `json:"small_p50_ms"`
	Small99   float64 `json:"small_p99_ms"`
	Libraries float64 `json:"libraries_p50_ms"`
	Rate      float64 `json:"per_s"`
	// Beside is a small script while two accounts hold all the workers that they get with endless loops.
	Beside   float64 `json:"beside_p50_ms"`
	Beside99 float64 `json:"beside_p99_ms"`
	// Step is from a delivery to the call of the first step, without and with a small script.
	Step   float64 `json:"step_p50_ms"`
	Script float64 `json:"script_step_p50_ms"`
	Added  float64 `json:"script_step_added_p50_ms"`
}

// scriptRuns measures runs of scripts in warm workers: a fresh machine each, pipes included. One after the other for the
// median, two at once for the rate. Then the same beside hostile neighbours, and steps of an engine with and without a script.
func scriptRuns(ctx context.Context, o options) (any, error) {
	program, err := script.Program()
	if err != nil {
		return nil, err
	}
	pool := script.NewPool(script.Config{Command: []string{program, worker.Argument}, Warm: 2, Max: 8})
	defer pool.Close()
	var account atomic.Int64
	run := func(code string) error {
		_, err := pool.Run(ctx, script.Run{
			Account: script.Account{Partner: 1, Account: 1 + account.Add(1)%100}, Event: script.BeforeAction,
			Sources: []script.Source{{Level: script.LevelStep, Code: code}}, Globals: []byte(scriptGlobals),
		})
		return err
	}
	measure := func(code string, count int) (load.Summary, error) {
		took := make([]float64, count)
		for i := range took {
			begun := time.Now()
			if err := run(code); err != nil {
				return load.Summary{}, err
			}
			took[i] = time.Since(begun).Seconds() * 1000
		}
		return load.Summarize(took), nil
	}
	for _, code := range []string{smallScript, libraryScript} { // both workers are warm, and know the libraries
		if err := parallel(2, 20, func(int) error { return run(code) }); err != nil {
			return nil, err
		}
	}
	var figures scriptFigures
	small, err := measure(smallScript, max(1, o.count/4))
	if err != nil {
		return nil, err
	}
	figures.Small, figures.Small99 = small.P50, small.P99
	begun := time.Now()
	if err := parallel(2, o.count, func(int) error { return run(smallScript) }); err != nil {
		return nil, err
	}
	figures.Rate = float64(o.count) / time.Since(begun).Seconds()
	libraries, err := measure(libraryScript, max(1, o.count/40))
	if err != nil {
		return nil, err
	}
	figures.Libraries = libraries.P50
	release := beside(ctx, pool)
	hurt, err := measure(smallScript, max(1, o.count/10))
	release()
	if err != nil {
		return nil, err
	}
	figures.Beside, figures.Beside99 = hurt.P50, hurt.P99
	o.scripts = pool
	return &figures, figures.steps(ctx, o)
}

// besideTaken is how many of eight workers two accounts get that want all.
const besideTaken = 6

// beside has two accounts hold as many workers as they get, with scripts that never end, until the function is called.
func beside(ctx context.Context, pool *script.Pool) (release func()) {
	ctx, cancel := context.WithCancel(ctx)
	came := make(chan struct{}, 16)
	var group sync.WaitGroup
	for n := range 16 {
		group.Go(func() {
			// A minute, so that none of them ends while others are measured.
			pool.Run(ctx, script.Run{
				Account: script.Account{Partner: 2, Account: int64(n % 2)}, Event: script.BeforeAction, Host: entered(came), Wall: script.MaxWall,
				Sources: []script.Source{{Level: script.LevelStep, Code: "function before_action() { http_request({}); for (;;); }"}}, Globals: []byte("{}"),
			})
		})
	}
	for range besideTaken {
		select {
		case <-came:
		case <-ctx.Done():
		}
	}
	return func() { cancel(); group.Wait() }
}

// entered is told that a script runs.
type entered chan struct{}

// Call implements script.Host.
func (s entered) Call(context.Context, string, json.RawMessage) (json.RawMessage, error) {
	s <- struct{}{}
	return json.RawMessage("{}"), nil
}

// steps measures the way from a delivery to the first call, of a cycle without a script and of one with a small script,
// in turn: what is between them is what the script adds to its step.
func (f *scriptFigures) steps(ctx context.Context, o options) error {
	if o.data == "" && o.databaseURL == "" {
		folder, err := os.MkdirTemp("", "bench-scripts-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		o.data = folder
	}
	arrived := make(chan struct{}, 1)
	h, err := open(ctx, o, &instant{arrived: func([]byte) { arrived <- struct{}{} }}, o.running)
	if err != nil {
		return err
	}
	defer h.close()
	var cycles [2]customer
	for i, code := range []string{"", stepScript} {
		list, err := h.customers(ctx, fmt.Sprintf("script-%d-", i), 1, "http://remote.example", scriptedCalls(1, code))
		if err != nil {
			return err
		}
		cycles[i] = list[0]
	}
	var took [2][]float64
	for n := range max(2, o.count/5) {
		begun := time.Now()
		if err := h.deliver(ctx, cycles[n%2], fmt.Sprintf("step-%d", n)); err != nil {
			return err
		}
		select {
		case <-arrived:
		case <-time.After(stuckAfter):
			return fmt.Errorf("the call of a step does not come")
		}
		ms := time.Since(begun).Seconds() * 1000
		if err := h.quiet(ctx, func() bool { return true }); err != nil {
			return err
		}
		if n >= 20 || n >= o.count/10 { // plans and keys are warm
			took[n%2] = append(took[n%2], ms)
		}
	}
	f.Step, f.Script = load.Summarize(took[0]).P50, load.Summarize(took[1]).P50
	f.Added = f.Script - f.Step
	return nil
}
