package store

import (
	"context"
	"time"

	"paceline"
)

// orphanAge is how old a blob is at least that is looked at: what is being written is named by then.
const orphanAge = 24 * time.Hour

// A blob that no row names is left by a delivery that was not accepted, or by a step that ended before its output
// did. A live run may name it yet, a file goes with its run, and a step that did not come to its end may be gone on with.
const (
	sqlOldBlobs = `SELECT b.id, b.created_at, b.partner_id, b.account_id, b.cycle_num,
		CASE WHEN EXISTS (SELECT 1 FROM run r WHERE r.num = b.run AND (r.state = 0 OR b.file = 1))
			OR EXISTS (SELECT 1 FROM step s WHERE s.id >= b.run * 1048576 AND s.id < (b.run + 1) * 1048576 AND s.blob = b.id)
			OR EXISTS (SELECT 1 FROM step s WHERE s.id >= b.run * 1048576 AND s.id < (b.run + 1) * 1048576 AND s.progress IS NOT NULL AND s.state NOT IN (0, 3))
			OR EXISTS (SELECT 1 FROM arrival a WHERE a.run = b.run AND a.blob = b.id) THEN 1 ELSE 0 END
		FROM blob b WHERE b.created_at <= $1 AND (b.created_at > $2 OR b.created_at = $2 AND b.id > $3) ORDER BY b.created_at, b.id LIMIT $4`
	sqlBlobBytes   = `SELECT CAST(COALESCE(SUM(LENGTH(c.bytes)), 0) AS BIGINT) FROM blob_chunk c WHERE c.blob = $1`
	sqlSweepChunks = `DELETE FROM blob_chunk WHERE blob = $1`
	sqlSweepBlob   = `DELETE FROM blob WHERE id = $1`
)

// BlobPlace is where a sweep goes on; the zero value begins it.
type BlobPlace struct {
	At paceline.Micros
	ID paceline.ID
}

// SweepBlobs looks at the next n old blobs and removes those that nothing names. It returns where to go on, and
// false once all were looked at.
func (s *Store) SweepBlobs(ctx context.Context, from BlobPlace, now paceline.Micros, n int) (next BlobPlace, removed int, more bool, err error) {
	type blob struct {
		id    paceline.ID
		scope paceline.Scope
		cycle int64
	}
	defer s.enter("InTx")()
	err = s.inTx(ctx, paceline.Scope{}, true, s.measured(func(tx *Tx) error {
		var orphans []blob
		seen := 0
		next = from
		err := tx.query(sqlOldBlobs, []any{now.Add(-orphanAge), from.At, from.ID, n}, func(r *Row) error {
			seen++
			next = BlobPlace{r.Micros(1), r.ID(0)}
			if !r.Bool(5) {
				orphans = append(orphans, blob{r.ID(0), paceline.Scope{Partner: r.Int(2), Account: r.Int(3)}, r.Int(4)})
			}
			return nil
		})
		more, removed = seen == n, len(orphans)
		gone := freed{}
		for _, b := range orphans {
			if err != nil {
				return err
			}
			if gone[b.cycle] == nil {
				gone[b.cycle] = &freedOf{scope: b.scope}
			}
			_, err = tx.one(sqlBlobBytes, []any{b.id}, func(r *Row) { gone[b.cycle].bytes += r.Int(0) })
			if err == nil {
				err = tx.each(statement{sqlSweepChunks, []any{b.id}}, statement{sqlSweepBlob, []any{b.id}})
			}
		}
		if err != nil {
			return err
		}
		return gone.write(tx)
	}))
	return next, removed, more, err
}
