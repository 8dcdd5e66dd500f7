package engine

import (
	"context"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// inTx commits in a transaction of the database of its own, at a site that the kill tests know. What belongs to a run goes by
// the store's ops instead.
func (e *Engine) inTx(ctx context.Context, scope paceline.Scope, site killpoint.Site, f func(tx *store.Tx) error) error {
	return killpoint.Around(site, func() error { return e.store.InTx(ctx, scope, f) })
}

// Holds keeps the holds of account connectors in the store.
type Holds struct{ Store *store.Store }

// SaveHold returns once the hold is durable.
func (h Holds) SaveHold(ctx context.Context, hold paceline.ConnectorHold) error {
	return killpoint.Around(killpoint.Hold, func() error { return h.Store.SaveHold(ctx, hold) })
}
