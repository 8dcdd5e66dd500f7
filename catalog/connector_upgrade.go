package catalog

import (
	"context"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// UpgradeConnector moves the account's own connector to the live release of its connector: what it shows, asks for and
// calls on demand is that release's then. Steps stay with the release that they are pinned to, whose calls use the
// credential as before. An entry of auth that the live release no longer has drops the credential and stops the cycles
// that use it. One of the live release stays as it is. Errors: NotFound; Forbidden for the parent's,
// and where a value would become one that only the partner may set.
func (r *Room) UpgradeConnector(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) (AccountConnector, error) {
	ac, rel, err := r.findOwn(ctx, p, a, id)
	if err != nil {
		return AccountConnector{}, err
	}
	if rel == nil {
		return AccountConnector{}, notFound("Connector")
	}
	live, err := r.releaseByID(ctx, p, rel.ConnectorID, "")
	if err != nil {
		return AccountConnector{}, err
	}
	if live.Key == ac.Release || live.Key.Version == ac.Release.Version {
		return r.AccountConnector(ctx, p, a, id)
	}
	for _, property := range ac.Properties { // one typed before the live release made it an id of the vendor
		if err := mayRoute(p, live, property.Name); err != nil && mayRoute(p, rel, property.Name) == nil {
			return AccountConnector{}, err
		}
	}
	var stopped []paceline.Cycle
	err = r.changeOwn(ctx, a, id, func(tx *store.Tx, now *paceline.AccountConnector) error {
		stopped = nil
		was := now.Release.Version
		now.Release = live.Key
		if auth := live.Compiled.Auth(now.Authentication); auth == nil && now.Authentication != "" {
			now.Authentication, now.AuthSealed = "", nil
			if first := live.Compiled.Auth(""); first != nil {
				now.Authentication = first.ID
			}
			now.Authenticated = needsNoValue(live, now.Authentication)
			if !now.Authenticated {
				if stopped, err = cycle.Fail(tx, p, a, id); err != nil {
					return err
				}
			}
		}
		return audit(tx, p, a.Scope(), "account_connector.upgraded", "account_connector", idText(id), was+" to "+live.Key.Version)
	})
	if err != nil {
		return AccountConnector{}, err
	}
	r.cycles.Changed(ctx, stopped...)
	return r.AccountConnector(ctx, p, a, id)
}
