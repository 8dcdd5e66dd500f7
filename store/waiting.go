package store

import (
	"context"
	"slices"

	"paceline"
)

// Waiting is a row that waits for deliveries with a key.
type Waiting struct {
	Seq, StepRef int32
	Key          paceline.KeyHash
	Came         int32 // deliveries that have rows already, when a repeated transaction waits
}

// Arrival is a delivery for a waiting row, which has no row of its own yet.
type Arrival struct {
	Seq, N  int32 // the waiting row, and which delivery there, from 0
	At      paceline.Micros
	RowsOut int32
	// Output is the payload, as that of a row.
	Output paceline.Output
}

// Arrive hands a delivery to a waiting row of a live run, whose cycle runs and whose account is active.
type Arrive struct {
	Partner, Account, Cycle, Run int64
	Arrival                      // N is given by the store (Result.N)
	// Dedupe, when set, makes a second delivery with the same key a no-op for seven days.
	Dedupe *Dedupe
}

const (
	// sqlFire counts the delivery, if it may come.
	sqlFire = `UPDATE waiting SET fired = fired + 1 WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND seq = $4
		AND EXISTS (SELECT 1 FROM run r JOIN cycle c ON c.num = r.cycle_num AND c.partner_id = $1 AND c.account_id = $2 AND c.state IN (1, 2, 3)
			JOIN account a ON a.num = $2 AND a.partner_id = $1 AND a.state = 0
			WHERE r.partner_id = $1 AND r.account_id = $2 AND r.num = $3 AND r.state = 0)`
	sqlUnfire   = `UPDATE waiting SET fired = fired - 1 WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND seq = $4`
	sqlDedupeAt = `UPDATE dedupe SET seq = $5, n = $6 WHERE partner_id = $1 AND account_id = $2 AND step = $3 AND key_hash = $4`
	sqlFired    = `SELECT fired FROM waiting WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND seq = $4`
	sqlArrival  = `INSERT INTO arrival (run, seq, n, partner_id, account_id, at, rows_out, blob, output)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	sqlArrived  = `SELECT 1 FROM arrival WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND seq = $4 AND n = $5 AND at = $6`
	sqlReadyNow = `UPDATE run SET due_at = 0 WHERE partner_id = $1 AND account_id = $2 AND num = $3 AND state = 0 AND due_at <> 0`
	sqlReadyIf  = sqlReadyNow + ` AND (SELECT COUNT(*) FROM arrival WHERE arrival.partner_id = $1 AND arrival.account_id = $2 AND arrival.run = $3) > $4`
	sqlAwait    = `INSERT INTO waiting (run, seq, partner_id, account_id, cycle_num, step_ref, key_hash, fired)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	sqlOver    = `DELETE FROM waiting WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND seq = $4`
	sqlTaken   = `DELETE FROM arrival WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND seq = $4 AND n = $5`
	sqlAllOver = `DELETE FROM waiting WHERE partner_id = $1 AND account_id = $2 AND run = $3`
	// sqlUnused asks for a live run: of one that was stopped meanwhile the stop has told it.
	sqlUnused = `SELECT 1 FROM arrival JOIN run ON run.partner_id = $1 AND run.account_id = $2 AND run.num = arrival.run AND run.state = 0
		WHERE arrival.partner_id = $1 AND arrival.account_id = $2 AND arrival.run = $3 LIMIT 1`
	sqlStopOver = `DELETE FROM waiting WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3
		AND EXISTS (SELECT 1 FROM run r WHERE r.partner_id = $1 AND r.account_id = $2 AND r.num = waiting.run AND r.state <> 0)`
)

func (a *applier) arrive(op *Arrive) (Result, error) {
	result := Result{Run: op.Run, Refused: true}
	n, err := a.exec(sqlFire, op.Partner, op.Account, op.Run, op.Seq)
	if err != nil || n == 0 {
		return result, err
	}
	if d := op.Dedupe; d != nil {
		step := d.stepBytes()
		n, err := a.exec(sqlDedupe, step, d.Key[:], op.Partner, op.Account, op.Run, d.Expires, op.At)
		if err != nil {
			return result, err
		}
		if n == 0 {
			if _, err = a.exec(sqlUnfire, op.Partner, op.Account, op.Run, op.Seq); err != nil {
				return result, err
			}
			return a.firstCopy(op.Partner, op.Account, d)
		}
	}
	result.Seq = op.Seq
	if _, err = a.one(sqlFired, []any{op.Partner, op.Account, op.Run, op.Seq}, func(r *Row) { result.N = r.Int32(0) - 1 }); err != nil {
		return result, err
	}
	var blob any
	if op.Output.Blob != "" {
		blob = op.Output.Blob
	}
	if _, err = a.exec(sqlArrival, op.Run, op.Seq, result.N, op.Partner, op.Account, op.At, op.RowsOut, blob, op.Output.Data); err != nil {
		return result, err
	}
	if d := op.Dedupe; d != nil {
		if _, err = a.exec(sqlDedupeAt, op.Partner, op.Account, d.stepBytes(), d.Key[:], op.Seq, result.N); err != nil {
			return result, err
		}
	}
	_, err = a.exec(sqlReadyNow, op.Partner, op.Account, op.Run)
	result.Refused = false
	return result, err
}

