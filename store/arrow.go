package store

import (
	"fmt"

	"paceline"
)

// stateWriter is what runs one statement: a transaction, or an op's.
type stateWriter interface {
	exec(sql string, args ...any) (int64, error)
}

// moveCycle moves a cycle along an arrow, if it is in a state from which the arrow leads and the further condition holds, and
// reports whether it did.
func moveCycle(on stateWriter, arrow *paceline.Arrow[paceline.CycleState], partner, account, cycle int64, and ...string) (bool, error) {
	sql := `UPDATE cycle SET state = $4 WHERE partner_id = $1 AND account_id = $2 AND num = $3` + startsFrom(arrow)
	for _, condition := range and {
		sql += condition
	}
	n, err := on.exec(sql, partner, account, cycle, int(arrow.To))
	return n > 0, err
}

// startsFrom is the condition that a cycle is in a state from which the arrow leads.
func startsFrom(arrow *paceline.Arrow[paceline.CycleState]) string {
	from := make([]int64, len(arrow.From))
	for i, s := range arrow.From {
		from[i] = int64(s)
	}
	return ` AND state IN (` + joinInts(from) + `)`
}

// StateError says that a cycle is in a state from which an arrow does not lead: somebody has moved it.
type StateError struct{ By string }

func (e StateError) Error() string {
	return fmt.Sprintf("the cycle is in no state from which %s leads", e.By)
}

// SetCycleState moves a cycle along an arrow. It stores state, run version and time of activation, and when it came into the
// recycle bin or was stopped; nothing else changes. Errors: StateError.
func (tx *Tx) SetCycleState(arrow *paceline.Arrow[paceline.CycleState], c *paceline.Cycle) error {
	deleted := paceline.Micros(0)
	if arrow.To == paceline.CycleDeleted {
		deleted = tx.Now()
	}
	args := []any{int(arrow.To), c.RunVersion, c.ActivatedAt, c.Partner, c.Account, c.Num, deleted}
	stopped := ``
	if !arrow.To.Started() {
		if c.State.Started() {
			c.StoppedAt = tx.Now()
		}
		stopped = `, stopped_at = CASE WHEN state IN (1, 2, 3) THEN $8 ELSE stopped_at END`
		args = append(args, tx.Now())
	}
	n, err := tx.exec(`UPDATE cycle SET state = $1, run_version = $2, activated_at = $3, deleted_at = $7`+stopped+`
		WHERE partner_id = $4 AND account_id = $5 AND num = $6`+startsFrom(arrow), args...)
	if err == nil && n == 0 {
		err = StateError{arrow.By}
	}
	if err == nil {
		c.State = arrow.To
	}
	return err
}

// insertRun makes a transaction.
func (a *applier) insertRun(arrow *paceline.Arrow[paceline.RunState], r *paceline.Run) error {
	_, err := a.exec(sqlInsertRun, r.Num, r.Partner, r.Account, r.Root, r.Cycle, r.Version, r.DueAt, r.Parent, r.CreatedAt, int(r.Split), int(arrow.To))
	return err
}
