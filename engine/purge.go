package engine

import (
	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// purgeCycles lets go for good what lies in recycle bins for too long, or was thrown out of them, while the writer has
// nothing else to do. A cycle of which something still runs has its turn again later.
func (e *Engine) purgeCycles() {
	killpoint.Pass(killpoint.Sweep)
	err := e.store.BeginBin(e.life, e.now())
	if err == nil {
		_, err = e.store.PurgeTemplates(e.life, e.now())
	}
	for at, num := paceline.Micros(0), int64(0); err == nil && e.life.Err() == nil; {
		var c paceline.Cycle
		var found bool
		if c, found, err = e.store.Purgeable(e.life, e.now(), at, num); err != nil || !found {
			break
		}
		at, num = c.DeletedAt, c.Num
		place, more := store.RunCursor{}, true
		for more && err == nil && e.life.Err() == nil {
			if e.store.Backlog() > 0 {
				return
			}
			killpoint.Pass(killpoint.Sweep)
			place, more, err = e.store.PurgeRuns(e.life, c, place, removeChunk)
		}
		killpoint.Pass(killpoint.Sweep)
		if err == nil {
			_, err = e.store.PurgeCycle(e.life, c)
		}
	}
	if err != nil && e.life.Err() == nil {
		e.log.Error("what was deleted could not be purged", "error", err)
	}
}
