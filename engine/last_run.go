package engine

import (
	"time"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// lastRun is what an execution has to do with the last successful run date of its step (F-209). A step whose
// mappings and whose method never ask for it has none.
type lastRun struct {
	asked bool
	was   paceline.Micros
	// next, when set, becomes the date instead of the time at which the call began.
	next paceline.Micros
}

// lastRunDate gives the date to merge fields. A step that never ran begins with now, so that its first run does not
// pull the whole history; that is on the disk before the call, so that neither a failed call nor a crash moves it.
func (x *execution) lastRunDate() string {
	if x.lastRun.asked {
		return x.lastRun.was.Time().Format(time.RFC3339)
	}
	scope := paceline.Scope{Partner: x.run.Partner, Account: x.run.Account}
	var at paceline.Micros
	err := x.engine.store.Read(x.context(), func(tx *store.Tx) (err error) {
		at, err = tx.LastRun(scope, x.run.Cycle, x.step.ID)
		return err
	})
	if err == nil && at == 0 {
		err = x.engine.inTx(x.context(), scope, killpoint.LastRun, func(tx *store.Tx) (err error) {
			at, err = tx.BeginLastRun(scope, x.run.Cycle, x.step.ID, x.out.StartedAt)
			return err
		})
	}
	if err != nil {
		if x.readFailed == nil {
			x.readFailed = err
		}
		return ""
	}
	x.lastRun.asked, x.lastRun.was = true, at
	return at.Time().Format(time.RFC3339)
}

// succeeded gives the outcome the step's new date, once all of its call is done.
func (x *execution) succeeded() {
	done := x.out.Verdict == core.OK && (!x.out.More || x.out.Exit == paceline.ExitSplit)
	if !x.lastRun.asked || !done {
		return
	}
	at := x.lastRun.next
	if at == 0 {
		at = x.begun()
	}
	x.out.LastRun = &paceline.LastRun{Step: x.step.ID, At: at, Was: x.lastRun.was}
}

// begun is when the call began, its first page for one that was made in parts.
func (x *execution) begun() paceline.Micros {
	if x.token.Progress == nil {
		return x.out.StartedAt
	}
	var at paceline.Micros
	err := x.engine.store.Read(x.context(), func(tx *store.Tx) (err error) {
		at, err = tx.StepStarted(paceline.Scope{Partner: x.run.Partner, Account: x.run.Account}, x.run.Num, x.token.Seq)
		return err
	})
	if err != nil || at == 0 {
		return x.lastRun.was // the date stays, and what follows it comes once more
	}
	return at
}
