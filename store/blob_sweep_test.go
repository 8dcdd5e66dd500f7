package store

import (
	"testing"
	"time"

	"paceline"
)

// TestSweepBlobs: an old blob that nothing names goes, with its bytes; one that a row names, or that belongs to a
// live transaction, stays, and so does a new one.
func TestSweepBlobs(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c, scope := f.cycles[0], paceline.Scope{Partner: 1, Account: 1}
		live, ended := f.start(t, c), f.start(t, c)
		now := paceline.ToMicros(s.clock.Now())
		old := now.Add(-25 * time.Hour)
		put := func(run int64, at paceline.Micros) paceline.ID {
			id := paceline.NewID(s.clock.Now())
			err := s.InTx(t.Context(), scope, func(tx *Tx) error {
				if err := tx.InsertBlob(scope, Blob{ID: id, Run: run, Cycle: c.Num, CreatedAt: at}); err != nil {
					return err
				}
				return tx.PutBlobChunk(scope, id, 0, make([]byte, 100))
			})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		kept := []paceline.ID{put(live, old), put(ended, old), put(ended, now)}
		gone := []paceline.ID{put(ended, old), put(f.runNum(t), old), put(ended, old)}
		op := f.advance(c, ended, 1, paceline.RunCompleted, nil)
		op.Advance.Rows[0].Output = paceline.Output{Blob: string(kept[1])}
		f.mustSubmit(t, op)

		removed := 0
		for place, more := (BlobPlace{}), true; more; {
			var n int
			var err error
			if place, n, more, err = s.SweepBlobs(t.Context(), place, now, 2); err != nil {
				t.Fatal(err)
			}
			removed += n
		}
		if removed != len(gone) {
			t.Errorf("%d were removed, want %d", removed, len(gone))
		}
		err := s.Read(t.Context(), func(tx *Tx) error {
			for _, id := range kept {
				if _, found, err := tx.BlobChunk(scope, id, 0); err != nil || !found {
					t.Errorf("%s is gone: %v", id, err)
				}
			}
			for _, id := range gone {
				if _, found, err := tx.Blob(scope, id); err != nil || found {
					t.Errorf("%s is still there: %v", id, err)
				}
			}
			counted, err := tx.StoredBytes(scope)
			if err != nil {
				return err
			}
			real, err := tx.StoredBytesOfRows(scope)
			if counted != real || counted != 2*7+300 {
				t.Errorf("%d bytes are counted, %d stored", counted, real)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
