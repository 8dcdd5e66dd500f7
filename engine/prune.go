package engine

import (
	"time"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// pruneChunk is how many transactions are looked at in one write: it must not hold the writer for long.
const pruneChunk = 50

// copiesEvery is how often copies of cycles that nothing refers to any more are looked for.
const copiesEvery = 24 * time.Hour

// pruneLoop forgets what is over its retention, while the writer has nothing else to do.
func (e *Engine) pruneLoop() {
	var copiesDue paceline.Micros
	for {
		timer, stop := e.clock.NewTimer(e.limits.PruneEvery)
		select {
		case <-timer:
		case <-e.life.Done():
			stop()
			return
		}
		if !e.store.OwnsShard(0) {
			continue // one node prunes for all
		}
		for e.life.Err() == nil && e.store.Backlog() == 0 {
			var done store.Pruned
			err := killpoint.Around(killpoint.Prune, func() (err error) {
				done, err = e.store.Prune(e.life, e.now(), pruneChunk)
				return err
			})
			if err != nil && e.life.Err() == nil {
				e.log.Error("data over its retention could not be removed", "error", err)
			}
			if err != nil || !done.Any() {
				break
			}
		}
		if e.store.Backlog() == 0 {
			e.purgeCycles()
		}
		if e.now() >= copiesDue && e.pruneCopies() && e.sweepBlobs() {
			copiesDue = e.now().Add(copiesEvery)
		}
	}
}

// pruneCopies goes through all cycles once and reports whether it came to the end.
func (e *Engine) pruneCopies() bool {
	for from := int64(0); e.life.Err() == nil; {
		var next int64
		err := killpoint.Around(killpoint.Sweep, func() (err error) {
			next, _, err = e.store.PruneCopies(e.life, from, e.now())
			return err
		})
		if err != nil {
			if e.life.Err() == nil {
				e.log.Error("copies of cycles that nothing runs could not be removed", "error", err)
			}
			return false
		}
		if next == 0 {
			return true
		}
		from = next
	}
	return false
}

// sweepBlobs removes the blobs that nothing names, and reports whether it came to the end.
func (e *Engine) sweepBlobs() bool {
	for place, more := (store.BlobPlace{}), true; more; {
		if e.life.Err() != nil {
			return false
		}
		err := killpoint.Around(killpoint.Sweep, func() (err error) {
			place, _, more, err = e.store.SweepBlobs(e.life, place, e.now(), pruneChunk)
			return err
		})
		if err != nil {
			if e.life.Err() == nil {
				e.log.Error("payloads that nothing names could not be removed", "error", err)
			}
			return false
		}
	}
	return true
}
