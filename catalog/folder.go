package catalog

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// Folders lists the folders of the template library, by name.
func (r *Room) Folders(ctx context.Context, p paceline.Principal) (list []store.Folder, err error) {
	if err := mayPublish(p); err != nil {
		return nil, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.Folders(p.PartnerScope())
		return err
	})
	slices.SortFunc(list, func(a, b store.Folder) int {
		return cmp.Or(strings.Compare(store.Fold(a.Name), store.Fold(b.Name)), strings.Compare(string(a.ID), string(b.ID)))
	})
	return list, err
}

// Folder returns one folder. Errors: NotFound.
func (r *Room) Folder(ctx context.Context, p paceline.Principal, id paceline.ID) (store.Folder, error) {
	list, err := r.Folders(ctx, p)
	if err != nil {
		return store.Folder{}, err
	}
	return cycle.FolderOf(list, id)
}

// CreateFolder makes a folder. Errors: those of read; Invalid for its name, for a parent that is not there
// (CodeFolderIDInvalid, CodeFolderNotFound), for too many or too deep ones.
func (r *Room) CreateFolder(ctx context.Context, p paceline.Principal, read func() (cycle.FolderInput, error)) (f store.Folder, err error) {
	return r.changeFolder(ctx, p, "folder.created", func(tx *store.Tx, list []store.Folder) (store.Folder, error) {
		in, err := read()
		if err != nil {
			return f, err
		}
		if len(list) >= cycle.MaxFolders {
			return f, invalid("Folders", "there are more than 1000")
		}
		f, err := in.Apply(list, store.Folder{ID: paceline.NewID(r.clock.Now())})
		if err != nil {
			return f, err
		}
		return f, tx.InsertFolder(p.PartnerScope(), f)
	})
}

// UpdateFolder renames a folder or moves it with all that it holds. Errors: NotFound, then those of CreateFolder, and
// Invalid for a parent that lies within the folder.
func (r *Room) UpdateFolder(ctx context.Context, p paceline.Principal, id paceline.ID, read func() (cycle.FolderInput, error)) (store.Folder, error) {
	return r.changeFolder(ctx, p, "folder.changed", func(tx *store.Tx, list []store.Folder) (store.Folder, error) {
		f, err := cycle.FolderOf(list, id)
		if err != nil {
			return f, err
		}
		in, err := read()
		if err != nil {
			return f, err
		}
		if f, err = in.Apply(list, f); err != nil {
			return f, err
		}
		return f, tx.UpdateFolder(p.PartnerScope(), f)
	})
}

// DeleteFolder removes a folder that holds nothing. Errors: NotFound; Invalid (CodeFolderFull).
func (r *Room) DeleteFolder(ctx context.Context, p paceline.Principal, id paceline.ID) error {
	_, err := r.changeFolder(ctx, p, "folder.deleted", func(tx *store.Tx, list []store.Folder) (store.Folder, error) {
		f, err := cycle.FolderOf(list, id)
		if err != nil {
			return f, err
		}
		full, err := tx.FolderHasTemplates(p.PartnerScope(), id)
		if err != nil {
			return f, err
		}
		if full || slices.ContainsFunc(list, func(o store.Folder) bool { return o.Parent == id }) {
			return f, paceline.Fail(paceline.CodeFolderFull)
		}
		return f, tx.DeleteFolder(p.PartnerScope(), id)
	})
	return err
}

// MoveTemplate lays a template into a folder; "" is the top. Errors: NotFound, then those of read; Invalid for the folder.
func (r *Room) MoveTemplate(ctx context.Context, p paceline.Principal, template paceline.ID, read func() (folder string, err error)) error {
	if err := mayPublish(p); err != nil {
		return err
	}
	scope := p.PartnerScope()
	return r.store.InTx(ctx, scope, func(tx *store.Tx) error {
		t, found, err := tx.Template(scope, template)
		if err != nil || !found {
			return orNotFound(err, "Template")
		}
		text, err := read()
		if err != nil {
			return err
		}
		id, err := cycle.FolderID(text)
		if err != nil {
			return err
		}
		if id != "" {
			if found, err := tx.FolderExists(scope, id); err != nil || !found {
				return cmp.Or[error](err, paceline.Fail(paceline.CodeFolderNotFound))
			}
		}
		if err := tx.MoveTemplate(scope, template, id); err != nil {
			return err
		}
		return audit(tx, p, scope, "template.moved", "template", string(t.ID), t.Name)
	})
}

func (r *Room) changeFolder(ctx context.Context, p paceline.Principal, action string, change func(*store.Tx, []store.Folder) (store.Folder, error)) (f store.Folder, err error) {
	if err := mayPublish(p); err != nil {
		return f, err
	}
	scope := p.PartnerScope()
	err = r.store.InTx(ctx, scope, func(tx *store.Tx) error {
		list, err := tx.Folders(scope)
		if err != nil {
			return err
		}
		if f, err = change(tx, list); err != nil {
			return err
		}
		return audit(tx, p, scope, action, "folder", string(f.ID), f.Name)
	})
	return f, err
}
