package catalog

import (
	"context"
	"slices"
	"sync"
	"weak"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/internal/memo"
	"paceline/store"
)

// maxInstances bounds the account connectors in memory.
const maxInstances = 4096

// instanceKey names an account connector as an account uses it: its own, or its parent's.
type instanceKey struct {
	account int64
	id      int32
}

type instanceCache struct {
	cache  *memo.Cache[instanceKey, *kept]
	shared *sharedCache
}

func newInstanceCache() *instanceCache {
	return &instanceCache{memo.New[instanceKey, *kept](maxInstances), newSharedCache()}
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
// which may use its own and its parent's. Whoever makes the call keeps it as long as that; the memory keeps it sealed.
// Errors: NotFound; Unavailable while credentials are locked.
func (r *Room) Instance(ctx context.Context, scope paceline.Scope, id int32) (*connector.Instance, error) {
	k, err := r.instances.cache.Get(ctx, instanceKey{scope.Account, id}, func(ctx context.Context) (*kept, error) {
		return r.keep(ctx, scope, id)
	})
	if err != nil {
		return nil, err
	}
	return k.instance(ctx, r)
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
	k, err := r.keep(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	inst, err := k.instance(ctx, r)
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

// keep reads an account connector that the account sees.
func (r *Room) keep(ctx context.Context, scope paceline.Scope, id int32) (*kept, error) {
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
	return r.keptOf(ctx, a, ac)
}

func (r *Room) keptOf(ctx context.Context, a paceline.Account, ac paceline.AccountConnector) (*kept, error) {
	rel, err := r.releases.Get(ctx, ac.Partner, ac.Release.UID, ac.Release.Version)
	if err != nil {
		return nil, err
	}
	k := &kept{ac: ac, root: a.Root, rel: rel, auth: rel.Compiled.Auth(ac.Authentication), memory: connector.NewMemory()}
	err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
		if k.partner, err = readOfPartner(tx, rel, ac.Partner); err == nil && usesApp(rel, k.auth) {
			k.app, err = readApp(tx, rel, ac.Partner)
		}
		return err
	})
	return k, err
}

// instanceOf opens an account connector that the account sees, as it is or is going to be.
func (r *Room) instanceOf(ctx context.Context, a paceline.Account, ac paceline.AccountConnector) (*connector.Instance, error) {
	k, err := r.keptOf(ctx, a, ac)
	if err != nil {
		return nil, err
	}
	return k.instance(ctx, r)
}

// kept is an account connector as the memory keeps it: with all secrets sealed. Calls alone hold what is opened of it; while
// one does, others share it.
type kept struct {
	ac      paceline.AccountConnector
	root    int64
	rel     *cycle.Release
	auth    *connector.Auth
	partner ofPartner
	app     ownApp
	memory  *connector.Memory // what its calls remember for the next ones
	address bool              // it is a shared address, which uses the partner's app alone

	mu    sync.Mutex
	open  weak.Pointer[connector.Instance]
	plain *connector.Instance // of one without secrets, which need not be opened anew
}

// secret reports whether there is something to open.
func (k *kept) secret() bool {
	return len(k.ac.AuthSealed) > 0 || len(k.app.SecretSealed) > 0 || k.partner.secret() ||
		slices.ContainsFunc(k.ac.Properties, func(p paceline.Property) bool { return len(p.Sealed) > 0 })
}

func (k *kept) instance(ctx context.Context, r *Room) (*connector.Instance, error) {
	k.mu.Lock()
	inst := k.plain
	shared := inst == nil
	if shared {
		inst = k.open.Value()
	}
	k.mu.Unlock()
	if inst != nil {
		if shared {
			if err := r.broker.Check(ctx); err != nil {
				return nil, err
			}
		}
		return inst, nil
	}
	inst, err := k.opened(ctx, r)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.open.Value(); now != nil { // opened side by side
		return now, nil
	}
	if k.open = weak.Make(inst); !k.secret() {
		k.plain = inst
	}
	return inst, nil
}

// locked reports whether the operator has locked credentials.
func locked(err error) bool { return paceline.CodeOf(err) == paceline.CodeCredentialsLocked }

// opened opens the secrets.
func (k *kept) opened(ctx context.Context, r *Room) (*connector.Instance, error) {
	ac := k.ac
	inst := &connector.Instance{
		Account: ac.Account, Partner: ac.Partner, Root: k.root, ID: ac.ID, Compiled: k.rel.Compiled,
		Auth: k.auth, Properties: make(map[string]string, len(ac.Properties)), Version: ac.Version, Memory: k.memory,
	}
	var err error
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
	if err := r.give(ctx, k.partner, k.rel, inst); err != nil {
		return nil, err
	}
	// The vendor's app is the account connector's own, whole, or else the partner's.
	if id := inst.Properties[connector.PropertyClientID]; !k.address && (id != "" || !usesApp(k.rel, k.auth)) {
		inst.Client = connector.Client{ID: id, Secret: inst.Properties[connector.PropertyClientSecret]}
		return inst, nil
	}
	inst.Client, err = r.openApp(ctx, k.app, ac.Partner)
	return inst, err
}
