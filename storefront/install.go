package storefront

import (
	"context"
	"errors"
	"slices"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/store"
)

// possessions are what an account has: its cycles, and the installs that they belong to. An install whose cycles are all
// deleted is none.
type possessions struct {
	cycles   map[paceline.ID]cycle.View
	installs []paceline.EmbedInstall
}

func (r *Room) have(ctx context.Context, p paceline.Principal, a paceline.Account) (h possessions, err error) {
	h.cycles = map[paceline.ID]cycle.View{}
	for page := 1; ; page++ {
		list, err := r.cycles.List(ctx, p, a, store.CycleFilter{}, paceline.Page{Number: page, Size: listedAtOnce})
		if err != nil {
			return h, err
		}
		for _, c := range list.Items {
			if c.State != paceline.CycleDeleted { // the recycle bin is the partner's
				h.cycles[c.ID] = c
			}
		}
		if len(list.Items) < listedAtOnce {
			break
		}
	}
	for after := paceline.ID(""); ; {
		var installs []paceline.EmbedInstall
		err = r.store.Read(ctx, func(tx *store.Tx) error {
			installs, err = tx.EmbedInstalls(a.Scope(), after, listedAtOnce)
			return err
		})
		if err != nil {
			return h, err
		}
		for _, in := range installs {
			after = in.ID
			if in = h.living(in); len(in.Cycles) > 0 {
				h.installs = append(h.installs, in)
			}
		}
		if len(installs) < listedAtOnce {
			return h, nil
		}
	}
}

// living is an install with the cycles that are left of it.
func (h possessions) living(in paceline.EmbedInstall) paceline.EmbedInstall {
	var left []paceline.ID
	for _, id := range in.Cycles {
		if _, there := h.cycles[id]; there {
			left = append(left, id)
		}
	}
	in.Cycles = left
	return in
}

// order is what is to be installed together.
type order struct {
	marketplace int32
	card        string
	number      int32
	name        string
	templates   []paceline.ID
	single      bool
}

// Install begins the set-up of a template: a paused cycle with its missing connectors, which Finish starts and Cancel takes
// away. Values that the template proposes are there. One that was begun and not finished is gone on with. Errors: NotFound;
// Conflict with single, when the account has a cycle of the template.
func (r *Room) Install(ctx context.Context, p paceline.Principal, a paceline.Account, template paceline.ID, name string, single bool) (paceline.ID, error) {
	return r.install(ctx, p, a, order{name: strings.TrimSpace(name), templates: []paceline.ID{template}, single: single})
}

func (r *Room) install(ctx context.Context, p paceline.Principal, a paceline.Account, o order) (paceline.ID, error) {
	if p.Partner != a.Partner || !p.MayAccount(a.Num) {
		return "", paceline.Fail(paceline.CodeAccountHeader)
	}
	var begun paceline.ID
	look := func(tx *store.Tx) (err error) {
		begun, err = o.standing(tx, a)
		return err
	}
	if err := r.store.Read(ctx, look); err != nil || begun != "" {
		return begun, err
	}
	var orders catalog.Orders
	for _, id := range o.templates {
		t := catalog.TemplateOrder{Template: id, TemplateInstall: catalog.TemplateInstall{Propose: true}}
		if o.name != "" {
			full := o.name
			if len(o.templates) > 1 {
				named, err := r.catalog.Template(ctx, p, id, catalog.TemplateOptions{})
				if err != nil {
					return "", err
				}
				full += ": " + named.Name
			}
			t.Name = &full
		}
		orders.Templates = append(orders.Templates, t)
	}
	for {
		in := paceline.EmbedInstall{ID: paceline.NewID(r.clock.Now()), Marketplace: o.marketplace, Card: o.card, Package: o.number, Name: o.name, User: p.UserID, CreatedAt: paceline.ToMicros(r.clock.Now())}
		installs, err := r.catalog.Prepare(ctx, p, a, orders)
		if err != nil {
			return "", gone(err)
		}
		err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
			if err := look(tx); err != nil || begun != "" { // of two clicks at once one installs
				return err
			}
			if err := installs.Run(tx, p, a); err != nil {
				return err
			}
			in.Cycles = installs.Cycles()
			if in.Package == 0 && in.Marketplace != 0 { // of a marketplace on which nothing was arranged
				var err error
				if in.Package, err = tx.PackageNumber(p.PartnerScope(), in.Marketplace, in.Card); err != nil {
					return err
				}
			}
			return tx.InsertEmbedInstall(a.Scope(), in)
		})
		if err == nil && begun != "" {
			return begun, nil
		}
		if err == nil {
			_, err = installs.Done(ctx, p, a)
			return in.ID, err
		}
		if !errors.Is(err, catalog.ErrStale) {
			return "", err
		}
	}
}

