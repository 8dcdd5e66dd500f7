package tenant

import (
	"context"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
)

// Broker returns what opens secrets, for the rooms that make calls with them. While the operator has locked credentials it
// opens none, on every server of the installation.
func (t *Tenant) Broker() *seal.Broker { return t.broker }

// credentialLock is what this process knows of the operator's lock.
type credentialLock struct {
	known atomic.Pointer[knownLock]
}

type knownLock struct {
	locked bool
	until  time.Time // when it is looked at again
}

const (
	// lockedRetry is when those may try again who find credentials locked.
	lockedRetry = 15 * time.Second
	// lockPatience is how long the database may take to tell: calls and health checks wait for it.
	lockPatience = 2 * time.Second
)

// mayOpen refuses while credentials are locked. It is on every call's path: the database is asked every few seconds alone. One
// that does not answer changes nothing.
func (t *Tenant) mayOpen(ctx context.Context) error {
	now := t.clock.Now()
	known := t.lock.known.Load()
	if known == nil || !now.Before(known.until) {
		locked := known != nil && known.locked
		asking, done := context.WithTimeout(ctx, lockPatience)
		err := t.store.Read(asking, func(tx *store.Tx) (err error) {
			locked, err = tx.CredentialsLocked()
			return err
		})
		done()
		if err != nil && known == nil {
			return err
		}
		next := &knownLock{locked, now.Add(recheck)}
		// Not over what LockCredentials or Forget have left meanwhile.
		if t.lock.known.CompareAndSwap(known, next) {
			known = next
		} else if known = t.lock.known.Load(); known == nil {
			known = next
		}
	}
	if known.locked {
		return paceline.Fail(paceline.CodeCredentialsLocked).In(lockedRetry)
	}
	return nil
}

// LockCredentials makes that no server of the installation opens a secret any more, until it is unlocked: consoles, the API
// and what is stored stay as they are, and steps that call with a credential wait. It reports whether anything changed. It is
// for the command line: no caller's request reaches it.
func (t *Tenant) LockCredentials(ctx context.Context, lock bool) (changed bool, err error) {
	action := "credentials.unlocked"
	if lock {
		action = "credentials.locked"
	}
	err = t.store.InTx(ctx, everywhere, func(tx *store.Tx) error {
		was, err := tx.CredentialsLocked()
		if changed = err == nil && was != lock; !changed {
			return err
		}
		if err := tx.LockCredentials(lock); err != nil {
			return err
		}
		partners, err := tx.Partners()
		for _, p := range partners {
			if err == nil {
				err = audit(tx, paceline.SystemPrincipalOf(p.Num), 0, action, "partner", string(p.ID), "")
			}
		}
		return err
	})
	t.lock.known.Store(nil)
	return changed && err == nil, err
}
