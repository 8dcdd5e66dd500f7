package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"paceline/bench/disk"
	"paceline/bench/load"
	"paceline/bench/w1"
)

// measurement is one sitting: the programs under measurement and the figures so far.
type measurement struct {
	options
	folder   string
	progress io.Writer
	sink     *load.Sink
	programs programs
	key      string // installation key of everything that the sitting makes
	cluster  string // URL of the PostgreSQL database, "" for none
	report   report
}

// rawlogInFlight is the number of runs in progress at the raw-log bound.
const rawlogInFlight = 200

func (m *measurement) run(ctx context.Context) error {
	if onMemory(m.folder) {
		m.say("warning: %s lies in memory; durable figures mean nothing there, choose --dir", m.folder)
	}
	var err error
	if m.programs, err = build(ctx, m.folder, m.binary); err != nil {
		return err
	}
	if m.sink, err = load.StartSink("127.0.0.1:0"); err != nil {
		return err
	}
	defer m.sink.Close()
	if m.key, err = newKey(); err != nil {
		return err
	}
	url, drop, err := findPostgres(ctx, m.postgres, m.folder)
	if err != nil {
		m.say("PostgreSQL is left out: %v", err)
	}
	defer drop()
	m.cluster = url
	for _, w := range m.chosen {
		m.say("%s: %s", w.name, w.text)
		if err := w.run(m, ctx); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return nil
}

// pairsOfW1 starts all subjects, runs the pairs and adds their figures.
func (m *measurement) pairsOfW1(ctx context.Context) error {
	reference, err := m.programs.startReference(ctx, m.folder, m.sink.URL())
	if err != nil {
		return err
	}
	defer reference.stop()
	if err := m.prove(ctx, reference); err != nil {
		return err
	}
	sqlite, err := m.start(ctx, "sqlite", "")
	if err != nil {
		return err
	}
	defer sqlite.stop()
	subjects := []*subject{sqlite}

	if m.cluster != "" {
		postgres, err := m.start(ctx, "postgres", m.cluster)
		if err != nil {
			return err
		}
		defer postgres.stop()
		subjects = append(subjects, postgres)
	}
	if err := m.compare(ctx, reference, subjects); err != nil {
		return err
	}
	if m.profile != "" {
		return m.writeProfile(ctx, sqlite)
	}
	return nil
}

// start starts Paceline on a fresh database and sets W1 up in it.
func (m *measurement) start(ctx context.Context, name, databaseURL string) (*subject, error) {
	s, err := m.programs.startPaceline(ctx, filepath.Join(m.folder, name), name, databaseURL, m.sink.Addr, m.key)
	if err != nil {
		return nil, err
	}
	if s.hook, err = setUp(ctx, s.ready, m.sink.URL(), w1.Template); err != nil {
		err = fmt.Errorf("set W1 up on %s: %w\n%s", name, err, s.logTail())
	} else {
		err = m.prove(ctx, s)
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// compare runs the pairs. In each, every subject is measured once for throughput, once for the latency
// of an idle system, with the disk's own figures between.
func (m *measurement) compare(ctx context.Context, reference *subject, subjects []*subject) error {
	var fsync, rawlog samples
	for pair := range m.pairs {
		summary, err := disk.Fdatasync(m.folder, m.fsyncs)
		if err != nil {
			return err
		}
		fsync.add(summary.P50)
		rate, err := disk.Rawlog(ctx, m.folder, rawlogInFlight, time.Duration(m.rawlogMillis)*time.Millisecond)
		if err != nil {
			return err
		}
		rawlog.add(rate)
		m.say("pair %d of %d: fdatasync p50 %.0f us, raw log %.0f runs/s", pair+1, m.pairs, summary.P50, rate)

		all := append([]*subject{reference}, subjects...)
		for _, s := range all {
			busy, err := m.load(ctx, s, load.Workload{Count: m.count, Warmup: m.warmup})
			if err != nil {
				return err
			}
			s.perSecond.add(busy.CompletedPerS)
			s.lost.add(float64(busy.Lost))
			if busy.Usage != nil {
				s.cpu.add(busy.Usage.CPUSeconds * 1e6 / float64(m.count))
				s.memory.add(busy.Usage.PeakRSSMB)
			}
			m.say("  %-9s %6.0f completed/s, %d lost, accept p99 %.1f ms", s.name, busy.CompletedPerS, busy.Lost, busy.Ack.P99)
		}
		for _, s := range all {
			idle, err := m.load(ctx, s, load.Workload{Count: m.idleCount, Warmup: idleRate, Rate: idleRate})
			if err != nil {
				return err
			}
			s.idle.add(idle.EndToEnd.P50)
			s.lost.add(float64(idle.Lost))
			m.say("  %-9s %6.2f ms from webhook to final call at %d/s", s.name, idle.EndToEnd.P50, idleRate)
		}
	}
	m.report.addComparison(reference, subjects, fsync, rawlog)
	return nil
}

// load runs one workload and refuses to go on when nothing came through.
func (m *measurement) load(ctx context.Context, s *subject, w load.Workload) (load.Result, error) {
	w.URL, w.PIDs, w.Label = s.hook, []int{s.pid}, s.name
	r, err := m.sink.Run(ctx, w)
	switch {
	case err != nil:
		return r, err
	case ctx.Err() != nil:
		return r, ctx.Err()
	case r.Completed == 0 || len(r.Errors) > 0 || r.Calls.Unmatched > 0:
		return r, fmt.Errorf("%s: %d accepted, %d completed, %d stray calls, errors %v\n%s", s.name, r.Accepted, r.Completed, r.Calls.Unmatched, r.Errors, s.logTail())
	}
	return r, nil
}

// storedBytes measures how much the SQLite database grows per byte of payload, first with padding that
// compresses well, then with padding that does not.
func (m *measurement) storedBytes(ctx context.Context) error {
	if m.bytesFrom == m.bytesTo {
		return nil
	}
	for _, kind := range []struct {
		key    string
		random bool
	}{{"bytes_ratio", false}, {"bytes_random_ratio", true}} {
		var ratios samples
		for round := range m.pairs {
			ratio, err := m.growth(ctx, fmt.Sprintf("%s-%d", kind.key, round), kind.random)
			if err != nil {
				return err
			}
			m.say("%s: %.3f bytes stored per byte of payload", kind.key, ratio)
			ratios.add(ratio)
		}
		m.report.add(kind.key, ratios)
	}
	return nil
}

// growth stops the server at both ends, which checkpoints its database.
func (m *measurement) growth(ctx context.Context, name string, random bool) (float64, error) {
	s, err := m.start(ctx, name, "")
	if err != nil {
		return 0, err
	}
	defer func() { s.stop() }()
	data := s.data
	fill := load.Workload{Count: m.bytesFrom, RandomPadding: random}
	if _, err := m.load(ctx, s, fill); err != nil {
		return 0, err
	}
	if err := s.stop(); err != nil {
		return 0, err
	}
	before, err := folderSize(data)
	if err != nil {
		return 0, err
	}
	again, err := m.programs.startPaceline(ctx, filepath.Dir(data), name, "", m.sink.Addr, m.key)
	if err != nil {
		return 0, err
	}
	if again.hook, err = moveTo(again.ready.Address, s.hook); err != nil {
		return 0, err
	}
	s = again
	r, err := m.load(ctx, s, load.Workload{Count: m.bytesTo - m.bytesFrom, RandomPadding: random})
	if err != nil {
		return 0, err
	}
	if err := s.stop(); err != nil {
		return 0, err
	}
	after, err := folderSize(data)
	if err != nil {
		return 0, err
	}
	return float64(after-before) / float64(r.Bytes.Total()), nil
}

func (m *measurement) say(format string, args ...any) {
	fmt.Fprintf(m.progress, format+"\n", args...)
}

func folderSize(folder string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	return sum, err
}

// onMemory reports whether the folder's file system has no disk below it.
func onMemory(folder string) bool {
	const tmpfs, ramfs = 0x01021994, 0x858458f6
	var info syscall.Statfs_t
	if syscall.Statfs(folder, &info) != nil {
		return false
	}
	return info.Type == tmpfs || info.Type == ramfs
}

// writeProfile keeps the server busy once more while it profiles itself.
func (m *measurement) writeProfile(ctx context.Context, s *subject) error {
	const seconds = 5
	loading, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		defer cancel()
		text, err := get(ctx, fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", s.ready.MetricsAddress, seconds))
		if err == nil {
			err = os.WriteFile(m.profile, text, 0o644)
		}
		done <- err
	}()
	for loading.Err() == nil {
		if _, err := m.sink.Run(loading, load.Workload{URL: s.hook, Count: m.count}); err != nil {
			return err
		}
	}
	return <-done
}
