package store

import "paceline"

// CustomConnector is a connector that an account was given the definition of.
type CustomConnector struct {
	ID           int32       // the connector's
	UID          paceline.ID // the sender's
	ConnectorUID paceline.ID // the one that releases go by
	Name         string
	Release      int // counts releases
	Draft        bool
	Source       []byte // as it was sent
	CreatedAt    paceline.Micros
}

const customConnectorColumns = `id, uid, connector_uid, name, release, draft, source, created_at`

func scanCustomConnector(r *Row) CustomConnector {
	return CustomConnector{ID: r.Int32(0), UID: r.ID(1), ConnectorUID: r.ID(2), Name: r.Text(3), Release: int(r.Int(4)), Draft: r.Bool(5), Source: r.Bytes(6), CreatedAt: r.Micros(7)}
}

// CustomConnectors returns a page of the scope's account's, by name.
func (tx *Tx) CustomConnectors(scope paceline.Scope, page paceline.Page) (list paceline.List[CustomConnector], err error) {
	err = tx.query(`SELECT `+customConnectorColumns+` FROM custom_connector WHERE partner_id = $1 AND account_id = $2
		ORDER BY name_fold, id LIMIT $3 OFFSET $4`,
		[]any{scope.Partner, scope.Account, page.Limit(), page.Offset()}, func(r *Row) error {
			list.Items = append(list.Items, scanCustomConnector(r))
			return nil
		})
	if err != nil {
		return list, err
	}
	list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1 FROM custom_connector WHERE partner_id = $1 AND account_id = $2 LIMIT $3) counted`,
		[]any{scope.Partner, scope.Account})
	return list, err
}

// CustomConnector finds one of the scope's account.
func (tx *Tx) CustomConnector(scope paceline.Scope, id int32) (c CustomConnector, found bool, err error) {
	found, err = tx.one(`SELECT `+customConnectorColumns+` FROM custom_connector WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
		[]any{scope.Partner, scope.Account, id}, func(r *Row) { c = scanCustomConnector(r) })
	return c, found, err
}

// CustomConnectorByUID finds one of the scope's account by its sender's id.
func (tx *Tx) CustomConnectorByUID(scope paceline.Scope, uid paceline.ID) (c CustomConnector, found bool, err error) {
	found, err = tx.one(`SELECT `+customConnectorColumns+` FROM custom_connector WHERE partner_id = $1 AND account_id = $2 AND uid = $3`,
		[]any{scope.Partner, scope.Account, uid}, func(r *Row) { c = scanCustomConnector(r) })
	return c, found, err
}

// PutCustomConnector stores one of the scope's account, or replaces it.
func (tx *Tx) PutCustomConnector(scope paceline.Scope, c CustomConnector) error {
	_, err := tx.exec(`INSERT INTO custom_connector (id, partner_id, account_id, uid, connector_uid, name, name_fold, release, draft, source, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET uid = excluded.uid, name = excluded.name, name_fold = excluded.name_fold, release = excluded.release,
			draft = excluded.draft, source = excluded.source`,
		c.ID, scope.Partner, scope.Account, c.UID, c.ConnectorUID, c.Name, Fold(c.Name), c.Release, c.Draft, c.Source, c.CreatedAt)
	return err
}

// DeleteCustomConnector removes one of the scope's account; its releases are offered no more, and stay for whom uses them.
func (tx *Tx) DeleteCustomConnector(scope paceline.Scope, c CustomConnector) error {
	if _, err := tx.exec(`UPDATE connector_release SET status = $4 WHERE partner_id = $1 AND account_id = $2 AND connector_uid = $3`,
		scope.Partner, scope.Account, c.ConnectorUID, string(paceline.ReleaseDeprecated)); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM custom_connector WHERE partner_id = $1 AND account_id = $2 AND id = $3`, scope.Partner, scope.Account, c.ID)
	return err
}

// DeleteCustomConnectors removes all of an account that is being deleted.
func (tx *Tx) DeleteCustomConnectors(scope paceline.Scope) error {
	for _, sql := range []string{
		`DELETE FROM custom_connector WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM connector_release WHERE partner_id = $1 AND account_id = $2 AND account_id > 0`,
	} {
		if _, err := tx.exec(sql, scope.Partner, scope.Account); err != nil {
			return err
		}
	}
	return nil
}