// taken forgets the arrivals that rows were made of.
func (a *applier) taken(op *Advance) error {
	for _, t := range op.Taken {
		if _, err := a.exec(sqlTaken, op.Partner, op.Account, op.Run, t.Seq, t.N); err != nil {
			return err
		}
	}
	return nil
}

// withUnused is the advance with the incident that tells of arrivals which will get no row, if there are any.
func (a *applier) withUnused(op *Advance) (*Advance, error) {
	if op.Unused == nil {
		return op, nil
	}
	left, err := a.one(sqlUnused, []any{op.Partner, op.Account, op.Run}, nobody)
	if err != nil || !left {
		return op, err
	}
	with := *op
	with.Incidents = append(slices.Clone(op.Incidents), *op.Unused)
	return &with, nil
}

// await writes what an advance says about waiting rows, after the run was moved. A run for which a delivery has
// come stays ready. One that has ended waits for nothing; what came for it and has no row is kept as long as its data.
func (a *applier) await(op *Advance, ended bool) error {
	if ended || op.State != paceline.RunLive {
		_, err := a.exec(sqlAllOver, op.Partner, op.Account, op.Run)
		return err
	}
	for _, w := range op.Waiting {
		if _, err := a.exec(sqlAwait, op.Run, w.Seq, op.Partner, op.Account, op.Cycle, w.StepRef, w.Key[:], w.Came); err != nil {
			return err
		}
	}
	for _, seq := range op.Over {
		if _, err := a.exec(sqlOver, op.Partner, op.Account, op.Run, seq); err != nil {
			return err
		}
	}
	if op.DueAt == 0 {
		return nil
	}
	_, err := a.exec(sqlReadyIf, op.Partner, op.Account, op.Run, op.Held)
	return err
}

// stopWaiting: the ended runs of a cycle wait for nothing.
func (a *applier) stopWaiting(op *Cancel) error {
	_, err := a.exec(sqlStopOver, op.Partner, op.Account, op.Cycle)
	return err
}

// Awaiting finds the newest live run of a cycle that waits at a step for deliveries with the key, and its row.
func (tx *Tx) Awaiting(scope paceline.Scope, cycle int64, stepRef int32, key paceline.KeyHash) (h Head, seq int32, found bool, err error) {
	found, err = tx.one(`SELECT `+headColumns+`, w.seq FROM waiting w
		JOIN run r ON r.partner_id = $1 AND r.account_id = $2 AND r.num = w.run AND r.state = 0
		WHERE w.partner_id = $1 AND w.account_id = $2 AND w.cycle_num = $3 AND w.step_ref = $4 AND w.key_hash = $5
		ORDER BY w.run DESC, w.seq DESC LIMIT 1`,
		[]any{scope.Partner, scope.Account, cycle, stepRef, key[:]}, func(r *Row) { h, seq = scanHead(r), r.Int32(headWidth) })
	return h, seq, found, err
}

// Arrivals returns the deliveries that have come for a run and have no row yet, without their payloads.
func (tx *Tx) Arrivals(scope paceline.Scope, run int64) (list []Arrival, err error) {
	err = tx.query(`SELECT seq, n, at FROM arrival WHERE partner_id = $1 AND account_id = $2 AND run = $3 ORDER BY seq, n`,
		[]any{scope.Partner, scope.Account, run}, func(r *Row) error {
			list = append(list, Arrival{Seq: r.Int32(0), N: r.Int32(1), At: r.Micros(2)})
			return nil
		})
	return list, err
}

// Arrival returns one of them with its payload.
func (tx *Tx) Arrival(scope paceline.Scope, run int64, seq, n int32) (a Arrival, found bool, err error) {
	found, err = tx.one(`SELECT at, rows_out, blob, output FROM arrival WHERE partner_id = $1 AND account_id = $2 AND run = $3 AND seq = $4 AND n = $5`,
		[]any{scope.Partner, scope.Account, run, seq, n}, func(r *Row) {
			a.Seq, a.N = seq, n
			a.At, a.RowsOut, a.Output = r.Micros(0), r.Int32(1), paceline.Output{Blob: r.Text(2), Data: r.Bytes(3)}
		})
	return a, found, err
}

// recallArrive reads back what became of an arrival whose commit's answer was lost.
func recallArrive(ctx context.Context, db executor, op *Arrive) (Result, error) {
	a := newApplier(ctx, db, nil)
	result := Result{Run: op.Run, Seq: op.Seq, Refused: true}
	_, err := a.one(sqlFired, []any{op.Partner, op.Account, op.Run, op.Seq}, func(r *Row) { result.N = r.Int32(0) - 1 })
	if err == nil {
		_, err = a.one(sqlArrived, []any{op.Partner, op.Account, op.Run, op.Seq, result.N, op.At}, func(*Row) { result.Refused = false })
	}
	if err != nil || !result.Refused || op.Dedupe == nil {
		return result, err
	}
	first, err := a.firstCopy(op.Partner, op.Account, op.Dedupe)
	if err != nil || first.Run == 0 {
		return result, err
	}
	return first, nil
}
