package engine

import (
	"errors"
	"time"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// tellUnread records that the plan of a running cycle cannot be made of what is stored, so that nothing of it begins: once
// for each time that it was started, and again when somebody has cleared it.
func (e *Engine) tellUnread(c core.CycleInfo) {
	scope := paceline.Scope{Partner: c.Partner, Account: c.Account}
	list := []paceline.Incident{{Partner: c.Partner, Account: c.Account, Cycle: c.Num, Code: paceline.CodePlanUnreadable, At: e.now()}}
	notify := e.notices.mark(c.Account, list)
	told := false
	err := e.inTx(e.life, scope, killpoint.Note, func(tx *store.Tx) error {
		told = false
		now, found, err := tx.CycleByNum(c.Num)
		if err != nil || !found || !now.State.Running() {
			return err
		}
		before, err := tx.Incidents(scope, store.IncidentFilter{Cycle: c.Num, Code: list[0].Code, After: now.ActivatedAt}, paceline.Page{Size: 1}, false)
		if err != nil || len(before.Items) > 0 {
			return err
		}
		told = true
		return tx.InsertIncident(scope, list[0])
	})
	switch {
	case err != nil && e.life.Err() == nil && !errors.Is(err, store.ErrAccountDeleted):
		e.log.Error("that the plan of a running cycle cannot be read could not be recorded", "cycle", c.Num, "error", err)
	case err == nil && told && notify:
		e.noticed(scope)
	}
}

// laterBy runs a task again after a while, unless the engine stops.
func (e *Engine) laterBy(wait time.Duration, f func()) {
	timer, stop := e.clock.NewTimer(wait)
	e.group.Go(func() {
		defer stop()
		select {
		case <-timer:
			e.tasks.add(f)
		case <-e.life.Done():
		}
	})
}

// later is laterBy for what the store may be able to do in a second.
func (e *Engine) later(f func()) { e.laterBy(time.Second, f) }
