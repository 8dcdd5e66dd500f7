package engine

import (
	"paceline/engine/killpoint"
)

// pruneChunk is how many transactions are looked at in one write: it must not hold the writer for long.
const pruneChunk = 50

// pruneLoop forgets what is over its retention, while the writer has nothing else to do.
func (e *Engine) pruneLoop() {
	for {
		timer, stop := e.clock.NewTimer(e.limits.PruneEvery)
		select {
		case <-timer:
		case <-e.life.Done():
			stop()
			return
		}
		for e.life.Err() == nil && e.store.Backlog() == 0 {
			killpoint.Pass(killpoint.Prune)
			done, err := e.store.Prune(e.life, e.now(), pruneChunk)
			if err != nil && e.life.Err() == nil {
				e.log.Error("data over its retention could not be removed", "error", err)
			}
			if err != nil || !done.Any() {
				break
			}
		}
	}
}
