package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/store"
)

// Vendors is who asks vendors for tokens; it is the connectors' runtime.
type Vendors interface {
	AuthorizeURL(ctx context.Context, i *connector.Instance, state, verifier, redirect string) (string, error)
	Due(i *connector.Instance) bool
	Obtain(ctx context.Context, i *connector.Instance) (connector.Grant, error)
	ExchangeCode(ctx context.Context, i *connector.Instance, code, verifier, redirect string) (connector.Grant, error)
	Revoke(ctx context.Context, i *connector.Instance) error
	RequestToken(ctx context.Context, i *connector.Instance, callback string) (address, token, secret string, err error)
	AccessToken(ctx context.Context, i *connector.Instance, token, secret, verifier string) (string, error)
}

// AttachVendors tells the room who asks vendors for tokens. Without one nothing is renewed or revoked.
func (r *Room) AttachVendors(v Vendors) { r.vendors = v }

// The times of a renewal: what it may take as a whole, how often another process is asked whether it has
// ended, and how often a new token that can't be stored is tried again while the database is there: an outage it outlives
// for as long as a renewal may take.
const (
	renewTimeout = 90 * time.Second
	leasePause   = 100 * time.Millisecond
	saveTries    = 20
)

// flights are the renewals that are on their way in this process, by account connector.
type flights struct {
	mu    sync.Mutex
	byNum map[int32]*flight
}

type flight struct {
	done chan struct{}
	err  error
}

// Renew returns the account connector with another access token than that of used. Of any number of calls
// at the same time, in any number of processes, one asks the vendor; the new token is stored before anybody
// uses it. When the vendor no longer accepts the refresh token, the account connector is no longer
// authenticated and the cycles that use it stop. It is the connector.Renewer of the runtime.
func (r *Room) Renew(ctx context.Context, used *connector.Instance) (*connector.Instance, error) {
	scope := paceline.Scope{Partner: used.Partner, Account: used.Account}
	for {
		now, err := r.Instance(ctx, scope, used.ID)
		if err != nil {
			return nil, err
		}
		if now.AuthValue != used.AuthValue && !r.vendors.Due(now) {
			return now, nil
		}
		f, first := r.flights.join(used.ID)
		if first {
			err = r.flights.land(used.ID, f, func() error { return r.renew(ctx, now) })
			if err != nil {
				return nil, err
			}
			return r.Instance(ctx, scope, used.ID)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if f.err != nil {
			return nil, f.err
		}
	}
}

// join returns the renewal of an account connector, and whether the caller has to make it.
func (f *flights) join(id int32) (*flight, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.byNum[id]; now != nil {
		return now, false
	}
	now := &flight{done: make(chan struct{}), err: errors.New("the renewal did not end")}
	f.byNum[id] = now
	return now, true
}

// land makes the renewal and tells those who wait, also when it panics.
func (f *flights) land(id int32, now *flight, renew func() error) error {
	defer func() {
		f.mu.Lock()
		delete(f.byNum, id)
		f.mu.Unlock()
		close(now.done)
	}()
	now.err = renew()
	return now.err
}

// renew asks the vendor, unless another process has done so since used was read. It goes on when its caller
// is gone: a refresh token that was sent may be used up, so the answer must be stored.
func (r *Room) renew(ctx context.Context, used *connector.Instance) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTimeout)
	defer cancel()
	scope := paceline.Scope{Partner: used.Partner, Account: used.Account}
	holder := paceline.NewSecret(16)
	a, ac, err := r.lease(ctx, scope, used.ID, holder)
	if err != nil {
		return err
	}
	defer r.endLease(ctx, scope, used.ID, holder)
	for again := true; ; again = false {
		inst, err := r.instanceOf(ctx, a, ac)
		if err != nil {
			return err
		}
		if len(ac.AuthSealed) == 0 {
			return &connector.Error{Class: connector.ClassAuth, Code: paceline.CodeAuthFailed, Detail: "The connector is not authenticated.", Told: true}
		}
		if inst.AuthValue != used.AuthValue && !r.vendors.Due(inst) {
			r.instances.forget(ac.ID)
			return nil
		}
		grant, err := r.vendors.Obtain(ctx, inst)
		if err == nil {
			// A refresh token that is new each time never comes to its end.
			warn := grant.RefreshToken == inst.Grant().RefreshToken && grant.EndsSoon(r.clock.Now())
			grant.EndTold = grant.EndTold || warn
			return r.saveGrant(ctx, a, ac, inst, grant, warn)
		}
		if !errors.Is(err, connector.ErrGrantInvalid) {
			return err
		}
		// Somebody may have authenticated anew meanwhile.
		refused, tried := err, ac
		if a, ac, err = r.reread(ctx, scope, used.ID); err != nil {
			return err
		}
		if !again || bytes.Equal(tried.AuthSealed, ac.AuthSealed) {
			return r.grantEnded(ctx, a, tried, refused)
		}
	}
}

// lease waits until no other process renews the account connector and reads it.
func (r *Room) lease(ctx context.Context, scope paceline.Scope, id int32, holder string) (a paceline.Account, ac paceline.AccountConnector, err error) {
	for {
		taken := false
		err = r.store.InTx(ctx, scope, func(tx *store.Tx) error {
			if taken, err = tx.TakeOAuthLease(scope, id, holder, paceline.ToMicros(tx.Time().Add(renewTimeout))); err != nil || !taken {
				return err
			}
			a, ac, err = readOwn(tx, scope, id)
			return err
		})
		if err != nil || taken {
			return a, ac, err
		}
		timer, stop := r.clock.NewTimer(leasePause)
		select {
		case <-timer:
		case <-ctx.Done():
			stop()
			return a, ac, ctx.Err()
		}
	}
}

