package node

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"paceline"
)

// walls is a machine's clock whose wall was set wrong, with the monotonic part that real readings have.
type walls struct {
	paceline.SystemClock
	ahead time.Duration
}

// Now has no monotonic part that could be told from the wall, so the test gives both in one.
func (w *walls) Now() time.Time { return w.SystemClock.Now().Add(w.ahead) }

// TestDatabaseClock: what the database says counts, from one look to the next the machine's clock does, and small differences
// are let be.
func TestDatabaseClock(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	machine := &walls{ahead: 24 * time.Hour}
	c := NewClock(machine, slog.New(slog.NewTextHandler(&said, nil)))
	if got := c.Now().Sub(paceline.SystemClock{}.Now()); got < 23*time.Hour {
		t.Errorf("before the first look the machine's clock counts: it is %v ahead", got)
	}
	real := paceline.SystemClock{}.Now()
	c.Set(paceline.ToMicros(real), real.Add(machine.ahead))
	if got := c.Now().Sub(real); got < 0 || got > time.Minute {
		t.Errorf("the time is %v off the database's", got)
	}
	if n := strings.Count(said.String(), "is wrong"); n != 1 {
		t.Errorf("the machine's clock is told to be wrong %d times", n)
	}
	set := c.anchor.Load()
	c.Set(paceline.ToMicros(real.Add(time.Second+slip/2)), real.Add(machine.ahead+time.Second))
	if c.anchor.Load() != set {
		t.Error("a small difference sets the clock anew")
	}
	c.Set(paceline.ToMicros(real.Add(time.Second+2*slip)), real.Add(machine.ahead+time.Second))
	if c.anchor.Load() == set {
		t.Error("the clock was not set anew")
	}
	if n := strings.Count(said.String(), "is wrong"); n != 1 {
		t.Errorf("the machine's clock is told to be wrong %d times", n)
	}
}
