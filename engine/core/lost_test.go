package core

import (
	"testing"

	"paceline"
)

// TestLostCallCountsOnTheDayItIsFound: a call whose process died is a task of the day on which that is seen.
func TestLostCallCountsOnTheDayItIsFound(t *testing.T) {
	plan := &paceline.Plan{Cycle: 1, Account: 1, Version: 1, Steps: []paceline.PlanStep{
		{Kind: paceline.StepWebhook, Out: []paceline.PlanEdge{{To: 1, Type: paceline.EdgeForward}}},
		{Kind: paceline.StepAction, Repeat: paceline.RepeatUnsafe},
	}}
	c := New(Config{})
	c.SetCycle(1, CycleInfo{Num: 1, Account: 1, State: paceline.CycleActive, Version: 1})
	effects := c.Heads(2, 1, 0, []Head{{Num: 7, Account: 1, Cycle: 1, Version: 1}}, false)
	var run *Run
	for _, f := range effects {
		if f.Kind == Load {
			run = f.Run
		}
	}
	if run == nil {
		t.Fatalf("effects %v", effects)
	}
	c.Loaded(900, run, Loaded{Plan: plan, Rows: []paceline.StepRow{
		{Run: 7, From: -1, State: paceline.StepDone, Exit: paceline.EdgeForward},
		{Run: 7, Seq: 1, StepRef: 1, From: 0, State: paceline.StepStarted, StartedAt: 3},
	}})
	rows := run.Commit.Rows
	if len(rows) != 1 || rows[0].State != paceline.StepFailed || rows[0].StartedAt != 900 || rows[0].TasksIncident != 1 {
		t.Errorf("rows %+v", rows)
	}
}
