package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"paceline/bench/load"
)

// The crash: once inFlight webhooks were accepted and are not done, the server is killed; it starts again and
// finishes the rest. Remote systems that take slowCall to answer let them gather.
const (
	inFlight    = 2000
	slowCall    = 50 * time.Millisecond
	crashEvents = 4 * inFlight
)

// crashes kills a server on each database with webhooks in flight, and counts what is lost and repeated.
func (m *measurement) crashes(ctx context.Context) error {
	var lost, repeated samples
	for round := range m.pairs {
		url, err := m.database(ctx, fmt.Sprintf("w4_%d", round))
		if err != nil {
			return err
		}
		for _, database := range []struct{ name, url string }{{"sqlite", ""}, {"postgres", url}} {
			if database.name == "postgres" && url == "" {
				continue
			}
			r, err := m.crash(ctx, fmt.Sprintf("w4-%s-%d", database.name, round), database.url)
			if err != nil {
				return fmt.Errorf("w4 on %s: %w", database.name, err)
			}
			again := r.DuplicateCRM + r.DuplicateFinals
			m.say("  killed on %s: %d accepted, %d lost, %d calls repeated", database.name, r.Accepted, r.Lost, again)
			lost.add(float64(r.Lost))
			repeated.add(float64(again))
		}
	}
	m.report.add("w4_lost", lost)
	m.report.add("w4_repeated", repeated)
	return nil
}

func (m *measurement) crash(ctx context.Context, name, databaseURL string) (load.Result, error) {
	s, err := m.start(ctx, name, databaseURL)
	if err != nil {
		return load.Result{}, err
	}
	defer func() { s.stop() }()
	m.sink.Slow(slowCall)
	defer m.sink.Slow(0)
	type outcome struct {
		r   load.Result
		err error
	}
	ended := make(chan outcome, 1)
	go func() {
		r, err := m.sink.Run(ctx, load.Workload{Label: name, URL: s.hook, Count: crashEvents / m.shrink})
		ended <- outcome{r, err}
	}()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for m.sink.InFlight() < inFlight/m.shrink {
		select {
		case <-look.C:
		case o := <-ended:
			if o.err != nil {
				return o.r, o.err
			}
			return o.r, fmt.Errorf("%d webhooks never were in flight: %d accepted, errors %v, %s", inFlight/m.shrink, o.r.Accepted, o.r.Errors, o.r.Note)
		}
	}
	process, err := os.FindProcess(s.pid)
	if err != nil {
		return load.Result{}, err
	}
	if err := process.Kill(); err != nil {
		return load.Result{}, err
	}
	s.stop() // waits for its end
	m.sink.Slow(0)
	again, err := m.programs.startPaceline(ctx, filepath.Dir(s.data), name, databaseURL, m.sink.Addr, m.key)
	if err != nil {
		return load.Result{}, err
	}
	s = again
	o := <-ended
	return o.r, o.err
}
