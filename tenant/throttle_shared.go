package tenant

import (
	"context"
	"crypto/sha256"
	"time"

	"paceline"
	"paceline/store"
)

// Of several nodes each may be asked to sign the same person in: they count failures together, in the database. A server that is
// alone counts in memory.

func (k throttleKey) scope() paceline.Scope { return paceline.Scope{Partner: k.partner} }

func (k throttleKey) hash() []byte {
	sum := sha256.Sum256([]byte(k.name))
	return sum[:16]
}

// signInWait is how long nobody may try to sign in with a name.
func (t *Tenant) signInWait(ctx context.Context, k throttleKey) (wait time.Duration, err error) {
	if !t.store.Shared() {
		return t.signIns.wait(k), nil
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		f, err := tx.SignInFailures(k.scope(), k.hash())
		wait = max(f.Until.Time().Sub(t.clock.Now()), 0)
		return err
	})
	return wait, err
}

// signInFailed counts a failure. It goes on when its caller is gone.
func (t *Tenant) signInFailed(ctx context.Context, k throttleKey) error {
	if !t.store.Shared() {
		t.signIns.failed(k)
		return nil
	}
	return t.store.InTx(context.WithoutCancel(ctx), k.scope(), func(tx *store.Tx) error {
		f, err := tx.SignInFailures(k.scope(), k.hash())
		if err != nil {
			return err
		}
		now := t.clock.Now()
		more := failures{f.Count, f.Until.Time(), f.Last.Time()}.more(now, k.free())
		return tx.PutSignInFailures(k.scope(), k.hash(), store.SignInFailures{
			Count: more.count, Until: paceline.ToMicros(more.until), Last: paceline.ToMicros(more.last),
		}, paceline.ToMicros(now.Add(-forgetAfter)))
	})
}

// signInSucceeded forgets the failures.
func (t *Tenant) signInSucceeded(ctx context.Context, k throttleKey) error {
	if !t.store.Shared() {
		t.signIns.succeeded(k)
		return nil
	}
	var f store.SignInFailures
	err := t.store.Read(ctx, func(tx *store.Tx) (err error) {
		f, err = tx.SignInFailures(k.scope(), k.hash())
		return err
	})
	if err != nil || f.Count == 0 {
		return err
	}
	return t.store.InTx(ctx, k.scope(), func(tx *store.Tx) error { return tx.DeleteSignInFailures(k.scope(), k.hash()) })
}
