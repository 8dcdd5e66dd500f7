package cycle

import (
	"context"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// LastRun returns when the call of a step last succeeded, 0 for never. Errors: NotFound.
func (r *Room) LastRun(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID) (at paceline.Micros, err error) {
	if err := may(p, a); err != nil {
		return 0, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		c, found, err := tx.CycleOfStep(a.Scope(), step)
		if err != nil || !found || c.State == paceline.CycleDeleted {
			return orNotFound(err, "Step")
		}
		at, err = tx.LastRun(a.Scope(), c.Num, step)
		return err
	})
	return at, err
}

// SetLastRun sets the date from which the next call of a step takes what is new; 0 makes it a step that never
// ran. read gives the date once the step is found and its cycle seen not to run. Errors: NotFound; Conflict while
// the cycle runs; those of read; Invalid for a step that calls nothing.
func (r *Room) SetLastRun(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID, read func() (paceline.Micros, error)) (at paceline.Micros, err error) {
	if err := may(p, a); err != nil {
		return 0, err
	}
	err = r.inTx(ctx, a.Scope(), killpoint.Request, func(tx *store.Tx) error {
		c, found, err := tx.CycleOfStep(a.Scope(), step)
		if err != nil || !found {
			return orNotFound(err, "Step")
		}
		if err := Editable(c, "Step"); err != nil {
			return err
		}
		if at, err = read(); err != nil {
			return err
		}
		if s, _ := c.Flow.Step(step); s == nil || s.Kind != paceline.StepAction {
			return invalid("LastSuccessfulRunDate", "a step of this kind calls nothing")
		}
		if err := tx.SetLastRun(a.Scope(), c.Num, step, at); err != nil {
			return err
		}
		return audit(tx, p, c, "cycle.last_run_set", "step "+string(step))
	})
	return at, err
}
