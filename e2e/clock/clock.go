// Package clock is a clock that tests move: it runs as fast as they say, and its wall can be set forward and back while its
// monotonic part goes on, as it happens to machines. A program built with the tag testclock has it.
package clock

import (
	"encoding/json"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"paceline"
)

// Setting is what the file says that Open reads.
type Setting struct {
	Real time.Time     // when Fake was it
	Fake time.Time     // the time of the test then
	Rate int64         // how many seconds of the test go by in one
	Step time.Duration // how far the wall of this clock is set off
}

// At is the time of the test, without Step.
func (s *Setting) At(real time.Time) time.Time {
	return s.Fake.Add(real.Sub(s.Real) * time.Duration(s.Rate))
}

// Write writes the file as a whole.
func (s *Setting) Write(path string) error {
	text, err := json.Marshal(s)
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	return err
}

// Clock follows a file.
type Clock struct {
	setting   *atomic.Pointer[Setting]
	unhurried bool
}

// poll is how often the file is read.
const poll = 10 * time.Millisecond

// Open makes a clock that follows the file.
func Open(path string) (*Clock, error) {
	c := &Clock{setting: &atomic.Pointer[Setting]{}}
	if err := c.read(path); err != nil {
		return nil, err
	}
	go func() {
		for range time.Tick(poll) {
			c.read(path)
		}
	}()
	return c, nil
}

func (c *Clock) read(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var s Setting
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	c.setting.Store(&s)
	return nil
}

// start is where the monotonic parts begin.
var start = time.Now()

// Unhurried is a clock whose wall is set as this one's, but which goes as fast as time: that of leases, which many tests on few
// processors would else lose.
func (c *Clock) Unhurried() *Clock { return &Clock{c.setting, true} }

// Now implements paceline.Clock.
func (c *Clock) Now() time.Time {
	s, real := c.setting.Load(), time.Now()
	if c.unhurried {
		return at(real.Add(s.Step), real.Sub(start))
	}
	return at(s.At(real).Add(s.Step), real.Sub(start)*time.Duration(s.Rate))
}

// NewTimer implements paceline.Clock: timers do not care for the wall.
func (c *Clock) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	if !c.unhurried {
		d /= time.Duration(c.setting.Load().Rate)
	}
	t := time.NewTimer(d)
	return t.C, t.Stop
}

var _ paceline.Clock = (*Clock)(nil)

// reading is time.Time as it is while it has a monotonic part.
type reading struct {
	wall uint64 // 1, 33 bits of seconds since 1885, 30 of nanoseconds
	ext  int64  // the monotonic part
	loc  unsafe.Pointer
}

var since1885 = time.Date(1885, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// at makes a time whose two parts say different things, which only a machine's clock can.
func at(wall time.Time, mono time.Duration) time.Time {
	t := time.Now().UTC()
	r := (*reading)(unsafe.Pointer(&t))
	r.wall = 1<<63 | uint64(wall.Unix()-since1885)<<30 | uint64(wall.Nanosecond())
	r.ext = int64(mono) + 1
	return t
}