// gone says of a template that is not published that it is not there: nobody named it in a body.
func gone(err error) error {
	if paceline.CodeOf(err) == paceline.CodeFieldInvalid {
		return notFound("Template")
	}
	return err
}

// standing finds the same order in the making, "" without one, as a transaction sees the account. Errors: Conflict for a single one
// that is there in part or wholly.
func (o order) standing(tx *store.Tx, a paceline.Account) (begun paceline.ID, err error) {
	for after := paceline.ID(""); ; {
		installs, err := tx.EmbedInstalls(a.Scope(), after, listedAtOnce)
		if err != nil {
			return "", err
		}
		for _, in := range installs {
			after = in.ID
			if same, err := o.same(tx, a, in); err != nil || same {
				return in.ID, err
			}
		}
		if len(installs) < listedAtOnce {
			break
		}
	}
	for _, id := range o.templates {
		if !o.single {
			break
		}
		if _, found, err := tx.CycleOfTemplate(a.Scope(), id, ""); err != nil {
			return "", err
		} else if found {
			return "", paceline.Fail(paceline.CodeInstalledAlready)
		}
	}
	return "", nil
}

// same reports whether an install is this order in the making, with all of its cycles.
func (o order) same(tx *store.Tx, a paceline.Account, in paceline.EmbedInstall) (bool, error) {
	if in.FinishedAt != 0 || in.Marketplace != o.marketplace || in.Card != o.card || o.name != "" && in.Name != o.name {
		return false, nil
	}
	var left []paceline.ID // the templates of its cycles
	for _, id := range in.Cycles {
		c, found, err := tx.Cycle(a.Scope(), id)
		if err != nil {
			return false, err
		}
		if found && c.State != paceline.CycleDeleted {
			left = append(left, c.Template)
		}
	}
	return slices.Equal(left, o.templates), nil
}

// any reports whether the account has a cycle of one of the templates.
func (h possessions) any(templates []paceline.ID) bool {
	for _, c := range h.cycles {
		for _, id := range templates {
			if c.Template == id {
				return true
			}
		}
	}
	return false
}

// installed reads an install with its cycles. Errors: NotFound, also when all of its cycles are deleted.
func (r *Room) installed(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) (in paceline.EmbedInstall, cycles []cycle.View, err error) {
	found := false
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		in, found, err = tx.EmbedInstall(a.Scope(), id)
		return err
	})
	if err != nil {
		return in, nil, err
	}
	for _, c := range in.Cycles {
		view, err := r.cycles.Get(ctx, p, a, c)
		if paceline.KindOf(err) == paceline.NotFound || view.State == paceline.CycleDeleted {
			continue
		}
		if err != nil {
			return in, nil, err
		}
		cycles = append(cycles, view)
	}
	if !found || len(cycles) == 0 {
		return in, nil, notFound("Installation")
	}
	return in, cycles, nil
}

// Cancel takes back an install that was never finished. Its connectors stay: somebody may have connected them. A finished one
// stays as it is. Errors: NotFound.
func (r *Room) Cancel(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	in, cycles, err := r.installed(ctx, p, a, id)
	if err != nil || in.FinishedAt != 0 {
		return err
	}
	return r.remove(ctx, p, a, in, cycles)
}

// remove deletes the cycles of an install, and it with the last of them.
func (r *Room) remove(ctx context.Context, p paceline.Principal, a paceline.Account, in paceline.EmbedInstall, cycles []cycle.View) (err error) {
	var news *notification
	if in.FinishedAt != 0 {
		if news, err = r.notification(ctx, p, a, in, cycles, uninstalledStatus, noneActive, false); err != nil {
			return err
		}
	}
	gone := false
	end := func(tx *store.Tx) error {
		gone = true
		if err := tx.DeleteEmbedInstalls(a.Scope(), in.ID); err != nil {
			return err
		}
		return news.put(tx, 0)
	}
	for i, c := range cycles {
		within := quiet
		if i == len(cycles)-1 {
			within = end
		}
		if err := r.cycles.DeleteWith(ctx, p, a, c.ID, within); err != nil && paceline.KindOf(err) != paceline.NotFound {
			return err
		}
	}
	if !gone { // somebody has deleted the last cycle meanwhile
		if err := r.store.InTx(ctx, a.Scope(), end); err != nil {
			return err
		}
	}
	r.queued(news)
	return nil
}
