//go:build testclock

package main

import (
	"os"

	"paceline"
	"paceline/e2e/clock"
)

// newClock returns the clock that a test moves. No program that is shipped is built so.
func newClock() (paceline.Clock, error) { return clock.Open(os.Getenv("PACELINE_TEST_CLOCK")) }
