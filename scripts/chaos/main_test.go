package main

import (
	"context"
	"errors"
	"io"
	"reflect"
	"testing"
	"time"
)

// TestSizes: ten minutes are enough for the whole, less has its part.
func TestSizes(t *testing.T) {
	t.Parallel()
	for length, want := range map[time.Duration][]string{
		time.Hour:   {"PACELINE_CHAOS_KILLS=200", "PACELINE_CHAOS_SERIAL=10000", "PACELINE_CHAOS_STUCK=10000", "PACELINE_CHAOS_QUEUED=1000000"},
		time.Minute: {"PACELINE_CHAOS_KILLS=20", "PACELINE_CHAOS_SERIAL=1000", "PACELINE_CHAOS_STUCK=1000", "PACELINE_CHAOS_QUEUED=100000"},
	} {
		if got := (&chaos{length: length}).sizes(); !reflect.DeepEqual(got, want) {
			t.Errorf("%v: %v, want %v", length, got, want)
		}
	}
}

// TestWhatIsFound: each kind of output counts as what it says, and only what is found makes the exit code.
func TestWhatIsFound(t *testing.T) {
	t.Parallel()
	failed := errors.New("exit status 1")
	const poison = `counts {"poison_deaths_max":6,"poison_parked":1}`
	poisoned := map[string]int{"poison_deaths_max": 6, "poison_parked": 1}
	for name, c := range map[string]struct {
		play  func(c *chaos)
		want  counts
		found bool
	}{
		"seeds that pass":      {func(c *chaos) { c.simulated("ok", nil) }, counts{Seeds: 7}, false},
		"a seed that fails":    {func(c *chaos) { c.simulated("--- FAIL: TestNoToken", failed) }, counts{SeedsFailed: 1}, true},
		"no build":             {func(c *chaos) { c.simulated("syntax error", failed) }, counts{Broken: 1}, true},
		"kills that pass":      {func(c *chaos) { c.killed("--- PASS: TestKill/a\n    --- PASS: TestKill/b\n"+poison, nil) }, counts{Kills: 2, More: poisoned}, false},
		"kills without poison": {func(c *chaos) { c.killed("--- PASS: TestKill/a\n", nil) }, counts{Kills: 1, Broken: 1}, true},
		"a kill that fails":    {func(c *chaos) { c.killed("--- PASS: TestKill/a\n--- FAIL: TestKill/b", failed) }, counts{Kills: 2, KillsFailed: 1}, true},
		"no kills":             {func(c *chaos) { c.killed("no tests to run", nil) }, counts{Broken: 1}, true},
		"nothing lost":         {func(c *chaos) { c.crashed("text\n{\"w4_lost_max\": 0, \"w4_repeated_max\": 49}\n", nil) }, counts{W4Kills: 2, W4Repeated: 49}, false},
		"one lost":             {func(c *chaos) { c.crashed("{\"w4_lost_max\": 1, \"w4_repeated_max\": 3}", failed) }, counts{W4Kills: 2, W4Lost: 1, W4Repeated: 3}, true},
		"too many repeated":    {func(c *chaos) { c.crashed("{\"w4_lost_max\": 0, \"w4_repeated_max\": 51}", nil) }, counts{W4Kills: 2, W4Repeated: 51}, true},
		"a bench that broke":   {func(c *chaos) { c.crashed("no PostgreSQL", failed) }, counts{Broken: 1}, true},
		"a line that is none":  {func(c *chaos) { c.crashed("{\"w4_lost_max\": ", nil) }, counts{Broken: 1}, true},
		"what tests tell": {func(c *chaos) {
			c.shared("x.go:1: counts {\"lost\":0,\"grown_max\":7}\n--- PASS: TestChaos\n", nil)
			c.shared("\n--- PASS: TestChaos\n counts {\"lost\":2,\"grown_max\":3}", nil)
		}, counts{NodeTests: 2, More: map[string]int{"lost": 2, "grown_max": 7}}, false},
		"a promise of which nothing is told": {func(c *chaos) {
			c.shared("\n--- PASS: TestChaos\n counts {\"lost\":0}", nil, "lost", "called_too_early")
		}, counts{NodeTests: 1, Broken: 1, More: map[string]int{"lost": 0}}, true},
	} {
		got := chaos{ctx: context.Background(), out: io.Discard, seeds: 7, counts: counts{More: map[string]int{}}}
		c.play(&got)
		if c.want.More == nil {
			c.want.More = map[string]int{}
		}
		if !reflect.DeepEqual(got.counts, c.want) || got.found() != c.found {
			t.Errorf("%s: %+v, found %v; want %+v, %v", name, got.counts, got.found(), c.want, c.found)
		}
	}
}

// TestFirstRoundIsWhole: what takes longer than the given time still happens once.
func TestFirstRoundIsWhole(t *testing.T) {
	t.Parallel()
	c := chaos{ctx: context.Background(), end: time.Now().Add(-time.Hour)}
	for rounds, want := range []bool{false, false, true} {
		if c.Rounds = rounds; c.late() != want {
			t.Errorf("in round %d, long after its time, it is late: %v", rounds, c.late())
		}
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if c = (chaos{ctx: ended, counts: counts{Rounds: 1}}); !c.late() {
		t.Error("one that was told to stop goes on")
	}
}
