package store

import (
	"testing"
	"time"

	"paceline"
)

// TestGoingRun: of a polled cycle's transactions those are going that are ready, in a line, or wait at the call that
// begins them; not one that waits further on, at a Wait All step, or has ended, nor another cycle's.
func TestGoingRun(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, openTest(t, testOptions(t, database)), 3)
			c := f.cycles[0]
			now := paceline.ToMicros(f.clock.Now()).Add(time.Minute)
			const trigger = 4
			check := func(what string, want int64) {
				t.Helper()
				var run int64
				err := f.Read(t.Context(), func(tx *Tx) (err error) {
					run, err = tx.GoingRun(paceline.Scope{Partner: c.Partner, Account: c.Account}, c.Num, trigger, now)
					return err
				})
				if err != nil || run != want {
					t.Errorf("%s: run %d is going, %v; want %d", what, run, err, want)
				}
			}
			park := func(run int64, step int32, state paceline.StepState, due paceline.Micros) {
				op := f.advance(c, run, 1, paceline.RunLive, nil)
				op.Advance.Rows[0].StepRef, op.Advance.Rows[0].State, op.Advance.DueAt = step, state, due
				op.Advance.Exchanges = nil
				f.mustSubmit(t, op)
			}
			f.start(t, f.cycles[2])
			check("another account's", 0)
			run := f.start(t, c)
			check("one that is ready", run)
			park(run, trigger, paceline.StepParked, now.Add(time.Hour))
			check("one that waits at its first call", run)
			park(run, trigger, paceline.StepDone, now.Add(time.Hour))
			check("one that waits further on", 0)
			park(run, trigger, paceline.StepDone, now)
			check("one whose wait is over", run)
			park(run, trigger, paceline.StepParked, paceline.WaitAllDue(1, false))
			check("one at a Wait All step", 0)
			f.mustSubmit(t, f.advance(c, run, 2, paceline.RunCompleted, nil))
			check("one that has ended", 0)
			op := f.accept(t, c, nil)
			op.Accept.Run.DueAt = paceline.LineDue(c.Num, false)
			check("one in the line", f.mustSubmit(t, op).Run)
		})
	}
}
