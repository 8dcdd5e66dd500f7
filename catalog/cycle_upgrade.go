package catalog

import (
	"context"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// Upgradeable is a cycle whose template has another live release than the cycle was made of.
type Upgradeable struct {
	cycle.View
	Latest paceline.ID // the live release
}

// UpgradeableCycles returns a page of the account's cycles that UpgradeCycle would change.
func (r *Room) UpgradeableCycles(ctx context.Context, p paceline.Principal, a paceline.Account, page paceline.Page) (paceline.List[Upgradeable], error) {
	var out paceline.List[Upgradeable]
	if err := may(p, a); err != nil {
		return out, err
	}
	var rows paceline.List[store.UpgradeableCycle]
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.UpgradeableCycles(a.Scope(), page)
		return err
	})
	if err != nil {
		return out, err
	}
	out.Total, out.Next = rows.Total, rows.Next
	for _, row := range rows.Items {
		v, err := r.cycles.View(ctx, a, row.Cycle)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, Upgradeable{v, row.Latest})
	}
	return out, nil
}

// UpgradeCycle moves a cycle to the live release of its template (see cycle.Upgrade). Connectors that are new to
// it come along as in an install. A cycle of the live release stays as it is. Errors: NotFound; Conflict while
// it runs; Invalid for one without such a template.
func (r *Room) UpgradeCycle(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) (cycle.View, error) {
	v, err := r.cycles.Get(ctx, p, a, id)
	if err != nil {
		return cycle.View{}, err
	}
	c, done := v.Cycle, false
	for !done {
		var live paceline.TemplateRelease
		err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
			live, err = liveReleaseOf(tx, p.PartnerScope(), c.Template)
			return err
		})
		if err != nil && paceline.CodeOf(err) != paceline.CodeCycleNoTemplate {
			return cycle.View{}, err
		}
		releases, err := r.releases.Pinned(ctx, p.Partner, live.Flow)
		if err != nil {
			return cycle.View{}, err
		}
		if c, done, err = r.upgrade(ctx, p, a, id, live.ID, releases); err != nil {
			return cycle.View{}, err
		}
	}
	r.cycles.ForgetPlans(c.Num)
	r.cycles.Changed(ctx, c)
	return r.cycles.View(ctx, a, c)
}

// upgrade does it unless the live release is by now another than the one that releases belong to.
func (r *Room) upgrade(ctx context.Context, p paceline.Principal, a paceline.Account, id, expected paceline.ID, releases cycle.Pinned) (c paceline.Cycle, done bool, err error) {
	at := r.clock.Now()
	err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		done = false
		var found bool
		if c, found, err = tx.Cycle(a.Scope(), id); err != nil || !found {
			return orNotFound(err, "Cycle")
		}
		if err := cycle.Editable(c, "Cycle"); err != nil {
			return err
		}
		live, err := liveReleaseOf(tx, p.PartnerScope(), c.Template)
		if err != nil || live.ID != expected {
			return err
		}
		done = true
		if live.ID == c.TemplateRelease {
			return nil
		}
		base, _, err := tx.TemplateRelease(p.PartnerScope(), c.Template, c.TemplateRelease)
		if err != nil {
			return err
		}
		c.Flow, c.TemplateRelease = cycle.Upgrade(c.Flow, base.Flow, live.Flow, at), live.ID
		if err := r.connect(tx, p, a, &c, releases, nil); err != nil {
			return err
		}
		if err := tx.UpdateCycle(&c); err != nil {
			return err
		}
		return audit(tx, p, a.Scope(), "cycle.upgraded", "cycle", string(c.ID), "release "+string(live.ID))
	})
	return c, done, err
}

// liveReleaseOf returns the live release of a template, offered or not.
func liveReleaseOf(tx *store.Tx, scope paceline.Scope, template paceline.ID) (rel paceline.TemplateRelease, err error) {
	found := false
	if template != "" {
		rel, found, err = tx.LiveRelease(scope, template)
	}
	if err == nil && !found {
		err = paceline.Fail(paceline.CodeCycleNoTemplate)
	}
	return rel, err
}
