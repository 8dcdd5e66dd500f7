package store

import (
	"context"
	"fmt"

	"paceline"
)

// applier writes ops one statement after the other, inside a transaction that its owner begins and
// ends. It is the text that both databases share; PostgreSQL has a faster way for the common ops
// (postgres_batch.go) and uses this one for the rest.
type applier struct {
	ctx  context.Context
	db   executor
	sums sums
	// runnable remembers, for as long as nothing else writes, which cycles may start transactions.
	runnable map[runnableKey]bool
	// ready remembers, as long, runs that are live and wait for nothing, and their accounts: most advances
	// leave them so, and need no look at them.
	ready  map[int64]int64
	ids    numbers // of incidents
	refill func(n int64) (int64, error)
}

type runnableKey struct{ partner, account, cycle, version int64 }

func newApplier(ctx context.Context, db executor, refill func(int64) (int64, error)) *applier {
	return &applier{ctx: ctx, db: db, sums: newSums(), runnable: map[runnableKey]bool{}, ready: map[int64]int64{}, refill: refill}
}

// begin forgets the sums of the batch before.
func (a *applier) begin() { a.sums.reset() }

// undone forgets what was learned inside a transaction that was rolled back.
func (a *applier) undone() {
	a.othersWrote()
	a.ids = numbers{}
}

// othersWrote must be called when anything but this applier may have changed cycles, accounts or runs.
func (a *applier) othersWrote() {
	clear(a.runnable)
	clear(a.ready)
}

// maxReady bounds the runs that are remembered.
const maxReady = 10_000

// noteReady remembers, or no longer, that a run is live and waits for nothing.
func (a *applier) noteReady(run, account int64, ready bool) {
	if !ready {
		delete(a.ready, run)
		return
	}
	if len(a.ready) >= maxReady {
		clear(a.ready)
	}
	a.ready[run] = account
}

func (a *applier) exec(sql string, args ...any) (int64, error) {
	n, err := a.db.exec(a.ctx, sql, args)
	if err != nil {
		return 0, fmt.Errorf("%w (in %s)", err, firstWords(sql))
	}
	return n, nil
}

func (a *applier) one(sql string, args []any, scan func(*Row)) (found bool, err error) {
	err = a.db.query(a.ctx, sql, args, func(r *Row) error {
		found = true
		scan(r)
		return nil
	})
	return found, err
}

func (a *applier) op(op *Op) (Result, error) {
	switch {
	case op.Accept != nil:
		return a.accept(op.Accept)
	case op.Advance != nil:
		return a.advance(op.Advance)
	case op.Cancel != nil:
		return a.cancel(op.Cancel)
	case op.Arrive != nil:
		return a.arrive(op.Arrive)
	case op.Gather != nil:
		return a.gather(op.Gather)
	case op.settle:
		return Result{}, nil
	}
	return Result{}, fmt.Errorf("an op without content")
}

