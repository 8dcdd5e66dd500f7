package engine

import (
	"time"

	"paceline/engine/killpoint"
)

// How often the engine looks for what is over its retention, and how much it forgets at once: a chunk
// must not hold the writer for long.
const (
	pruneEvery = 5 * time.Minute
	pruneChunk = 50
)

// pruneLoop forgets what is over its retention, while the writer has nothing else to do.
func (e *Engine) pruneLoop() {
	for {
		timer, stop := e.clock.NewTimer(pruneEvery)
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
