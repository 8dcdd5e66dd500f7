package store

import (
	"maps"
	"slices"

	"paceline"
)

// The bytes that an account has stored are the outputs of steps, the logged requests and responses, the details of
// incidents, and blobs, as they lie in the database, and the names and values of entries. They are counted where they
// are written and removed, each commit's sum with the other counters of its cycle, entries with the size of their store.

// sqlAddBytes adds to the bytes of a cycle outside the engine's commits.
const sqlAddBytes = `INSERT INTO cycle_counter (cycle_num, partner_id, account_id, tasks, errors, warnings, in_progress, last_success_at, bytes)
	VALUES ($1, $2, $3, 0, 0, 0, 0, 0, $4) ON CONFLICT (cycle_num) DO UPDATE SET bytes = cycle_counter.bytes + excluded.bytes`

func (tx *Tx) addBytes(scope paceline.Scope, cycle, n int64) error {
	if n == 0 || cycle == 0 {
		return nil
	}
	_, err := tx.exec(sqlAddBytes, cycle, scope.Partner, scope.Account, n)
	return err
}

// StoredBytes returns the bytes that the scope's account has stored, without its sub accounts'.
func (tx *Tx) StoredBytes(scope paceline.Scope) (n int64, err error) {
	_, err = tx.one(`SELECT CAST(COALESCE((SELECT SUM(c.bytes) FROM cycle_counter c WHERE c.partner_id = $1 AND c.account_id = $2), 0)
		+ COALESCE((SELECT SUM(z.bytes) FROM entry_size z WHERE z.partner_id = $1 AND z.account_id = $2), 0) AS BIGINT)`,
		[]any{scope.Partner, scope.Account}, func(r *Row) { n = r.Int(0) })
	if err != nil {
		return 0, err
	}
	noted, err := tallied(tx.ctx, tx.db, allNodes, allWriters, scope.Account)
	if err != nil {
		return 0, err
	}
	for _, c := range noted.cycles {
		n += c.bytes
	}
	return n, nil
}

// StoredBytesOfRows sums up what is really there, by which StoredBytes can be checked. It reads all these rows.
func (tx *Tx) StoredBytesOfRows(scope paceline.Scope) (n int64, err error) {
	_, err = tx.one(`SELECT CAST(
		COALESCE((SELECT SUM(COALESCE(LENGTH(s.output), 0) + COALESCE(LENGTH(s.request), 0) + COALESCE(LENGTH(s.response), 0)) FROM run r JOIN step s ON s.partner_id = $1 AND s.account_id = $2
			AND s.id >= r.num * 1048576 AND s.id < (r.num + 1) * 1048576 WHERE r.partner_id = $1 AND r.account_id = $2), 0)
		+ COALESCE((SELECT SUM(COALESCE(LENGTH(x.request), 0) + COALESCE(LENGTH(x.response), 0))
			FROM run r JOIN exchange x ON x.partner_id = $1 AND x.account_id = $2
			AND x.step >= r.num * 1048576 AND x.step < (r.num + 1) * 1048576 WHERE r.partner_id = $1 AND r.account_id = $2), 0)
		+ COALESCE((SELECT SUM(OCTET_LENGTH(e.name) + LENGTH(e.value)) FROM entry e WHERE e.partner_id = $1 AND e.account_id = $2), 0)
		+ COALESCE((SELECT SUM(LENGTH(k.call) + LENGTH(k.answer)) FROM entry_call k WHERE k.partner_id = $1 AND k.account_id = $2), 0)
		+ COALESCE((SELECT SUM(LENGTH(i.detail)) FROM incident i WHERE i.partner_id = $1 AND i.account_id = $2), 0)
		+ COALESCE((SELECT SUM(LENGTH(c.bytes)) FROM blob b JOIN blob_chunk c ON c.blob = b.id
			WHERE b.partner_id = $1 AND b.account_id = $2 AND b.cycle_num <> 0), 0) AS BIGINT)`,
		[]any{scope.Partner, scope.Account}, func(r *Row) { n = r.Int(0) })
	return n, err
}

// bytes counts what the commit of an advance stores, but for its children.
func (op *Advance) bytes() (n int64) {
	for i := range op.Rows {
		n += int64(len(op.Rows[i].Output.Data))
	}
	for i := range op.Exchanges {
		n += int64(len(op.Exchanges[i].Request) + len(op.Exchanges[i].Response))
	}
	for i := range op.Incidents {
		n += int64(len(op.Incidents[i].Detail))
	}
	return n
}

// Bytes is about what the op stores, for tallies between two readings of StoredBytes.
func (op *Advance) Bytes() int64 {
	n := op.bytes()
	for i := range op.Children {
		n += int64(len(op.Children[i].Row.Output.Data))
	}
	return n
}

// freed collects what pruning removes, by cycle.
type freed map[int64]*freedOf

type freedOf struct {
	scope paceline.Scope
	bytes int64
}

// The sums of one run, before its data goes.
const sqlPruneSize = `SELECT r.partner_id, r.account_id, r.cycle_num, CAST(
	COALESCE((SELECT SUM(COALESCE(LENGTH(s.output), 0) + COALESCE(LENGTH(s.request), 0) + COALESCE(LENGTH(s.response), 0)) FROM step s WHERE s.id >= $2 AND s.id < $3), 0)
	+ COALESCE((SELECT SUM(COALESCE(LENGTH(x.request), 0) + COALESCE(LENGTH(x.response), 0)) FROM exchange x WHERE x.step >= $2 AND x.step < $3), 0)
	+ COALESCE((SELECT SUM(LENGTH(i.detail)) FROM incident i WHERE i.run = $1), 0)
	+ COALESCE((SELECT SUM(LENGTH(c.bytes)) FROM blob b JOIN blob_chunk c ON c.blob = b.id WHERE b.run = $1 AND b.cycle_num <> 0), 0) AS BIGINT)
	FROM run r WHERE r.num = $1`

func (f freed) add(tx *Tx, run int64) error {
	_, err := tx.one(sqlPruneSize, []any{run, stepKey(run, 0), stepKey(run+1, 0)}, func(r *Row) {
		cycle := r.Int(2)
		if f[cycle] == nil {
			f[cycle] = &freedOf{scope: paceline.Scope{Partner: r.Int(0), Account: r.Int(1)}}
		}
		f[cycle].bytes += r.Int(3)
	})
	return err
}

// write takes the sums off the counters, in the order in which commits lock them.
func (f freed) write(tx *Tx) error {
	for _, cycle := range slices.Sorted(maps.Keys(f)) {
		if err := tx.addBytes(f[cycle].scope, cycle, -f[cycle].bytes); err != nil {
			return err
		}
	}
	return nil
}
