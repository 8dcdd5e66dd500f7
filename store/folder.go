package store

import "paceline"

// Folder is a place in the partner's template library.
type Folder struct {
	ID     paceline.ID
	Parent paceline.ID // "" at the top
	Name   string
}

// FolderExists reports whether the partner has the folder.
func (tx *Tx) FolderExists(scope paceline.Scope, id paceline.ID) (bool, error) {
	return tx.one(`SELECT 1 FROM folder WHERE partner_id = $1 AND id = $2`, []any{scope.Partner, id}, func(*Row) {})
}

// InsertFolder stores a new folder.
func (tx *Tx) InsertFolder(scope paceline.Scope, f Folder) error {
	_, err := tx.exec(`INSERT INTO folder (id, partner_id, parent_id, name, created_at) VALUES ($1, $2, $3, $4, $5)`,
		f.ID, scope.Partner, f.Parent, f.Name, tx.Now())
	return err
}

// Folders returns all folders of the partner.
func (tx *Tx) Folders(scope paceline.Scope) (list []Folder, err error) {
	err = tx.query(`SELECT id, parent_id, name FROM folder WHERE partner_id = $1 ORDER BY id`, []any{scope.Partner}, func(r *Row) error {
		list = append(list, Folder{ID: r.ID(0), Parent: r.ID(1), Name: r.Text(2)})
		return nil
	})
	return list, err
}

// UpdateFolder stores a folder's name and parent.
func (tx *Tx) UpdateFolder(scope paceline.Scope, f Folder) error {
	_, err := tx.exec(`UPDATE folder SET name = $1, parent_id = $2 WHERE partner_id = $3 AND id = $4`, f.Name, f.Parent, scope.Partner, f.ID)
	return err
}

// DeleteFolder removes a folder that holds nothing.
func (tx *Tx) DeleteFolder(scope paceline.Scope, id paceline.ID) error {
	_, err := tx.exec(`DELETE FROM folder WHERE partner_id = $1 AND id = $2`, scope.Partner, id)
	return err
}

// FolderHasTemplates reports whether templates lie in the folder.
func (tx *Tx) FolderHasTemplates(scope paceline.Scope, id paceline.ID) (bool, error) {
	return tx.one(`SELECT 1 FROM template WHERE partner_id = $1 AND folder_id = $2 LIMIT 1`, []any{scope.Partner, id}, func(*Row) {})
}

// MoveTemplate lays a template into a folder, "" for the top.
func (tx *Tx) MoveTemplate(scope paceline.Scope, template, folder paceline.ID) error {
	_, err := tx.exec(`UPDATE template SET folder_id = $1 WHERE partner_id = $2 AND id = $3`, folder, scope.Partner, template)
	return err
}
