package store

import "paceline"

// What benches fill a database with: copies of a row, made by the database itself. A hundred thousand cycles and a million
// transactions take seconds so.

// counted is the numbers from 0 on, as many as the parameter says.
const counted = `WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $3) `

// MultiplyAtOnce is how many rows one transaction may copy: SQLite's journal of a savepoint is a list, which it walks
// through from the beginning.
const MultiplyAtOnce = 10_000

// MultiplyCycle adds n paused copies of a cycle under other names, with its connectors and without steps that can be
// addressed. There are already from copies.
func (tx *Tx) MultiplyCycle(scope paceline.Scope, cycle int64, from, n int) error {
	first, err := tx.nextNums("cycle", int64(n))
	if err != nil {
		return err
	}
	args := []any{scope.Partner, scope.Account, n, first, cycle, from}
	_, err = tx.exec(`INSERT INTO cycle (num, id, partner_id, account_id, root_id, name, name_fold, description, tags, state,
			template_id, template_release_id, flow, version, run_version, created_at, activated_at)
		`+counted+`SELECT $4 + n.i, '01a214f8-0000-7000-8000-' || SUBSTR(CAST(1000000000000 + $4 + n.i AS TEXT), 2), c.partner_id, c.account_id, c.root_id,
			'Copy ' || CAST(($6 + n.i) * 7919 % 100003 AS TEXT), 'copy ' || CAST(($6 + n.i) * 7919 % 100003 AS TEXT), c.description, c.tags, 0,
			c.template_id, c.template_release_id, c.flow, 1, 0, c.created_at + $6 + n.i, 0
		FROM n, cycle c WHERE c.partner_id = $1 AND c.account_id = $2 AND c.num = $5`, args...)
	if err == nil {
		_, err = tx.exec(`INSERT INTO cycle_connector (partner_id, account_id, cycle_num, account_connector_id, connector_uid)
			`+counted+`SELECT u.partner_id, u.account_id, $4 + n.i, u.account_connector_id, u.connector_uid
			FROM n, cycle_connector u WHERE u.partner_id = $1 AND u.account_id = $2 AND u.cycle_num = $5`, args[:5]...)
	}
	return err
}

// MultiplyRun adds n copies of an ended transaction, a millisecond apart, without data of steps. There are already from
// copies.
func (tx *Tx) MultiplyRun(scope paceline.Scope, run int64, from, n int) error {
	first, err := tx.nextNums("run", int64(n))
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO run (num, partner_id, account_id, root_id, cycle_num, version, state, due_at, parent, errors, warnings, created_at,
			ended_at, prune_at, pruned, split)
		`+counted+`SELECT $4 + n.i, r.partner_id, r.account_id, r.root_id, r.cycle_num, r.version, r.state, r.due_at, r.parent, r.errors, r.warnings,
			r.created_at + 1000 * ($6 + n.i), r.ended_at + 1000 * ($6 + n.i), r.prune_at, r.pruned, r.split
		FROM n, run r WHERE r.partner_id = $1 AND r.account_id = $2 AND r.num = $5`, scope.Partner, scope.Account, n, first, run, from)
	return err
}
