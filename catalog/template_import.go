package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// TemplateImport is an import: the file, and where it goes.
type TemplateImport struct {
	Document []byte
	// Folder is the id of a folder of the library as the caller wrote it; "" is the top.
	Folder string
	// Template, when set, receives the design as a new draft release instead of a new template.
	Template paceline.ID
}

// ImportTemplate makes a template of an exported file. One that says Published is offered at once with a
// live release, any other is a draft that nobody sees yet. Connector releases that are missing here come
// along as the partner's own. Errors, in this order: Invalid with CodeFolderIDInvalid,
// CodeFolderNotFound, CodeTemplateImport for what is no such file, CodeTemplateMissing with a list of
// what it needs and this installation does not have. A refused file leaves nothing behind.
func (r *Room) ImportTemplate(ctx context.Context, p paceline.Principal, in TemplateImport) (Template, error) {
	if err := mayPublish(p); err != nil {
		return Template{}, err
	}
	folder, err := r.folder(ctx, p, in.Folder)
	if err != nil {
		return Template{}, err
	}
	doc, err := r.prepare(ctx, p, in.Document)
	if err != nil {
		return Template{}, err
	}
	if err := r.publishCarried(ctx, doc); err != nil {
		return Template{}, err
	}
	t, rel := r.newTemplate(p, doc, folder)
	err = r.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		if in.Template == "" {
			return insertTemplate(tx, p, t, &rel, "", "")
		}
		have, found, err := tx.Template(p.PartnerScope(), in.Template)
		if err != nil || !found {
			return orNotFound(err, "Template")
		}
		t, rel.Template, rel.Status = have, have.ID, paceline.ReleaseDraft
		return insertRelease(tx, p, t, &rel)
	})
	if err != nil {
		return Template{}, err
	}
	out, err := r.describe(ctx, t, rel, TemplateOptions{Prerequisites: true})
	out.Notes = append(notesOf(rel.Flow), doc.notes...)
	return out, err
}

func (r *Room) folder(ctx context.Context, p paceline.Principal, text string) (paceline.ID, error) {
	if text == "" {
		return "", nil
	}
	id, ok := paceline.ParseID(text)
	if !ok {
		return "", paceline.Fail(paceline.CodeFolderIDInvalid)
	}
	return id, r.store.Read(ctx, func(tx *store.Tx) error {
		found, err := tx.FolderExists(p.PartnerScope(), id)
		if err == nil && !found {
			return paceline.Fail(paceline.CodeFolderNotFound)
		}
		return err
	})
}

// publishCarried publishes the releases that a document brings. All of the document has been checked
// before, so that only a failing store can come between them and the template.
func (r *Room) publishCarried(ctx context.Context, doc prepared) error {
	for _, pub := range doc.publications {
		if _, err := r.Publish(ctx, pub); err != nil {
			if isCatalogError(err) {
				return missingFrom(err.(interface{ Message() string }).Message())
			}
			return err
		}
	}
	return nil
}

func (r *Room) newTemplate(p paceline.Principal, doc prepared, folder paceline.ID) (paceline.Template, paceline.TemplateRelease) {
	now := r.clock.Now()
	t := paceline.Template{
		ID: paceline.NewID(now), Partner: p.Partner, Name: doc.Name, Description: doc.Description, Folder: folder,
		Tags: doc.Tags, Published: doc.Published, CreatedAt: paceline.ToMicros(now),
	}
	return t, r.newRelease(p, t.ID, doc)
}

func (r *Room) newRelease(p paceline.Principal, template paceline.ID, doc prepared) paceline.TemplateRelease {
	now := r.clock.Now()
	flow, _ := cycle.Copy(doc.Flow, now)
	rel := paceline.TemplateRelease{
		ID: paceline.NewID(now), Template: template, Partner: p.Partner, Status: paceline.ReleaseDraft,
		Flow: flow, CreatedAt: paceline.ToMicros(now), CreatedBy: p.Name,
	}
	if doc.Published {
		rel.Status = paceline.ReleaseLive
	}
	return rel
}

func insertTemplate(tx *store.Tx, p paceline.Principal, t paceline.Template, rel *paceline.TemplateRelease, key, hash string) error {
	if err := tx.InsertTemplate(p.PartnerScope(), t, key, hash); err != nil {
		return err
	}
	if err := audit(tx, p, p.PartnerScope(), "template.created", "template", string(t.ID), t.Name); err != nil {
		return err
	}
	return insertRelease(tx, p, t, rel)
}

func insertRelease(tx *store.Tx, p paceline.Principal, t paceline.Template, rel *paceline.TemplateRelease) (err error) {
	if rel.Number, err = tx.InsertTemplateRelease(p.PartnerScope(), *rel); err != nil {
		return err
	}
	return audit(tx, p, p.PartnerScope(), "template.release_created", "template", string(t.ID), string(rel.Status))
}

// templateFile is the name of a shipped template in its folder.
const templateFile = "template.json"

// PublishTemplates publishes every template folder of fsys (<key>/template.json) to the partner: a new
// one as a published template, a changed one as its next live release, and the same again as nothing. A
// file that cannot be published is logged and returned, and the others go on.
func (r *Room) PublishTemplates(ctx context.Context, p paceline.Principal, fsys fs.FS) ([]Kept, error) {
	if err := mayPublish(p); err != nil {
		return nil, err
	}
	folders, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read the templates: %w", err)
	}
	var kept []Kept
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		file := path.Join(folder.Name(), templateFile)
		raw, err := fs.ReadFile(fsys, file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = r.publishTemplate(ctx, p, folder.Name(), raw)
		}
		if err != nil && !isCatalogError(err) {
			return kept, fmt.Errorf("publish template %s: %w", file, err)
		}
		if err != nil {
			r.log.Error("a template was not published; what was published before stays", "file", file, "error", err)
			kept = append(kept, Kept{file, err})
		}
	}
	return kept, nil
}

func (r *Room) publishTemplate(ctx context.Context, p paceline.Principal, key string, raw []byte) error {
	sum := sha256.Sum256(raw)
	hash := hex.EncodeToString(sum[:])
	scope := p.PartnerScope()
	var have string
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		_, have, _, err = tx.ShippedTemplate(scope, key)
		return err
	})
	if err != nil || have == hash {
		return err
	}
	doc, err := r.prepare(ctx, p, raw)
	if err != nil {
		return err
	}
	if err := r.publishCarried(ctx, doc); err != nil {
		return err
	}
	doc.Published = true
	fresh, rel := r.newTemplate(p, doc, "")
	return r.store.InTx(ctx, scope, func(tx *store.Tx) error {
		t, have, found, err := tx.ShippedTemplate(scope, key)
		if err != nil || have == hash {
			return err
		}
		if !found {
			return insertTemplate(tx, p, fresh, &rel, key, hash)
		}
		// Whether it is offered is the partner's choice, made after the first time.
		t.Name, t.Description, t.Tags = fresh.Name, fresh.Description, fresh.Tags
		if err := tx.UpdateTemplate(scope, t, hash); err != nil {
			return err
		}
		next := rel
		next.Template = t.ID
		return insertRelease(tx, p, t, &next)
	})
}
