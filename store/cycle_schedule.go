package store

import "paceline"

// SetSchedule makes a polled cycle due at a time. The latest slot that it has filled stays, so that no
// slot is filled twice however often a cycle is started.
func (tx *Tx) SetSchedule(c paceline.Cycle, due paceline.Micros) error {
	_, err := tx.exec(`INSERT INTO schedule (cycle_num, partner_id, account_id, root_id, slot, next_due)
		VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (cycle_num) DO UPDATE SET next_due = excluded.next_due`,
		c.Num, c.Partner, c.Account, c.Root, due)
	return err
}

// ClearSchedule takes a cycle from the schedule; its latest slot stays known.
func (tx *Tx) ClearSchedule(c paceline.Cycle) error {
	_, err := tx.exec(`UPDATE schedule SET next_due = $1 WHERE partner_id = $2 AND account_id = $3 AND cycle_num = $4`,
		endOfTime, c.Partner, c.Account, c.Num)
	return err
}
