package store

import (
	"context"
	"encoding/json"

	"paceline"
)

// Removal is a wish to delete transactions that have ended. It is worked off in chunks, and the place that was reached
// is stored with each, so that a crash or a stop loses nothing of it.
type Removal struct {
	ID    int64
	Scope paceline.Scope
}

// sqlNextRemoval serves the node that removes; no caller's request reaches it.
const sqlNextRemoval = `SELECT m.id, m.partner_id, m.account_id FROM removal m WHERE m.id > $1 ORDER BY m.id LIMIT 1`

// NextRemoval returns the first removal behind the one with the id after.
func (s *Store) NextRemoval(ctx context.Context, after int64) (next Removal, found bool, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		found, err = tx.one(sqlNextRemoval, []any{after}, func(r *Row) {
			next = Removal{ID: r.Int(0), Scope: paceline.Scope{Partner: r.Int(1), Account: r.Int(2)}}
		})
		return err
	})
	return next, found, err
}

// InsertRemoval writes down that the transactions of a filter are to be deleted. Those that are live when their turn
// comes stay, and so do those on which a live one depends.
func (tx *Tx) InsertRemoval(scope paceline.Scope, f RunFilter) (m Removal, err error) {
	f.From = RunCursor{}
	text, err := json.Marshal(f)
	if err != nil {
		return m, err
	}
	m = Removal{Scope: scope}
	if m.ID, err = tx.nextNum("removal"); err != nil {
		return m, err
	}
	_, err = tx.exec(`INSERT INTO removal (id, partner_id, account_id, filter, created_at, run) VALUES ($1, $2, $3, $4, 0, 0)`,
		m.ID, scope.Partner, scope.Account, string(text))
	return m, err
}

// Remove looks at the next n transactions of a removal and returns how many it removed, and whether others are left.
// A removed one is seen no more: its data and incidents go at once, with what was split from it behind it, and its rows
// when their usage is sealed. It works on a full disk.
func (s *Store) Remove(ctx context.Context, m Removal, n int) (removed int, more bool, err error) {
	defer s.enter("InTx")()
	err = s.inTx(ctx, m.Scope, true, s.measured(func(tx *Tx) error {
		removed, more = 0, false
		// On PostgreSQL this holds off whoever works on the same removal.
		mine, err := tx.exec(`UPDATE removal SET run = run WHERE partner_id = $1 AND account_id = $2 AND id = $3`, m.Scope.Partner, m.Scope.Account, m.ID)
		if err != nil || mine == 0 {
			return err
		}
		list, err := tx.removable(m, n)
		if err != nil {
			return err
		}
		gone := freed{}
		for _, r := range list {
			done, err := tx.removeRun(r, gone)
			if err != nil {
				return err
			}
			if done {
				removed++
			}
		}
		if err := gone.write(tx); err != nil {
			return err
		}
		if more = len(list) == n; more {
			last := list[n-1]
			_, err = tx.exec(`UPDATE removal SET created_at = $4, run = $5 WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
				m.Scope.Partner, m.Scope.Account, m.ID, last.CreatedAt, last.Num)
			return err
		}
		_, err = tx.exec(`DELETE FROM removal WHERE partner_id = $1 AND account_id = $2 AND id = $3`, m.Scope.Partner, m.Scope.Account, m.ID)
		return err
	}))
	return removed, more, err
}

// removable returns the next n transactions that the removal's filter chooses, the oldest first.
func (tx *Tx) removable(m Removal, n int) (list []paceline.Run, err error) {
	var text string
	var from RunCursor
	_, err = tx.one(`SELECT filter, created_at, run FROM removal WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
		[]any{m.Scope.Partner, m.Scope.Account, m.ID}, func(r *Row) {
			text, from = r.Text(0), RunCursor{CreatedAt: r.Micros(1), Num: r.Int(2)}
		})
	if err != nil {
		return nil, err
	}
	var f RunFilter
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return nil, err
	}
	return tx.runsAfter(m.Scope, f, from, n)
}

// runsAfter returns the next n runs of a filter behind a place, the oldest first.
func (tx *Tx) runsAfter(scope paceline.Scope, f RunFilter, from RunCursor, n int) (list []paceline.Run, err error) {
	where, args := f.where(scope)
	args = append(args, from.CreatedAt, from.Num, n)
	err = tx.query(`SELECT `+runColumns+where+` AND (r.created_at, r.num) > (`+placeholder(len(args)-2)+`, `+placeholder(len(args)-1)+`)
		ORDER BY r.created_at, r.num LIMIT `+placeholder(len(args)), args, func(r *Row) error {
		list = append(list, scanRun(r))
		return nil
	})
	return list, err
}

// removeRun removes a run of the scope's account, unless it is live or a live one depends on it. What was split from it
// becomes a removal of its own.
func (tx *Tx) removeRun(r paceline.Run, gone freed) (bool, error) {
	scope := paceline.Scope{Partner: r.Partner, Account: r.Account}
	needed := r.State == paceline.RunLive
	if !needed {
		var err error
		if needed, err = tx.one(sqlNeeded, []any{scope.Partner, scope.Account, r.Num}, func(*Row) {}); err != nil {
			return false, err
		}
	}
	if needed {
		return false, nil
	}
	if err := gone.add(tx, r.Num); err != nil {
		return false, err
	}
	if r.Split&paceline.SplitParent != 0 {
		if _, err := tx.InsertRemoval(scope, RunFilter{Parent: r.Num, Split: paceline.SplitChild}); err != nil {
			return false, err
		}
	}
	rest := r.EndedAt.Add(rowsKept)
	if rest <= tx.Now() {
		return true, tx.pruneRun(r.Num)
	}
	if err := tx.pruneData(r.Num, rest); err != nil {
		return false, err
	}
	return true, tx.each(
		statement{sqlPruneIncidents, []any{r.Num}},
		statement{`UPDATE run SET pruned = 2 WHERE partner_id = $1 AND account_id = $2 AND num = $3`, []any{scope.Partner, scope.Account, r.Num}},
	)
}

// RemoveRun removes one run; done is false when it is live or a live one depends on it.
func (tx *Tx) RemoveRun(r paceline.Run) (done bool, err error) {
	gone := freed{}
	if done, err = tx.removeRun(r, gone); err == nil && done {
		err = gone.write(tx)
	}
	return done, err
}

// sqlNeeded finds a live run that was split or repeated from a run, or from one of those, or that inherits from it.
const sqlNeeded = `WITH RECURSIVE tree (num, state) AS (
		SELECT c.num, c.state FROM run c WHERE c.partner_id = $1 AND c.account_id + 0 = $2 AND c.parent = $3 AND c.parent <> 0
		UNION ALL SELECT c.num, c.state FROM tree JOIN run c ON c.partner_id = $1 AND c.account_id + 0 = $2 AND c.parent = tree.num AND c.parent <> 0)
	SELECT 1 FROM tree WHERE tree.state = 0
	UNION ALL SELECT 1 FROM inherited h JOIN run heir ON heir.partner_id = $1 AND heir.account_id + 0 = $2 AND heir.num = h.run
		WHERE h.partner_id = $1 AND h.account_id + 0 = $2 AND h.from_run = $3 AND heir.state = 0 LIMIT 1`
