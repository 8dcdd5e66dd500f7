package store

import (
	"slices"

	"paceline"
)

const (
	stepColumns = `s.id, s.step_ref, s.from_seq, s.state, s.exit_type, s.attempt, s.due_at, s.rows_in, s.rows_out,
	s.tasks_ok, s.tasks_incident, s.connector, s.method, s.started_at, s.ended_at, s.in_exchange, s.blob, s.progress`
	stepOfRun = ` FROM step s WHERE s.partner_id = $1 AND s.account_id = $2 AND s.id >= $3 AND s.id < $4`
)

func scanStep(r *Row) paceline.StepRow {
	id := r.Int(0)
	return paceline.StepRow{
		Run: id >> 20, Seq: int32(id & (1<<20 - 1)), StepRef: r.Int32(1), From: r.Int32(2),
		State: paceline.StepState(r.Int(3)), Exit: paceline.ExitOf(int(r.Int(4))), Attempt: r.Int32(5), DueAt: r.Micros(6),
		RowsIn: r.Int32(7), RowsOut: r.Int32(8), TasksOK: r.Int32(9), TasksIncident: r.Int32(10),
		Connector: r.Int32(11), Method: r.Int32(12), StartedAt: r.Micros(13), EndedAt: r.Micros(14),
		Output:   paceline.Output{InExchange: r.Bool(15), Blob: r.Text(16)},
		Progress: r.Bytes(17),
	}
}

// Steps returns the step rows of a run in order of seq. With outputs, Output.Data is filled in where
// it lies in the row; an output that is the response of the row's first exchange is read with Exchanges.
func (tx *Tx) Steps(scope paceline.Scope, run int64, outputs bool) (rows []paceline.StepRow, err error) {
	sql := `SELECT ` + stepColumns + stepOfRun + ` ORDER BY s.id`
	if outputs {
		sql = `SELECT ` + stepColumns + `, s.output` + stepOfRun + ` ORDER BY s.id`
	}
	err = tx.query(sql, []any{scope.Partner, scope.Account, stepKey(run, 0), stepKey(run+1, 0)}, func(r *Row) error {
		s := scanStep(r)
		if outputs {
			s.Output.Data = r.Bytes(18)
		}
		rows = append(rows, s)
		return nil
	})
	return rows, err
}

// StepOutput returns the stored output of one row; of one whose output is its first exchange's
// response, that response.
func (tx *Tx) StepOutput(scope paceline.Scope, run int64, seq int32) (out paceline.Output, found bool, err error) {
	found, err = tx.one(`SELECT s.in_exchange, s.blob, CASE WHEN s.in_exchange = 1 THEN COALESCE(s.response, x.response) ELSE s.output END
		FROM step s LEFT JOIN exchange x ON x.partner_id = $1 AND x.account_id = $2 AND x.step = s.id AND x.n = 1
		WHERE s.partner_id = $1 AND s.account_id = $2 AND s.id = $3`,
		[]any{scope.Partner, scope.Account, stepKey(run, seq)}, func(r *Row) {
			out = paceline.Output{InExchange: r.Bool(0), Blob: r.Text(1), Data: r.Bytes(2)}
		})
	if err == nil && found && out.Data == nil && out.Blob == "" {
		if elsewhere, found, err := tx.inheritedOutput(scope, run, seq); err != nil || found {
			return elsewhere, found, err
		}
	}
	return out, found, err
}

// Exchanges returns the logged calls of a run in order of seq and n, with request and response.
func (tx *Tx) Exchanges(scope paceline.Scope, run int64) (list []paceline.Exchange, err error) {
	err = tx.query(`SELECT s.id AS step, 1 AS n, s.call_status, s.call_millis, s.call_at, s.request, s.response`+stepOfRun+` AND s.call_at IS NOT NULL
		UNION ALL SELECT x.step, x.n, x.status, x.millis, x.at, x.request, x.response FROM exchange x
		WHERE x.partner_id = $1 AND x.account_id = $2 AND x.step >= $3 AND x.step < $4 ORDER BY step, n`,
		[]any{scope.Partner, scope.Account, stepKey(run, 0), stepKey(run+1, 0)}, func(r *Row) error {
			id := r.Int(0)
			list = append(list, paceline.Exchange{
				Run: id >> 20, Seq: int32(id & (1<<20 - 1)), N: r.Int32(1), Status: r.Int32(2), Millis: r.Int32(3),
				At: r.Micros(4), Request: r.Bytes(5), Response: r.Bytes(6),
			})
			return nil
		})
	return list, err
}

// ownCall returns the call that is stored in the row itself instead of a row of exchange: the first one of an execution that
// ends with this op. Most rows have one call and end with it, so that most calls cost no row and no entry of an index. One that
// goes on is written again and again, and what it called would be each time.
func (op *Advance) ownCall(row *paceline.StepRow) *paceline.Exchange {
	if !ended(row.State) {
		return nil
	}
	for i := range op.Exchanges {
		if x := &op.Exchanges[i]; x.Seq == row.Seq && x.N == 1 {
			return x
		}
	}
	return nil
}

// inRow reports whether the call is one that ownCall returns.
func (op *Advance) inRow(x *paceline.Exchange) bool {
	return x.N == 1 && slices.ContainsFunc(op.Rows, func(row paceline.StepRow) bool { return row.Seq == x.Seq && op.ownCall(&row) == x })
}

func ended(s paceline.StepState) bool {
	return s == paceline.StepDone || s == paceline.StepFailed || s == paceline.StepSkipped
}

// exchangeCounts returns the highest n of the logged calls of each row of a run that has not ended, by seq.
func (tx *Tx) exchangeCounts(scope paceline.Scope, run int64) (map[int32]int32, error) {
	counts := map[int32]int32{}
	err := tx.query(`SELECT x.step, MAX(x.n) FROM exchange x
		WHERE x.partner_id = $1 AND x.account_id = $2 AND x.step >= $3 AND x.step < $4 GROUP BY x.step`,
		[]any{scope.Partner, scope.Account, stepKey(run, 0), stepKey(run+1, 0)}, func(r *Row) error {
			counts[int32(r.Int(0)&(1<<20-1))] = r.Int32(1)
			return nil
		})
	return counts, err
}
