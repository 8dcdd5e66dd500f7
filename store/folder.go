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
