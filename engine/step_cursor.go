package engine

import (
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// stepCursor is what an execution has to do with the cursor of its step, if its method has one.
type stepCursor struct {
	was  *connector.Cursor // that the call is made with
	next *connector.Cursor // what it becomes when the step is done
}

// cursorOf reads the step's cursor. A step without one begins as its method says, or with the date that people have
// set for it; that is on the disk before the call, so that neither a failed call nor a crash moves it.
func (x *execution) cursorOf(m *connector.Method) error {
	scope := paceline.Scope{Partner: x.run.Partner, Account: x.run.Account}
	var at paceline.StepCursor
	var found bool
	var since paceline.Micros
	err := x.engine.store.Read(x.context(), func(tx *store.Tx) (err error) {
		if at, found, err = tx.StepCursor(scope, x.run.Cycle, x.step.ID); err == nil && !found {
			since, err = tx.LastRun(scope, x.run.Cycle, x.step.ID)
		}
		return err
	})
	if err != nil {
		return err
	}
	if !found {
		now := x.out.StartedAt
		if since != 0 {
			now = since
		}
		first := m.FirstCursor(now.Time())
		err = x.engine.inTx(x.context(), scope, killpoint.Cursor, func(tx *store.Tx) (err error) {
			at, err = tx.BeginStepCursor(scope, x.run.Cycle, x.step.ID, first.Value)
			return err
		})
	}
	x.cursor.was = &connector.Cursor{Value: at.Value, Seen: at.Seen}
	return err
}

// moveCursor gives the outcome the step's cursor, in the commit that has all of its output.
func (x *execution) moveCursor() {
	next, was := x.cursor.next, x.cursor.was
	done := x.out.Verdict == core.OK && (!x.out.More || x.out.Exit == paceline.ExitSplit)
	if next == nil || was == nil || !done {
		return
	}
	x.out.Cursor = &paceline.StepCursor{Step: x.step.ID, Value: next.Value, Seen: next.Seen, Was: was.Value}
}

// later ends the part until the remote is asked again. No try is used.
func (c *calls) later(after time.Duration) {
	c.out.More, c.out.After = true, after
	c.log()
	c.remember()
}
