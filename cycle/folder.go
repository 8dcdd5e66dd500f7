package cycle

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// The bounds of the folders of one place: of an account's cycles, or of a partner's templates.
const (
	MaxFolders     = 1000
	maxFolderDepth = 10
)

// FolderInput is what may be set of a folder; nil leaves a value as it is.
type FolderInput struct {
	Name   *string
	Parent *string // as the caller wrote it; "" is the top
}

// Apply sets name and parent of a folder, which list may hold. Errors: Invalid.
func (in FolderInput) Apply(list []store.Folder, f store.Folder) (store.Folder, error) {
	if in.Name != nil {
		f.Name = strings.TrimSpace(*in.Name)
	}
	if f.Name == "" {
		return f, paceline.Fail(paceline.CodeNameRequired)
	}
	if err := CheckTexts(f.Name, nil, nil); err != nil {
		return f, err
	}
	if in.Parent == nil {
		return f, nil
	}
	var err error
	if f.Parent, err = FolderID(*in.Parent); err != nil || f.Parent == "" {
		return f, err
	}
	wrong := func(reason string) error {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "ParentId", "reason", reason)
	}
	above := 0
	for id := f.Parent; id != ""; above++ {
		parent, err := FolderOf(list, id)
		if err != nil {
			return f, paceline.Fail(paceline.CodeFolderNotFound)
		}
		if id == f.ID {
			return f, wrong("it lies within the folder")
		}
		id = parent.Parent
	}
	if above+height(list, f.ID) > maxFolderDepth {
		return f, wrong("folders would lie more than 10 deep")
	}
	return f, nil
}

// height is how many folders lie one in another from a folder down, itself included.
func height(list []store.Folder, id paceline.ID) int {
	most := 0
	for _, f := range list {
		if f.Parent == id {
			most = max(most, height(list, f.ID))
		}
	}
	return most + 1
}

// FolderOf finds a folder by its id. Errors: NotFound.
func FolderOf(list []store.Folder, id paceline.ID) (store.Folder, error) {
	at := slices.IndexFunc(list, func(f store.Folder) bool { return f.ID == id })
	if at < 0 {
		return store.Folder{}, notFound("Folder")
	}
	return list[at], nil
}

// FolderID reads the id of a folder, "" for the top. Errors: Invalid.
func FolderID(text string) (paceline.ID, error) {
	if text == "" || text == string(paceline.ZeroID) {
		return "", nil
	}
	id, ok := paceline.ParseID(text)
	if !ok {
		return "", paceline.Fail(paceline.CodeFolderIDInvalid)
	}
	return id, nil
}

// Folders lists the folders of an account's cycles, by name.
func (r *Room) Folders(ctx context.Context, p paceline.Principal, a paceline.Account) (list []store.Folder, err error) {
	if err := may(p, a); err != nil {
		return nil, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.CycleFolders(a.Scope())
		return err
	})
	slices.SortFunc(list, func(a, b store.Folder) int {
		return cmp.Or(strings.Compare(store.Fold(a.Name), store.Fold(b.Name)), strings.Compare(string(a.ID), string(b.ID)))
	})
	return list, err
}

// PutFolder makes a folder of cycles, without an id, or renames or moves the one with it. Errors: NotFound; those of read;
// Invalid for its name, for a parent that is not there or lies within it, for too many or too deep ones.
func (r *Room) PutFolder(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, read func() (FolderInput, error)) (store.Folder, error) {
	return r.changeFolder(ctx, p, a, func(tx *store.Tx, list []store.Folder) (f store.Folder, action string, err error) {
		action = "cycle_folder.changed"
		if id != "" {
			if f, err = FolderOf(list, id); err != nil {
				return f, action, err
			}
		}
		in, err := read()
		if err != nil {
			return f, action, err
		}
		if id == "" {
			if action = "cycle_folder.created"; len(list) >= MaxFolders {
				return f, action, paceline.Fail(paceline.CodeFieldInvalid, "name", "Folders", "reason", "there are more than 1000")
			}
			f.ID = paceline.NewID(r.clock.Now())
		}
		if f, err = in.Apply(list, f); err != nil {
			return f, action, err
		}
		return f, action, tx.PutCycleFolder(a.Scope(), f)
	})
}

// DeleteFolder removes a folder that holds nothing. Errors: NotFound; Invalid (CodeFolderFull).
func (r *Room) DeleteFolder(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	_, err := r.changeFolder(ctx, p, a, func(tx *store.Tx, list []store.Folder) (store.Folder, string, error) {
		f, err := FolderOf(list, id)
		if err != nil {
			return f, "", err
		}
		full, err := tx.FolderHasCycles(a.Scope(), id)
		if err != nil {
			return f, "", err
		}
		if full || slices.ContainsFunc(list, func(o store.Folder) bool { return o.Parent == id }) {
			return f, "", paceline.Fail(paceline.CodeFolderFull)
		}
		return f, "cycle_folder.deleted", tx.DeleteCycleFolder(a.Scope(), id)
	})
	return err
}

func (r *Room) changeFolder(ctx context.Context, p paceline.Principal, a paceline.Account, change func(*store.Tx, []store.Folder) (store.Folder, string, error)) (f store.Folder, err error) {
	if err := may(p, a); err != nil {
		return f, err
	}
	err = r.inTx(ctx, a.Scope(), killpoint.Request, func(tx *store.Tx) error {
		list, err := tx.CycleFolders(a.Scope())
		if err != nil {
			return err
		}
		var action string
		if f, action, err = change(tx, list); err != nil {
			return err
		}
		return tx.InsertAudit(a.Scope(), paceline.AuditEvent{Partner: a.Partner, Account: a.Num, At: tx.Now(), Actor: p.Name,
			Action: action, Subject: "folder", SubjectID: string(f.ID), Comment: f.Name})
	})
	return f, err
}

// Move lays a cycle into a folder, running or not; "" is the top. Errors: NotFound; those of read; Invalid for the folder.
func (r *Room) Move(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, read func() (folder string, err error)) error {
	if err := may(p, a); err != nil {
		return err
	}
	return r.inTx(ctx, a.Scope(), killpoint.Request, func(tx *store.Tx) error {
		c, found, err := tx.Cycle(a.Scope(), id)
		if err != nil || !found {
			return orNotFound(err, "Cycle")
		}
		text, err := read()
		if err != nil {
			return err
		}
		folder, err := FolderID(text)
		if err != nil {
			return err
		}
		if folder != "" {
			list, err := tx.CycleFolders(a.Scope())
			if err != nil {
				return err
			}
			if _, err := FolderOf(list, folder); err != nil {
				return paceline.Fail(paceline.CodeFolderNotFound)
			}
		}
		if err := tx.MoveCycle(a.Scope(), id, folder); err != nil {
			return err
		}
		return audit(tx, p, c, "cycle.moved", "")
	})
}
