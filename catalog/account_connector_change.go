package catalog

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// alteration is what a change makes of an account connector.
type alteration struct {
	to         paceline.AccountConnector          // as it is to be, with its properties
	release    *cycle.Release                     // the one of to
	properties func(tx *store.Tx) error           // stores the properties that change; nil for none
	drops      bool                               // the credential of before is given up, of which its vendor is told
	later      bool                               // by the sweep, not by who asks for the change
	events     []struct{ action, comment string } // for the audit log; without any there is nothing to change
}

func (x *alteration) event(action, comment string) {
	x.events = append(x.events, struct{ action, comment string }{action, comment})
}

// alter changes the account's own connector to what prepare makes of it. prepare may be asked again, since what it
// was given may have changed before the commit: a token is renewed, for example. In the same commit go whose events
// it receives at shared addresses; the credential, where another host would get it (D-38); the stop of the cycles
// that use it when it is no longer authenticated; and what the vendor is told of a credential that is given up.
// Errors: NotFound; Forbidden for the parent's; Invalid for a name in use.
func (r *Room) alter(ctx context.Context, p paceline.Principal, a paceline.Account, id int32,
	prepare func(ac paceline.AccountConnector, rel *cycle.Release) (alteration, error)) error {
	return unlessMeanwhile(func() error {
		ac, rel, err := r.findOwn(ctx, p, a, id)
		if err != nil {
			return err
		}
		x, err := prepare(ac, rel)
		if err != nil || len(x.events) == 0 {
			return err
		}
		return r.alterTo(ctx, p, a, ac, rel, x)
	})
}

// errMeanwhile says that an account connector was changed between the preparation of a change and its commit.
var errMeanwhile = errors.New("the account connector was changed meanwhile")

// unlessMeanwhile makes a change again that was overtaken.
func unlessMeanwhile(change func() error) error {
	const tries = 10
	for try := 1; ; try++ {
		err := change()
		if !errors.Is(err, errMeanwhile) {
			return err
		}
		if try == tries {
			return paceline.Fail(paceline.CodeBusy).Because(err)
		}
	}
}

func (r *Room) alterTo(ctx context.Context, p paceline.Principal, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release, x alteration) error {
	ready, err := r.prepareAlteration(ctx, a, ac, rel, x)
	if err != nil {
		return err
	}
	if err := r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error { return ready.run(tx, p, a) }); err != nil {
		return err
	}
	ready.done(ctx, r)
	return nil
}

// readyAlteration is an alteration of which all is done that takes time: what is left is to store it.
type readyAlteration struct {
	alteration
	was                paceline.AccountConnector
	leave              parting
	keys               []string
	upgraded, resigned bool

	stopped []paceline.Cycle // after run
}

func (r *Room) prepareAlteration(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release, x alteration) (*readyAlteration, error) {
	elsewhere, err := r.elsewhere(ctx, ac, rel, x)
	if err != nil {
		return nil, err
	}
	if elsewhere && len(ac.AuthSealed) > 0 {
		x.drops = true
		if bytes.Equal(x.to.AuthSealed, ac.AuthSealed) { // not one that came with the change
			x.to.AuthSealed, x.to.Authenticated = nil, false
		}
	}
	ready := &readyAlteration{was: ac, upgraded: x.to.Release != ac.Release}
	if x.drops {
		if ready.leave, err = r.prepareFarewell(ctx, a, ac, rel, !x.to.Authenticated); err != nil {
			return nil, err
		}
	}
	ready.alteration = x
	ready.resigned = ready.upgraded || elsewhere || !bytes.Equal(x.to.AuthSealed, ac.AuthSealed)
	ready.keys, err = r.routes(ctx, a, x.to, x.release)
	return ready, err
}

// run stores the alteration, or answers errMeanwhile.
func (x *readyAlteration) run(tx *store.Tx, p paceline.Principal, a paceline.Account) error {
	x.stopped = nil
	now, found, err := tx.AccountConnector(a, x.was.ID)
	if err != nil || !found {
		return orNotFound(err, "Account connector")
	}
	if now.Version != x.was.Version {
		return errMeanwhile
	}
	if err := x.leave.put(tx); err != nil {
		return err
	}
	if x.drops {
		if err := tx.EndSignIns(a.Scope(), x.was.ID); err != nil {
			return err
		}
	}
	if x.properties != nil || x.upgraded {
		if x.properties != nil {
			if err := x.properties(tx); err != nil {
				return err
			}
		}
		if err := putListedFields(tx, a, x.to, x.release); err != nil {
			return err
		}
		if now, _, err = tx.AccountConnector(a, x.was.ID); err != nil {
			return err
		}
	}
	if !sameRow(x.to, x.was) || x.properties == nil {
		to := x.to
		to.Version = now.Version
		stored, err := tx.UpdateAccountConnector(&to)
		if err != nil {
			return err
		}
		if !stored {
			return paceline.Fail(paceline.CodeNameInUse, "name", to.Name)
		}
	}
	if x.upgraded {
		if err := tx.DeleteRoutes(ownerScope(x.was), x.was.ID); err != nil {
			return err
		}
	}
	if err := setRoutes(tx, x.to, x.release, x.keys); err != nil {
		return err
	}
	if x.resigned && x.to.Authenticated {
		if err := armRefresh(tx, x.to, x.release); err != nil {
			return err
		}
	}
	if !x.to.Authenticated {
		if x.stopped, err = cycle.Fail(tx, p, a, x.was.ID); err != nil {
			return err
		}
	}
	for _, e := range x.events {
		if err := audit(tx, p, a.Scope(), e.action, "account_connector", idText(x.was.ID), e.comment); err != nil {
			return err
		}
	}
	return nil
}

// done makes the commit of run known.
func (x *readyAlteration) done(ctx context.Context, r *Room) {
	r.instances.forget(x.was.ID)
	if listsFields(x.release) {
		r.cycles.ForgetAllPlans()
	}
	r.cycles.Changed(ctx, x.stopped...)
	if x.later {
		r.Stopped()
	} else {
		r.say(ctx, x.leave.row)
	}
}

// sameRow reports whether nothing but properties differs.
func sameRow(to, ac paceline.AccountConnector) bool {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	return to.Name == ac.Name && text(to.Description) == text(ac.Description) && to.Authentication == ac.Authentication &&
		to.Authenticated == ac.Authenticated && bytes.Equal(to.AuthSealed, ac.AuthSealed) && to.Release == ac.Release && to.Native == ac.Native
}

// elsewhere reports whether a property that decides on hosts has another value.
func (r *Room) elsewhere(ctx context.Context, ac paceline.AccountConnector, rel *cycle.Release, x alteration) (bool, error) {
	var names []string
	for _, release := range []*cycle.Release{rel, x.release} {
		if release != nil {
			names = append(names, release.Compiled.HostProperties()...)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		before, err := r.valueOf(ctx, ac, name)
		if err != nil {
			return false, err
		}
		after, err := r.valueOf(ctx, x.to, name)
		if err != nil || before != after {
			return err == nil, err
		}
	}
	return false, nil
}

// valueOf returns the value of a property, "" for one that has none.
func (r *Room) valueOf(ctx context.Context, ac paceline.AccountConnector, name string) (string, error) {
	for _, have := range ac.Properties {
		if have.Name != name {
			continue
		}
		value, err := r.plainProperty(ctx, ac, have)
		if err != nil || value == nil {
			return "", err
		}
		return *value, nil
	}
	return "", nil
}
