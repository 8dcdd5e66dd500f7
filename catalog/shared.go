package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/engine"
	"paceline/internal/memo"
	"paceline/store"
)

// PartnerWebhook returns the address at which a vendor sends the events of all accounts of the partner; the
// first call makes it. Errors: Unauthorized; NotFound for a connector without such an address.
func (r *Room) PartnerWebhook(ctx context.Context, p paceline.Principal, ref ConnectorRef) (address string, err error) {
	if err := mayPublish(p); err != nil {
		return "", err
	}
	rel, err := r.resolve(ctx, p, ref)
	if err != nil {
		return "", err
	}
	if len(rel.Compiled.SharedTriggers()) == 0 {
		return "", notFound("Partner webhook")
	}
	identifier, found := "", false
	err = r.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		if identifier, found, err = tx.PartnerWebhook(p.PartnerScope(), rel.Key.UID); err != nil || found {
			return err
		}
		if identifier, err = tx.InsertPartnerWebhook(p.PartnerScope(), rel.Key.UID); err != nil {
			return err
		}
		return audit(tx, p, p.PartnerScope(), "connector.webhook_made", "connector", string(rel.Key.UID), "")
	})
	return r.serviceURL + "/api/partnerwebhook/" + identifier, err
}

// sharedCache keeps what deliveries to shared addresses are judged with, sealed, by address.
type sharedCache struct {
	cache *memo.Cache[string, *kept]
}

func newSharedCache() *sharedCache {
	return &sharedCache{memo.New[string, *kept](maxInstances)}
}

func (c *sharedCache) clear() { c.cache.ForgetIf(func(string) bool { return true }) }

// SharedAddress returns what deliveries to a shared address are judged with: the connector's live release, the
// partner's app and its properties. It implements engine.Shared. Errors: NotFound; Unavailable while credentials are locked.
func (r *Room) SharedAddress(ctx context.Context, identifier string) (*connector.Instance, error) {
	k, err := r.instances.shared.cache.Get(ctx, identifier, func(ctx context.Context) (*kept, error) {
		var partner int64
		var uid paceline.ID
		found := false
		err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
			partner, uid, found, err = tx.PartnerWebhookByIdentifier(identifier)
			return err
		})
		if err != nil || !found {
			return nil, orNotFound(err, "Webhook")
		}
		rows, err := r.liveRows(ctx, paceline.SystemPrincipalOf(partner))
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(rows, func(row store.ConnectorRelease) bool { return row.Key.UID == uid })
		if at < 0 {
			return nil, notFound("Connector")
		}
		rel, err := r.releases.Get(ctx, partner, uid, rows[at].Key.Version)
		if err != nil {
			return nil, err
		}
		k := &kept{ac: paceline.AccountConnector{Partner: partner}, rel: rel, address: true}
		err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
			if k.partner, err = readOfPartner(tx, rel, partner); err == nil {
				k.app, err = readApp(tx, rel, partner)
			}
			return err
		})
		return k, err
	})
	if err != nil {
		return nil, err
	}
	return k.instance(ctx, r)
}

var _ engine.Shared = (*Room)(nil)

// mayRoute refuses, to a caller inside an account, properties that say whose events the account receives at a shared
// address: with another customer's id it would read that customer's.
func mayRoute(p paceline.Principal, rel *cycle.Release, names ...string) error {
	if p.MayPartner() || rel == nil {
		return nil
	}
	for _, name := range names {
		if rel.Compiled.DecidesRoute(name) {
			return paceline.Fail(paceline.CodePartnerProperty, "name", name)
		}
	}
	return nil
}

// routes are the vendor's ids of an account connector as it is to be, for SetRouteKeys.
func (r *Room) routes(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release) ([]string, error) {
	if rel == nil || len(rel.Compiled.SharedTriggers()) == 0 {
		return nil, nil
	}
	inst, err := r.instanceOf(ctx, a, ac)
	if err != nil {
		return nil, err
	}
	return inst.RouteKeys(), nil
}

// setRoutes stores them, and when they are asked for next.
func setRoutes(tx *store.Tx, ac paceline.AccountConnector, rel *cycle.Release, keys []string) error {
	if rel == nil || len(rel.Compiled.SharedTriggers()) == 0 {
		return nil
	}
	return tx.SetRouteKeys(ownerScope(ac), rel.Key.UID, ac.ID, keys)
}

// armRefresh makes the ids be asked for now, where the definition says how.
func armRefresh(tx *store.Tx, ac paceline.AccountConnector, rel *cycle.Release) error {
	if rel == nil {
		return nil
	}
	for _, t := range rel.Compiled.SharedTriggers() {
		if t.RefreshEvery() > 0 {
			return tx.SetRouteRefresh(ownerScope(ac), ac.ID, tx.Now())
		}
	}
	return nil
}

// refreshes bounds the account connectors that one look asks for.
const refreshes = 100

// refreshIDs asks for the ids of account connectors where it is time to.
func (r *Room) refreshIDs(ctx context.Context) error {
	now := r.clock.Now()
	var due []store.DueRefresh
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.DueRefreshes(paceline.ToMicros(now), refreshes)
		return err
	})
	if err != nil {
		return err
	}
	together(due, func(d store.DueRefresh) int32 { return d.AccountConnector }, func(d store.DueRefresh) {
		if failed := r.RefreshIDs(ctx, paceline.Scope{Partner: d.Partner, Account: d.Account}, d.AccountConnector); failed != nil {
			r.log.Warn("the ids of an account connector could not be asked for", "account connector", d.AccountConnector, "error", failed)
		}
	})
	return nil
}

// RefreshIDs asks the vendor for the ids by which shared addresses find an account connector, and keeps them as
// its property.
func (r *Room) RefreshIDs(ctx context.Context, scope paceline.Scope, id int32) error {
	a, ac, err := r.reread(ctx, scope, id)
	if err != nil {
		return err
	}
	rel, err := r.releaseOf(ctx, ac)
	if err != nil || rel == nil {
		return err
	}
	p := paceline.SystemPrincipalOf(a.Partner)
	next := r.clock.Now().Add(hookPauses[len(hookPauses)-1])
	defer func() {
		err := r.store.InTx(ctx, scope, func(tx *store.Tx) error { return tx.SetRouteRefresh(scope, id, paceline.ToMicros(next)) })
		if err != nil {
			r.log.Warn("the next look at ids was not noted", "account connector", id, "error", err)
		}
	}()
	for _, t := range rel.Compiled.SharedTriggers() {
		every := t.RefreshEvery()
		if every == 0 || !ac.Authenticated {
			continue
		}
		method, _ := rel.MethodByID(t.Definition.Route.Refresh.Method)
		var ids []string
		var page *connector.PageState
		for range maxLookupPages {
			result, err := r.call(ctx, a, ac, rel, method, MethodCall{}, page)
			if err != nil {
				return err
			}
			ids = append(ids, t.RefreshedIDs(result.Output)...)
			if page = result.Next; page == nil {
				break
			}
		}
		value := strings.Join(ids, ",")
		if _, err := r.writeProperty(ctx, p, a, id, 0, PropertyInput{Name: t.Definition.Route.Match, Value: &value}); err != nil {
			return fmt.Errorf("keep the ids: %w", err)
		}
		next = r.clock.Now().Add(every)
	}
	return nil
}
