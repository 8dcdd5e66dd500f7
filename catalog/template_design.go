package catalog

import (
	"context"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// NewTemplate is what a template begins with.
type NewTemplate struct {
	Name        string
	Description *string
	Tags        []string
	Folder      string // id of a folder of the library as the caller wrote it; "" is the top
	// Template and Release are what the draft begins with; "" for an empty one, or for the newest release.
	Template, Release paceline.ID
}

// CreateTemplate makes a template that nobody is offered yet, with a draft release that is empty or a copy. Errors: Invalid;
// NotFound for what is copied.
func (r *Room) CreateTemplate(ctx context.Context, p paceline.Principal, in NewTemplate) (Template, error) {
	if err := mayPublish(p); err != nil {
		return Template{}, err
	}
	folder, err := r.folder(ctx, p, in.Folder)
	if err != nil {
		return Template{}, err
	}
	if in.Name == "" {
		return Template{}, paceline.Fail(paceline.CodeNameRequired)
	}
	if err := cycle.CheckTexts(in.Name, in.Description, in.Tags); err != nil {
		return Template{}, err
	}
	empty := paceline.Flow{Schema: paceline.FlowSchema, Settings: paceline.DefaultFlowSettings()}
	doc := prepared{Document: Document{Name: in.Name, Description: in.Description, Tags: in.Tags, Flow: empty}}
	t, rel := r.newTemplate(p, doc, folder)
	err = r.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		if in.Template != "" {
			source, err := sourceOf(tx, p.PartnerScope(), in.Template, in.Release)
			if err != nil {
				return err
			}
			rel.Flow, _ = cycle.Copy(source.Flow, r.clock.Now())
		}
		return insertTemplate(tx, p, t, &rel, "", "")
	})
	if err != nil {
		return Template{}, err
	}
	return r.describe(ctx, t, rel, TemplateOptions{})
}

// CopyTemplateRelease makes a draft of a release, "" for the newest, of the template source, "" for the same template.
// Errors: NotFound.
func (r *Room) CopyTemplateRelease(ctx context.Context, p paceline.Principal, template, source, from paceline.ID) (rel paceline.TemplateRelease, err error) {
	if err := mayPublish(p); err != nil {
		return rel, err
	}
	if source == "" {
		source = template
	}
	scope := p.PartnerScope()
	err = r.store.InTx(ctx, scope, func(tx *store.Tx) error {
		t, found, err := tx.Template(scope, template)
		if err != nil || !found {
			return orNotFound(err, "Template")
		}
		copied, err := sourceOf(tx, scope, source, from)
		if err != nil {
			return err
		}
		rel = r.newRelease(p, t.ID, prepared{Document: Document{Flow: copied.Flow}})
		return insertRelease(tx, p, t, &rel)
	})
	return rel, err
}

// sourceOf is a release of a template that is copied, "" for the newest.
func sourceOf(tx *store.Tx, scope paceline.Scope, template, id paceline.ID) (rel paceline.TemplateRelease, err error) {
	if id == "" {
		all, err := tx.TemplateReleases(scope, template)
		if err != nil {
			return rel, err
		}
		if len(all) > 0 {
			id = all[0].ID
		}
	}
	_, rel, err = releaseOf(tx, scope, template, id)
	return rel, err
}

// DesignRelease returns the cycle of an account in which a draft release is designed, and makes it the first time: there
// the draft has connectors, runs and is tested like any cycle, and what it becomes is the draft's flow until it is
// promoted. Errors: NotFound; Conflict for a release that is no draft.
func (r *Room) DesignRelease(ctx context.Context, p paceline.Principal, a paceline.Account, template, id paceline.ID) (cycle.View, error) {
	if err := mayPublish(p); err != nil {
		return cycle.View{}, err
	}
	var pinned paceline.TemplateRelease
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		_, pinned, err = releaseOf(tx, p.PartnerScope(), template, id)
		return err
	})
	if err != nil {
		return cycle.View{}, err
	}
	releases, err := r.releases.Pinned(ctx, p.Partner, pinned.Flow)
	if err != nil {
		return cycle.View{}, err
	}
	var c paceline.Cycle
	err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		t, rel, err := releaseOf(tx, p.PartnerScope(), template, id)
		if err != nil {
			return err
		}
		if rel.Status != paceline.ReleaseDraft {
			return paceline.Fail(paceline.CodeReleaseNoDraft)
		}
		have, found, err := designOf(tx, rel)
		if err != nil || found {
			c = have
			return err
		}
		now := r.clock.Now()
		c = cycle.NewCycle(a)
		c.ID, c.Name, c.Description = paceline.NewID(now), t.Name, t.Description
		c.Flow, _ = cycle.Copy(rel.Flow, now)
		if err := r.connect(tx, p, a, &c, releases, nil); err != nil {
			return err
		}
		if err := cycle.Insert(tx, p, &c, "template "+t.Name); err != nil {
			return err
		}
		rel.DesignCycle, rel.DesignAccount = c.ID, a.Num
		return tx.SetReleaseDesign(p.PartnerScope(), rel)
	})
	if err != nil {
		return cycle.View{}, err
	}
	return r.cycles.View(ctx, a, c)
}

// designOf finds the cycle in which a draft is designed, unless it was deleted.
func designOf(tx *store.Tx, rel paceline.TemplateRelease) (c paceline.Cycle, found bool, err error) {
	if rel.Status != paceline.ReleaseDraft || rel.DesignCycle == "" {
		return c, false, nil
	}
	c, found, err = tx.Cycle(paceline.Scope{Partner: rel.Partner, Account: rel.DesignAccount}, rel.DesignCycle)
	return c, found && c.State != paceline.CycleDeleted, err
}

// designed takes the flow of a draft from where it is designed.
func designed(tx *store.Tx, rel *paceline.TemplateRelease) error {
	c, found, err := designOf(tx, *rel)
	if err == nil && found {
		rel.Flow = cycle.Portable(c.Flow)
	}
	return err
}

// endDesign removes the cycle in which a release was designed that is live now, and with it what the release says of it: until then
// promoting the release again removes it.
func (r *Room) endDesign(ctx context.Context, p paceline.Principal, rel paceline.TemplateRelease) error {
	if rel.DesignCycle == "" {
		return nil
	}
	var a paceline.Account
	var found bool
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		a, found, err = tx.AccountOf(rel.DesignAccount)
		return err
	})
	if err != nil || !found {
		return err
	}
	err = r.cycles.DeleteWith(ctx, p, a, rel.DesignCycle, func(tx *store.Tx) error {
		rel.DesignCycle, rel.DesignAccount = "", 0
		return tx.SetReleaseDesign(p.PartnerScope(), rel)
	})
	if paceline.KindOf(err) != paceline.NotFound {
		return err
	}
	return nil
}
