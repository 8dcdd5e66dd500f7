package store

import "paceline"

// LastRun returns when a step last succeeded, 0 for never.
func (tx *Tx) LastRun(scope paceline.Scope, cycle int64, step paceline.ID) (at paceline.Micros, err error) {
	_, err = tx.one(`SELECT at FROM last_run WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND step_id = $4`,
		[]any{scope.Partner, scope.Account, cycle, step}, func(r *Row) { at = r.Micros(0) })
	return at, err
}

// LastRuns returns when the steps of a cycle last succeeded; those that never did are missing.
func (tx *Tx) LastRuns(scope paceline.Scope, cycle int64) (map[paceline.ID]paceline.Micros, error) {
	list := map[paceline.ID]paceline.Micros{}
	err := tx.query(`SELECT step_id, at FROM last_run WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 ORDER BY step_id`,
		[]any{scope.Partner, scope.Account, cycle}, func(r *Row) error {
			list[r.ID(0)] = r.Micros(1)
			return nil
		})
	return list, err
}

// BeginLastRun gives a step that never succeeded the date at, and returns the date that counts.
func (tx *Tx) BeginLastRun(scope paceline.Scope, cycle int64, step paceline.ID, at paceline.Micros) (paceline.Micros, error) {
	_, err := tx.exec(`INSERT INTO last_run (cycle_num, step_id, partner_id, account_id, at) VALUES ($3, $4, $1, $2, $5)
		ON CONFLICT (cycle_num, step_id) DO NOTHING`, scope.Partner, scope.Account, cycle, step, at)
	if err != nil {
		return 0, err
	}
	return tx.LastRun(scope, cycle, step)
}

// SetLastRun sets the date of a step, from which its cursor begins anew; 0 makes it one that never succeeded.
func (tx *Tx) SetLastRun(scope paceline.Scope, cycle int64, step paceline.ID, at paceline.Micros) error {
	if err := tx.resetStepCursor(scope, cycle, step); err != nil {
		return err
	}
	if at == 0 {
		_, err := tx.exec(`DELETE FROM last_run WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND step_id = $4`,
			scope.Partner, scope.Account, cycle, step)
		return err
	}
	_, err := tx.exec(`INSERT INTO last_run (cycle_num, step_id, partner_id, account_id, at) VALUES ($3, $4, $1, $2, $5)
		ON CONFLICT (cycle_num, step_id) DO UPDATE SET at = excluded.at`, scope.Partner, scope.Account, cycle, step, at)
	return err
}

// sqlMoveLastRun lets the date rise, so that of transactions that run side by side the latest call counts; one
// that somebody has set to a later time gives way to a call that began with it. A date that was reset meanwhile
// stays reset.
const sqlMoveLastRun = `UPDATE last_run SET at = $5 WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND step_id = $4
	AND (at < $5 OR at = $6)`

func (a *applier) lastRuns(op *Advance) error {
	for _, l := range op.LastRuns {
		if _, err := a.exec(sqlMoveLastRun, op.Partner, op.Account, op.Cycle, l.Step, l.At, l.Was); err != nil {
			return err
		}
	}
	return nil
}

// StepStarted returns when the first part of a row's execution began, 0 for a row that is not stored.
func (tx *Tx) StepStarted(scope paceline.Scope, run int64, seq int32) (at paceline.Micros, err error) {
	_, err = tx.one(`SELECT started_at FROM step WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
		[]any{scope.Partner, scope.Account, stepKey(run, seq)}, func(r *Row) { at = r.Micros(0) })
	return at, err
}
