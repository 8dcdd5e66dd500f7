package store

import "paceline"

// sqlCyclesToResume serves the scheduler of the owner node, which looks after the cycles of all accounts.
const sqlCyclesToResume = `SELECT ` + cycleColumns + cycleFrom + ` WHERE c.state = 3 OR c.state = 2 AND EXISTS
	(SELECT 1 FROM schedule s WHERE s.cycle_num = c.num AND s.next_due < $1)
	OR c.state NOT IN (1, 2, 3) AND k.in_progress > 0 ORDER BY c.num`

// CyclesToResume returns the cycles that a start must look after: those that are finishing, the active
// ones with a schedule, and the stopped ones with live runs, which a crash may have kept from being ended.
func (tx *Tx) CyclesToResume() (list []paceline.Cycle, err error) {
	err = tx.query(sqlCyclesToResume, []any{endOfTime}, func(r *Row) error {
		c, err := scanCycle(r)
		list = append(list, c)
		return err
	})
	return list, err
}
