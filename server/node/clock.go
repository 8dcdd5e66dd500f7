package node

import (
	"log/slog"
	"sync/atomic"
	"time"

	"paceline"
)

// Clock is the one by which all nodes of a database go: the database's. What goes by between two looks at it is told by the
// monotonic part of the machine's, so that the wall of a machine may be wrong, be set, or drift. Until the first look it is the
// machine's.
type Clock struct {
	machine paceline.Clock
	log     *slog.Logger
	anchor  atomic.Pointer[anchor]
}

// anchor is a time by the database, and the machine's then.
type anchor struct {
	database time.Time
	machine  time.Time
	off      bool // it was told that the two differ
}

// The clock is set anew when it has come to differ by slip. From wide on a machine's clock is told to be wrong.
const (
	slip = 50 * time.Millisecond
	wide = 5 * time.Second
)

// NewClock makes one of the machine's.
func NewClock(machine paceline.Clock, log *slog.Logger) *Clock {
	return &Clock{machine: machine, log: log}
}

// Now implements paceline.Clock.
func (c *Clock) Now() time.Time {
	now := c.machine.Now()
	if a := c.anchor.Load(); a != nil {
		return a.database.Add(now.Sub(a.machine))
	}
	return now
}

// NewTimer implements paceline.Clock.
func (c *Clock) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	return c.machine.NewTimer(d)
}

// Heard tells what the database's clock says now.
func (c *Clock) Heard(database paceline.Micros) { c.Set(database, c.machine.Now()) }

// Set tells what the database's clock said at a time of the machine's.
func (c *Clock) Set(database paceline.Micros, at time.Time) {
	said := database.Time()
	was := c.anchor.Load()
	off := at.Round(0).Sub(said).Abs() > wide // by the wall
	if was != nil && was.off == off && was.database.Add(at.Sub(was.machine)).Sub(said).Abs() < slip {
		return
	}
	if off && (was == nil || !was.off) {
		c.log.Warn("the clock of this machine is wrong; the database's counts", "ahead", at.Round(0).Sub(said).Round(time.Second))
	}
	c.anchor.Store(&anchor{database: said, machine: at, off: off})
}

var _ paceline.Clock = (*Clock)(nil)
