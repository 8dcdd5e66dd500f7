package core

import (
	"errors"
	"time"

	"paceline"
)

// Schedule is when a polled cycle runs.
type Schedule struct {
	Interval int             // minutes
	Cron     *Cron           // counts instead of the interval; nil: none
	Start    paceline.Micros // the first slot
	Zone     *time.Location  // of the account; counts for intervals of whole days and for Cron
	// Next is the first slot that is not filled yet.
	Next paceline.Micros
	Once bool
}

// The intervals that keep the wall clock's time of day instead of an absolute distance.
const (
	minutesPerDay  = 24 * 60
	minutesPerWeek = 7 * minutesPerDay
)

func (s Schedule) calendar() bool {
	return s.Interval == minutesPerDay || s.Interval == minutesPerWeek
}

// Slot returns slot number n; slot 0 is the start.
func (s Schedule) Slot(n int) paceline.Micros {
	if !s.calendar() {
		return s.Start.Add(time.Duration(n) * time.Duration(s.Interval) * time.Minute)
	}
	t := s.Start.Time().In(s.zone())
	days := n * s.Interval / minutesPerDay
	return wallClock(t.Year(), t.Month(), t.Day()+days, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), s.zone())
}

func (s Schedule) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// wallClock is the first moment at which clocks in the zone show the time, or, when they skip it, the
// first valid minute after.
func wallClock(year int, month time.Month, day, hour, minute, second, nanos int, zone *time.Location) paceline.Micros {
	t := time.Date(year, month, day, hour, minute, second, nanos, zone)
	want := time.Date(year, month, day, hour, minute, second, nanos, time.UTC)
	shown := func(t time.Time) time.Time {
		_, offset := t.Zone()
		return t.UTC().Add(time.Duration(offset) * time.Second)
	}
	// Both offsets around the day of the change are candidates for a doubled time; the earlier wins.
	for _, near := range []time.Time{t.Add(-24 * time.Hour), t.Add(24 * time.Hour)} {
		_, offset := near.Zone()
		candidate := want.Add(-time.Duration(offset) * time.Second).In(zone)
		if shown(candidate).Equal(want) && (!shown(t).Equal(want) || candidate.Before(t)) {
			t = candidate
		}
	}
	if shown(t).Equal(want) {
		return paceline.ToMicros(t)
	}
	// Skipped: the change lies between the two readings of the time; the clock's first minute after it.
	_, before := t.Add(-24 * time.Hour).Zone()
	low := want.Add(-time.Duration(before) * time.Second).Add(-3 * time.Hour)
	high := low.Add(6 * time.Hour)
	for high.Sub(low) > time.Minute {
		middle := low.Add(high.Sub(low) / 2).Truncate(time.Minute)
		if shown(middle.In(zone)).After(want) {
			high = middle
		} else {
			low = middle
		}
	}
	return paceline.ToMicros(high.Truncate(time.Minute))
}

// Latest returns the newest slot that is not after at, and the one that follows it; ok is false while
// the first slot is still to come.
func (s Schedule) Latest(at paceline.Micros) (slot, next paceline.Micros, ok bool) {
	if s.Cron != nil {
		return s.Cron.latest(at, s.Start, s.zone())
	}
	if at < s.Start || s.Interval <= 0 {
		return s.Start, s.Start, at >= s.Start
	}
	step := paceline.Micros((time.Duration(s.Interval) * time.Minute).Microseconds())
	n := int((at - s.Start) / step)
	if s.calendar() {
		// A change of the clocks moves a slot by hours at most.
		for n > 0 && s.Slot(n) > at {
			n--
		}
		for s.Slot(n+1) <= at {
			n++
		}
	}
	return s.Slot(n), s.Slot(n + 1), true
}

// schedule is an armed schedule.
type schedule struct {
	Schedule
	timer  uint64
	firing bool // a Fire is not answered yet
	unread int  // how often in a row the plan of a slot could not be read
}

// Arm sets the schedule of a running polled cycle; the first slot is s.Next, or the start.
func (c *Core) Arm(at paceline.Micros, cycleNum int64, s Schedule) []Effect {
	c.start(at)
	cy := c.cycles[cycleNum]
	if cy == nil || cy.State != paceline.CycleActive {
		return c.effects
	}
	if s.Next == 0 {
		s.Next = s.Start
	}
	cy.schedule = &schedule{Schedule: s}
	cy.schedule.timer = c.later(s.Next, timerSchedule, nil, nil, cy)
	return c.effects
}

