package main

import (
	"context"
	"errors"
	"path/filepath"

	"paceline/bench/load"
	"paceline/bench/w2"
)

// rowsPerEvent is the length of W2's lists.
const rowsPerEvent = 500

// errNoSplit is why W2 says nothing: rows would not be split into transactions of their own.
var errNoSplit = errors.New("the rows did not go out one by one")

// split measures W2 in pairs with the reference's W1.
func (m *measurement) split(ctx context.Context) error {
	s, err := m.programs.startPaceline(ctx, filepath.Join(m.folder, "w2"), "w2", "", m.sink.Addr, m.key)
	if err != nil {
		return err
	}
	defer s.stop()
	if s.hook, err = setUp(ctx, s.ready, m.sink.URL(), w2.Template); err == nil {
		err = m.proveSplit(ctx, s)
	}
	if err != nil {
		m.say("not measured: %v", err)
		return nil
	}
	reference, err := m.programs.startReference(ctx, m.folder, m.sink.URL())
	if err != nil {
		return err
	}
	defer reference.stop()
	for range m.pairs {
		w1, err := m.load(ctx, reference, load.Workload{Count: m.count, Warmup: m.warmup})
		if err != nil {
			return err
		}
		reference.perSecond.add(w1.CompletedPerS)
		r, err := m.load(ctx, s, load.Workload{Count: max(1, m.count/rowsPerEvent), Warmup: 1, Rows: rowsPerEvent})
		if err != nil {
			return err
		}
		s.perSecond.add(r.CompletedPerS)
		s.lost.add(float64(r.Lost))
		m.say("  %.0f items/s, %d lost; reference %.0f completed/s", r.CompletedPerS, r.Lost, w1.CompletedPerS)
	}
	m.report.add("w2_items_per_s", s.perSecond)
	m.report.add("w2_ratio", s.perSecond.over(reference.perSecond))
	m.report.add("w2_lost", s.lost.total())
	return nil
}

// proveSplit sends one event of three rows, each of which must come as a call of its own.
func (m *measurement) proveSplit(ctx context.Context, s *subject) error {
	r, err := m.sink.Run(ctx, load.Workload{URL: s.hook, Count: 1, Rows: 3, DrainIdle: settle})
	if err == nil && (r.Completed != 3 || r.DuplicateFinals > 0) {
		err = errNoSplit
	}
	return err
}
