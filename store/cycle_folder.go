package store

import "paceline"

// CycleFolders returns all folders of the scope's account.
func (tx *Tx) CycleFolders(scope paceline.Scope) (list []Folder, err error) {
	err = tx.query(`SELECT id, parent_id, name FROM cycle_folder WHERE partner_id = $1 AND account_id = $2 ORDER BY id`,
		[]any{scope.Partner, scope.Account}, func(r *Row) error {
			list = append(list, Folder{ID: r.ID(0), Parent: r.ID(1), Name: r.Text(2)})
			return nil
		})
	return list, err
}

// PutCycleFolder stores a folder of the scope's account, or its new name and parent.
func (tx *Tx) PutCycleFolder(scope paceline.Scope, f Folder) error {
	_, err := tx.exec(`INSERT INTO cycle_folder (id, partner_id, account_id, parent_id, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id, name = excluded.name`,
		f.ID, scope.Partner, scope.Account, f.Parent, f.Name, tx.Now())
	return err
}

// DeleteCycleFolder removes a folder that holds nothing; what lies in the recycle bin comes back to the top.
func (tx *Tx) DeleteCycleFolder(scope paceline.Scope, id paceline.ID) error {
	if _, err := tx.exec(`UPDATE cycle SET folder_id = '' WHERE partner_id = $1 AND account_id = $2 AND folder_id = $3`, scope.Partner, scope.Account, id); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM cycle_folder WHERE partner_id = $1 AND account_id = $2 AND id = $3`, scope.Partner, scope.Account, id)
	return err
}

// DeleteCycleFolders removes all folders of an account that is being deleted.
func (tx *Tx) DeleteCycleFolders(scope paceline.Scope) error {
	_, err := tx.exec(`DELETE FROM cycle_folder WHERE partner_id = $1 AND account_id = $2`, scope.Partner, scope.Account)
	return err
}

// FolderHasCycles reports whether cycles lie in the folder that are not in the recycle bin.
func (tx *Tx) FolderHasCycles(scope paceline.Scope, id paceline.ID) (bool, error) {
	return tx.one(`SELECT 1 FROM cycle WHERE partner_id = $1 AND account_id = $2 AND folder_id = $3 AND folder_id <> '' AND state <> 6 LIMIT 1`,
		[]any{scope.Partner, scope.Account, id}, func(*Row) {})
}

// MoveCycle lays a cycle into a folder, "" for the top. Its version stays: nothing of it runs otherwise.
func (tx *Tx) MoveCycle(scope paceline.Scope, cycle, folder paceline.ID) error {
	_, err := tx.exec(`UPDATE cycle SET folder_id = $1 WHERE partner_id = $2 AND account_id = $3 AND id = $4`, folder, scope.Partner, scope.Account, cycle)
	return err
}
