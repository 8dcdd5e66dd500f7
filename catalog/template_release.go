package catalog

import (
	"context"

	"paceline"
	"paceline/store"
)

// TemplateReleases returns all releases of a template, offered or not, the newest first. Errors: NotFound.
func (r *Room) TemplateReleases(ctx context.Context, p paceline.Principal, template paceline.ID) (list []paceline.TemplateRelease, err error) {
	if err := mayPublish(p); err != nil {
		return nil, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		_, found, err := tx.Template(p.PartnerScope(), template)
		if err != nil || !found {
			return orNotFound(err, "Template")
		}
		list, err = tx.TemplateReleases(p.PartnerScope(), template)
		return err
	})
	return list, err
}

// ExportTemplateRelease returns one release of a template as a file. Errors: NotFound.
func (r *Room) ExportTemplateRelease(ctx context.Context, p paceline.Principal, template, id paceline.ID) ([]byte, error) {
	if err := mayPublish(p); err != nil {
		return nil, err
	}
	var t paceline.Template
	var rel paceline.TemplateRelease
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		t, rel, err = releaseOf(tx, p.PartnerScope(), template, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	releases, err := r.releases.Pinned(ctx, p.Partner, rel.Flow)
	if err != nil {
		return nil, err
	}
	return r.file(ctx, p.Partner, documentOf(KindTemplate, t.Name, t.Description, t.Tags, t.Published, rel.Flow, releases))
}

// PromoteTemplateRelease makes a release of a template the live one; the one before it becomes deprecated.
// publish, unless nil, says whether the template is offered from now on. The live one again changes nothing.
// Errors: NotFound.
func (r *Room) PromoteTemplateRelease(ctx context.Context, p paceline.Principal, template, id paceline.ID, publish *bool) (rel paceline.TemplateRelease, err error) {
	if err := mayPublish(p); err != nil {
		return rel, err
	}
	scope := p.PartnerScope()
	var done paceline.TemplateRelease
	err = r.store.InTx(ctx, scope, func(tx *store.Tx) error {
		var t paceline.Template
		if t, rel, err = releaseOf(tx, scope, template, id); err != nil {
			return err
		}
		if publish != nil && *publish != t.Published {
			t.Published = *publish
			if err := tx.SetTemplatePublished(scope, t.ID, t.Published); err != nil {
				return err
			}
			if err := audit(tx, p, scope, "template.published", "template", string(t.ID), t.Name); err != nil {
				return err
			}
		}
		if done = rel; rel.Status == paceline.ReleaseLive {
			return nil
		}
		rel.Status = paceline.ReleaseLive
		if err := tx.PromoteTemplateRelease(scope, rel); err != nil {
			return err
		}
		return audit(tx, p, scope, "template.release_promoted", "template", string(t.ID), string(rel.ID))
	})
	if err != nil {
		return rel, err
	}
	return rel, r.endDesign(ctx, p, done)
}

func releaseOf(tx *store.Tx, scope paceline.Scope, template, id paceline.ID) (t paceline.Template, rel paceline.TemplateRelease, err error) {
	t, found, err := tx.Template(scope, template)
	if err != nil || !found {
		return t, rel, orNotFound(err, "Template")
	}
	if rel, found, err = tx.TemplateRelease(scope, template, id); err != nil || !found {
		return t, rel, orNotFound(err, "Release")
	}
	return t, rel, designed(tx, &rel)
}
