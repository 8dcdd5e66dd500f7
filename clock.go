package paceline

import "time"

// Clock tells the time and wakes sleepers. Every room that needs either takes a Clock as a value,
// so that schedules, retries and waits can be tested without sleeping.
type Clock interface {
	// Now returns the current time in UTC.
	Now() time.Time
	// NewTimer returns a channel that receives once after d, and a function that stops it.
	NewTimer(d time.Duration) (<-chan time.Time, func() bool)
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now returns the machine's time in UTC.
func (SystemClock) Now() time.Time { return time.Now().UTC() }

// NewTimer starts a timer of the standard library.
func (SystemClock) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}

// Micros is a point in time as the store keeps it: microseconds since 1970 UTC; 0 means not set.
type Micros int64

// ToMicros converts t; the zero time becomes 0.
func ToMicros(t time.Time) Micros {
	if t.IsZero() {
		return 0
	}
	return Micros(t.UnixMicro())
}

// Time converts m back to UTC; 0 becomes the zero time.
func (m Micros) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(m)).UTC()
}

// Add returns m plus d.
func (m Micros) Add(d time.Duration) Micros { return m + Micros(d.Microseconds()) }
