package catalog

import (
	"context"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// UpgradeConnector moves the account's own connector to the live release of its connector: what it shows, asks for and
// calls on demand is that release's then, and so is whose events of a shared address it receives. Steps stay with the
// release that they are pinned to, whose calls use the credential as before. A way of authentication that the live
// release no longer has drops the credential: its vendor is told, and the cycles that use it stop. One of the live
// release stays as it is. Errors: NotFound; Forbidden for the parent's, and where a value would become one that only
// the partner may set.
func (r *Room) UpgradeConnector(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) (AccountConnector, error) {
	return r.upgradeTo(ctx, p, a, id, nil)
}

// upgradeTo is UpgradeConnector to a release, nil for the live one.
func (r *Room) upgradeTo(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, live *cycle.Release) (AccountConnector, error) {
	err := r.alter(ctx, p, a, id, func(ac paceline.AccountConnector, rel *cycle.Release) (x alteration, err error) {
		if rel == nil {
			return x, notFound("Connector")
		}
		live := live
		if live == nil {
			live, err = r.releaseByID(ctx, inside(p, a), rel.ConnectorID, "")
		}
		if err != nil || live.Key.Version == ac.Release.Version {
			return x, err
		}
		if err := r.store.Read(ctx, func(tx *store.Tx) error { return mayInstall(tx, a, live) }); err != nil {
			return x, err
		}
		for _, property := range ac.Properties { // one typed before the live release made it an id of the vendor
			if err := mayRoute(p, live, property.Name); err != nil && mayRoute(p, rel, property.Name) == nil {
				return x, err
			}
		}
		x.to, x.release = ac, live
		x.to.Release = live.Key
		if x.drops, err = r.authenticationEnds(ctx, ac, rel, live); err != nil {
			return x, err
		}
		if x.drops {
			x.to.Authentication, x.to.AuthSealed = "", nil
			if first := live.Compiled.Auth(""); first != nil {
				x.to.Authentication = first.ID
			}
			x.to.Authenticated = needsNoValue(live, x.to.Authentication)
		}
		x.event("account_connector.upgraded", ac.Release.Version+" to "+live.Key.Version)
		return x, r.withProperties(ctx, p, a, &x, newlySecret(ac, live))
	})
	if err != nil {
		return AccountConnector{}, err
	}
	return r.AccountConnector(ctx, p, a, id)
}

// authenticationEnds reports whether a release has no use for the credential: its entry is gone, is another type by
// now, or takes other values.
func (r *Room) authenticationEnds(ctx context.Context, ac paceline.AccountConnector, rel, live *cycle.Release) (bool, error) {
	was, is := rel.Compiled.Auth(ac.Authentication), live.Compiled.Auth(ac.Authentication)
	switch {
	case was == nil || is == nil:
		return was != is, nil
	case was.ID != is.ID || was.Type != is.Type || was.Grant != is.Grant:
		return true, nil
	case len(ac.AuthSealed) == 0:
		return false, nil
	}
	value, err := r.openAuth(ctx, ac)
	return err == nil && is.Check(value) != nil, err
}

// newlySecret are the properties that are stored in plain text and secret in a release.
func newlySecret(ac paceline.AccountConnector, rel *cycle.Release) (list []PropertyInput) {
	for _, property := range ac.Properties {
		if !property.Secret && property.Value != nil && isSecret(rel, property.Name) {
			list = append(list, PropertyInput{Name: property.Name, Value: property.Value})
		}
	}
	return list
}
