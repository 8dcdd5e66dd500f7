package engine

import (
	"context"
	"time"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// dropAtOnce bounds what one transaction of the database cancels.
const dropAtOnce = 500

// DropQueued cancels the transactions of a stopped cycle of which no step has begun, at once instead of after
// 24 hours, and returns how many. Errors: NotFound, Conflict while the cycle runs.
func (e *Engine) DropQueued(ctx context.Context, p paceline.Principal, a paceline.Account, cycle paceline.ID) (dropped int64, err error) {
	if err := may(p, a); err != nil {
		return 0, err
	}
	scope := a.Scope()
	var num int64
	err = e.store.Read(ctx, func(tx *store.Tx) error {
		if num, err = cycleNum(tx, scope, cycle); err != nil {
			return err
		}
		c, _, err := tx.CycleByNum(num)
		if err == nil && c.State.Running() {
			err = paceline.Fail(paceline.CodeCycleRunning)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	going, err := e.goingOf(ctx, num)
	if err != nil {
		return 0, err
	}
	for {
		var n int64
		err := e.inTx(ctx, scope, killpoint.Drop, func(tx *store.Tx) error {
			if n, err = tx.DropQueued(scope, num, going, e.stops.until(num, tx.Now()), dropAtOnce); err != nil || n == 0 {
				return err
			}
			return tx.InsertAudit(scope, paceline.AuditEvent{
				Partner: a.Partner, Account: a.Num, At: tx.Now(), Actor: p.Name, Action: "cycle.queued_dropped", Subject: "cycle", SubjectID: string(cycle),
			})
		})
		if dropped += n; err != nil || n == 0 {
			return dropped, err
		}
	}
}

// goingOf asks the core which runs of a cycle have a step in progress. Errors: Unavailable.
func (e *Engine) goingOf(ctx context.Context, cycle int64) ([]int64, error) {
	answer := make(chan []int64, 1)
	e.tell(func(c *core.Core, _ paceline.Micros) []core.Effect {
		answer <- c.GoingOf(cycle)
		return nil
	})
	select {
	case list := <-answer:
		return list, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-e.life.Done():
		return nil, paceline.Fail(paceline.CodeShuttingDown).In(time.Second)
	}
}
