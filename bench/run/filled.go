package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"paceline/bench/load"
)

// queuedRuns is how many transactions wait when start, memory and fairness are measured.
const queuedRuns = 1_000_000

// smallRate is the webhooks per second of the small account beside them.
const smallRate = 10

// queued starts a server on a database in which an account has a million waiting transactions, and sends a
// small account's webhooks beside them. The queue drains meanwhile, so a later round has fewer waiting. In turns with it a
// tenth of them is queued anew, by which the memory of the many is judged.
func (m *measurement) queued(ctx context.Context) error {
	folder := filepath.Join(m.folder, "queued")
	var f filled
	n := queuedRuns / m.shrink
	if err := m.house(ctx, &f, "queue", filepath.Join(folder, "data"), "", count(n)...); err != nil {
		return err
	}
	m.say("  %d transactions queued in %.0f s", n, f.Seconds)
	var start, delay, share, memory, fewMemory samples
	for round := range m.pairs {
		few, err := m.fewQueued(ctx, fmt.Sprintf("queued-few-%d", round), n/10)
		if err != nil {
			return err
		}
		fewMemory.add(few)
		began := time.Now()
		s, err := m.programs.startPaceline(ctx, folder, "queued", "", m.sink.Addr, m.key)
		if err != nil {
			return err
		}
		start.add(time.Since(began).Seconds())
		r, err := m.beside(ctx, s, f.Hooks["small-0"])
		if err != nil {
			s.stop()
			return err
		}
		delay.add(r.Start.P99)
		share.add(r.CompletedPerS / smallRate)
		memory.add(r.Usage.PeakRSSMB)
		m.say("  ready after %.2f s; start delay p99 %.0f ms, %.1f completed/s of %d, %.0f MB", start[len(start)-1], r.Start.P99, r.CompletedPerS, smallRate, r.Usage.PeakRSSMB)
		if err := s.stop(); err != nil {
			return err
		}
	}
	m.report.add("start_1m_s", start)
	m.report.add("backlog_1m_start_p99_ms", delay)
	m.report.add("backlog_1m_throughput_ratio", share)
	m.report.add("queued_1m_mb", memory)
	m.report.add("queued_100k_mb", fewMemory)
	m.report.add("queued_memory_ratio", memory.over(fewMemory))
	return nil
}

// fewQueued is the peak memory of a server that drains n transactions beside the small account's webhooks.
func (m *measurement) fewQueued(ctx context.Context, name string, n int) (float64, error) {
	folder := filepath.Join(m.folder, name)
	defer os.RemoveAll(folder)
	var f filled
	if err := m.house(ctx, &f, "queue", filepath.Join(folder, "data"), "", count(n)...); err != nil {
		return 0, err
	}
	s, err := m.programs.startPaceline(ctx, folder, "queued", "", m.sink.Addr, m.key)
	if err != nil {
		return 0, err
	}
	r, err := m.beside(ctx, s, f.Hooks["small-0"])
	if err == nil {
		m.say("  %.0f MB beside %d", r.Usage.PeakRSSMB, n)
	}
	return r.Usage.PeakRSSMB, errors.Join(err, s.stop())
}

// beside sends the small account's webhooks. The large account's calls reach the sink too, as calls of
// transactions that no webhook of this run started.
func (m *measurement) beside(ctx context.Context, s *subject, identifier string) (load.Result, error) {
	w := load.Workload{Label: s.name, URL: hookURL(s, identifier), Rate: smallRate, Count: m.besideCount, Warmup: 5, PIDs: []int{s.pid}}
	r, err := m.sink.Run(ctx, w)
	if err == nil && (r.Completed == 0 || len(r.Errors) > 0) {
		err = fmt.Errorf("beside the queue: %d accepted, %d completed, errors %v\n%s", r.Accepted, r.Completed, r.Errors, s.logTail())
	}
	return r, err
}

func hookURL(s *subject, identifier string) string {
	return s.ready.Address + "/api/webhook/" + identifier
}

// The idle installation.
const (
	idleAccounts = 10_000
	idlePer      = 10 // cycles of each account
)

// settle is how long an idle server runs before its memory counts.
const settle = 3 * time.Second

// idleCycles measures the memory of a server whose many cycles wait for their webhooks.
func (m *measurement) idleCycles(ctx context.Context) error {
	folder := filepath.Join(m.folder, "idle")
	var f filled
	accounts := idleAccounts / m.shrink
	err := m.house(ctx, &f, "idle", filepath.Join(folder, "data"), "", "-accounts", fmt.Sprint(accounts), "-cycles", fmt.Sprint(idlePer))
	if err != nil {
		return err
	}
	m.say("  %d accounts with %d active cycles each made in %.0f s", accounts, idlePer, f.Seconds)
	var memory samples
	for range m.pairs {
		s, err := m.programs.startPaceline(ctx, folder, "idle", "", m.sink.Addr, m.key)
		if err != nil {
			return err
		}
		// One webhook proves that what was filled runs.
		s.hook = hookURL(s, f.Hooks["idle-0"])
		if _, err := m.load(ctx, s, load.Workload{Count: 1}); err != nil {
			s.stop()
			return err
		}
		select {
		case <-time.After(settle):
		case <-ctx.Done():
			s.stop()
			return ctx.Err()
		}
		memory.add(load.MemoryMB(s.pid))
		if err := s.stop(); err != nil {
			return err
		}
	}
	m.report.add("idle_mb", memory)
	return nil
}