// The statements of ops. Their rows carry partner and account, which the engine took from the rows
// that the delivery or the head came with.
const (
	sqlRunnable = `SELECT 1 FROM cycle c, account a WHERE c.num = $3 AND c.partner_id = $1 AND c.account_id = $2
		AND c.state IN (1, 2) AND c.run_version = $4 AND a.num = $2 AND a.partner_id = $1 AND a.state = 0`
	sqlDedupe = `INSERT INTO dedupe (step, key_hash, partner_id, account_id, run, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (step, key_hash) DO UPDATE SET run = excluded.run, expires_at = excluded.expires_at
		WHERE dedupe.expires_at <= $7`
	sqlDedupeRun = `SELECT run, seq, n FROM dedupe WHERE partner_id = $1 AND account_id = $2 AND step = $3 AND key_hash = $4`
	sqlTakeSlot  = `UPDATE schedule SET slot = $4, next_due = $5
		WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3 AND slot < $4`
	sqlInsertRun = `INSERT INTO run (num, partner_id, account_id, root_id, cycle_num, version, state, due_at, parent,
		errors, warnings, created_at, ended_at, prune_at, pruned, split) VALUES ($1, $2, $3, $4, $5, $6, $11, $7, $8, 0, 0, $9, 0, 0, 0, $10)`
	sqlMarkSplit  = `UPDATE run SET split = split | 1 WHERE partner_id = $1 AND account_id = $2 AND num = $3 AND split & 1 = 0`
	sqlUpsertStep = `INSERT INTO step (id, partner_id, account_id, step_ref, from_seq, state, exit_type, attempt, due_at,
		rows_in, rows_out, tasks_ok, tasks_incident, connector, method, started_at, ended_at, in_exchange, blob, output, progress,
		call_status, call_millis, call_at, request, response)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, exit_type = excluded.exit_type, attempt = excluded.attempt,
		due_at = excluded.due_at, rows_in = excluded.rows_in, rows_out = excluded.rows_out,
		tasks_ok = step.tasks_ok + excluded.tasks_ok, tasks_incident = step.tasks_incident + excluded.tasks_incident,
		started_at = CASE WHEN step.started_at = 0 THEN excluded.started_at ELSE step.started_at END,
		ended_at = excluded.ended_at,
		in_exchange = CASE WHEN step.in_exchange = 1 THEN step.in_exchange ELSE excluded.in_exchange END,
		blob = COALESCE(excluded.blob, step.blob), output = COALESCE(excluded.output, step.output), progress = excluded.progress,
		call_status = COALESCE(excluded.call_status, step.call_status), call_millis = COALESCE(excluded.call_millis, step.call_millis),
		call_at = COALESCE(excluded.call_at, step.call_at), request = COALESCE(excluded.request, step.request),
		response = COALESCE(excluded.response, step.response)`
	sqlInsertExchange = `INSERT INTO exchange (step, n, partner_id, account_id, status, millis, at, request, response)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	sqlInsertIncident = `INSERT INTO incident (id, partner_id, account_id, cycle_num, run, step_id, step_name, step_kind,
		warning, code, detail, at, shape) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	sqlRunAt   = `SELECT state, due_at FROM run WHERE partner_id = $1 AND account_id = $2 AND num = $3`
	sqlMoveRun = `UPDATE run SET state = $4, due_at = $5, ended_at = $6, prune_at = $7, errors = errors + $8, warnings = warnings + $9
		WHERE partner_id = $1 AND account_id = $2 AND num = $3 AND state = 0`
)

const sqlStoppedAt = `UPDATE cycle SET stopped_at = $4 WHERE partner_id = $1 AND account_id = $2 AND num = $3`

// nobody is kept for the answers that need no look at the row.
func nobody(*Row) {}

// mayStart says whether the cycle takes transactions of this version now.
func (a *applier) mayStart(r *paceline.Run) (bool, error) {
	key := runnableKey{r.Partner, r.Account, r.Cycle, r.Version}
	if a.runnable[key] {
		return true, nil
	}
	found, err := a.one(sqlRunnable, []any{r.Partner, r.Account, r.Cycle, r.Version}, nobody)
	if found && err == nil {
		a.runnable[key] = true
	}
	return found, err
}

func (a *applier) accept(op *Accept) (Result, error) {
	r := &op.Run
	refused := Result{Run: r.Num, Refused: true}
	if ok, err := a.mayStart(r); err != nil || !ok {
		return refused, err
	}
	if op.Settles != 0 {
		if open, err := decide(a.exec, r.Partner, r.Account, op.Settles, paceline.CodeUnknownOutcome, paceline.CodeOutcomeResolved); err != nil || !open {
			refused.Decided = !open
			return refused, err
		}
	}
	if d := op.Dedupe; d != nil {
		step := d.stepBytes()
		n, err := a.exec(sqlDedupe, step, d.Key[:], r.Partner, r.Account, r.Num, d.Expires, r.CreatedAt)
		if err != nil {
			return refused, err
		}
		if n == 0 {
			return a.firstCopy(r.Partner, r.Account, d)
		}
	}
	if op.Slot != 0 {
		if n, err := a.exec(sqlTakeSlot, r.Partner, r.Account, r.Cycle, op.Slot, op.NextDue); err != nil || n == 0 {
			return refused, err
		}
	}
	if err := a.insertRun(paceline.ArrowAccepted, r); err != nil {
		return refused, err
	}
	if err := a.step(r.Partner, r.Account, r.Cycle, r.Num, &op.Trigger, nil); err != nil {
		return refused, err
	}
	if err := a.repeat(op); err != nil {
		return refused, err
	}
	if err := a.link(r, op.Link); err != nil {
		return refused, err
	}
	if err := a.audit(r, op.Audit); err != nil {
		return refused, err
	}
	if op.Landed {
		if _, err := a.exec(`INSERT INTO landed (run, root_id) VALUES ($1, $2)`, r.Num, r.Root); err != nil {
			return refused, err
		}
	}
	if op.Once {
		clear(a.runnable)
		if _, err := moveCycle(a, paceline.ArrowOnce, r.Partner, r.Account, r.Cycle); err != nil {
			return refused, err
		}
	}
	a.sums.cycle(r.Cycle, r.Partner, r.Account).inProgress++
	a.noteReady(r.Num, r.Account, r.DueAt == 0)
	return Result{Run: r.Num}, nil
}

