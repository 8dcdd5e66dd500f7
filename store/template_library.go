package store

import (
	"context"
	"strings"

	"paceline"
)

// LibraryTemplate is a template as its partner works on it, offered or not.
type LibraryTemplate struct {
	paceline.Template
	Live      int // number of the live release; 0 without one
	Draft     int // number of the newest draft; 0 without one
	DraftID   paceline.ID
	DeletedAt paceline.Micros // 0 outside of the recycle bin
}

// LibraryFilter chooses templates of the library; zero values choose all that are not deleted.
type LibraryFilter struct {
	Text    string // a part of the name
	Tag     string
	Folder  paceline.ID
	Deleted bool // the recycle bin instead
}

const libraryFilter = ` FROM template t WHERE t.partner_id = $1 AND ($2 = '' OR t.name_fold LIKE $3 ESCAPE '!') AND ($4 = '' OR t.folder_id = $4)
	AND ($5 = '' OR EXISTS (SELECT 1 FROM template_tag g WHERE g.partner_id = $1 AND g.template_id = t.id AND g.tag = $5))
	AND (CASE WHEN CAST($6 AS INTEGER) = 1 THEN t.deleted_at > 1 ELSE t.deleted_at = 0 END)`

// Library returns a page of the partner's templates, those without a live release among them, by name; or with f.Deleted
// its recycle bin, what was deleted last first.
func (tx *Tx) Library(scope paceline.Scope, f LibraryFilter, page paceline.Page) (list paceline.List[LibraryTemplate], err error) {
	deleted, order := 0, `t.name_fold, t.id`
	if f.Deleted {
		deleted, order = 1, `t.deleted_at DESC, t.id`
	}
	text := Fold(strings.TrimSpace(f.Text))
	args := []any{scope.Partner, text, "%" + likeEscape.Replace(text) + "%", f.Folder, f.Tag, deleted}
	if list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1`+libraryFilter+` LIMIT $7) counted`, args); err != nil {
		return list, err
	}
	err = tx.query(`SELECT `+templateColumns+`,
		COALESCE((SELECT MAX(r.number) FROM template_release r WHERE r.partner_id = $1 AND r.template_id = t.id AND r.status = 'Live'), 0),
		COALESCE((SELECT MAX(r.number) FROM template_release r WHERE r.partner_id = $1 AND r.template_id = t.id AND r.status = 'Draft'), 0),
		COALESCE((SELECT r.id FROM template_release r WHERE r.partner_id = $1 AND r.template_id = t.id AND r.status = 'Draft' ORDER BY r.number DESC LIMIT 1), ''),
		t.deleted_at`+libraryFilter+` ORDER BY `+order+` LIMIT $7 OFFSET $8`, append(args, page.Limit(), page.Offset()), func(r *Row) error {
		list.Items = append(list.Items, LibraryTemplate{Template: scanTemplate(r), Live: int(r.Int(8)), Draft: int(r.Int(9)), DraftID: r.ID(10), DeletedAt: r.Micros(11)})
		return nil
	})
	return list, err
}

// DeleteTemplate moves a template to the recycle bin, out of its folder, and offers it no more. It reports whether it was there.
func (tx *Tx) DeleteTemplate(scope paceline.Scope, id paceline.ID) (bool, error) {
	n, err := tx.exec(`UPDATE template SET deleted_at = $3, published = 0, folder_id = '' WHERE partner_id = $1 AND id = $2 AND deleted_at = 0`,
		scope.Partner, id, tx.Now())
	return n > 0, err
}

// RestoreTemplate takes a template out of the recycle bin, not published. It reports whether it was in it.
func (tx *Tx) RestoreTemplate(scope paceline.Scope, id paceline.ID) (bool, error) {
	n, err := tx.exec(`UPDATE template SET deleted_at = 0 WHERE partner_id = $1 AND id = $2 AND deleted_at > 1`, scope.Partner, id)
	return n > 0, err
}

// PurgeTemplate lets a template in the recycle bin go for good, with its releases. Cycles that were made of it stay.
func (tx *Tx) PurgeTemplate(scope paceline.Scope, id paceline.ID) (bool, error) {
	// A shipped one keeps its place, or the next start would make it anew.
	kept, err := tx.exec(`UPDATE template SET deleted_at = 1, name = '', name_fold = '', description = NULL WHERE partner_id = $1 AND id = $2
		AND deleted_at > 1 AND source_key <> ''`, scope.Partner, id)
	if err != nil {
		return false, err
	}
	gone, err := tx.exec(`DELETE FROM template WHERE partner_id = $1 AND id = $2 AND deleted_at > 1`, scope.Partner, id)
	if err != nil || kept+gone == 0 {
		return false, err
	}
	for _, sql := range []string{
		`DELETE FROM template_release WHERE partner_id = $1 AND template_id = $2`,
		`DELETE FROM template_tag WHERE partner_id = $1 AND template_id = $2`,
		`DELETE FROM template_connector WHERE partner_id = $1 AND template_id = $2`,
	} {
		if _, err := tx.exec(sql, scope.Partner, id); err != nil {
			return false, err
		}
	}
	return true, nil
}

// sqlOldTemplate serves the node that purges; no caller's request reaches it.
const sqlOldTemplate = `SELECT t.partner_id, t.id FROM template t WHERE t.deleted_at > 1 AND t.deleted_at <= $1 ORDER BY t.deleted_at LIMIT 1`

// PurgeTemplates lets the templates go for good that have been in a recycle bin for BinKept, and returns how many.
func (s *Store) PurgeTemplates(ctx context.Context, now paceline.Micros) (n int, err error) {
	for {
		var scope paceline.Scope
		var id paceline.ID
		var found bool
		err := s.Read(ctx, func(tx *Tx) error {
			found, err = tx.one(sqlOldTemplate, []any{now.Add(-BinKept)}, func(r *Row) { scope, id = paceline.Scope{Partner: r.Int(0)}, r.ID(1) })
			return err
		})
		if err != nil || !found {
			return n, err
		}
		if err := s.InTx(ctx, scope, func(tx *Tx) error { _, err := tx.PurgeTemplate(scope, id); return err }); err != nil {
			return n, err
		}
		n++
	}
}
