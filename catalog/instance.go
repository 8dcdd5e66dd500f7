package catalog

import (
	"context"

	"paceline"
	"paceline/connector"
	"paceline/internal/memo"
	"paceline/store"
)

// maxInstances bounds the opened account connectors in memory.
const maxInstances = 4096

// instanceKey names an account connector as an account uses it: its own, or its parent's.
type instanceKey struct {
	account int64
	id      int32
}

type instanceCache struct {
	cache  *memo.Cache[instanceKey, *connector.Instance]
	shared *sharedCache
}

func newInstanceCache() *instanceCache {
	return &instanceCache{memo.New[instanceKey, *connector.Instance](maxInstances), newSharedCache()}
}

func (c *instanceCache) forget(id int32) {
	c.cache.ForgetIf(func(k instanceKey) bool { return k.id == id })
}

func (c *instanceCache) forgetAccount(account int64) {
	c.cache.ForgetIf(func(k instanceKey) bool { return k.account == account })
}

func (c *instanceCache) clear() {
	c.cache.ForgetIf(func(instanceKey) bool { return true })
	c.shared.clear()
}

// Forget drops all account connectors, releases and choices from memory: another node may have changed them.
func (r *Room) Forget() {
	r.instances.clear()
	r.releases.ForgetAll()
	r.lookups.ForgetIf(func(lookupKey) bool { return true })
}

// Instance returns an account connector with its secrets opened, for a call in the account of the scope,
// which may use its own and its parent's. It is kept in memory until it changes. Errors: NotFound.
func (r *Room) Instance(ctx context.Context, scope paceline.Scope, id int32) (*connector.Instance, error) {
	return r.instances.cache.Get(ctx, instanceKey{scope.Account, id}, func(ctx context.Context) (*connector.Instance, error) {
		return r.openInstance(ctx, scope, id)
	})
}

// InstanceAt is Instance as the release sees it that a step is pinned to (D-39). Another connector's release is that
// of a step whose account connector was exchanged: NotFound.
func (r *Room) InstanceAt(ctx context.Context, scope paceline.Scope, id int32, release paceline.ReleaseKey) (*connector.Instance, error) {
	inst, err := r.Instance(ctx, scope, id)
	return r.at(ctx, inst, err, release)
}

// ReadInstanceAt is InstanceAt past what is kept in memory: another node may have changed it and told only the one that works for
// the account.
func (r *Room) ReadInstanceAt(ctx context.Context, scope paceline.Scope, id int32, release paceline.ReleaseKey) (*connector.Instance, error) {
	inst, err := r.openInstance(ctx, scope, id)
	return r.at(ctx, inst, err, release)
}

func (r *Room) at(ctx context.Context, inst *connector.Instance, err error, release paceline.ReleaseKey) (*connector.Instance, error) {
	if err != nil || release.Version == inst.Compiled.Version() && release.UID == inst.Compiled.UID() {
		return inst, err
	}
	if release.UID != inst.Compiled.UID() {
		return nil, notFound("Connector")
	}
	rel, err := r.releases.Get(ctx, inst.Partner, release.UID, release.Version)
	if err != nil {
		return nil, err
	}
	return inst.At(rel.Compiled), nil
}

// InstanceNamed returns the account connector with the name, of the account or else of its parent, for a call that is made
// with its credential. Errors: NotFound; Invalid for one that has no credential.
func (r *Room) InstanceNamed(ctx context.Context, scope paceline.Scope, name string) (*connector.Instance, error) {
	var ac paceline.AccountConnector
	err := r.store.Read(ctx, func(tx *store.Tx) error {
		a, found, err := tx.AccountByNum(scope)
		if err != nil || !found {
			return orNotFound(err, "Account")
		}
		if ac, found, err = tx.AccountConnectorNamed(a, name); err != nil || !found {
			return orNotFound(err, "Account connector")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !ac.Authenticated {
		return nil, paceline.Fail(paceline.CodeNotAuthenticated)
	}
	return r.Instance(ctx, scope, ac.ID)
}

func (r *Room) openInstance(ctx context.Context, scope paceline.Scope, id int32) (*connector.Instance, error) {
	var a paceline.Account
	var ac paceline.AccountConnector
	err := r.store.Read(ctx, func(tx *store.Tx) error {
		var found bool
		var err error
		if a, found, err = tx.AccountByNum(scope); err != nil || !found {
			return orNotFound(err, "Account")
		}
		if ac, found, err = tx.AccountConnector(a, id); err != nil || !found {
			return orNotFound(err, "Account connector")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r.instanceOf(ctx, a, ac)
}

// instanceOf opens the secrets of an account connector that the account sees.
func (r *Room) instanceOf(ctx context.Context, a paceline.Account, ac paceline.AccountConnector) (*connector.Instance, error) {
	rel, err := r.releases.Get(ctx, ac.Partner, ac.Release.UID, ac.Release.Version)
	if err != nil {
		return nil, err
	}
	inst := &connector.Instance{
		Account: ac.Account, Partner: ac.Partner, Root: a.Root, ID: ac.ID, Compiled: rel.Compiled,
		Auth: rel.Compiled.Auth(ac.Authentication), Properties: make(map[string]string, len(ac.Properties)), Version: ac.Version,
	}
	if inst.AuthValue, err = r.openAuth(ctx, ac); err != nil {
		return nil, err
	}
	for _, p := range ac.Properties {
		value, err := r.plainProperty(ctx, ac, p)
		if err != nil {
			return nil, err
		}
		if value == nil {
			continue
		}
		inst.Properties[p.Name] = *value
		if p.Secret {
			inst.Secrets = append(inst.Secrets, *value)
		}
	}
	if err := r.ofPartner(ctx, rel, inst); err != nil {
		return nil, err
	}
	inst.Client, err = r.client(ctx, rel, inst)
	return inst, err
}
