package store

import "paceline"

// indexCycle keeps what cycles are looked up by (tags, connectors, steps, webhook addresses) equal to the
// document. It writes differences only, so that editing one step of a long flow stays short.
func (tx *Tx) indexCycle(c paceline.Cycle) error {
	tags := make(map[string]bool, len(c.Tags))
	for _, tag := range c.Tags {
		tags[tag] = true
	}
	steps := make(map[paceline.ID]bool, len(c.Flow.Steps))
	uses := make(map[connectorUse]bool)
	for _, step := range c.Flow.Steps {
		steps[step.ID] = true
		if step.Connector != nil {
			uses[connectorUse{step.AccountConnector, step.Connector.UID}] = true
		}
	}
	owner := []any{c.Partner, c.Account, c.Num}
	err := syncIndex(tx, tags, owner, func(r *Row) string { return r.Text(0) }, func(tag string) []any { return []any{tag} },
		`SELECT tag FROM cycle_tag WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 ORDER BY tag`,
		`INSERT INTO cycle_tag (partner_id, account_id, cycle_num, tag) VALUES ($1, $2, $3, $4)`,
		`DELETE FROM cycle_tag WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND tag = $4`)
	if err != nil {
		return err
	}
	err = syncIndex(tx, steps, owner, func(r *Row) paceline.ID { return r.ID(0) }, func(id paceline.ID) []any { return []any{id} },
		`SELECT step_id FROM cycle_step WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 ORDER BY step_id`,
		`INSERT INTO cycle_step (partner_id, account_id, cycle_num, step_id) VALUES ($1, $2, $3, $4)`,
		`DELETE FROM cycle_step WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND step_id = $4`)
	if err != nil {
		return err
	}
	err = syncIndex(tx, uses, owner, func(r *Row) connectorUse { return connectorUse{r.Int32(0), r.ID(1)} },
		func(u connectorUse) []any { return []any{u.accountConnector, u.connector} },
		`SELECT account_connector_id, connector_uid FROM cycle_connector
			WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 ORDER BY account_connector_id, connector_uid`,
		`INSERT INTO cycle_connector (partner_id, account_id, cycle_num, account_connector_id, connector_uid) VALUES ($1, $2, $3, $4, $5)`,
		`DELETE FROM cycle_connector WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3
			AND account_connector_id = $4 AND connector_uid = $5`)
	if err != nil {
		return err
	}
	return tx.indexWebhooks(c)
}

// connectorUse is a connector of a cycle with the account connector that its steps use.
type connectorUse struct {
	accountConnector int32
	connector        paceline.ID
}

// syncIndex makes the rows of one owner those of want: read lists them, add and remove take the owner's
// arguments followed by those of a row.
func syncIndex[K comparable](tx *Tx, want map[K]bool, owner []any, scan func(*Row) K, args func(K) []any, read, add, remove string) error {
	var gone []K
	err := tx.query(read, owner, func(r *Row) error {
		if k := scan(r); want[k] {
			delete(want, k)
		} else {
			gone = append(gone, k)
		}
		return nil
	})
	if err != nil {
		return err
	}
	with := func(k K) []any { return append(owner[:len(owner):len(owner)], args(k)...) }
	for _, k := range gone {
		if _, err := tx.exec(remove, with(k)...); err != nil {
			return err
		}
	}
	for k := range want {
		if _, err := tx.exec(add, with(k)...); err != nil {
			return err
		}
	}
	return nil
}
