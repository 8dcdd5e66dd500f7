package storefront

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// What runs is paused while it is changed. The server knows of it, so that it runs again also when nobody comes to the end: a page
// may be closed, and a browser may die.
const (
	changeLeftAfter = 10 * time.Minute // without word of the page
	changesEvery    = time.Minute
	changesPage     = 100
)

// Change begins to change an install: what of it runs is paused, to be started again by Finish, by Restore, or by the server when
// nobody is heard of for a while. Errors: NotFound.
func (r *Room) Change(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	in, cycles, err := r.installed(ctx, p, a, id)
	if err != nil || in.FinishedAt == 0 {
		return err
	}
	var running []paceline.ID
	for _, c := range cycles {
		if runs(c) {
			running = append(running, c.ID)
		}
	}
	if len(running) == 0 {
		return r.KeepChange(ctx, p, a, id)
	}
	// It is noted first: what a crash leaves running needs no start.
	err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error { return tx.BeginEmbedChange(a.Scope(), id, running) })
	if err != nil {
		return err
	}
	return r.each(ctx, p, a, in, cycles, stoppedStatus, runs, r.stop(ctx, p, a))
}

// KeepChange says that whoever changes an install is still there. Errors: NotFound.
func (r *Room) KeepChange(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	if _, _, err := r.installed(ctx, p, a, id); err != nil {
		return err
	}
	return r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error { return tx.KeepEmbedChange(a.Scope(), id) })
}

// Restore takes a change back: the values are those with which the install ran, and what ran runs again. Errors: NotFound; Invalid
// for what cannot be started any more, which stays paused.
func (r *Room) Restore(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	in, cycles, err := r.installed(ctx, p, a, id)
	if err != nil || in.ChangingAt == 0 {
		return err
	}
	waits := resumes(in)
	err = r.each(ctx, p, a, in, cycles, startedStatus, waits, func(c cycle.View, within func(*store.Tx) error) error {
		if !waits(c) {
			return nil
		}
		if err := r.putBack(ctx, p, a, c); err != nil {
			return err
		}
		once := c.Flow.Settings.RunOnce
		_, err := r.cycles.Activate(ctx, p, a, c.ID, cycle.Activation{RunOnce: &once, Within: within})
		return err
	})
	if err != nil && paceline.KindOf(err) == paceline.Internal {
		return err // it is tried again
	}
	return errors.Join(err, r.endChange(ctx, a, in))
}

// resumes chooses the cycles that ran before an install was changed, and stand now.
func resumes(in paceline.EmbedInstall) func(cycle.View) bool {
	return func(c cycle.View) bool { return c.State == paceline.CyclePaused && slices.Contains(in.Resumes, c.ID) }
}

// putBack gives the inputs of a cycle the values with which it ran last; what else was edited meanwhile stays.
func (r *Room) putBack(ctx context.Context, p paceline.Principal, a paceline.Account, c cycle.View) error {
	ran, found, err := r.cycles.Ran(ctx, p, a, c.ID)
	if err != nil || !found {
		return err
	}
	for {
		view, err := r.cycles.Get(ctx, p, a, c.ID)
		if err != nil {
			return err
		}
		before := map[string]paceline.Mapping{}
		releases, err := r.releases.Pinned(ctx, a.Partner, ran)
		if err != nil {
			return err
		}
		for _, s := range sections(ran, releases) {
			for _, place := range s.places {
				before[place.Key] = *place.at(&ran)
			}
		}
		if releases, err = r.releases.Pinned(ctx, a.Partner, view.Flow); err != nil {
			return err
		}
		var places []place
		for _, s := range sections(view.Flow, releases) {
			places = append(places, s.places...)
		}
		_, err = r.cycles.Edit(ctx, p, a, c.ID, "cycle.configured", func(now *paceline.Cycle) error {
			if now.Version != view.Version {
				return errEdited
			}
			for _, place := range places {
				if m, had := before[place.Key]; had {
					*place.at(&now.Flow) = m
				}
			}
			return nil
		})
		if !errors.Is(err, errEdited) {
			return err
		}
	}
}

// endChange forgets that an install is changed.
func (r *Room) endChange(ctx context.Context, a paceline.Account, in paceline.EmbedInstall) error {
	if in.ChangingAt == 0 {
		return nil
	}
	return r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error { return tx.EndEmbedChange(a.Scope(), in.ID) })
}

// Sweep takes back changes that were left, until ctx ends.
func (r *Room) Sweep(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := r.SweepOnce(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("changes that were left could not be taken back; trying again", "error", err)
		}
		timer, stop := r.clock.NewTimer(changesEvery)
		select {
		case <-timer:
		case <-ctx.Done():
			stop()
		}
	}
	return nil
}

// SweepOnce takes back the changes that were left until now.
func (r *Room) SweepOnce(ctx context.Context) error {
	before := paceline.ToMicros(r.clock.Now().Add(-changeLeftAfter))
	for after := paceline.ID(""); ; {
		var left []store.LeftChange
		err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
			left, err = tx.LeftChanges(before, after, changesPage)
			return err
		})
		if err != nil {
			return err
		}
		for _, l := range left {
			after = l.ID
			if err := r.takeBack(ctx, l); err != nil {
				r.log.Warn("a change that was left could not be taken back", "install", l.ID, slog.Any("error", err))
			}
		}
		if len(left) < changesPage {
			return nil
		}
	}
}

// takeBack is Restore for a change that was left, on the node that works for its account.
func (r *Room) takeBack(ctx context.Context, l store.LeftChange) error {
	var a paceline.Account
	found := false
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		a, found, err = tx.AccountByNum(l.Scope)
		return err
	})
	if err != nil || !found || !r.store.Owns(a.Root) {
		return err
	}
	err = r.Restore(ctx, paceline.SystemPrincipalOf(l.Scope.Partner), a, l.ID)
	if paceline.KindOf(err) == paceline.NotFound { // somebody has deleted what was installed
		return r.endChange(ctx, a, paceline.EmbedInstall{ID: l.ID, ChangingAt: 1})
	}
	return err
}
