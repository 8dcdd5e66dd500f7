//go:build testclock

package main

import (
	"os"

	"paceline"
	"paceline/e2e/clock"
)

// newClock returns the clock that a test moves, and one of leases that is no faster than time. No program that is shipped is
// built so.
func newClock() (moved, leases paceline.Clock, err error) {
	c, err := clock.Open(os.Getenv("PACELINE_TEST_CLOCK"))
	if err != nil {
		return nil, nil, err
	}
	return c, c.Unhurried(), nil
}
