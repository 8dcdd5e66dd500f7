package store

import "paceline"

const templateReleaseColumns = `r.id, r.template_id, r.partner_id, r.number, r.status, r.notes, r.flow, r.created_at, r.created_by, r.design_cycle, r.design_account`

func scanTemplateRelease(r *Row, at int) (rel paceline.TemplateRelease, err error) {
	rel = paceline.TemplateRelease{
		ID: r.ID(at), Template: r.ID(at + 1), Partner: r.Int(at + 2), Number: int(r.Int(at + 3)),
		Status: paceline.ReleaseStatus(r.Text(at + 4)), Notes: r.Text(at + 5),
		CreatedAt: r.Micros(at + 7), CreatedBy: r.Text(at + 8), DesignCycle: r.ID(at + 9), DesignAccount: r.Int(at + 10),
	}
	rel.Flow, err = readFlow(r.Bytes(at + 6))
	return rel, err
}

// LiveRelease returns the live release of a template.
func (tx *Tx) LiveRelease(scope paceline.Scope, template paceline.ID) (rel paceline.TemplateRelease, found bool, err error) {
	var bad error
	found, err = tx.one(`SELECT `+templateReleaseColumns+` FROM template_release r
		WHERE r.partner_id = $1 AND r.template_id = $2 AND r.status = 'Live'`,
		[]any{scope.Partner, template}, func(r *Row) { rel, bad = scanTemplateRelease(r, 0) })
	if err == nil {
		err = bad
	}
	return rel, found, err
}

// TemplateRelease returns one release of a template.
func (tx *Tx) TemplateRelease(scope paceline.Scope, template, id paceline.ID) (rel paceline.TemplateRelease, found bool, err error) {
	var bad error
	found, err = tx.one(`SELECT `+templateReleaseColumns+` FROM template_release r
		WHERE r.partner_id = $1 AND r.template_id = $2 AND r.id = $3`,
		[]any{scope.Partner, template, id}, func(r *Row) { rel, bad = scanTemplateRelease(r, 0) })
	if err == nil {
		err = bad
	}
	return rel, found, err
}

// TemplateReleases returns all releases of a template, the newest first.
func (tx *Tx) TemplateReleases(scope paceline.Scope, template paceline.ID) (list []paceline.TemplateRelease, err error) {
	err = tx.query(`SELECT `+templateReleaseColumns+` FROM template_release r
		WHERE r.partner_id = $1 AND r.template_id = $2 ORDER BY r.number DESC, r.id`,
		[]any{scope.Partner, template}, func(r *Row) error {
			rel, err := scanTemplateRelease(r, 0)
			list = append(list, rel)
			return err
		})
	return list, err
}

// InsertTemplateRelease stores the next release of a template and returns its number. A live one
// deprecates the live one before it.
func (tx *Tx) InsertTemplateRelease(scope paceline.Scope, rel paceline.TemplateRelease) (number int, err error) {
	_, err = tx.one(`SELECT COALESCE(MAX(number), 0) FROM template_release WHERE partner_id = $1 AND template_id = $2`,
		[]any{scope.Partner, rel.Template}, func(r *Row) { number = int(r.Int(0)) + 1 })
	if err != nil {
		return 0, err
	}
	if rel.Status == paceline.ReleaseLive {
		if err := tx.retireLiveRelease(scope, rel.Template); err != nil {
			return 0, err
		}
	}
	_, err = tx.exec(`INSERT INTO template_release (id, partner_id, template_id, number, status, notes, flow, created_at, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		rel.ID, scope.Partner, rel.Template, number, string(rel.Status), rel.Notes, writeFlow(rel.Flow), rel.CreatedAt, rel.CreatedBy)
	if err != nil {
		return 0, err
	}
	if rel.Status == paceline.ReleaseLive {
		err = tx.indexLiveRelease(scope, rel)
	}
	return number, err
}

// SetReleaseDesign says in which cycle a draft release is designed.
func (tx *Tx) SetReleaseDesign(scope paceline.Scope, rel paceline.TemplateRelease) error {
	_, err := tx.exec(`UPDATE template_release SET design_cycle = $1, design_account = $2 WHERE partner_id = $3 AND template_id = $4 AND id = $5`,
		rel.DesignCycle, rel.DesignAccount, scope.Partner, rel.Template, rel.ID)
	return err
}

// SetReleaseNotes says what is in a release.
func (tx *Tx) SetReleaseNotes(scope paceline.Scope, rel paceline.TemplateRelease) error {
	_, err := tx.exec(`UPDATE template_release SET notes = $1 WHERE partner_id = $2 AND template_id = $3 AND id = $4`, rel.Notes, scope.Partner, rel.Template, rel.ID)
	return err
}

// SetReleaseFlow stores what a release does.
func (tx *Tx) SetReleaseFlow(scope paceline.Scope, rel paceline.TemplateRelease) error {
	_, err := tx.exec(`UPDATE template_release SET flow = $1 WHERE partner_id = $2 AND template_id = $3 AND id = $4`, writeFlow(rel.Flow), scope.Partner, rel.Template, rel.ID)
	return err
}

// ReleaseFollowed reports whether a cycle was made of a release, or upgraded to it, those of the recycle bins among them.
func (tx *Tx) ReleaseFollowed(scope paceline.Scope, id paceline.ID) (bool, error) {
	return tx.one(`SELECT 1 FROM cycle WHERE template_release_id = $1 AND template_release_id <> '' AND partner_id = $2 LIMIT 1`,
		[]any{id, scope.Partner}, func(*Row) {})
}

// DeleteTemplateRelease lets a release that is not live go for good.
func (tx *Tx) DeleteTemplateRelease(scope paceline.Scope, rel paceline.TemplateRelease) error {
	_, err := tx.exec(`DELETE FROM template_release WHERE partner_id = $1 AND template_id = $2 AND id = $3 AND status <> 'Live'`, scope.Partner, rel.Template, rel.ID)
	return err
}

// PromoteTemplateRelease makes a release the live one, with its flow as it stands, and deprecates the one before it.
func (tx *Tx) PromoteTemplateRelease(scope paceline.Scope, rel paceline.TemplateRelease) error {
	if err := tx.retireLiveRelease(scope, rel.Template); err != nil {
		return err
	}
	if _, err := tx.exec(`UPDATE template_release SET status = 'Live', flow = $4
		WHERE partner_id = $1 AND template_id = $2 AND id = $3`, scope.Partner, rel.Template, rel.ID, writeFlow(rel.Flow)); err != nil {
		return err
	}
	return tx.indexLiveRelease(scope, rel)
}

func (tx *Tx) retireLiveRelease(scope paceline.Scope, template paceline.ID) error {
	if _, err := tx.exec(`UPDATE template_release SET status = 'Deprecated'
		WHERE partner_id = $1 AND template_id = $2 AND status = 'Live'`, scope.Partner, template); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM template_connector WHERE partner_id = $1 AND template_id = $2`, scope.Partner, template)
	return err
}

// indexLiveRelease keeps by which connectors a template is found.
func (tx *Tx) indexLiveRelease(scope paceline.Scope, rel paceline.TemplateRelease) error {
	for _, step := range rel.Flow.Steps {
		if step.Connector == nil {
			continue
		}
		if _, err := tx.exec(`INSERT INTO template_connector (partner_id, template_id, connector_uid) VALUES ($1, $2, $3)
			ON CONFLICT (template_id, connector_uid) DO NOTHING`, scope.Partner, rel.Template, step.Connector.UID); err != nil {
			return err
		}
	}
	return nil
}
