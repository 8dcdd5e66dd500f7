package catalog

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"paceline"
	"paceline/cycle"
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

// DeleteTemplateRelease lets a draft or a deprecated release go for good, and with it the cycle in which a draft is designed. One that cycles follow
// stays: their upgrades compare with it, to tell what their owners have changed. Errors: NotFound; Conflict.
func (r *Room) DeleteTemplateRelease(ctx context.Context, p paceline.Principal, template, id paceline.ID) error {
	if err := mayPublish(p); err != nil {
		return err
	}
	scope := p.PartnerScope()
	var rel paceline.TemplateRelease
	var designer paceline.Account
	designs := false
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		if _, rel, err = releaseOf(tx, scope, template, id); err != nil || rel.DesignCycle == "" {
			return err
		}
		designer, designs, err = tx.AccountOf(rel.DesignAccount)
		return err
	})
	if err != nil {
		return err
	}
	gone := false
	within := func(tx *store.Tx) error {
		gone = true
		return dropRelease(tx, p, template, id)
	}
	if designs {
		if err := r.cycles.DeleteWith(ctx, p, designer, rel.DesignCycle, within); gone || paceline.KindOf(err) != paceline.NotFound && err != nil {
			return err
		}
	}
	return r.store.InTx(ctx, scope, within) // there is no such cycle, or no longer
}

func dropRelease(tx *store.Tx, p paceline.Principal, template, id paceline.ID) error {
	scope := p.PartnerScope()
	t, rel, err := releaseOf(tx, scope, template, id)
	if err != nil {
		return err
	}
	if rel.Status == paceline.ReleaseLive {
		return paceline.Fail(paceline.CodeReleaseLive)
	}
	all, err := tx.TemplateReleases(scope, t.ID)
	if err != nil {
		return err
	}
	if len(all) == 1 {
		return paceline.Fail(paceline.CodeReleaseLast)
	}
	followed, err := tx.ReleaseFollowed(scope, rel.ID)
	if err != nil {
		return err
	}
	if followed {
		return paceline.Fail(paceline.CodeReleaseFollowed)
	}
	if err := tx.DeleteTemplateRelease(scope, rel); err != nil {
		return err
	}
	return audit(tx, p, scope, "template.release_deleted", "template", string(t.ID), "release "+strconv.Itoa(rel.Number))
}

// ReleaseChange is what is changed in a release; nil stays.
type ReleaseChange struct {
	Notes *string
	// Fresh says by the ids of connectors whether each install gets them anew, instead of the account's own.
	Fresh map[int32]bool
}

// maxNotes bounds the notes of a release, in characters.
const maxNotes = 2000

// ChangeRelease says what is in a release of a template, and how installs of a draft come by its connectors. Errors: NotFound, then those of read;
// Invalid for long notes, and for a connector that the release does not use; Conflict for the connectors of what is no draft.
func (r *Room) ChangeRelease(ctx context.Context, p paceline.Principal, template, id paceline.ID, read func() (ReleaseChange, error)) (rel paceline.TemplateRelease, err error) {
	if err := mayPublish(p); err != nil {
		return rel, err
	}
	scope := p.PartnerScope()
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		_, rel, err = releaseOf(tx, scope, template, id)
		return err
	})
	if err != nil {
		return rel, err
	}
	change, err := read()
	if err != nil {
		return rel, err
	}
	if change.Notes != nil {
		if utf8.RuneCountInString(*change.Notes) > maxNotes {
			return rel, invalid("Notes", "they are longer than 2000 characters")
		}
		if strings.ContainsRune(*change.Notes, 0) {
			return rel, invalid("Notes", "they contain a NUL character")
		}
	}
	releases, err := r.releases.Pinned(ctx, p.Partner, rel.Flow)
	if err != nil {
		return rel, err
	}
	fresh := make(map[paceline.ID]bool, len(change.Fresh))
	for connector, anew := range change.Fresh {
		uid := releases.ConnectorUID(connector)
		if uid == "" {
			return rel, invalid("Connectors", "the release does not use the connector "+idText(connector))
		}
		fresh[uid] = anew
	}
	err = r.store.InTx(ctx, scope, func(tx *store.Tx) error {
		var t paceline.Template
		if t, rel, err = releaseOf(tx, scope, template, id); err != nil {
			return err
		}
		if len(fresh) > 0 {
			if err := setFresh(tx, &rel, fresh); err != nil {
				return err
			}
		}
		if len(fresh) > 0 {
			if err := audit(tx, p, scope, "template.release_changed", "template", string(t.ID), "release "+strconv.Itoa(rel.Number)); err != nil {
				return err
			}
		}
		if change.Notes == nil {
			return nil
		}
		rel.Notes = *change.Notes
		if err := tx.SetReleaseNotes(scope, rel); err != nil {
			return err
		}
		return audit(tx, p, scope, "template.release_noted", "template", string(t.ID), string(rel.ID))
	})
	return rel, err
}

// setFresh says of connectors whether installs get them anew, in the draft and in the cycle in which it is designed.
func setFresh(tx *store.Tx, rel *paceline.TemplateRelease, fresh map[paceline.ID]bool) error {
	if rel.Status != paceline.ReleaseDraft {
		return paceline.Fail(paceline.CodeReleaseNoDraft)
	}
	rel.Flow.Settings.FreshConnectors = freshOf(rel.Flow.Settings.FreshConnectors, fresh)
	if err := tx.SetReleaseFlow(paceline.Scope{Partner: rel.Partner}, *rel); err != nil {
		return err
	}
	design, found, err := designOf(tx, *rel)
	if err != nil || !found {
		return err
	}
	if err := cycle.Editable(design, "Cycle"); err != nil {
		return err
	}
	design.Flow.Settings.FreshConnectors = rel.Flow.Settings.FreshConnectors
	return tx.UpdateCycle(&design)
}

// freshOf is a list of connectors with some of them put in or taken out.
func freshOf(list []paceline.ID, change map[paceline.ID]bool) []paceline.ID {
	out := slices.DeleteFunc(slices.Clone(list), func(uid paceline.ID) bool { _, named := change[uid]; return named })
	for uid, anew := range change {
		if anew {
			out = append(out, uid)
		}
	}
	slices.Sort(out)
	return out
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
