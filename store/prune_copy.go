package store

import (
	"context"
	"slices"
	"time"

	"paceline"
)

// copyKept is how long a copy that no longer runs stays at least: what is being accepted or read is over by then.
const copyKept = 24 * time.Hour

// copiesAtOnce bounds what one call removes; the next round finds the rest.
const copiesAtOnce = 200

// The statements work on cycles of all accounts by their numbers; no caller's request reaches them.
const (
	// A cycle with copies that do not run any more. Versions only rise: such a copy gets no new run.
	sqlOldCopies = `SELECT c.num FROM cycle c WHERE c.num > $1 AND EXISTS (SELECT 1 FROM cycle_run k
		WHERE k.cycle_num = c.num AND k.created_at <= $2 AND (k.version <> c.run_version OR c.state = 6)) ORDER BY c.num LIMIT 1`
	sqlCopies = `SELECT k.version FROM cycle_run k WHERE k.cycle_num = $1 AND k.created_at <= $2
		AND NOT EXISTS (SELECT 1 FROM cycle c WHERE c.num = k.cycle_num AND c.run_version = k.version AND c.state <> 6)
		ORDER BY k.version`
	sqlVersionsInUse = `SELECT DISTINCT version FROM run WHERE cycle_num = $1`
	sqlDeleteCopy    = `DELETE FROM cycle_run WHERE cycle_num = $1 AND version = $2`
)

// PruneCopies removes the copies (D-7) of the next cycle after the number from that no longer run, nor are
// what a stored run ran. It returns that cycle's number, for the next call, or 0 when there is none left.
func (s *Store) PruneCopies(ctx context.Context, from int64, now paceline.Micros) (next int64, n int, err error) {
	before := now.Add(-copyKept)
	var old []int64
	err = s.Read(ctx, func(tx *Tx) error {
		number := func(into *[]int64) func(*Row) error {
			return func(r *Row) error {
				*into = append(*into, r.Int(0))
				return nil
			}
		}
		if _, err := tx.one(sqlOldCopies, []any{from, before}, func(r *Row) { next = r.Int(0) }); err != nil || next == 0 {
			return err
		}
		var used []int64
		if err := tx.query(sqlCopies, []any{next, before}, number(&old)); err != nil {
			return err
		}
		if err := tx.query(sqlVersionsInUse, []any{next}, number(&used)); err != nil {
			return err
		}
		old = slices.DeleteFunc(old, func(version int64) bool { return slices.Contains(used, version) })
		return nil
	})
	old = old[:min(len(old), copiesAtOnce)]
	if err != nil || len(old) == 0 {
		return next, 0, err
	}
	defer s.enter("InTx")()
	err = s.inTx(ctx, paceline.Scope{}, true, s.measured(func(tx *Tx) error {
		for _, version := range old {
			if _, err := tx.exec(sqlDeleteCopy, next, version); err != nil {
				return err
			}
		}
		return nil
	}))
	return next, len(old), err
}
