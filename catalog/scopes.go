package catalog

import (
	"context"
	"slices"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/store"
)

// scopes returns what a person is asked for besides what the definition always asks for.
func (r *Room) scopes(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, inst *connector.Instance) ([]string, error) {
	used, err := r.used(ctx, a, ac)
	return inst.Compiled.Scopes(used), err
}

// ownScopes is what a property asks a vendor for in place of what the cycles need, "" for nothing.
func (r *Room) ownScopes(ctx context.Context, ac paceline.AccountConnector, rel *cycle.Release, auth *connector.Auth) (string, error) {
	if !auth.OAuth2() || auth.Scopes == nil || auth.Scopes.Property == "" {
		return "", nil
	}
	own, err := r.valueOf(ctx, ac, auth.Scopes.Property)
	for _, p := range rel.Definition.Properties {
		if p.Name == auth.Scopes.Property && own == "" && p.Default != nil {
			own = p.Default.Text()
		}
	}
	return own, err
}

// used returns the methods and triggers of an account connector that steps of cycles use, those of sub accounts among
// them. Nothing more is asked of a vendor than what they need.
func (r *Room) used(ctx context.Context, a paceline.Account, ac paceline.AccountConnector) (ids []paceline.ID, err error) {
	var cycles []paceline.Cycle
	err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
		cycles, err = tx.CyclesUsing(ac.Partner, a.Root, ac.ID)
		return err
	})
	for _, c := range cycles {
		for _, s := range c.Flow.Steps {
			if s.AccountConnector == ac.ID && !slices.Contains(ids, s.Method) {
				ids = append(ids, s.Method)
			}
		}
	}
	return ids, err
}
