package store

import "paceline"

// StepCursor returns how far a step has come, and whether it has begun at all.
func (tx *Tx) StepCursor(scope paceline.Scope, cycle int64, step paceline.ID) (c paceline.StepCursor, found bool, err error) {
	found, err = tx.one(`SELECT value, seen FROM step_cursor WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND step_id = $4`,
		[]any{scope.Partner, scope.Account, cycle, step}, func(r *Row) { c.Value, c.Seen = r.Text(0), r.Bytes(1) })
	return c, found, err
}

// BeginStepCursor gives a step that has no cursor a first value, and returns the cursor that counts.
func (tx *Tx) BeginStepCursor(scope paceline.Scope, cycle int64, step paceline.ID, value string) (paceline.StepCursor, error) {
	_, err := tx.exec(`INSERT INTO step_cursor (cycle_num, step_id, partner_id, account_id, value, seen) VALUES ($3, $4, $1, $2, $5, $6)
		ON CONFLICT (cycle_num, step_id) DO NOTHING`, scope.Partner, scope.Account, cycle, step, value, []byte{})
	if err != nil {
		return paceline.StepCursor{}, err
	}
	c, _, err := tx.StepCursor(scope, cycle, step)
	return c, err
}

// resetStepCursor makes a step one that lists what is new for the first time.
func (tx *Tx) resetStepCursor(scope paceline.Scope, cycle int64, step paceline.ID) error {
	_, err := tx.exec(`DELETE FROM step_cursor WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND step_id = $4`,
		scope.Partner, scope.Account, cycle, step)
	return err
}

// sqlMoveStepCursor moves a cursor that nobody has moved or reset since the call was made with it. Of two calls side
// by side one counts, and what only the other had comes once more.
const sqlMoveStepCursor = `UPDATE step_cursor SET value = $5, seen = $6 WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND step_id = $4
	AND value = $7`

func (a *applier) stepCursors(op *Advance) error {
	for _, c := range op.Cursors {
		if _, err := a.exec(sqlMoveStepCursor, op.Partner, op.Account, op.Cycle, c.Step, c.Value, c.Seen, c.Was); err != nil {
			return err
		}
	}
	return nil
}
