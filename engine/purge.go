package engine

import (
	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// purgeCycles lets go for good what lies in recycle bins for too long, or was thrown out of them, while the writer has
// nothing else to do. A cycle of which something still runs has its turn again later.
func (e *Engine) purgeCycles() {
	err := killpoint.Around(killpoint.Sweep, func() error { return e.store.BeginBin(e.life, e.now()) })
	if err == nil {
		err = killpoint.Around(killpoint.Sweep, func() error {
			_, err := e.store.PurgeTemplates(e.life, e.now())
			return err
		})
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
			err = killpoint.Around(killpoint.Sweep, func() (err error) {
				place, more, err = e.store.PurgeRuns(e.life, c, place, removeChunk)
				return err
			})
		}
		if err == nil {
			err = killpoint.Around(killpoint.Sweep, func() error {
				_, err := e.store.PurgeCycle(e.life, c)
				return err
			})
		}
	}
	if err != nil && e.life.Err() == nil {
		e.log.Error("what was deleted could not be purged", "error", err)
	}
}
