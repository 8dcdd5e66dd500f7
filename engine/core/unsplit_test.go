package core

import (
	"bytes"
	"testing"

	"paceline"
)

// TestStopInsideASplit: items that are on their way when their cycle is stopped get no transaction, and the row says that they are
// still to go on, from the first one on or from where the part began. A transaction that repeats this one gets there.
func TestStopInsideASplit(t *testing.T) {
	plan := &paceline.Plan{Cycle: 1, Account: 1, Version: 1, Steps: []paceline.PlanStep{
		{Kind: paceline.StepWebhook, Out: []paceline.PlanEdge{{To: 1, Type: paceline.EdgeForward}}},
		{Kind: paceline.StepAction, SplitAt: "[items]"},
	}}
	part := []byte{2, 40}
	items := []Child{{Local: "an item"}, {}}
	for name, c := range map[string]struct {
		parts   int // that are done before the stop
		outcome Outcome
		want    []byte
	}{
		"with all items in one":   {0, Outcome{Exit: paceline.ExitSplit, RowsOut: 2}, SplitFromStart},
		"in the first part":       {0, Outcome{Exit: paceline.ExitSplit, More: true, Progress: part, RowsOut: 2}, SplitFromStart},
		"in a part in the middle": {1, Outcome{Exit: paceline.ExitSplit, More: true, Progress: []byte{4, 80}, RowsOut: 4}, part},
		"in the last part":        {1, Outcome{Exit: paceline.ExitSplit, RowsOut: 4}, part},
	} {
		core := New(Config{})
		active := CycleInfo{Num: 1, Account: 1, State: paceline.CycleActive, Version: 1}
		core.SetCycle(1, active)
		core.Heads(1, 1, 0, nil, false)
		core.Accepted(2, Head{Num: 3, Account: 1, Cycle: 1, Version: 1}, plan, nil)
		run := core.runs[3]
		for range c.parts {
			core.Executed(3, run, &Outcome{Exit: paceline.ExitSplit, More: true, Progress: part, RowsOut: 2})
			core.Committed(4, run, Durable)
		}
		stopped := active
		stopped.State = paceline.CyclePaused
		core.SetCycle(5, stopped)
		c.outcome.Children = items
		effects := core.Executed(6, run, &c.outcome)
		rows := run.Commit.Rows
		if len(rows) == 0 || run.Commit.State != paceline.RunStopped || len(run.Commit.Children) > 0 {
			t.Fatalf("%s: the commit is %+v", name, run.Commit)
		}
		row := rows[len(rows)-1]
		if row.State != paceline.StepOngoing || row.Exit != paceline.ExitSplit || !bytes.Equal(row.Progress, c.want) || row.RowsOut != int32(2*c.parts) {
			t.Errorf("%s: the row is %+v", name, row)
		}
		dropped := 0
		for _, e := range effects {
			if e.Kind == Drop {
				dropped++
			}
		}
		if dropped != 1 {
			t.Errorf("%s: the data of %d items is dropped, want 1", name, dropped)
		}
	}
}