// firstCopy is the result of a delivery that was seen before.
func (a *applier) firstCopy(partner, account int64, d *Dedupe) (Result, error) {
	first := Result{Duplicate: true}
	_, err := a.one(sqlDedupeRun, []any{partner, account, d.stepBytes(), d.Key[:]}, func(r *Row) {
		first.Run, first.Seq, first.N = r.Int(0), r.Int32(1), r.Int32(2)
	})
	return first, err
}

func (d *Dedupe) stepBytes() []byte {
	b, ok := d.Step.Bytes()
	if !ok {
		panic("store: the step of a delivery has no UUID: " + string(d.Step))
	}
	return b[:]
}

// stepKey is the key of a step row: contiguous per run, room for a million rows in each.
func stepKey(run int64, seq int32) int64 { return run<<20 | int64(seq) }

// step writes a row, with the call that lies in it.
func (a *applier) step(partner, account, cycle, run int64, s *paceline.StepRow, call *paceline.Exchange) error {
	var blob any
	if s.Output.Blob != "" {
		blob = s.Output.Blob
	}
	var own [5]any
	if call != nil {
		own = [5]any{call.Status, call.Millis, call.At, call.Request, call.Response}
	}
	_, err := a.exec(sqlUpsertStep, stepKey(run, s.Seq), partner, account, s.StepRef, s.From, int(s.State), s.Exit.Number(),
		s.Attempt, s.DueAt, s.RowsIn, s.RowsOut, s.TasksOK, s.TasksIncident, s.Connector, s.Method, s.StartedAt, s.EndedAt,
		s.Output.InExchange, blob, s.Output.Data, s.Progress, own[0], own[1], own[2], own[3], own[4])
	a.sums.tasks(partner, account, cycle, s)
	if n := len(s.Output.Data); n > 0 {
		a.sums.cycle(cycle, partner, account).bytes += int64(n)
	}
	return err
}

func (a *applier) advance(op *Advance) (Result, error) {
	if !op.Awaits {
		return a.advanceRun(op)
	}
	err := a.taken(op)
	if err == nil {
		op, err = a.withUnused(op)
	}
	if err != nil {
		return Result{Run: op.Run}, err
	}
	result, err := a.advanceRun(op)
	if err == nil {
		err = a.await(op, result.Refused)
	}
	return result, err
}

func (a *applier) advanceRun(op *Advance) (Result, error) {
	result := Result{Run: op.Run}
	for i := range op.Rows {
		if err := a.step(op.Partner, op.Account, op.Cycle, op.Run, &op.Rows[i], op.ownCall(&op.Rows[i])); err != nil {
			return result, err
		}
	}
	for i := range op.Exchanges {
		x := &op.Exchanges[i]
		if !op.inRow(x) {
			_, err := a.exec(sqlInsertExchange, stepKey(op.Run, x.Seq), x.N, op.Partner, op.Account, x.Status, x.Millis, x.At, x.Request, x.Response)
			if err != nil {
				return result, err
			}
		}
		a.sums.cycle(op.Cycle, op.Partner, op.Account).bytes += int64(len(x.Request) + len(x.Response))
	}
	errors, warnings, err := a.incidents(op)
	if err == nil {
		err = a.lastRuns(op)
	}
	if err == nil {
		err = a.stepCursors(op)
	}
	if err != nil {
		return result, err
	}
	live := false
	if op.State == paceline.RunLive && op.DueAt == 0 && errors == 0 && warnings == 0 {
		// Most advances leave the run as it is: then its row and indexes need no write.
		at := paceline.Micros(0)
		var err error
		if live = a.ready[op.Run] == op.Account; !live {
			_, err = a.one(sqlRunAt, []any{op.Partner, op.Account, op.Run}, func(r *Row) { live, at = r.Int(0) == 0, r.Micros(1) })
		}
		if err == nil && live && at == 0 {
			a.noteReady(op.Run, op.Account, true)
			err = a.children(op)
		}
		if err != nil || !live || at == 0 {
			result.Refused = !live
			return result, err
		}
	}
	var ended, prune paceline.Micros
	if op.State != paceline.RunLive {
		ended, prune = op.At, pruneAt(op.PruneAt, op.At)
	}
	n, err := a.exec(sqlMoveRun, op.Partner, op.Account, op.Run, int(op.State), op.DueAt, ended, prune, errors, warnings)
	if err != nil {
		return result, err
	}
	a.noteReady(op.Run, op.Account, n == 1 && op.State == paceline.RunLive && op.DueAt == 0)
	result.Refused = n == 0
	if n == 1 {
		if err := a.children(op); err != nil {
			return result, err
		}
	}
	c := a.sums.cycle(op.Cycle, op.Partner, op.Account)
	if n == 1 && op.State != paceline.RunLive {
		c.inProgress--
		c.success = max(c.success, op.SuccessAt)
	}
	if op.StopCycle && n == 1 {
		err = a.pauseCycle(op)
	}
	return result, err
}

