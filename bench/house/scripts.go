package main

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"paceline/script"
	"paceline/script/worker"
)

// The scripts that are measured: a small handler, and one that names all libraries.
const (
	smallScript   = "function before_action() { method_request.Name = method_request.First + ' ' + method_request.Last; return true; }"
	libraryScript = "function before_action() { method_request.at = moment.tz('2024-07-01 12:00', 'Europe/Berlin').format(); method_request.h = CryptoJS.MD5('a').toString(); return true; }"
)

// scriptGlobals are about what a step gives.
const scriptGlobals = `{"method_request":{"First":"Ann","Last":"Lee"},"method_request_headers":{},"method_request_parameters":{},"method_request_mergefields":{},` +
	`"action_data":{},"script_parameters":{},"cycle_variables":{},"cycle_id":"c","cycle_step_id":"s","transaction_id":"t"}`

// scriptRuns measures runs of scripts in warm workers: a fresh machine each, pipes included. One after the other for the
// median, two at once for the rate.
func scriptRuns(ctx context.Context, o options) (any, error) {
	program, err := script.Program()
	if err != nil {
		return nil, err
	}
	pool := script.NewPool(script.Config{Command: []string{program, worker.Argument}, Warm: 2})
	defer pool.Close()
	var account atomic.Int64
	run := func(code string) error {
		_, err := pool.Run(ctx, script.Run{
			Account: script.Account{Partner: 1, Account: 1 + account.Add(1)%100}, Event: script.BeforeAction,
			Sources: []script.Source{{Level: script.LevelStep, Code: code}}, Globals: []byte(scriptGlobals),
		})
		return err
	}
	median := func(code string, count int) (float64, error) {
		took := make([]time.Duration, count)
		for i := range took {
			begun := time.Now()
			if err := run(code); err != nil {
				return 0, err
			}
			took[i] = time.Since(begun)
		}
		slices.Sort(took)
		return took[count/2].Seconds() * 1000, nil
	}
	for _, code := range []string{smallScript, libraryScript} { // both workers are warm, and know the libraries
		if err := parallel(2, 20, func(int) error { return run(code) }); err != nil {
			return nil, err
		}
	}
	var figures struct {
		Small     float64 `json:"small_p50_ms"`
		Libraries float64 `json:"libraries_p50_ms"`
		Rate      float64 `json:"per_s"`
	}
	if figures.Small, err = median(smallScript, max(1, o.count/4)); err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := parallel(2, o.count, func(int) error { return run(smallScript) }); err != nil {
		return nil, err
	}
	figures.Rate = float64(o.count) / time.Since(begun).Seconds()
	figures.Libraries, err = median(libraryScript, max(1, o.count/40))
	return figures, err
}
