package paceline_test

import (
	"testing"
	"time"

	"paceline"
)

func TestBillingPeriod(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		v, err := time.Parse("2006-01-02T15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ next, now, start, end string }{
		{"2026-02-15T15:54", "2026-01-31T10:30", "2026-01-15", "2026-02-15"},
		{"2026-02-15T15:54", "2026-02-15T00:00", "2026-02-15", "2026-03-15"},
		{"2026-02-15T15:54", "2026-02-14T23:59", "2026-01-15", "2026-02-15"},
		{"2026-01-31T00:00", "2026-02-27T12:00", "2026-01-31", "2026-02-28"}, // a short month
		{"2026-01-31T00:00", "2026-02-28T00:00", "2026-02-28", "2026-03-31"},
		{"2020-05-10T00:00", "2026-01-09T00:00", "2025-12-10", "2026-01-10"}, // long past
		{"2031-05-10T00:00", "2026-01-10T00:00", "2026-01-10", "2026-02-10"}, // far ahead
	} {
		start, end := paceline.BillingPeriod(paceline.ToMicros(at(c.next)), at(c.now))
		if got := start.Format(time.DateOnly) + " " + end.Format(time.DateOnly); got != c.start+" "+c.end {
			t.Errorf("next %s, now %s: period %s, want %s %s", c.next, c.now, got, c.start, c.end)
		}
	}
}
