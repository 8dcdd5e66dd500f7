package store

import (
	"context"
	"time"

	"paceline"
)

// BinKept is how long a deleted cycle lies in the recycle bin before it is gone for good.
const BinKept = 90 * 24 * time.Hour

// purgeNow in the place of the time of deletion says that somebody emptied the bin: the cycle goes as soon as nothing of it
// runs, and is listed no more.
const purgeNow = 1

// DeletedCycle is a cycle in the recycle bin.
type DeletedCycle struct {
	CycleName
	DeletedAt paceline.Micros
}

// DeletedCycles lists an account's recycle bin, what was deleted last first.
func (tx *Tx) DeletedCycles(scope paceline.Scope, page paceline.Page) (list paceline.List[DeletedCycle], err error) {
	const binned = ` FROM cycle c WHERE c.partner_id = $1 AND c.account_id = $2 AND c.state = 6 AND c.deleted_at > 1`
	args := []any{scope.Partner, scope.Account}
	if list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1`+binned+` LIMIT $3) counted`, args); err != nil {
		return list, err
	}
	err = tx.query(`SELECT c.id, c.name, c.deleted_at`+binned+` ORDER BY c.deleted_at DESC, c.num DESC LIMIT $3 OFFSET $4`,
		append(args, page.Limit(), page.Offset()), func(r *Row) error {
			list.Items = append(list.Items, DeletedCycle{CycleName{r.ID(0), r.Text(1)}, r.Micros(2)})
			return nil
		})
	return list, err
}

// EmptyBin lets deleted cycles of an account go for good: the one with the id, or all with "". It returns how many.
func (tx *Tx) EmptyBin(scope paceline.Scope, id paceline.ID) (int64, error) {
	return tx.exec(`UPDATE cycle SET deleted_at = $4 WHERE partner_id = $1 AND account_id = $2 AND state = 6 AND deleted_at > 1
		AND (CAST($3 AS TEXT) = '' OR id = $3)`, scope.Partner, scope.Account, id, purgeNow)
}

// The statements of purging serve the owner node and work on cycles of all accounts; no caller's request reaches them.
const (
	// Cycles that were deleted before the bin kept the time begin their days in it now.
	sqlBeginBin  = `UPDATE cycle SET deleted_at = $1 WHERE state = 6 AND deleted_at = 0`
	sqlPurgeable = `SELECT c.num, c.partner_id, c.account_id FROM cycle c WHERE c.state = 6 AND c.deleted_at <> 0 AND c.deleted_at <= $1
		AND (c.deleted_at, c.num) > ($2, $3) ORDER BY c.deleted_at, c.num LIMIT 1`
)

// BeginBin starts the time of cycles in the recycle bin that have none yet.
func (s *Store) BeginBin(ctx context.Context, now paceline.Micros) error {
	defer s.enter("InTx")()
	return s.inTx(ctx, paceline.Scope{}, true, s.measured(func(tx *Tx) error {
		_, err := tx.exec(sqlBeginBin, now)
		return err
	}))
}

// Purgeable returns the next cycle, behind the pair (at, num), that is to go for good by now.
func (s *Store) Purgeable(ctx context.Context, now, at paceline.Micros, num int64) (c paceline.Cycle, found bool, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		found, err = tx.one(sqlPurgeable, []any{now.Add(-BinKept), at, num}, func(r *Row) {
			c.Num, c.Partner, c.Account = r.Int(0), r.Int(1), r.Int(2)
		})
		if err == nil && found {
			c, found, err = tx.CycleByNum(c.Num)
		}
		return err
	})
	return c, found, err
}

// PurgeRuns removes up to n transactions of a cycle in the bin that have ended, behind the place from, and returns the
// place it came to, and whether others are left.
func (s *Store) PurgeRuns(ctx context.Context, c paceline.Cycle, from RunCursor, n int) (next RunCursor, more bool, err error) {
	defer s.enter("InTx")()
	err = s.inTx(ctx, scopeOf(c), true, s.measured(func(tx *Tx) error {
		list, err := tx.runsAfter(scopeOf(c), RunFilter{Cycle: c.Num}, from, n)
		if err != nil {
			return err
		}
		gone := freed{}
		for _, r := range list {
			next = RunCursor{CreatedAt: r.CreatedAt, Num: r.Num}
			if _, err := tx.removeRun(r, gone); err != nil {
				return err
			}
		}
		more = len(list) == n
		return gone.write(tx)
	}))
	return next, more, err
}

// PurgeCycle lets a cycle in the bin go for good, unless it has transactions that anybody can see. Its usage stays, under
// its name.
func (s *Store) PurgeCycle(ctx context.Context, c paceline.Cycle) (done bool, err error) {
	if err := s.EraseCycleEntries(ctx, scopeOf(c), c.Num); err != nil {
		return false, err
	}
	err = s.InTx(ctx, scopeOf(c), func(tx *Tx) error {
		done = false
		seen, err := tx.runsAfter(scopeOf(c), RunFilter{Cycle: c.Num}, RunCursor{}, 1)
		if err != nil || len(seen) > 0 {
			return err
		}
		moved, err := tx.exec(`INSERT INTO purged_cycle (num, partner_id, account_id, id, name, purged_at)
			SELECT c.num, c.partner_id, c.account_id, c.id, c.name, CAST($4 AS BIGINT) FROM cycle c
			WHERE c.partner_id = $1 AND c.account_id = $2 AND c.num = $3 AND c.state = 6`, c.Partner, c.Account, c.Num, tx.Now())
		if done = moved > 0; err != nil || !done {
			return err
		}
		for _, sql := range purged {
			if _, err := tx.exec(sql, c.Partner, c.Account, c.Num); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// purged is what goes with a cycle.
var purged = [...]string{
	`DELETE FROM cycle_run WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`DELETE FROM cycle_tag WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`DELETE FROM cycle_step WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`DELETE FROM cycle_connector WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`DELETE FROM webhook WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`DELETE FROM schedule WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`DELETE FROM last_run WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`DELETE FROM step_cursor WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`DELETE FROM delivery WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`DELETE FROM delivery_done WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`DELETE FROM incident WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`UPDATE cycle_counter SET bytes = 0 WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
	`DELETE FROM cycle WHERE partner_id = $1 AND account_id = $2 AND num = $3`,
}

func scopeOf(c paceline.Cycle) paceline.Scope {
	return paceline.Scope{Partner: c.Partner, Account: c.Account}
}
