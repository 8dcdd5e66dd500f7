package main

import "context"

// scripts measures runs of scripts in warm workers, alone and beside hostile accounts, and steps with and without one.
func (m *measurement) scripts(ctx context.Context) error {
	var small, small99, libraries, rate, beside, beside99, step, added samples
	for range m.pairs {
		var figures struct {
			Small     float64 `json:"small_p50_ms"`
			Small99   float64 `json:"small_p99_ms"`
			Libraries float64 `json:"libraries_p50_ms"`
			Rate      float64 `json:"per_s"`
			Beside    float64 `json:"beside_p50_ms"`
			Beside99  float64 `json:"beside_p99_ms"`
			Step      float64 `json:"step_p50_ms"`
			Added     float64 `json:"script_step_added_p50_ms"`
		}
		if err := m.house(ctx, &figures, "scripts", "", "", count(m.count)...); err != nil {
			return err
		}
		m.say("  a step of %.2f ms takes %.2f ms more with a script; a run p50 %.2f, p99 %.2f ms, %.0f/s; with the libraries p50 %.1f ms; beside hostile accounts p50 %.2f, p99 %.2f ms",
			figures.Step, figures.Added, figures.Small, figures.Small99, figures.Rate, figures.Libraries, figures.Beside, figures.Beside99)
		small.add(figures.Small)
		small99.add(figures.Small99)
		libraries.add(figures.Libraries)
		rate.add(figures.Rate)
		beside.add(figures.Beside)
		beside99.add(figures.Beside99)
		step.add(figures.Step)
		added.add(figures.Added)
	}
	m.report.add("script_step_added_p50_ms", added)
	m.report.add("script_step_without_p50_ms", step)
	m.report.add("scripts_p50_ms", small)
	m.report.add("scripts_p99_ms", small99)
	m.report.add("scripts_beside_p50_ms", beside)
	m.report.add("scripts_beside_p99_ms", beside99)
	m.report.add("scripts_per_s", rate)
	m.report.add("scripts_libraries_p50_ms", libraries)
	return nil
}
