package store

import (
	"context"

	"paceline"

	"github.com/jackc/pgx/v5"
)

// The statements of a pipelined commit. They do what apply.go does, for many ops at once and without
// waiting for answers in between, so they stand apart from the shared text: unnest, data-changing WITH
// and row locks are PostgreSQL's own. Each takes one array per column.
//
// Rows are found by their primary key. A column with + 0 is compared after that: a planner that knows
// little of the tables would else take an index over the partner, the account or the state alone, and
// read all of its rows at every commit.
const (
	// pgFence fails with a division by zero when another server has taken over, and the whole commit
	// with it; its row lock makes a takeover wait for commits under way.
	pgFence = `WITH f AS (UPDATE fence SET batch = batch + 1 WHERE node = $1 AND writer = $2 AND epoch = $3 RETURNING 1)
		SELECT 1 / (SELECT count(*) FROM f)`

	// pgLockCycles keeps a deactivation waiting, so that none is answered while an accept that has
	// seen the cycle active is not yet committed.
	pgLockCycles = `SELECT num FROM cycle WHERE num = ANY($1::bigint[]) ORDER BY num FOR SHARE`

	pgRunnable = ` JOIN cycle c ON c.num = i.cycle AND c.partner_id + 0 = i.partner AND c.account_id + 0 = i.account
		AND c.state + 0 IN (1, 2) AND c.run_version = i.version
		JOIN account a ON a.num = i.account AND a.partner_id + 0 = i.partner AND a.state + 0 = 0 `

	pgDedupe = `INSERT INTO dedupe (step, key_hash, partner_id, account_id, run, expires_at)
		SELECT i.step, i.key, i.partner, i.account, i.num, i.expires
		FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
			AS i(step, key, partner, account, num, expires, created, cycle, version)` + pgRunnable + `
		ON CONFLICT (step, key_hash) DO UPDATE SET run = excluded.run, expires_at = excluded.expires_at
		WHERE dedupe.expires_at <= (SELECT min(t) FROM unnest($7::bigint[]) AS t)`

	pgNewRuns = `WITH i AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
			$8::bigint[], $9::bigint[], $10::bytea[], $11::bytea[], $12::smallint[])
			AS t(num, partner, account, root, cycle, version, due, parent, created, step, key, split)),
		n AS (INSERT INTO run (num, partner_id, account_id, root_id, cycle_num, version, state, due_at, parent,
			errors, warnings, created_at, ended_at, prune_at, pruned, split)
			SELECT i.num, i.partner, i.account, i.root, i.cycle, i.version, 0, i.due, i.parent, 0, 0, i.created, 0, 0, 0, i.split
			FROM i` + pgRunnable + ` LEFT JOIN dedupe d ON d.step = i.step AND d.key_hash = i.key AND d.run = i.num
			WHERE i.step IS NULL OR d.run IS NOT NULL
			RETURNING num, cycle_num, partner_id, account_id)`
	pgInsertRuns = pgNewRuns + `,
		k AS (INSERT INTO cycle_counter (cycle_num, partner_id, account_id, tasks, errors, warnings, in_progress, last_success_at)
			SELECT cycle_num, partner_id, account_id, 0, 0, 0, count(*), 0 FROM n GROUP BY cycle_num, partner_id, account_id ORDER BY cycle_num
			ON CONFLICT (cycle_num) DO UPDATE SET in_progress = cycle_counter.in_progress + excluded.in_progress)
		SELECT num FROM n`
	pgNoteRuns = pgNewRuns + ` SELECT num FROM n`
	// pgLand notes which of the runs that were just made another node has to take up. A run's number is new, so it
	// exists only if this commit made it.
	pgLand = `INSERT INTO landed (run, root_id) SELECT num, root_id FROM run WHERE num = ANY($1::bigint[])`

	pgStepColumns = `(id, partner_id, account_id, step_ref, from_seq, state, exit_type, attempt, due_at,
		rows_in, rows_out, tasks_ok, tasks_incident, connector, method, started_at, ended_at, in_exchange, blob, output, progress,
		call_status, call_millis, call_at, request, response)`
	pgStepInput = ` FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[], $5::int[], $6::smallint[], $7::smallint[], $8::int[], $9::bigint[],
		$10::int[], $11::int[], $12::int[], $13::int[], $14::int[], $15::int[], $16::bigint[], $17::bigint[], $18::smallint[], $19::text[], $20::bytea[], $21::bytea[],
		$22::int[], $23::int[], $24::bigint[], $25::bytea[], $26::bytea[])
		AS i` + pgStepColumns

	// pgInsertChildren makes the transactions of splits whose parents are live, and marks those.
	pgInsertChildren = `WITH i AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
			$8::bigint[], $9::smallint[]) AS t(num, partner, account, root, cycle, version, parent, created, split)),
		n AS (INSERT INTO run (num, partner_id, account_id, root_id, cycle_num, version, state, due_at, parent,
			errors, warnings, created_at, ended_at, prune_at, pruned, split)
			SELECT i.num, i.partner, i.account, i.root, i.cycle, i.version, 0, 0, i.parent, 0, 0, i.created, 0, 0, 0, i.split
			FROM i JOIN run p ON p.num = i.parent AND p.partner_id = i.partner AND p.account_id = i.account AND p.state = 0
			RETURNING cycle_num, partner_id, account_id, parent),
		k AS (INSERT INTO cycle_counter (cycle_num, partner_id, account_id, tasks, errors, warnings, in_progress, last_success_at)
			SELECT cycle_num, partner_id, account_id, 0, 0, 0, count(*), 0 FROM n GROUP BY cycle_num, partner_id, account_id ORDER BY cycle_num
			ON CONFLICT (cycle_num) DO UPDATE SET in_progress = cycle_counter.in_progress + excluded.in_progress)
		UPDATE run SET split = run.split | 1 FROM (SELECT DISTINCT parent, partner_id, account_id FROM n) m
		WHERE run.num = m.parent AND run.partner_id = m.partner_id AND run.account_id = m.account_id AND run.split & 1 = 0`

	// pgInsertTriggers writes row 0 of the runs that were just made, and counts their tasks. A run's
	// number is new, so it exists only if this commit made it.
	pgNoteTriggers = `INSERT INTO step ` + pgStepColumns + ` SELECT i.*` + pgStepInput + `
			JOIN run ON run.num = i.id >> 20`
	pgInsertTriggers = `WITH s AS (` + pgNoteTriggers + `
			RETURNING id, partner_id, account_id, connector, method, tasks_ok, tasks_incident, started_at, COALESCE(length(output), 0) AS bytes),
		t AS (SELECT s.*, r.cycle_num FROM s JOIN run r ON r.num = s.id >> 20 WHERE s.tasks_ok <> 0 OR s.tasks_incident <> 0 OR s.bytes <> 0),
		u AS (INSERT INTO usage_day (partner_id, account_id, day, cycle_num, connector, method, ok, incident)
			SELECT partner_id, account_id, started_at / 86400000000 AS day, cycle_num, connector, method, sum(tasks_ok), sum(tasks_incident)
			FROM t WHERE tasks_ok <> 0 OR tasks_incident <> 0 GROUP BY partner_id, account_id, day, cycle_num, connector, method
			ON CONFLICT (account_id, day, cycle_num, connector, method) DO UPDATE SET
			ok = usage_day.ok + excluded.ok, incident = usage_day.incident + excluded.incident)
		INSERT INTO cycle_counter (cycle_num, partner_id, account_id, tasks, errors, warnings, in_progress, last_success_at, bytes)
			SELECT cycle_num, partner_id, account_id, sum(tasks_ok + tasks_incident), 0, 0, 0, 0, sum(bytes) FROM t
			GROUP BY cycle_num, partner_id, account_id ORDER BY cycle_num
			ON CONFLICT (cycle_num) DO UPDATE SET tasks = cycle_counter.tasks + excluded.tasks, bytes = cycle_counter.bytes + excluded.bytes`

	pgUpsertSteps = `INSERT INTO step ` + pgStepColumns + ` SELECT i.*` + pgStepInput + `
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

	pgInsertExchanges = `INSERT INTO exchange (step, n, partner_id, account_id, status, millis, at, request, response)
		SELECT * FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::int[], $6::int[], $7::bigint[], $8::bytea[], $9::bytea[])`

	pgInsertIncidents = `INSERT INTO incident (id, partner_id, account_id, cycle_num, run, step_id, step_name, step_kind, warning, code, detail, at, shape)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::smallint[],
		$9::smallint[], $10::text[], $11::bytea[], $12::bigint[], $13::text[])`

	pgInsertDeliveries = `INSERT INTO delivery (id, partner_id, account_id, cycle_num, run, step_id, step_name, step_kind, warning, code, detail, at,
		attempt, due_at) SELECT i.*, 0, i.at FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
		$8::smallint[], $9::smallint[], $10::text[], $11::bytea[], $12::bigint[])
		AS i(id, partner_id, account_id, cycle_num, run, step_id, step_name, step_kind, warning, code, detail, at)`

	pgInsertMailEvents = `INSERT INTO mail_event (id, kind, partner_id, account_id, cycle_num, code, at)
		SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[])
		AS i(id, kind, partner_id, account_id, cycle_num, code, at)
		WHERE EXISTS (SELECT 1 FROM mail_rule r WHERE r.partner_id = i.partner_id AND (r.kinds & i.kind) <> 0)`

	// pgMove changes runs that are live, and n is which these were.
	pgMove = `WITH n AS (UPDATE run r SET state = i.state, due_at = i.due, ended_at = i.ended, prune_at = i.prune,
			errors = r.errors + i.errors, warnings = r.warnings + i.warnings
			FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[],
				$8::int[], $9::int[], $10::bigint[]) AS i(num, partner, account, state, due, ended, prune, errors, warnings, success)
			WHERE r.num = i.num AND r.partner_id + 0 = i.partner AND r.account_id + 0 = i.account AND r.state + 0 = 0
			RETURNING r.num, r.cycle_num, r.partner_id, r.account_id, i.state, i.success)`
	pgMoveRuns = pgMove + `,
		k AS (INSERT INTO cycle_counter (cycle_num, partner_id, account_id, tasks, errors, warnings, in_progress, last_success_at)
			SELECT cycle_num, partner_id, account_id, 0, 0, 0, -count(*), max(success) FROM n WHERE state <> 0
			GROUP BY cycle_num, partner_id, account_id ORDER BY cycle_num
			ON CONFLICT (cycle_num) DO UPDATE SET in_progress = cycle_counter.in_progress + excluded.in_progress,
			last_success_at = greatest(cycle_counter.last_success_at, excluded.last_success_at))
		SELECT num FROM n`
	pgNoteMoves = pgMove + ` SELECT num FROM n`

	// pgGoOn is for the many runs that just go on: it returns those that are live, and writes only the
	// ones that were parked.
	pgGoOn = `WITH u AS (UPDATE run SET due_at = 0 WHERE num = ANY($1::bigint[]) AND state + 0 = 0 AND due_at + 0 <> 0)
		SELECT num FROM run WHERE num = ANY($1::bigint[]) AND state + 0 = 0`

	pgAddCycles = `INSERT INTO cycle_counter (cycle_num, partner_id, account_id, tasks, errors, warnings, in_progress, last_success_at, bytes)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
		ON CONFLICT (cycle_num) DO UPDATE SET tasks = cycle_counter.tasks + excluded.tasks,
		errors = cycle_counter.errors + excluded.errors, warnings = cycle_counter.warnings + excluded.warnings,
		in_progress = cycle_counter.in_progress + excluded.in_progress, bytes = cycle_counter.bytes + excluded.bytes,
		last_success_at = greatest(cycle_counter.last_success_at, excluded.last_success_at)`

	pgAddUsage = `INSERT INTO usage_day (partner_id, account_id, day, cycle_num, connector, method, ok, incident)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::bigint[], $5::int[], $6::int[], $7::bigint[], $8::bigint[])
		ON CONFLICT (account_id, day, cycle_num, connector, method) DO UPDATE SET
		ok = usage_day.ok + excluded.ok, incident = usage_day.incident + excluded.incident`
)

// fast reports whether the op may join a pipelined commit. The others are rare and go one by one.
func fast(op *Op) bool {
	switch {
	case op.Accept != nil:
		return op.Accept.Slot == 0 && !op.Accept.Once && len(op.Accept.Rows) == 0 && len(op.Accept.Inherit) == 0 && op.Accept.Link == nil && op.Accept.Settles == 0 && op.Accept.Audit == nil
	case op.Advance != nil:
		return !op.Advance.StopCycle && len(op.Advance.LastRuns) == 0 && len(op.Advance.Cursors) == 0 && !op.Advance.Awaits
	}
	return op.settle
}

// pipeline collects ops as columns and sends them as one commit in one round trip.
type pipeline struct {
	sums sums
	note note           // of the runs that begin or end, if the database agrees
	live map[int64]bool // what the database answered: runs made, or live before

	locked          []int64
	landed          []int64
	runs            runColumnsOf
	children        childColumns
	keys            dedupeColumns
	triggers, steps stepColumnsOf
	exchanges       exchangeColumns
	incidents       incidentColumnsOf
	deliveries      incidentColumnsOf
	mails           mailColumns
	going           []int64
	moves           moveColumns
	cycles          [9][]int64
	usage           [5][]int64
	day, conn, meth []int32
}

type runColumnsOf struct {
	num, partner, account, root, cycle, version, due, parent, created []int64
	step, key                                                         [][]byte
	split                                                             []int16
}

type childColumns struct {
	num, partner, account, root, cycle, version, parent, created []int64
	split                                                        []int16
}

type dedupeColumns struct {
	step, key                                               [][]byte
	partner, account, num, expires, created, cycle, version []int64
}

type stepColumnsOf struct {
	id, partner, account, due, started, ended             []int64
	ref, from, attempt, in, out, ok, incident, conn, meth []int32
	state, exit, inExchange                               []int16
	blob                                                  []*string
	output, progress                                      [][]byte
	callStatus, callMillis                                []*int32 // nil: the row has no call in it
	callAt                                                []*int64
	request, response                                     [][]byte
}

type exchangeColumns struct {
	step, partner, account, at []int64
	n, status, millis          []int32
	request, response          [][]byte
}

type incidentColumnsOf struct {
	id, partner, account, cycle, run, at []int64
	stepID, stepName, code, shape        []string
	kind, warning                        []int16
	detail                               [][]byte
}

type mailColumns struct {
	id, partner, account, cycle, at []int64
	kind                            []int16
	code                            []string
}

type moveColumns struct {
	num, partner, account, due, ended, prune, success []int64
	state                                             []int16
	errors, warnings                                  []int32
}

func newPipeline() *pipeline { return &pipeline{sums: newSums(), live: map[int64]bool{}} }

func (p *pipeline) reset() {
	s, live := p.sums, p.live
	s.reset()
	clear(live)
	begun, ended := p.note.begun[:0], p.note.ended[:0]
	*p = pipeline{sums: s, live: live}
	p.note = note{sums: &p.sums, begun: begun, ended: ended}
}

func (c *stepColumnsOf) add(partner, account, run int64, s *paceline.StepRow, call *paceline.Exchange) {
	c.id = append(c.id, stepKey(run, s.Seq))
	c.partner, c.account = append(c.partner, partner), append(c.account, account)
	c.ref, c.from = append(c.ref, s.StepRef), append(c.from, s.From)
	c.state, c.exit = append(c.state, int16(s.State)), append(c.exit, int16(s.Exit.Number()))
	c.attempt, c.due = append(c.attempt, s.Attempt), append(c.due, int64(s.DueAt))
	c.in, c.out = append(c.in, s.RowsIn), append(c.out, s.RowsOut)
	c.ok, c.incident = append(c.ok, s.TasksOK), append(c.incident, s.TasksIncident)
	c.conn, c.meth = append(c.conn, s.Connector), append(c.meth, s.Method)
	c.started, c.ended = append(c.started, int64(s.StartedAt)), append(c.ended, int64(s.EndedAt))
	c.inExchange = append(c.inExchange, int16(boolInt(s.Output.InExchange)))
	var blob *string
	if s.Output.Blob != "" {
		blob = &s.Output.Blob
	}
	c.blob, c.output, c.progress = append(c.blob, blob), append(c.output, s.Output.Data), append(c.progress, s.Progress)
	if call == nil {
		c.callStatus, c.callMillis, c.callAt = append(c.callStatus, nil), append(c.callMillis, nil), append(c.callAt, nil)
		c.request, c.response = append(c.request, nil), append(c.response, nil)
		return
	}
	c.callStatus, c.callMillis = append(c.callStatus, &call.Status), append(c.callMillis, &call.Millis)
	c.callAt = append(c.callAt, (*int64)(&call.At))
	c.request, c.response = append(c.request, call.Request), append(c.response, call.Response)
}

func (c *stepColumnsOf) args() []any {
	return []any{c.id, c.partner, c.account, c.ref, c.from, c.state, c.exit, c.attempt, c.due, c.in, c.out,
		c.ok, c.incident, c.conn, c.meth, c.started, c.ended, c.inExchange, c.blob, c.output, c.progress,
		c.callStatus, c.callMillis, c.callAt, c.request, c.response}
}

func (c *incidentColumnsOf) add(op *Advance, in *paceline.Incident) {
	c.id, c.partner, c.account = append(c.id, in.ID), append(c.partner, op.Partner), append(c.account, op.Account)
	c.cycle, c.run, c.at = append(c.cycle, op.Cycle), append(c.run, op.Run), append(c.at, int64(in.At))
	c.stepID, c.stepName, c.code = append(c.stepID, string(in.StepID)), append(c.stepName, in.StepName), append(c.code, string(in.Code))
	c.kind, c.warning = append(c.kind, int16(in.StepKind)), append(c.warning, int16(boolInt(in.Warning)))
	c.detail, c.shape = append(c.detail, in.Detail), append(c.shape, in.Shape)
}

func (c *mailColumns) add(op *Advance, in *paceline.Incident) {
	kind := in.Mail()
	if kind == 0 {
		return
	}
	c.id, c.partner, c.account, c.cycle = append(c.id, in.ID), append(c.partner, op.Partner), append(c.account, op.Account), append(c.cycle, op.Cycle)
	c.kind, c.code, c.at = append(c.kind, int16(kind)), append(c.code, string(in.Code)), append(c.at, int64(in.At))
}

func (c *incidentColumnsOf) args() []any {
	return []any{c.id, c.partner, c.account, c.cycle, c.run, c.stepID, c.stepName, c.kind, c.warning, c.code, c.detail, c.at}
}

func (p *pipeline) accept(op *Accept) {
	r, c := &op.Run, &p.runs
	p.locked = append(p.locked, r.Cycle)
	c.num, c.partner, c.account, c.root = append(c.num, r.Num), append(c.partner, r.Partner), append(c.account, r.Account), append(c.root, r.Root)
	c.cycle, c.version, c.due = append(c.cycle, r.Cycle), append(c.version, r.Version), append(c.due, int64(r.DueAt))
	c.parent, c.created, c.split = append(c.parent, r.Parent), append(c.created, int64(r.CreatedAt)), append(c.split, int16(r.Split))
	if d := op.Dedupe; d != nil {
		step, key, k := d.stepBytes(), d.Key[:], &p.keys
		c.step, c.key = append(c.step, step), append(c.key, key)
		k.step, k.key = append(k.step, step), append(k.key, key)
		k.partner, k.account, k.num = append(k.partner, r.Partner), append(k.account, r.Account), append(k.num, r.Num)
		k.expires, k.created = append(k.expires, int64(d.Expires)), append(k.created, int64(r.CreatedAt))
		k.cycle, k.version = append(k.cycle, r.Cycle), append(k.version, r.Version)
	} else {
		c.step, c.key = append(c.step, nil), append(c.key, nil)
	}
	if op.Landed {
		p.landed = append(p.landed, r.Num)
	}
	t := &op.Trigger
	p.triggers.add(r.Partner, r.Account, r.Num, t, nil)
	p.note.begun = append(p.note.begun, begunRun{r.Num, r.Partner, r.Account, r.Cycle, int64(len(t.Output.Data)), usageSum{
		t.Connector, t.Method, t.StartedAt.Day(), paceline.Usage{OK: int64(t.TasksOK), Incident: int64(t.TasksIncident)}}})
}

func (p *pipeline) advance(op *Advance) {
	for i := range op.Rows {
		p.steps.add(op.Partner, op.Account, op.Run, &op.Rows[i], op.ownCall(&op.Rows[i]))
		p.sums.tasks(op.Partner, op.Account, op.Cycle, &op.Rows[i])
	}
	for i := range op.Exchanges {
		x, c := &op.Exchanges[i], &p.exchanges
		if op.inRow(x) {
			continue
		}
		c.step, c.n = append(c.step, stepKey(op.Run, x.Seq)), append(c.n, x.N)
		c.partner, c.account = append(c.partner, op.Partner), append(c.account, op.Account)
		c.status, c.millis, c.at = append(c.status, x.Status), append(c.millis, x.Millis), append(c.at, int64(x.At))
		c.request, c.response = append(c.request, x.Request), append(c.response, x.Response)
	}
	if n := op.bytes(); n > 0 {
		p.sums.cycle(op.Cycle, op.Partner, op.Account).bytes += n
	}
	errors, warnings := countIncidents(op.Incidents)
	if len(op.Incidents) > 0 {
		s := p.sums.cycle(op.Cycle, op.Partner, op.Account)
		s.errors += int64(errors)
		s.warnings += int64(warnings)
	}
	for i := range op.Incidents {
		in := &op.Incidents[i]
		p.incidents.add(op, in)
		if in.Notify {
			p.deliveries.add(op, in)
		}
		p.mails.add(op, in)
	}
	for i := range op.Children {
		r, c := &op.Children[i].Run, &p.children
		c.num, c.partner, c.account, c.root = append(c.num, r.Num), append(c.partner, r.Partner), append(c.account, r.Account), append(c.root, r.Root)
		c.cycle, c.version, c.parent = append(c.cycle, r.Cycle), append(c.version, r.Version), append(c.parent, r.Parent)
		c.created, c.split = append(c.created, int64(r.CreatedAt)), append(c.split, int16(r.Split))
		p.triggers.add(r.Partner, r.Account, r.Num, &op.Children[i].Row, nil)
	}
	var ended, prune paceline.Micros
	if op.State != paceline.RunLive {
		ended, prune = op.At, pruneAt(op.PruneAt, op.At)
		p.note.ended = append(p.note.ended, endedRun{op.Run, op.Partner, op.Account, op.Cycle, op.State, op.At, op.SuccessAt})
	}
	if op.State == paceline.RunLive && op.DueAt == 0 && len(op.Incidents) == 0 {
		p.going = append(p.going, op.Run)
		return
	}
	c := &p.moves
	c.num, c.partner, c.account = append(c.num, op.Run), append(c.partner, op.Partner), append(c.account, op.Account)
	c.state, c.due = append(c.state, int16(op.State)), append(c.due, int64(op.DueAt))
	c.ended, c.prune, c.success = append(c.ended, int64(ended)), append(c.prune, int64(prune)), append(c.success, int64(op.SuccessAt))
	c.errors, c.warnings = append(c.errors, int32(errors)), append(c.warnings, int32(warnings))
}

// send commits what was collected, under the writer's fence. It either is durable as a whole, or nothing
// of it is; when the connection breaks only the fence row can tell which. With notes it notes what it adds to
// the counters, else it writes them, and what earlier commits noted.
func (p *pipeline) send(ctx context.Context, w *postgresWriter, notes bool) error {
	insertRuns, insertTriggers, moveRuns := pgInsertRuns, pgInsertTriggers, pgMoveRuns
	if notes {
		insertRuns, insertTriggers, moveRuns = pgNoteRuns, pgNoteTriggers, pgNoteMoves
	}
	batch := &pgx.Batch{}
	collect := func(rows pgx.Rows) error {
		for rows.Next() {
			var num int64
			if err := rows.Scan(&num); err != nil {
				return err
			}
			p.live[num] = true
		}
		return rows.Err()
	}
	batch.Queue(pgFence, w.pool.node, w.index, w.epoch)
	if r := &p.runs; len(r.num) > 0 {
		batch.Queue(pgLockCycles, p.locked)
		if k := &p.keys; len(k.num) > 0 {
			batch.Queue(pgDedupe, k.step, k.key, k.partner, k.account, k.num, k.expires, k.created, k.cycle, k.version)
		}
		batch.Queue(insertRuns, r.num, r.partner, r.account, r.root, r.cycle, r.version, r.due, r.parent, r.created, r.step, r.key, r.split).Query(collect)
	}
	if len(p.landed) > 0 {
		batch.Queue(pgLand, p.landed)
	}
	if r := &p.children; len(r.num) > 0 {
		batch.Queue(pgInsertChildren, r.num, r.partner, r.account, r.root, r.cycle, r.version, r.parent, r.created, r.split)
	}
	if len(p.triggers.id) > 0 {
		batch.Queue(insertTriggers, p.triggers.args()...)
	}
	if len(p.steps.id) > 0 {
		batch.Queue(pgUpsertSteps, p.steps.args()...)
	}
	if x := &p.exchanges; len(x.step) > 0 {
		batch.Queue(pgInsertExchanges, x.step, x.n, x.partner, x.account, x.status, x.millis, x.at, x.request, x.response)
	}
	if c := &p.incidents; len(c.id) > 0 {
		batch.Queue(pgInsertIncidents, append(c.args(), c.shape)...)
	}
	if c := &p.deliveries; len(c.id) > 0 {
		batch.Queue(pgInsertDeliveries, c.args()...)
	}
	if c := &p.mails; len(c.id) > 0 {
		batch.Queue(pgInsertMailEvents, c.id, c.kind, c.partner, c.account, c.cycle, c.code, c.at)
	}
	if len(p.going) > 0 {
		batch.Queue(pgGoOn, p.going).Query(collect)
	}
	if m := &p.moves; len(m.num) > 0 {
		batch.Queue(moveRuns, m.num, m.partner, m.account, m.state, m.due, m.ended, m.prune, m.errors, m.warnings, m.success).Query(collect)
	}
	switch {
	case notes:
		batch.Queue(sqlInsertTally, w.pool.node, w.index, w.batch+1, p.note.encode())
	case w.tally.commits > 0:
		p.sums.add(&w.tally.sums)
		batch.Queue(sqlDeleteTally, w.pool.node, w.index, w.tally.first)
		fallthrough
	default:
		p.queueSums(batch)
	}
	// Without BEGIN the whole pipeline is one implicit transaction, which its end commits; Close
	// returns after that answer.
	return w.conn.SendBatch(ctx, batch).Close()
}

func (p *pipeline) queueSums(batch *pgx.Batch) {
	if list := p.sums.sortedCycles(); len(list) > 0 {
		c := &p.cycles
		for _, s := range list {
			for i, n := range [...]int64{s.num, s.partner, s.account, s.tasks, s.errors, s.warnings, s.inProgress, int64(s.success), s.bytes} {
				c[i] = append(c[i], n)
			}
		}
		batch.Queue(pgAddCycles, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8])
		u := &p.usage
		for _, s := range list {
			for _, used := range s.usage {
				for i, n := range [...]int64{s.partner, s.account, s.num, used.OK, used.Incident} {
					u[i] = append(u[i], n)
				}
				p.day, p.conn, p.meth = append(p.day, used.day), append(p.conn, used.connector), append(p.meth, used.method)
			}
		}
		if len(u[0]) > 0 {
			batch.Queue(pgAddUsage, u[0], u[1], p.day, u[2], p.conn, p.meth, u[3], u[4])
		}
	}
}