// ScheduleOf makes the schedule that a cycle's settings mean. With an error, it is nearly that: in UTC when the
// zone is unknown, by the interval when the expression cannot be read.
func ScheduleOf(c paceline.Cycle, zone string) (Schedule, error) {
	settings := c.Flow.Settings
	s := Schedule{Interval: settings.Interval, Start: settings.StartTime, Once: settings.RunOnce}
	if s.Start == 0 || s.Once && s.Start < c.ActivatedAt { // a start that is over is one at once
		s.Start = c.ActivatedAt
	}
	switch {
	case s.Once:
		s.Interval = 0
	case s.Interval <= 0: // beside an expression
		s.Interval = paceline.DefaultInterval
	}
	var bad, unread error
	if s.Zone, bad = time.LoadLocation(zone); bad != nil {
		s.Zone = time.UTC
	}
	if settings.Cron != "" && !s.Once {
		s.Cron, unread = ParseCron(settings.Cron)
	}
	return s, errors.Join(bad, unread)
}

// slot fires the newest due slot of the cycle's schedule, or skips it while a run is still going.
func (c *Core) slot(cy *cycle) {
	s := cy.schedule
	slot, next, ok := s.Latest(c.now)
	if !ok || slot < s.Next {
		// The clock of the slots was moved, for instance by a change of the zone.
		s.Next = next
		s.timer = c.later(next, timerSchedule, nil, nil, cy)
		return
	}
	s.Next = next
	if !s.Once {
		s.timer = c.later(next, timerSchedule, nil, nil, cy)
	}
	if c.draining || !c.mine(cy.Root) {
		return
	}
	if cy.busy > 0 || s.firing {
		c.emit(Effect{Kind: Skip, From: cy.latest, Cycle: cy.CycleInfo, Schedule: s.Schedule, Slot: slot, Next: next})
		return
	}
	s.firing = true
	c.emit(Effect{Kind: Fire, Cycle: cy.CycleInfo, Schedule: s.Schedule, Slot: slot, Next: next, Unsure: c.unsure(cy)})
}

// unsure reports whether a run of the cycle may be going that the memory does not know: it is on the disk only, or so
// is which step it waits at.
func (c *Core) unsure(cy *cycle) bool {
	if cy.unseen > 0 || c.accountAt(cy.Account, cy.Root).away() || !c.horizon.none() || c.loadingDue {
		return true
	}
	l := cy.lane
	return l != nil && (l.elsewhere || l.split.away() || l.line.away())
}

// retryRefused is when the only slot of a cycle is tried again that was refused: its account is suspended.
const retryRefused = time.Minute

// mostUnread is how long it takes at most until a plan is read again that could not be.
const mostUnread = 5 * time.Minute

// UnreadWait is how long to wait before a plan is read again that could not be so often before: a second, then twice as long each time.
func UnreadWait(before int) time.Duration {
	return min(time.Second<<min(before, 10), mostUnread)
}

// Fired answers Fire. When the slot could not be stored, it is tried again in a second; while its plan cannot be read, ever
// more rarely.
func (c *Core) Fired(at paceline.Micros, cycleNum int64, slot paceline.Micros, result CommitResult) []Effect {
	c.start(at)
	cy := c.cycles[cycleNum]
	if cy == nil || cy.schedule == nil {
		return c.effects
	}
	s := cy.schedule
	s.firing = false
	if result != Unreadable {
		s.unread = 0
	}
	switch {
	case result == Unreadable:
		s.Next = slot
		s.timer = c.later(at.Add(UnreadWait(s.unread)), timerSchedule, nil, nil, cy)
		s.unread++
	case result == NotDurable:
		s.Next = slot
		s.timer = c.later(at.Add(retryStore), timerSchedule, nil, nil, cy)
	case s.Once && result == Refused:
		s.Next = slot
		s.timer = c.later(at.Add(retryRefused), timerSchedule, nil, nil, cy)
	case s.Once:
		cy.schedule = nil
	}
	return c.effects
}
