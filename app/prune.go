package app

import (
	"context"
	"time"

	"paceline"
	"paceline/store"
)

// Pruned is what one call of Prune removed. More says that there is more to remove.
type Pruned struct {
	Payloads int // transactions whose payloads went
	Rows     int // transactions that went altogether
	Copies   int // copies of cycles that nothing runs
	Blobs    int // payloads that nothing names
	More     bool
}

// The bounds of one call, so that neither the writer nor the operator waits long.
const (
	pruneAtOnce = 50
	pruneFor    = 20 * time.Second
)

// prune removes what is over its retention, now instead of when the writer is idle.
func (b *Base) prune(ctx context.Context, _ struct{}) (out Pruned, err error) {
	end := b.clock.Now().Add(pruneFor)
	over := func() bool { return b.clock.Now().After(end) }
	now := paceline.ToMicros(b.clock.Now())
	for {
		done, err := b.store.Prune(ctx, now, pruneAtOnce)
		if err != nil {
			return out, err
		}
		out.Payloads += done.Data
		out.Rows += done.Runs
		if !done.Any() {
			break
		}
		if out.More = over(); out.More {
			return out, nil
		}
	}
	for from := int64(0); ; {
		next, removed, err := b.store.PruneCopies(ctx, from, now)
		if err != nil {
			return out, err
		}
		if out.Copies += removed; next == 0 {
			break
		}
		from = next
	}
	for place, more := (store.BlobPlace{}), true; more; {
		var removed int
		if place, removed, more, err = b.store.SweepBlobs(ctx, place, now, pruneAtOnce); err != nil {
			return out, err
		}
		out.Blobs += removed
	}
	return out, nil
}
