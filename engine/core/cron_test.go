package core

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"paceline"
)

// TestCronSlots: the account's wall clock counts; a time that clocks skip runs at the next valid minute, one that they
// show twice at the first.
func TestCronSlots(t *testing.T) {
	for _, tc := range []struct {
		name, cron, zone, start string
		slots                   []string
	}{
		{"half past two is skipped in spring", "30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z",
			[]string{"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
		{"and comes twice in autumn", "30 2 * * *", "Europe/Berlin", "2026-10-24T00:00:00Z",
			[]string{"2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		{"a skipped hour of quarters is one run", "*/15 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z",
			[]string{"2026-03-29T00:30:00Z", "2026-03-29T00:45:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z"}},
		{"a doubled hour of halves runs once", "*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z",
			[]string{"2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"}},
		{"three o'clock follows the skipped hour once", "0,30 2,3 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z",
			[]string{"2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:00:00Z"}},
		{"midnight is skipped in Santiago", "0 0 * * *", "America/Santiago", "2026-09-05T00:00:00Z",
			[]string{"2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"}},
		{"half an hour is skipped on Lord Howe", "15 2 * * *", "Australia/Lord_Howe", "2026-10-02T12:00:00Z",
			[]string{"2026-10-02T15:45:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
		{"days of month or week", "0 12 13 * FRI", "Etc/UTC", "2026-11-10T00:00:00Z",
			[]string{"2026-11-13T12:00:00Z", "2026-11-20T12:00:00Z", "2026-11-27T12:00:00Z", "2026-12-04T12:00:00Z", "2026-12-11T12:00:00Z", "2026-12-13T12:00:00Z"}},
		{"working days", "0 8 * * 1-5", "America/New_York", "2026-03-06T00:00:00Z",
			[]string{"2026-03-06T13:00:00Z", "2026-03-09T12:00:00Z"}},
		{"the last leap day before 2100", "0 0 29 2 *", "Etc/UTC", "2096-01-01T00:00:00Z",
			[]string{"2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"}},
		{"a name", "@weekly", "Etc/UTC", "2026-11-25T00:00:00Z", []string{"2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			zone, err := time.LoadLocation(tc.zone)
			if err != nil {
				t.Fatal(err)
			}
			c, err := ParseCron(tc.cron)
			if err != nil {
				t.Fatal(err)
			}
			s := Schedule{Cron: c, Interval: 1, Zone: zone, Start: at(t, tc.start)}
			if _, next, ok := s.Latest(s.Start - 1); ok || next != at(t, tc.slots[0]) {
				t.Errorf("before the start: %s, %v", next.Time(), ok)
			}
			for n, want := range tc.slots {
				slot, next, ok := s.Latest(at(t, want))
				if !ok || slot != at(t, want) {
					t.Errorf("at slot %d the latest is %s, %v", n, slot.Time(), ok)
				}
				if n+1 < len(tc.slots) {
					if next != at(t, tc.slots[n+1]) {
						t.Errorf("after slot %d comes %s, want %s", n, next.Time(), tc.slots[n+1])
					}
					if slot, _, _ := s.Latest(next - 1); slot != at(t, want) {
						t.Errorf("just before slot %d the latest is %s", n+1, slot.Time())
					}
				}
			}
		})
	}
}

// TestCronAgreesWithTheLibrary where no clock changes, which is what the library reads the text for.
func TestCronAgreesWithTheLibrary(t *testing.T) {
	for _, text := range []string{"*/7 3-5 * * *", "0 0 1,15 * *", "5 4 * 2 sun", "0 12 31 * 1", "59 23 31 12 *", "* * * * *", "@hourly", "0 */5 */3 * 2-4"} {
		c, err := ParseCron(text)
		if err != nil {
			t.Fatal(err)
		}
		now := at(t, "2026-01-01T00:00:00Z")
		for range 200 {
			got, _ := c.after(now, time.UTC)
			if want := paceline.ToMicros(c.spec.Next(now.Time())); got != want {
				t.Fatalf("%s after %s: %s, want %s", text, now.Time(), got.Time(), want.Time())
			}
			now = got
		}
	}
}

func TestCronRefuses(t *testing.T) {
	for _, text := range []string{"", "  ", "daily", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 7",
		"*/0 * * * *", "5-1 * * * *", "@every 5m", "@reboot", "TZ=UTC", "TZ=UTC * * * * *", "CRON_TZ=Asia/Tokyo 0 0 * * *", "0 0 30 2 *", "0 0 31 4,6 *",
		"-1 * * * *", "99999999999999999999 * * * *", strings.Repeat("1,", 200) + "1 * * * *", "\x00 * * * *"} {
		if _, err := ParseCron(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func FuzzCron(f *testing.F) {
	for _, text := range []string{"*/7 3-5 * * *", "0 0 29 2 *", "TZ=UTC * * * * *", "@weekly", "0 12 13 * FRI"} {
		f.Add(text, int64(1_774_746_000_000_000))
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, micros int64) {
		c, err := ParseCron(text)
		if err != nil {
			return
		}
		s := Schedule{Cron: c, Zone: berlin}
		now := paceline.Micros(uint64(micros) % 4_000_000_000_000_000)
		slot, next, ok := s.Latest(now)
		if ok && slot > now || next <= now {
			t.Errorf("%q at %s: %s, then %s", text, now.Time(), fmt.Sprint(slot.Time(), ok), next.Time())
		}
	})
}
