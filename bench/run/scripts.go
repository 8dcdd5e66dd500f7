package main

import "context"

// scripts measures runs of scripts in warm workers.
func (m *measurement) scripts(ctx context.Context) error {
	var small, libraries, rate samples
	for range m.pairs {
		var figures struct {
			Small     float64 `json:"small_p50_ms"`
			Libraries float64 `json:"libraries_p50_ms"`
			Rate      float64 `json:"per_s"`
		}
		if err := m.house(ctx, &figures, "scripts", "", "", count(m.count)...); err != nil {
			return err
		}
		m.say("  p50 %.2f ms, %.0f/s; with the libraries p50 %.1f ms", figures.Small, figures.Rate, figures.Libraries)
		small.add(figures.Small)
		libraries.add(figures.Libraries)
		rate.add(figures.Rate)
	}
	m.report.add("scripts_p50_ms", small)
	m.report.add("scripts_per_s", rate)
	m.report.add("scripts_libraries_p50_ms", libraries)
	return nil
}
