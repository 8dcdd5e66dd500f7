package store

import (
	"strings"

	"paceline"
)

const templateColumns = `t.id, t.partner_id, t.name, t.description, t.folder_id, t.tags, t.published, t.created_at`

func scanTemplate(r *Row) paceline.Template {
	return paceline.Template{
		ID: r.ID(0), Partner: r.Int(1), Name: r.Text(2), Description: r.TextPtr(3), Folder: r.ID(4),
		Tags: readTags(r.Text(5)), Published: r.Bool(6), CreatedAt: r.Micros(7),
	}
}

// TemplateFilter chooses templates; zero values choose all.
type TemplateFilter struct {
	Text             string // part of name or description, in any letter case
	Tag              string
	ConnectorName    string
	ConnectorVersion string // the vendor's API version
	Folder           paceline.ID
}

// LiveTemplate is a template with its live release.
type LiveTemplate struct {
	paceline.Template
	Release paceline.TemplateRelease
}

// Names by which lists of templates can be sorted; others sort by name.
const (
	TemplatesByName    = "Name"
	TemplatesByID      = "Id"
	TemplatesByCreated = "CreatedOnUtc"
)

const templateFilter = ` WHERE t.partner_id = $1 AND t.published = 1 AND r.partner_id = $1 AND r.status = 'Live'
	AND ($2 = '' OR EXISTS (SELECT 1 FROM template_tag g
		WHERE g.partner_id = $1 AND g.template_id = t.id AND g.tag = $2))
	AND (($3 = '' AND $4 = '') OR EXISTS (SELECT 1 FROM template_connector c JOIN connector_release d
		ON d.connector_uid = c.connector_uid AND d.partner_id IN (0, $1)
		WHERE c.partner_id = $1 AND c.template_id = t.id AND ($3 = '' OR d.name_fold = $3) AND ($4 = '' OR d.api_version = $4)))
	AND ($5 = '' OR t.folder_id = $5)
	AND ($6 = '' OR t.name_fold LIKE $6 ESCAPE '\' OR LOWER(COALESCE(t.description, '')) LIKE $6 ESCAPE '\')`

// LiveTemplates returns a page of the published templates that have a live release, with it.
func (tx *Tx) LiveTemplates(scope paceline.Scope, f TemplateFilter, page paceline.Page) (list paceline.List[LiveTemplate], err error) {
	args := []any{scope.Partner, f.Tag, foldOrEmpty(f.ConnectorName), f.ConnectorVersion, f.Folder, likePattern(strings.TrimSpace(f.Text))}
	const from = ` FROM template t JOIN template_release r ON r.template_id = t.id`
	if list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1`+from+templateFilter+` LIMIT $7) counted`, args); err != nil {
		return list, err
	}
	column := "t.name_fold"
	switch {
	case strings.EqualFold(page.OrderBy, TemplatesByID):
		column = "t.id"
	case strings.EqualFold(page.OrderBy, TemplatesByCreated):
		column = "t.created_at"
	}
	var bad error
	err = tx.query(`SELECT `+templateColumns+`, `+templateReleaseColumns+from+templateFilter+`
		ORDER BY `+column+direction(page)+`, t.id`+direction(page)+` LIMIT $7 OFFSET $8`,
		append(args, page.Limit(), page.Offset()), func(r *Row) error {
			t := LiveTemplate{Template: scanTemplate(r)}
			t.Release, bad = scanTemplateRelease(r, 8)
			list.Items = append(list.Items, t)
			return bad
		})
	return list, err
}

// Template returns one template of the partner, published or not, but none in the recycle bin.
func (tx *Tx) Template(scope paceline.Scope, id paceline.ID) (t paceline.Template, found bool, err error) {
	found, err = tx.one(`SELECT `+templateColumns+` FROM template t WHERE t.partner_id = $1 AND t.id = $2 AND t.deleted_at = 0`,
		[]any{scope.Partner, id}, func(r *Row) { t = scanTemplate(r) })
	return t, found, err
}

// ShippedTemplate returns the template that was made from a shipped folder, and the hash of its file.
func (tx *Tx) ShippedTemplate(scope paceline.Scope, key string) (t paceline.Template, hash string, found bool, err error) {
	found, err = tx.one(`SELECT `+templateColumns+`, t.source_hash FROM template t
		WHERE t.partner_id = $1 AND t.source_key = $2 ORDER BY t.id`,
		[]any{scope.Partner, key}, func(r *Row) { t, hash = scanTemplate(r), r.Text(8) })
	return t, hash, found, err
}

// InsertTemplate stores a new template; key and hash name the shipped file that it comes from, or are "".
func (tx *Tx) InsertTemplate(scope paceline.Scope, t paceline.Template, key, hash string) error {
	_, err := tx.exec(`INSERT INTO template (id, partner_id, name, name_fold, description, folder_id, tags, published,
			source_key, source_hash, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		t.ID, scope.Partner, t.Name, Fold(t.Name), t.Description, t.Folder, writeTags(t.Tags), t.Published, key, hash, t.CreatedAt)
	if err != nil {
		return err
	}
	return tx.putTemplateTags(scope, t)
}

// UpdateTemplate stores name, description, tags, published flag and the hash of the shipped file.
func (tx *Tx) UpdateTemplate(scope paceline.Scope, t paceline.Template, hash string) error {
	_, err := tx.exec(`UPDATE template SET name = $1, name_fold = $2, description = $3, tags = $4, published = $5, source_hash = $6
		WHERE partner_id = $7 AND id = $8`,
		t.Name, Fold(t.Name), t.Description, writeTags(t.Tags), t.Published, hash, scope.Partner, t.ID)
	if err != nil {
		return err
	}
	return tx.retagTemplate(scope, t)
}

// DescribeTemplate stores name, description and tags.
func (tx *Tx) DescribeTemplate(scope paceline.Scope, t paceline.Template) error {
	_, err := tx.exec(`UPDATE template SET name = $1, name_fold = $2, description = $3, tags = $4 WHERE partner_id = $5 AND id = $6`,
		t.Name, Fold(t.Name), t.Description, writeTags(t.Tags), scope.Partner, t.ID)
	if err != nil {
		return err
	}
	return tx.retagTemplate(scope, t)
}

func (tx *Tx) retagTemplate(scope paceline.Scope, t paceline.Template) error {
	if _, err := tx.exec(`DELETE FROM template_tag WHERE partner_id = $1 AND template_id = $2`, scope.Partner, t.ID); err != nil {
		return err
	}
	return tx.putTemplateTags(scope, t)
}

// SetTemplatePublished says whether a template is offered.
func (tx *Tx) SetTemplatePublished(scope paceline.Scope, id paceline.ID, published bool) error {
	_, err := tx.exec(`UPDATE template SET published = $1 WHERE partner_id = $2 AND id = $3`, published, scope.Partner, id)
	return err
}

func (tx *Tx) putTemplateTags(scope paceline.Scope, t paceline.Template) error {
	for _, tag := range t.Tags {
		if _, err := tx.exec(`INSERT INTO template_tag (partner_id, template_id, tag) VALUES ($1, $2, $3)
			ON CONFLICT (template_id, tag) DO NOTHING`, scope.Partner, t.ID, tag); err != nil {
			return err
		}
	}
	return nil
}

// foldOrEmpty folds a filter's name; "" stays "no filter".
func foldOrEmpty(name string) string {
	if name == "" {
		return ""
	}
	return Fold(name)
}