func (r *Room) endLease(ctx context.Context, scope paceline.Scope, id int32, holder string) {
	err := r.store.InTx(ctx, scope, func(tx *store.Tx) error { return tx.EndOAuthLease(scope, id, holder) })
	if err != nil {
		r.log.Warn("the turn to renew a token ends by itself only", "account connector", id, "error", err)
	}
}

func (r *Room) reread(ctx context.Context, scope paceline.Scope, id int32) (a paceline.Account, ac paceline.AccountConnector, err error) {
	err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
		a, ac, err = readOwn(tx, scope, id)
		return err
	})
	return a, ac, err
}

func readOwn(tx *store.Tx, scope paceline.Scope, id int32) (a paceline.Account, ac paceline.AccountConnector, err error) {
	var found bool
	if a, found, err = tx.AccountByNum(scope); err != nil || !found {
		return a, ac, orNotFound(err, "Account")
	}
	if ac, found, err = tx.AccountConnector(a, id); err != nil || !found {
		return a, ac, orNotFound(err, "Account connector")
	}
	return a, ac, nil
}

// saveGrant stores what the vendor gave in place of what ac holds, and warns of its end. A credential that somebody has
// set meanwhile stays. Where it was given up meanwhile, the vendor is told of the new one as it was of the one before.
func (r *Room) saveGrant(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, inst *connector.Instance, grant connector.Grant, warn bool) error {
	sealed, err := r.seal(ctx, ac, sealedAuth, "", grant.Text())
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		givenUp := false
		err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
			now, found, err := tx.AccountConnector(a, ac.ID)
			if err != nil {
				return err
			}
			givenUp = !found || len(now.AuthSealed) == 0 || now.Authentication != ac.Authentication
			if !bytes.Equal(now.AuthSealed, ac.AuthSealed) {
				return nil
			}
			now.AuthSealed, now.Authenticated = sealed, true
			if _, err = tx.UpdateAccountConnector(&now); err != nil || !warn {
				return err
			}
			using, err := tx.RunningCyclesUsing(a.Partner, a.Root, ac.ID)
			if err != nil {
				return err
			}
			return tellOnce(tx, using, paceline.CodeAuthEnds)
		})
		if errors.Is(err, store.ErrAccountDeleted) || err == nil && givenUp {
			err = errors.Join(err, r.revokeUnkept(ctx, ac, inst, grant.Text(), sealed))
		}
		if err == nil {
			r.instances.forget(ac.ID)
			return nil
		}
		if !mayStoreYet(err) || try == saveTries && paceline.KindOf(err) != paceline.Unavailable {
			return fmt.Errorf("store the token of account connector %d: %w", ac.ID, err)
		}
		// The old refresh token may be used up, so this one must not be lost.
		timer, stop := r.clock.NewTimer(time.Duration(min(try, saveTries)) * leasePause)
		select {
		case <-timer:
		case <-ctx.Done():
			stop()
			return err
		}
	}
}

// mayStoreYet reports whether what could not be stored may be stored yet: not when the account connector is gone, or the
// server ends.
func mayStoreYet(err error) bool {
	if errors.Is(err, store.ErrAccountDeleted) || paceline.CodeOf(err) == paceline.CodeShuttingDown {
		return false
	}
	kind := paceline.KindOf(err)
	return kind == paceline.Internal || kind == paceline.Unavailable
}

// grantEnded makes ac unauthenticated, stops the cycles that use it, and tells each account among theirs
// once.
func (r *Room) grantEnded(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, cause error) error {
	p := paceline.SystemPrincipalOf(a.Partner)
	var stopped []paceline.Cycle
	err := r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		stopped = nil
		now, found, err := tx.AccountConnector(a, ac.ID)
		if err != nil || !found {
			return orNotFound(err, "Account connector")
		}
		if !bytes.Equal(now.AuthSealed, ac.AuthSealed) {
			return nil
		}
		now.AuthSealed, now.Authenticated = nil, false
		if _, err := tx.UpdateAccountConnector(&now); err != nil {
			return err
		}
		if stopped, err = cycle.Fail(tx, p, a, ac.ID); err != nil {
			return err
		}
		if err := tellOnce(tx, stopped, paceline.CodeAuthFailed); err != nil {
			return err
		}
		return audit(tx, p, a.Scope(), "account_connector.deauthenticated", "account_connector", idText(ac.ID), "the vendor no longer accepts the authorization")
	})
	if err != nil {
		return err
	}
	r.instances.forget(ac.ID)
	r.cycles.Changed(ctx, stopped...)
	if failed, ok := errors.AsType[*connector.Error](cause); ok && len(stopped) > 0 {
		failed.Told = true
	}
	return cause
}

// tellOnce records one incident in each account of the cycles, at its first cycle.
func tellOnce(tx *store.Tx, cycles []paceline.Cycle, code paceline.Code) error {
	told := map[int64]bool{}
	for _, c := range cycles {
		if told[c.Account] {
			continue
		}
		told[c.Account] = true
		err := tx.InsertIncident(paceline.Scope{Partner: c.Partner, Account: c.Account}, paceline.Incident{
			Partner: c.Partner, Account: c.Account, Cycle: c.Num, Code: code, Warning: code == paceline.CodeAuthEnds, At: tx.Now(), Notify: true,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
