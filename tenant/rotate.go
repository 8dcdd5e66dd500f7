package tenant

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/internal/seal"
	"paceline/store"
)

// ring holds the sealer of the installation key. The key may change while the server runs, by this process
// or by another one on the same database: whoever finds that his sealer does not fit calls refresh.
type ring struct {
	mu     sync.Mutex
	sealer *seal.Sealer
	next   *seal.Sealer // of a rotation by this process; whether it is committed the database says
	missed string       // the check value whose key was not found, told once
}

func (r *ring) now() *seal.Sealer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sealer
}

func (r *ring) offer(next *seal.Sealer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next = next
}

// fit puts the sealer in place that belongs to a check value. again may be nil. known is false when none
// does, first when that was not told before.
func (r *ring) fit(check []byte, again func() (*seal.Sealer, error)) (known, first bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range []*seal.Sealer{r.sealer, r.next} {
		if s != nil && s.VerifyCheckValue(check) {
			r.sealer, r.missed = s, ""
			return true, false, nil
		}
	}
	if again != nil {
		var s *seal.Sealer
		if s, err = again(); err == nil && s != nil && s.VerifyCheckValue(check) {
			r.sealer, r.missed = s, ""
			return true, false, nil
		}
	}
	first = r.missed != string(check)
	r.missed = string(check)
	return false, first, err
}

// ErrKeyRotated says that another process has rotated the installation key and this one has not got the
// new one: it serves from what it has opened before, and nothing else.
var ErrKeyRotated = errors.New("the installation key was rotated: put the new key where this server reads it, or restart the server with it")

// refresh takes up the key that the database expects now. Errors: Unavailable because of ErrKeyRotated.
func (t *Tenant) refresh(ctx context.Context) error {
	var in store.Installation
	err := t.store.Read(ctx, func(tx *store.Tx) (err error) {
		in, _, err = tx.Installation()
		return err
	})
	if err != nil {
		return fmt.Errorf("read the check value of the installation key: %w", err)
	}
	known, first, err := t.installation.ring.fit(in.KeyCheck, t.installation.Again)
	if known {
		return nil
	}
	if first {
		t.logger.Error(ErrKeyRotated.Error(), "cause", err)
	}
	return paceline.Fail(paceline.CodeBusy).Because(errors.Join(ErrKeyRotated, err))
}

// errKeyChanged ends a transaction that was about to store a key under a wrapping of yesterday.
var errKeyChanged = errors.New("the installation key was rotated meanwhile")

// wrapping runs f, which wraps a new key and stores it in a transaction that begins with checkKey; when the
// installation key was rotated in between, f runs again with the new one.
func (t *Tenant) wrapping(ctx context.Context, f func(*seal.Sealer) error) error {
	for try := 0; ; try++ {
		err := f(t.installation.ring.now())
		if !errors.Is(err, errKeyChanged) {
			return err
		}
		if try == 5 { // somebody rotates without end
			return paceline.Fail(paceline.CodeBusy).Because(err)
		}
		if err := t.refresh(ctx); err != nil {
			return err
		}
	}
}

// checkKey makes sure that what sealer has wrapped may be stored. The transaction holds a partner's lock or
// the installation's, both of which a rotation takes too.
func checkKey(tx *store.Tx, sealer *seal.Sealer) error {
	in, _, err := tx.Installation()
	if err == nil && !sealer.VerifyCheckValue(in.KeyCheck) {
		err = errKeyChanged
	}
	return err
}

// unwrapped opens a wrapped key that read finds; nil when there is none. A key that was wrapped anew between
// the look at the ring and the read is read again.
func (t *Tenant) unwrapped(ctx context.Context, read func(*store.Tx) ([]byte, bool, error)) (*seal.Key, error) {
	for try := 0; ; try++ {
		sealer := t.installation.ring.now()
		var sealed []byte
		var found bool
		err := t.store.Read(ctx, func(tx *store.Tx) (err error) {
			sealed, found, err = read(tx)
			return err
		})
		if err != nil || !found {
			return nil, err
		}
		key, err := sealer.Unwrap(sealed)
		if !errors.Is(err, seal.ErrWrongKey) || try == 5 {
			return key, err
		}
		if err := t.refresh(ctx); err != nil {
			return nil, err
		}
	}
}

// ErrKeySame says that a rotation was asked for to the key in use.
var ErrKeySame = errors.New("the new key is the installation key in use")

// RotateInstallationKey wraps every key again with next, which the database and this room expect from then
// on. The keys themselves, and so what they seal, stay as they are. It returns the number of keys.
//
// Everything goes on meanwhile. One transaction does it, whatever the number of accounts, as the database
// must never hold keys under two wrappings. Other servers on the
// database go on with the keys that they have open, and with all once they find the new key
// (Installation.Again). It is for the command line: no caller's request reaches it. Errors: ErrKeySame;
// ErrKeyWrong when this room's key is not the database's.
func (t *Tenant) RotateInstallationKey(ctx context.Context, next *seal.Sealer) (int, error) {
	if err := t.refresh(ctx); err != nil {
		return 0, err
	}
	old := t.installation.ring.now()
	t.installation.ring.offer(next)
	var n int
	err := t.store.InTx(ctx, everywhere, func(tx *store.Tx) error {
		n = 0
		in, found, err := tx.Installation()
		switch {
		case err != nil:
			return err
		case !found || !old.VerifyCheckValue(in.KeyCheck):
			return ErrKeyWrong
		case next.VerifyCheckValue(in.KeyCheck):
			return ErrKeySame
		}
		for _, list := range []func() ([]store.WrappedKey, error){tx.WrappedPartnerKeys, tx.WrappedAccountKeys} {
			keys, err := list()
			if err != nil {
				return err
			}
			for _, was := range keys {
				// Wrapping is one AES block chain over 32 bytes: cheap enough for inside the transaction.
				sealed, err := old.Rewrap(was.Sealed, next)
				if err != nil {
					return fmt.Errorf("key of partner %d account %d: %w", was.Partner, was.Account, err)
				}
				replaced, err := tx.ReplaceKey(was, sealed)
				if err != nil {
					return err
				}
				if replaced { // otherwise its account was deleted this instant
					n++
				}
			}
		}
		partners, err := tx.Partners()
		if err != nil {
			return err
		}
		for _, p := range partners {
			if err := audit(tx, paceline.SystemPrincipalOf(p.Num), 0, "installation_key.rotated", "partner", string(p.ID), ""); err != nil {
				return err
			}
		}
		err = tx.SetKeyCheck(next.CheckValue())
		killpoint.Pass(killpoint.RotateBeforeCommit)
		return err
	})
	if err != nil {
		return 0, err
	}
	killpoint.Pass(killpoint.RotateAfterCommit)
	return n, t.refresh(ctx)
}
