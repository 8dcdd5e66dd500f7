package store

import "paceline"

// Inherited says that the output of row Seq of a repeated transaction is that of another one's row.
type Inherited struct {
	Seq     int32
	FromRun int64
	FromSeq int32
}

const (
	sqlInherit    = `INSERT INTO inherited (run, seq, partner_id, account_id, from_run, from_seq) VALUES ($1, $2, $3, $4, $5, $6)`
	sqlDisinherit = `DELETE FROM inherited WHERE run = $1`
)

// repeat writes what a repeated transaction begins with besides its row 0.
func (a *applier) repeat(op *Accept) error {
	r := &op.Run
	for i := range op.Rows {
		if err := a.step(r.Partner, r.Account, r.Cycle, r.Num, &op.Rows[i], nil); err != nil {
			return err
		}
	}
	for _, in := range op.Inherit {
		if _, err := a.exec(sqlInherit, r.Num, in.Seq, r.Partner, r.Account, in.FromRun, in.FromSeq); err != nil {
			return err
		}
	}
	return nil
}

// Inherited returns the rows of a transaction of the scope's account whose outputs lie elsewhere.
func (tx *Tx) Inherited(scope paceline.Scope, run int64) (list []Inherited, err error) {
	err = tx.query(`SELECT seq, from_run, from_seq FROM inherited WHERE partner_id = $1 AND account_id = $2 AND run = $3 ORDER BY seq`,
		[]any{scope.Partner, scope.Account, run}, func(r *Row) error {
			list = append(list, Inherited{r.Int32(0), r.Int(1), r.Int32(2)})
			return nil
		})
	return list, err
}

// inheritedOutput returns the output of a row that lies with another transaction.
func (tx *Tx) inheritedOutput(scope paceline.Scope, run int64, seq int32) (out paceline.Output, found bool, err error) {
	var in Inherited
	found, err = tx.one(`SELECT seq, from_run, from_seq FROM inherited WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND seq = $4`,
		[]any{scope.Partner, scope.Account, run, seq}, func(r *Row) { in = Inherited{r.Int32(0), r.Int(1), r.Int32(2)} })
	if err != nil || !found {
		return out, found, err
	}
	out, found, err = tx.StepOutput(scope, in.FromRun, in.FromSeq)
	out.FromRun, out.FromSeq = in.FromRun, in.FromSeq
	return out, found, err
}

// Kept reports whether the data of a transaction of the scope's account is still there.
func (tx *Tx) Kept(scope paceline.Scope, run int64) (kept bool, err error) {
	_, err = tx.one(`SELECT pruned FROM run WHERE partner_id = $1 AND account_id = $2 AND num = $3`,
		[]any{scope.Partner, scope.Account, run}, func(r *Row) { kept = !r.Bool(0) })
	return kept, err
}

// ErrorFilter chooses transactions that recorded an error with the code, or with Exact one of the whole signature; the zero
// value chooses all. Removals keep it as JSON.
type ErrorFilter struct {
	Code  paceline.Code
	Exact bool        `json:",omitempty"`
	Step  paceline.ID `json:",omitempty"`
	Shape string      `json:",omitempty"`
}

// RepeatFilter chooses transactions of a cycle that failed, have their data, and were not repeated yet. Where a person has decided
// about an unknown outcome, it chooses by that code alone.
type RepeatFilter struct {
	Cycle int64
	ErrorFilter
	Before, After paceline.Micros // created before, or after and at; 0: whenever
}

const repeatable = ` FROM run r WHERE r.partner_id = $1 AND r.account_id = $2 AND r.cycle_num = $3 AND r.state = 2 AND r.pruned = 0
	AND (CAST($4 AS BIGINT) = 0 OR r.created_at >= $4) AND (CAST($5 AS BIGINT) = 0 OR r.created_at < $5)
	AND (CAST($6 AS TEXT) = '' OR EXISTS (SELECT 1 FROM incident i WHERE i.partner_id = $1 AND i.account_id = $2 AND i.run = r.num AND i.code = $6 AND i.warning = 0
		AND (CAST($7 AS INTEGER) = 0 OR i.step_id = $8 AND i.shape = $9)))
	AND NOT EXISTS (SELECT 1 FROM run c WHERE c.partner_id = $1 AND c.account_id = $2 AND c.parent = r.num AND c.parent <> 0 AND c.split < 2)
	AND ($6 = 'outcome_resolved' OR NOT EXISTS (SELECT 1 FROM incident u WHERE u.partner_id = $1 AND u.account_id = $2 AND u.run = r.num AND u.code = 'outcome_resolved'))`

func (f RepeatFilter) args(scope paceline.Scope) []any {
	return []any{scope.Partner, scope.Account, f.Cycle, f.After, f.Before, string(f.Code), boolInt(f.Exact), f.Step, f.Shape}
}

// Repeatable returns the numbers of up to n such transactions above after, by number.
func (tx *Tx) Repeatable(scope paceline.Scope, f RepeatFilter, after int64, n int) (list []int64, err error) {
	err = tx.query(`SELECT r.num`+repeatable+` AND r.num > $10 ORDER BY r.num LIMIT $11`, append(f.args(scope), after, n), func(r *Row) error {
		list = append(list, r.Int(0))
		return nil
	})
	return list, err
}

// CountRepeatable counts them up to paceline.MaxCount; above it the count is -1.
func (tx *Tx) CountRepeatable(scope paceline.Scope, f RepeatFilter) (int, error) {
	return tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1`+repeatable+` LIMIT $10) counted`, f.args(scope))
}

// DropQueued cancels up to n transactions of a cycle that does not run, of which no step has begun, but
// those in except, and returns how many. It does nothing while the cycle runs.
func (tx *Tx) DropQueued(scope paceline.Scope, cycle int64, except []int64, pruneAt paceline.Micros, n int) (int64, error) {
	dropped, err := tx.exec(`UPDATE run SET state = $7, due_at = 0, ended_at = $4, prune_at = $5 WHERE partner_id = $1 AND account_id = $2 AND num IN
		(SELECT r.num FROM run r JOIN cycle c ON c.partner_id = $1 AND c.account_id = $2 AND c.num = r.cycle_num AND c.state NOT IN (1, 2, 3)
		WHERE r.cycle_num = $3 AND r.state = 0 AND r.due_at <= 0 AND r.partner_id = $1 AND r.account_id + 0 = $2
		AND NOT EXISTS (SELECT 1 FROM step s WHERE s.partner_id = $1 AND s.account_id = $2 AND s.id > r.num * 1048576 AND s.id < (r.num + 1) * 1048576)
		AND r.num NOT IN (`+joinInts(append([]int64{0}, except...))+`) ORDER BY r.num LIMIT $6)`,
		scope.Partner, scope.Account, cycle, tx.Now(), pruneAt, n, int(paceline.ArrowDrop.To))
	if err != nil || dropped == 0 {
		return dropped, err
	}
	_, err = tx.exec(sqlAddCycle, cycle, scope.Partner, scope.Account, 0, 0, 0, -dropped, 0, 0)
	return dropped, err
}
