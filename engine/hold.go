package engine

import (
	"context"

	"paceline/connector"
)

// restoreHolds holds the calls of account connectors whose remotes had asked to wait before this start.
func (e *Engine) restoreHolds(ctx context.Context) error {
	now := e.now()
	holds, err := e.store.Holds(ctx, now, now.Add(-connector.HoldRemembered))
	if err == nil {
		e.runtime.Restore(holds)
	}
	return err
}
