package main

import (
	"context"
	"path/filepath"
	"time"

	"paceline/bench/disk"
)

// noop measures, in turns, transactions of four calls over a remote in memory and the bare log that bounds them.
func (m *measurement) noop(ctx context.Context) error {
	databases := []struct{ name, data, url string }{{"sqlite", filepath.Join(m.folder, "noop"), ""}}
	url, err := m.database(ctx, "noop")
	if err != nil {
		return err
	}
	if url != "" {
		databases = append(databases, struct{ name, data, url string }{"postgres", "", url})
	}
	rawlog, rates, cpu := samples{}, map[string]samples{}, map[string]samples{}
	for range m.pairs {
		rate, err := disk.Rawlog(ctx, m.folder, rawlogInFlight, time.Duration(m.rawlogMillis)*time.Millisecond)
		if err != nil {
			return err
		}
		rawlog.add(rate)
		for _, d := range databases {
			var figures struct {
				Rate float64 `json:"per_s"`
				CPU  float64 `json:"cpu_us"`
			}
			if err := m.house(ctx, &figures, "noop", d.data, d.url, count(m.noopCount)...); err != nil {
				return err
			}
			m.say("  noop %-9s %6.0f/s, %.0f us of CPU each; raw log %.0f/s", d.name, figures.Rate, figures.CPU, rate)
			rates[d.name] = append(rates[d.name], figures.Rate)
			cpu[d.name] = append(cpu[d.name], figures.CPU)
		}
	}
	for _, d := range databases {
		m.report.add("noop_"+d.name+"_per_s", rates[d.name])
		m.report.add("noop_"+d.name+"_rawlog_ratio", rates[d.name].over(rawlog))
		m.report.add("noop_"+d.name+"_cpu_us", cpu[d.name])
	}
	if _, ok := m.report.get("rawlog_per_s"); !ok {
		m.report.add("rawlog_per_s", rawlog)
	}
	return nil
}

// backlog measures a small account's whole runs while a large account's backlog drains.
func (m *measurement) backlog(ctx context.Context) error {
	var p50, p99 samples
	for range m.pairs {
		var figures struct {
			P50 float64 `json:"p50_ms"`
			P99 float64 `json:"p99_ms"`
			N   float64 `json:"n"`
		}
		if err := m.house(ctx, &figures, "backlog", filepath.Join(m.folder, "backlog"), "", count(m.backlogCount)...); err != nil {
			return err
		}
		m.say("  beside %d: p50 %.1f ms, p99 %.1f ms of %.0f transactions", m.backlogCount, figures.P50, figures.P99, figures.N)
		p50.add(figures.P50)
		p99.add(figures.P99)
	}
	m.report.add("backlog_p50_ms", p50)
	m.report.add("backlog_p99_ms", p99)
	return nil
}

// Transactions that are stored when throughput is measured.
const (
	fewStored  = 10_000
	muchStored = 1_000_000
	mostStored = 10_000_000
)

func (m *measurement) growthTo1M(ctx context.Context) error {
	return m.growthTo(ctx, "growth_1m_ratio", muchStored/m.shrink)
}

func (m *measurement) growthTo10M(ctx context.Context) error {
	return m.growthTo(ctx, "growth_10m_ratio", mostStored/m.shrink)
}

// growthTo compares throughput on a database with few stored transactions with one that has many.
func (m *measurement) growthTo(ctx context.Context, key string, stored int) error {
	few, many := filepath.Join(m.folder, key+"-few"), filepath.Join(m.folder, key+"-many")
	for folder, n := range map[string]int{few: fewStored / m.shrink, many: stored} {
		var f filled
		if err := m.house(ctx, &f, "store", folder, "", count(n)...); err != nil {
			return err
		}
		m.say("  %d finished transactions stored in %.0f s", n, f.Seconds)
	}
	var rates [2]samples
	for range m.pairs {
		for i, folder := range []string{few, many} {
			var figures struct {
				Rate float64 `json:"per_s"`
			}
			if err := m.house(ctx, &figures, "noop", folder, "", count(m.noopCount)...); err != nil {
				return err
			}
			rates[i].add(figures.Rate)
		}
	}
	m.report.add(key, rates[1].over(rates[0]))
	return nil
}

// filled is what bench/house tells of a database that it filled.
type filled struct {
	Hooks   map[string]string
	Seconds float64
}
