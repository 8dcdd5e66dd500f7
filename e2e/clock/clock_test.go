package clock

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// TestParts: when the wall is set forward or back what has gone by between two readings is what the monotonic part says.
func TestParts(t *testing.T) {
	t.Parallel()
	s := Setting{Real: time.Now(), Fake: time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC), Rate: 20}
	file := filepath.Join(t.TempDir(), "clock")
	c := &Clock{setting: &atomic.Pointer[Setting]{}}
	for _, step := range []time.Duration{0, time.Hour, -24 * time.Hour, 24 * time.Hour} {
		var before, unhurried time.Time
		if c.setting.Load() != nil {
			before, unhurried = c.Now(), c.Unhurried().Now()
		}
		s.Step = step
		if err := s.Write(file); err != nil {
			t.Fatal(err)
		}
		if err := c.read(file); err != nil {
			t.Fatal(err)
		}
		real, now := time.Now(), c.Now()
		if off := now.Round(0).Sub(s.At(real).Round(0).Add(step)); off < 0 || off > 20*time.Second {
			t.Errorf("the wall is %v off with step %v", off, step)
		}
		if passed := now.Sub(before); !before.IsZero() && (passed < 0 || passed > time.Minute) {
			t.Errorf("%v went by at step %v", passed, step)
		}
		slow := c.Unhurried().Now()
		if off := slow.Round(0).Sub(real.Round(0).Add(step)); off < 0 || off > time.Second {
			t.Errorf("the wall of the unhurried one is %v off with step %v", off, step)
		}
		if passed, most := slow.Sub(unhurried), time.Minute/20; !unhurried.IsZero() && (passed < 0 || passed > most) {
			t.Errorf("%v went by at step %v for the unhurried one", passed, step)
		}
	}
}
