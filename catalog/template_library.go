package catalog

import (
	"context"
	"strings"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// Library lists the partner's templates, those without a live release among them, or its recycle bin.
func (r *Room) Library(ctx context.Context, p paceline.Principal, f store.LibraryFilter, page paceline.Page) (list paceline.List[store.LibraryTemplate], err error) {
	if err := mayPublish(p); err != nil {
		return list, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.Library(p.PartnerScope(), f, page)
		return err
	})
	return list, err
}

// PublishTemplate says whether a template is offered. Errors: NotFound; Conflict for one without a live release.
func (r *Room) PublishTemplate(ctx context.Context, p paceline.Principal, id paceline.ID, read func() (published bool, err error)) error {
	if err := mayPublish(p); err != nil {
		return err
	}
	scope := p.PartnerScope()
	return r.store.InTx(ctx, scope, func(tx *store.Tx) error {
		t, found, err := tx.Template(scope, id)
		if err != nil || !found {
			return orNotFound(err, "Template")
		}
		published, err := read()
		if err != nil || published == t.Published {
			return err
		}
		if _, live, err := tx.LiveRelease(scope, id); err != nil || published && !live {
			if err == nil {
				err = paceline.Fail(paceline.CodeTemplateNotLive)
			}
			return err
		}
		if err := tx.SetTemplatePublished(scope, id, published); err != nil {
			return err
		}
		action := "template.published"
		if !published {
			action = "template.unpublished"
		}
		return audit(tx, p, scope, action, "template", string(id), t.Name)
	})
}

// TemplateTexts are the words of a template; nil leaves them as they are.
type TemplateTexts struct {
	Name        *string
	Description *string // "" removes it
	Tags        *[]string
}

// DescribeTemplate changes the words of a template. Errors: NotFound, then those of read; Invalid.
func (r *Room) DescribeTemplate(ctx context.Context, p paceline.Principal, id paceline.ID, read func() (TemplateTexts, error)) error {
	if err := mayPublish(p); err != nil {
		return err
	}
	scope := p.PartnerScope()
	return r.store.InTx(ctx, scope, func(tx *store.Tx) error {
		t, found, err := tx.Template(scope, id)
		if err != nil || !found {
			return orNotFound(err, "Template")
		}
		in, err := read()
		if err != nil {
			return err
		}
		if in.Name != nil {
			t.Name = strings.TrimSpace(*in.Name)
		}
		if in.Description != nil {
			if t.Description = in.Description; *in.Description == "" {
				t.Description = nil
			}
		}
		if in.Tags != nil {
			t.Tags = *in.Tags
		}
		if t.Name == "" {
			return paceline.Fail(paceline.CodeNameRequired)
		}
		if err := cycle.CheckTexts(t.Name, t.Description, t.Tags); err != nil {
			return err
		}
		if err := tx.DescribeTemplate(scope, t); err != nil {
			return err
		}
		return audit(tx, p, scope, "template.changed", "template", string(id), t.Name)
	})
}

// DeleteTemplate moves a template to the recycle bin. Cycles that were made of it stay. Errors: NotFound.
func (r *Room) DeleteTemplate(ctx context.Context, p paceline.Principal, id paceline.ID) error {
	return r.binned(ctx, p, id, "template.deleted", (*store.Tx).DeleteTemplate)
}

// RestoreTemplate takes a template out of the recycle bin; it is not published. Errors: NotFound for one that is not in it.
func (r *Room) RestoreTemplate(ctx context.Context, p paceline.Principal, id paceline.ID) error {
	return r.binned(ctx, p, id, "template.restored", (*store.Tx).RestoreTemplate)
}

// PurgeTemplate lets a template in the recycle bin go for good. Errors: NotFound for one that is not in it.
func (r *Room) PurgeTemplate(ctx context.Context, p paceline.Principal, id paceline.ID) error {
	return r.binned(ctx, p, id, "template.purged", (*store.Tx).PurgeTemplate)
}

func (r *Room) binned(ctx context.Context, p paceline.Principal, id paceline.ID, action string, do func(*store.Tx, paceline.Scope, paceline.ID) (bool, error)) error {
	if err := mayPublish(p); err != nil {
		return err
	}
	scope := p.PartnerScope()
	return r.store.InTx(ctx, scope, func(tx *store.Tx) error {
		if done, err := do(tx, scope, id); err != nil || !done {
			return orNotFound(err, "Template")
		}
		return audit(tx, p, scope, action, "template", string(id), "")
	})
}