// pauseCycle stops the whole cycle, and leaves word of it once.
func (a *applier) pauseCycle(op *Advance) error {
	clear(a.runnable)
	stopped, err := moveCycle(a, paceline.ArrowStopCycle, op.Partner, op.Account, op.Cycle)
	if err != nil || !stopped {
		return err
	}
	if _, err := a.exec(sqlStoppedAt, op.Partner, op.Account, op.Cycle, op.At); err != nil {
		return err
	}
	id, err := a.ids.take(1, a.refill)
	if err != nil {
		return err
	}
	why := paceline.Incident{At: op.At}
	for i := range op.Incidents {
		if !op.Incidents[i].Warning {
			why = op.Incidents[i]
		}
	}
	if op.TellPause {
		_, err = a.exec(sqlInsertPause, id, op.Partner, op.Account, op.Cycle, op.Run, why.StepID, why.StepName, int(why.StepKind), string(why.Code), why.At, int64(PauseQueue))
	}
	if err == nil {
		err = a.mail(op, id, paceline.MailPaused, why.Code, why.At)
	}
	return err
}

// mail writes down what emails are sent of; kind 0 is nothing.
func (a *applier) mail(op *Advance, id int64, kind paceline.MailKinds, code paceline.Code, at paceline.Micros) error {
	if kind == 0 {
		return nil
	}
	_, err := a.exec(sqlInsertMailEvent, id, int64(kind), op.Partner, op.Account, op.Cycle, string(code), at)
	return err
}

// children makes the transactions that a split gives, for a run that is live.
func (a *applier) children(op *Advance) error {
	if len(op.Children) == 0 {
		return nil
	}
	if _, err := a.exec(sqlMarkSplit, op.Partner, op.Account, op.Run); err != nil {
		return err
	}
	for i := range op.Children {
		r := &op.Children[i].Run
		err := a.insertRun(paceline.ArrowBorn, r)
		if err == nil {
			err = a.step(r.Partner, r.Account, r.Cycle, r.Num, &op.Children[i].Row, nil)
		}
		if err != nil {
			return err
		}
	}
	a.sums.cycle(op.Cycle, op.Partner, op.Account).inProgress += int64(len(op.Children))
	return nil
}

func (a *applier) incidents(op *Advance) (errors, warnings int, err error) {
	if len(op.Incidents) == 0 {
		return 0, 0, nil
	}
	if err := a.number(op.Incidents); err != nil {
		return 0, 0, err
	}
	for i := range op.Incidents {
		in := &op.Incidents[i]
		_, err := a.exec(sqlInsertIncident, in.ID, op.Partner, op.Account, op.Cycle, op.Run, in.StepID, in.StepName, int(in.StepKind),
			in.Warning, string(in.Code), in.Detail, in.At, in.Shape)
		if err == nil && in.Notify {
			_, err = a.exec(sqlInsertDelivery, in.ID, op.Partner, op.Account, op.Cycle, op.Run, in.StepID, in.StepName, int(in.StepKind),
				in.Warning, string(in.Code), in.Detail, in.At)
		}
		if err == nil {
			err = a.mail(op, in.ID, in.Mail(), in.Code, in.At)
		}
		if err != nil {
			return 0, 0, err
		}
		a.sums.cycle(op.Cycle, op.Partner, op.Account).bytes += int64(len(in.Detail))
	}
	errors, warnings = countIncidents(op.Incidents)
	c := a.sums.cycle(op.Cycle, op.Partner, op.Account)
	c.errors += int64(errors)
	c.warnings += int64(warnings)
	return errors, warnings, nil
}

// number gives incidents their ids.
func (a *applier) number(list []paceline.Incident) error {
	first, err := a.ids.take(int64(len(list)), a.refill)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].ID = first + int64(i)
	}
	return nil
}

func countIncidents(list []paceline.Incident) (errors, warnings int) {
	for i := range list {
		if list[i].Warning {
			warnings++
		} else {
			errors++
		}
	}
	return errors, warnings
}
