package tenant

import (
	"context"

	"paceline"
	"paceline/store"
)

// Nodes returns the servers that share the database, with how much waits for each over all partners; none for a server that is
// alone. Errors: Unauthorized, Forbidden.
func (t *Tenant) Nodes(ctx context.Context, p paceline.Principal) ([]store.Node, error) {
	if err := needPartner(p, AreaSettings, paceline.ViewRight); err != nil {
		return nil, err
	}
	return t.store.Nodes(ctx)
}
