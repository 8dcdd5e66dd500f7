package core

import (
	"testing"
	"time"

	_ "time/tzdata"

	"paceline"
)

func at(t *testing.T, text string) paceline.Micros {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return paceline.ToMicros(v)
}

// TestSlots: short intervals are absolute steps in UTC; days and weeks keep the wall clock of the zone,
// a skipped time runs at the next valid minute and a doubled one at the first.
func TestSlots(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	lordHowe, err := time.LoadLocation("Australia/Lord_Howe")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name     string
		interval int
		start    string
		zone     *time.Location
		slots    []string
	}{
		{"quarters do not see the change of the clocks", 15, "2026-03-29T00:45:00Z", berlin,
			[]string{"2026-03-29T00:45:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z"}},
		{"twelve hours neither", 720, "2026-03-28T20:00:00Z", berlin,
			[]string{"2026-03-28T20:00:00Z", "2026-03-29T08:00:00Z", "2026-03-29T20:00:00Z"}},
		{"a day keeps eight in the morning into summer", 1440, "2026-03-28T07:00:00Z", berlin,
			[]string{"2026-03-28T07:00:00Z", "2026-03-29T06:00:00Z", "2026-03-30T06:00:00Z"}},
		{"and into winter", 1440, "2026-10-24T06:00:00Z", berlin,
			[]string{"2026-10-24T06:00:00Z", "2026-10-25T07:00:00Z"}},
		{"half past two is skipped in spring", 1440, "2026-03-28T01:30:00Z", berlin,
			[]string{"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
		{"and comes twice in autumn", 1440, "2026-10-24T00:30:00Z", berlin,
			[]string{"2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		{"a week", 10080, "2026-03-25T11:00:00Z", berlin,
			[]string{"2026-03-25T11:00:00Z", "2026-04-01T10:00:00Z"}},
		{"half an hour of change", 1440, "2026-10-02T15:45:00Z", lordHowe, // 02:15 there
			[]string{"2026-10-02T15:45:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
		{"no zone is UTC", 1440, "2026-03-28T01:30:00Z", nil,
			[]string{"2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := Schedule{Interval: tc.interval, Start: at(t, tc.start), Zone: tc.zone}
			for n, want := range tc.slots {
				if got := s.Slot(n); got != at(t, want) {
					t.Errorf("slot %d is %s, want %s", n, got.Time().Format(time.RFC3339), want)
				}
				// The slot is the latest one from its own moment on, until just before the next.
				slot, next, ok := s.Latest(at(t, want))
				if !ok || slot != at(t, want) || next != s.Slot(n+1) {
					t.Errorf("at slot %d the latest is %s, then %s", n, slot.Time(), next.Time())
				}
				if n > 0 {
					if slot, _, _ := s.Latest(at(t, want) - 1); slot != at(t, tc.slots[n-1]) {
						t.Errorf("just before slot %d the latest is %s", n, slot.Time())
					}
				}
			}
			if _, _, ok := s.Latest(at(t, tc.start) - 1); ok {
				t.Error("there is a slot before the start")
			}
		})
	}
}

// TestLatestAfterYears: a schedule that was away for years finds its newest slot at once.
func TestLatestAfterYears(t *testing.T) {
	for _, interval := range paceline.Intervals {
		s := Schedule{Interval: interval, Start: at(t, "2001-02-03T04:05:06Z")}
		now := at(t, "2026-11-25T12:00:00Z")
		slot, next, ok := s.Latest(now)
		if !ok || slot > now || next <= now || next-slot != paceline.Micros(interval)*60_000_000 {
			t.Errorf("interval %d: %s, then %s", interval, slot.Time(), next.Time())
		}
	}
}

// TestUnreadableSlots: the plan of a slot cannot be read, again and again. It is tried ever more rarely, always for the newest
// slot, and when it was read at last, the next time begins anew.
func TestUnreadableSlots(t *testing.T) {
	start := at(t, "2026-03-29T00:00:00Z")
	c := New(Config{})
	c.SetCycle(start-1, CycleInfo{Num: 1, Account: 1, State: paceline.CycleActive, Version: 1})
	c.Heads(start-1, 1, 0, nil, false)
	c.Arm(start-1, 1, Schedule{Interval: 1, Start: start})
	now := start - 1
	try := func() Effect { // the next one
		t.Helper()
		for {
			now = c.NextWake()
			for _, e := range c.Tick(now) {
				if e.Kind != Fire || e.Slot > now || e.Slot.Add(time.Minute) <= now {
					t.Fatalf("at %s: %+v", now.Time(), e)
				}
				return e
			}
		}
	}
	for range 2 {
		slot := try().Slot
		for n, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
			before := now
			c.Fired(now, 1, slot, Unreadable)
			slot = try().Slot
			if got := now.Time().Sub(before.Time()); got != want*time.Second {
				t.Fatalf("try %d: the next comes after %s, want %s", n+1, got, want*time.Second)
			}
		}
		c.Fired(now, 1, slot, Durable)
	}
}
