package core

import (
	"slices"
	"testing"
	"time"

	"paceline"
)

// of returns the runs that effects of the kind are about.
func of(effects []Effect, kind EffectKind) (nums []int64) {
	for _, e := range effects {
		if e.Kind == kind {
			nums = append(nums, e.Run.Num)
		}
	}
	return nums
}

// TestSerialWaitsForWhatTheDiskMayHold: memory has room for one waiting run of a serial cycle. Run 8 is in it when run 5
// comes, which took longer to the disk and stays there alone. When the run in progress ends, run 8 does not begin: run 5 is
// read first.
func TestSerialWaitsForWhatTheDiskMayHold(t *testing.T) {
	line := paceline.LineDue(1, false)
	plan := &paceline.Plan{Cycle: 1, Account: 1, Version: 1, Serial: true, Steps: []paceline.PlanStep{{Kind: paceline.StepWebhook}}}
	head := func(num int64) Head { return Head{Num: num, Account: 1, Cycle: 1, Version: 1, DueAt: line} }
	c := New(Config{AllHeads: 1, Heads: 1})
	var begun []*Run
	var reads []Effect // of the line, once there is something to read
	known := false
	var take func(effects []Effect)
	take = func(effects []Effect) {
		for _, e := range slices.Clone(effects) { // the next call reuses them
			switch {
			case e.Kind == Load:
				begun = append(begun, e.Run)
			case e.Kind == Line:
				take(c.Lined(c.now, 1, false))
			case e.Kind == Refill && e.Due == line && known:
				reads = append(reads, e)
			case e.Kind == Refill:
				take(c.Heads(c.now, 1, e.Due, nil, false))
			}
		}
	}
	take(c.SetCycle(1, CycleInfo{Num: 1, Account: 1, State: paceline.CycleActive, Version: 1, Limit: &CycleLimit{Serial: true}}))
	known = true
	for _, num := range []int64{3, 8, 5} {
		take(c.Accepted(2, head(num), nil, nil))
	}
	if len(begun) != 1 || begun[0].Num != 3 || len(reads) != 1 || reads[0].From > 5 {
		t.Fatalf("%d began, the line is read by %v; want run 3, and a read from 5 on", len(begun), reads)
	}
	take(c.Loaded(3, begun[0], Loaded{Plan: plan, Rows: []paceline.StepRow{{Run: 3, From: -1}}}))
	take(c.Committed(4, begun[0], Durable)) // it has ended
	if len(begun) != 1 {
		t.Fatalf("run %d begins, although run 5 is on the disk", begun[1].Num)
	}
	take(c.Heads(5, 1, line, []Head{head(5), head(8)}, false))
	if len(begun) != 2 || begun[1].Num != 5 {
		t.Errorf("%d have begun, want run 5 behind run 3", len(begun))
	}
}

// TestDeliveryWhileARunGoesToRest: a delivery in the middle comes while the commit by which its run goes to rest is on its
// way, once or again. The run does not rest.
func TestDeliveryWhileARunGoesToRest(t *testing.T) {
	plan := &paceline.Plan{Cycle: 1, Account: 1, Version: 1, Steps: []paceline.PlanStep{
		{Kind: paceline.StepWebhook, Out: []paceline.PlanEdge{{To: 1, Type: paceline.EdgeForward}}},
		{Kind: paceline.StepWebhook, Out: []paceline.PlanEdge{{To: 2, Type: paceline.EdgeForward}}},
		{Kind: paceline.StepAction},
	}}
	for name, results := range map[string][]CommitResult{"stored": {Durable}, "stored at the second try": {NotDurable, Durable}} {
		c := New(Config{})
		c.SetCycle(1, CycleInfo{Num: 1, Account: 1, State: paceline.CycleActive, Version: 1})
		c.Heads(1, 1, 0, nil, false) // nothing was on the disk
		h := Head{Num: 3, Account: 1, Cycle: 1, Version: 1}
		effects := c.Accepted(2, h, plan, nil)
		if !slices.Equal(of(effects, Execute), []int64{3}) {
			t.Fatalf("%s: effects %v", name, effects)
		}
		run := c.runs[3]
		until := paceline.Micros(0).Add(time.Hour)
		if effects = c.Executed(3, run, &Outcome{Key: &paceline.KeyHash{1}, Until: until}); !slices.Equal(of(effects, Write), []int64{3}) || run.Commit.DueAt != until {
			t.Fatalf("%s: effects %v, due %d", name, effects, run.Commit.DueAt)
		}
		if effects = c.Arrived(4, h, Arrival{Seq: 1}); len(of(effects, Execute)) > 0 {
			t.Fatalf("%s: a step is executed while the run is written: %v", name, effects)
		}
		for i, result := range results {
			effects = c.Committed(paceline.Micros(5+i), run, result)
		}
		if !slices.Equal(of(effects, Execute), []int64{3}) || !effects[0].Token.Arrived || run.phase == parked {
			t.Errorf("%s: after the commit come %v, want the row of the delivery", name, effects)
		}
		// The same delivery told again, as a read may do, is not made a second row.
		if effects = c.Arrived(9, h, Arrival{Seq: 1}); len(effects) > 0 || len(run.ready) > 0 {
			t.Errorf("%s: told again, it gives %v and leaves %v", name, effects, run.ready)
		}
	}
}
