package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"paceline"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The timing of a writer.
const (
	commitTimeout = 15 * time.Second       // after which a silent server counts as lost
	retryPause    = 100 * time.Millisecond // between two tries to connect
	outageGrace   = 2 * time.Second        // after which new work is refused instead of kept waiting
)

// postgresWriter commits the ops of some root accounts on a connection of its own, under a fence row
// that says who may: its epoch is raised by a server that takes over, and by the writer itself when it
// connects anew, so that nothing of a lost connection can be committed later. Its batch number tells
// after such a loss whether the last commit had arrived.
type postgresWriter struct {
	store    *Store
	pool     *postgresStore
	config   *pgx.ConnConfig
	index    int
	queue    *queue
	conn     *pgx.Conn
	owner    string
	epoch    int64
	batch    int64 // commits that the fence row has counted
	pipe     *pipeline
	tally    *tally
	ids      numbers // of incidents
	lost     time.Time
	finished chan struct{}
	dead     error
	life     context.Context // ends when the store does not wait for the database any more
	end      context.CancelFunc
}

// startPostgresWriters joins the fence: a server that still commits to this database is shut out from
// its next commit on, and ends itself.
func startPostgresWriters(ctx context.Context, b *postgresStore, config *pgx.ConnConfig, o Options) ([]*postgresWriter, error) {
	if o.Writers <= 0 {
		o.Writers = 2
	}
	owner := paceline.NewHexSecret(8)
	b.owner = owner
	var places []fencePlace
	var err error
	if o.Node != nil {
		places, err = b.join(ctx, owner, o.Writers, *o.Node)
	} else {
		places, err = joinFence(ctx, b, owner, o.Writers)
	}
	if err != nil {
		return nil, fmt.Errorf("join the fence: %w", err)
	}
	var list []*postgresWriter
	for i := range o.Writers {
		w := &postgresWriter{store: b.store, pool: b, config: config.Copy(), index: i, queue: newQueue(), pipe: newPipeline(), tally: newTally(o.seams),
			owner: owner, epoch: places[i].epoch, batch: places[i].batch, finished: make(chan struct{})}
		w.life, w.end = context.WithCancel(context.WithoutCancel(ctx))
		w.config.ConnectTimeout = outageGrace
		w.config.RuntimeParams["application_name"] = nodeName(b.node)
		for name, value := range writerSettings {
			w.config.RuntimeParams[name] = value
		}
		if w.conn, err = pgx.ConnectConfig(ctx, w.config); err != nil {
			for _, w := range list {
				w.conn.Close(ctx)
			}
			return nil, err
		}
		list = append(list, w)
	}
	for _, w := range list {
		go w.loop()
	}
	return list, nil
}

// writerSettings fix the plans of the few statements that writers use: always by index, and planned
// once. Left alone, the planner reads whole tables while its statistics still call them empty. Pages cost
// nothing and rows do, so that a look-up of each row beats a walk through the primary key of a small table,
// which would be kept while the table grows.
var writerSettings = map[string]string{
	"random_page_cost":  "0",
	"seq_page_cost":     "0",
	"cpu_tuple_cost":    "1",
	"plan_cache_mode":   "force_generic_plan",
	"enable_seqscan":    "off",
	"enable_bitmapscan": "off",
	"enable_hashjoin":   "off",
	"enable_mergejoin":  "off",
	"enable_material":   "off",
	"jit":               "off",
}

type fencePlace struct{ epoch, batch int64 }

// joinFence makes the fence rows of the node the owner's and raises their epochs. It ends what others have under way.
func joinFence(ctx context.Context, b *postgresStore, owner string, writers int) (places []fencePlace, err error) {
	err = b.once(ctx, pgx.TxOptions{}, func(tx *Tx) error {
		tx.writable = true
		if err := b.alone(tx); err != nil {
			return err
		}
		places = make([]fencePlace, writers)
		_, err := tx.exec(`UPDATE fence SET owner = $3, epoch = epoch + 1 WHERE node = $1 AND writer >= $2`, nodeAlone, writers, owner)
		if err != nil {
			return err
		}
		for i := range writers {
			_, err := tx.one(`INSERT INTO fence (node, writer, owner, epoch, batch) VALUES ($1, $2, $3, 1, 0)
				ON CONFLICT (node, writer) DO UPDATE SET owner = excluded.owner, epoch = fence.epoch + 1 RETURNING epoch, batch`,
				[]any{nodeAlone, i, owner}, func(r *Row) { places[i] = fencePlace{r.Int(0), r.Int(1)} })
			if err != nil {
				return err
			}
		}
		// Nobody commits now: what the server before noted, no one else will write.
		return settle(ctx, tx.db, allNodes, allWriters)
	})
	if err == nil {
		b.nameConnections()
	}
	return places, err
}

// errTakenOver is fatal: another server commits to this database now.
var errTakenOver = errors.New("another server has taken over this database: only one may run on it")

// deposed says what it means that the fence is not this writer's any more.
func (w *postgresWriter) deposed() error {
	if w.store.owned.shared {
		return ErrDeposed
	}
	return errTakenOver
}

func (w *postgresWriter) submit(op *Op) {
	if !w.queue.put(entry{op: op, size: op.size()}) {
		e := entry{op: op, result: Result{Err: paceline.Fail(paceline.CodeShuttingDown)}}
		e.deliver()
	}
}

// stop waits for the end of what was submitted before the queue was closed.
func (w *postgresWriter) stop() {
	<-w.finished
	w.end()
	if w.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), outageGrace)
		defer cancel()
		w.conn.Close(ctx)
	}
}

func (w *postgresWriter) loop() {
	defer close(w.finished)
	defer close(w.tally.closed)
	var batch []entry
	check, stop := w.pulse()
	defer stop()
	for {
		if batch = w.queue.take(batch, check); batch == nil {
			if w.tally.commits > 0 {
				w.commit([]entry{{op: &Op{settle: true}}})
			}
			return
		}
		if len(batch) == 0 {
			w.checkFence()
			continue
		}
		for rest := batch; len(rest) > 0; {
			n := w.together(rest)
			w.commit(rest[:n])
			rest = rest[n:]
		}
		clear(batch)
	}
}

// together returns how many of the first entries may share one pipelined commit: none of them rare,
// none twice about one run or one delivery, because a statement can change a row only once.
func (w *postgresWriter) together(batch []entry) int {
	if !fast(batch[0].op) {
		return 1
	}
	runs := make(map[int64]bool, len(batch))
	keys := make(map[dedupeKey]bool)
	for i := range batch {
		op := batch[i].op
		if !fast(op) {
			return i
		}
		run := int64(0)
		if a := op.Accept; a != nil {
			run = a.Run.Num
			if d := a.Dedupe; d != nil {
				key := dedupeKey{d.Step, d.Key}
				if keys[key] {
					return i
				}
				keys[key] = true
			}
		} else if op.Advance != nil {
			run = op.Advance.Run
		} else {
			continue
		}
		if runs[run] {
			return i
		}
		runs[run] = true
	}
	return len(batch)
}

type dedupeKey struct {
	step paceline.ID
	key  [16]byte
}

// commit makes the entries durable and delivers their results. A connection that is lost on the way is
// made again, and the fence row says whether the commit had arrived: then its results are read back,
// else the same commit is sent again.
func (w *postgresWriter) commit(batch []entry) {
	arrived := false
	for conflicts := 0; ; {
		if w.conn == nil && w.dead == nil {
			arrived = w.reconnect(batch) || arrived
		}
		if w.dead != nil {
			deliverAll(batch, w.dead)
			return
		}
		if w.conn == nil {
			return // closing during an outage: everything was answered
		}
		if arrived {
			if err := w.recall(batch); err != nil {
				w.drop(err)
				continue
			}
			deliverRest(batch)
			return
		}
		batch = untold(batch)
		if len(batch) == 0 {
			return
		}
		start := w.store.clock.Now()
		err := w.attempt(batch)
		switch {
		case err == nil:
			w.pool.heard.now()
			w.batch++
			w.store.tell(len(batch), start)
			deliverRest(batch)
			return
		case isFenced(err):
			w.die(w.deposed())
		case isRefusing(err):
			deliverAll(batch, away(err))
			return
		case isAway(err) || w.conn.IsClosed():
			w.drop(err)
		case isConflict(err) && conflicts < 3:
			conflicts++
		case len(batch) == 1:
			deliverAll(batch, asUnstorable(err))
			return
		default:
			// One of them is poison. Alone, each meets its own fate.
			for i := range batch {
				w.commit(batch[i : i+1])
			}
			return
		}
	}
}

// untold leaves out the entries that were answered during an outage.
func untold(batch []entry) []entry {
	return slices.DeleteFunc(batch, func(e entry) bool { return e.told })
}

func deliverRest(batch []entry) {
	for i := range batch {
		if !batch[i].told {
			batch[i].deliver()
		}
	}
}

func deliverAll(batch []entry, err error) {
	for i := range batch {
		batch[i].result = Result{Err: err}
	}
	deliverRest(batch)
}

func (w *postgresWriter) die(err error) {
	w.dead = paceline.Fail(paceline.CodeShuttingDown).Because(err)
	w.store.die(err)
}

func (w *postgresWriter) drop(err error) {
	if w.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), retryPause)
		w.conn.Close(ctx)
		cancel()
		w.conn = nil
	}
	if w.lost.IsZero() {
		w.lost = w.store.clock.Now()
		w.store.logger.Warn("the database connection of a writer is lost", "writer", w.index, "error", err)
	}
}

// isFenced reports the division by zero of pgFence, the only division there is.
func isFenced(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "22012"
}

// isRefusing reports that the server is there and rolled back, but has no room (disk, memory).
func isRefusing(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "53100" || e.Code == "53200")
}

// attempt sends one commit and fills in the results.
func (w *postgresWriter) attempt(batch []entry) error {
	ctx, cancel := context.WithTimeout(w.life, commitTimeout)
	defer cancel()
	if len(batch) == 1 && !fast(batch[0].op) {
		return w.single(ctx, &batch[0])
	}
	p := w.pipe
	p.reset()
	for i := range batch {
		if a := batch[i].op.Accept; a != nil {
			p.accept(a)
			continue
		}
		a := batch[i].op.Advance
		if a == nil {
			continue
		}
		if err := w.number(ctx, a.Incidents); err != nil {
			return err
		}
		p.advance(a)
	}
	notes := w.tally.notes(len(batch), w.store.clock.Now()) && len(p.children.num) == 0
	if err := p.send(ctx, w, notes); err != nil {
		return err
	}
	w.counted(notes)
	for i := range batch {
		op := batch[i].op
		if a := op.Advance; a != nil {
			batch[i].result = Result{Run: a.Run, Refused: !p.live[a.Run]}
			continue
		}
		if op.Accept == nil {
			continue
		}
		num := op.Accept.Run.Num
		batch[i].result = Result{Run: num}
		if !p.live[num] {
			// Already durable, whatever this look-up meets.
			batch[i].result = w.whyNot(ctx, op.Accept)
		}
	}
	return nil
}

// counted notes what a durable commit added to the counters, or that they have it all.
func (w *postgresWriter) counted(notes bool) {
	if !notes {
		w.tally.settled()
		return
	}
	p, first := w.pipe, w.tally.commits == 0
	for _, r := range p.note.begun {
		if p.live[r.run] {
			p.sums.begins(r)
		}
	}
	for _, r := range p.note.ended {
		if p.live[r.run] {
			p.sums.ends(r)
		}
	}
	w.tally.noted(&p.sums, w.batch+1, w.store.clock.Now())
	if first {
		w.tally.settleLater(w.store.clock, w.queue)
	}
}

// whyNot tells a duplicate delivery from a refused one.
func (w *postgresWriter) whyNot(ctx context.Context, op *Accept) Result {
	result := Result{Run: op.Run.Num, Refused: true}
	db := &postgresConn{w.conn}
	if op.Settles != 0 {
		result.Decided = true
		err := db.query(ctx, sqlOutcomeOpen, []any{op.Run.Partner, op.Run.Account, op.Settles, string(paceline.CodeUnknownOutcome)}, func(*Row) error {
			result.Decided = false
			return nil
		})
		if err != nil {
			return Result{Err: away(err)}
		}
	}
	if d := op.Dedupe; d != nil {
		err := db.query(ctx, sqlDedupeRun, []any{op.Run.Partner, op.Run.Account, d.stepBytes(), d.Key[:]}, func(r *Row) error {
			result = Result{Run: r.Int(0), Seq: r.Int32(1), N: r.Int32(2), Duplicate: true}
			return nil
		})
		if err != nil {
			result = Result{Err: away(err)}
		}
	}
	return result
}

// single runs one op with the statements that both databases share.
func (w *postgresWriter) single(ctx context.Context, e *entry) error {
	return pgx.BeginFunc(ctx, w.conn, func(tx pgx.Tx) error {
		var one int64
		if err := tx.QueryRow(ctx, pgFence, w.pool.node, w.index, w.epoch).Scan(&one); err != nil {
			return err
		}
		if a := e.op.Accept; a != nil {
			if _, err := tx.Exec(ctx, pgLockCycles, []int64{a.Run.Cycle}); err != nil {
				return err
			}
		}
		apply := newApplier(ctx, &postgresConn{w.conn}, func(n int64) (int64, error) { return w.incidentBlock(ctx, n) })
		var err error
		if e.result, err = apply.op(e.op); err != nil {
			return err
		}
		return apply.flush()
	})
}

// number gives incidents their ids, out of a block that was taken apart from any commit.
func (w *postgresWriter) number(ctx context.Context, list []paceline.Incident) error {
	if len(list) == 0 {
		return nil
	}
	first, err := w.ids.take(int64(len(list)), func(n int64) (int64, error) { return w.incidentBlock(ctx, n) })
	for i := range list {
		list[i].ID = first + int64(i)
	}
	return err
}

func (w *postgresWriter) incidentBlock(ctx context.Context, n int64) (int64, error) {
	tx := &Tx{ctx: ctx, db: &postgresConn{w.conn}, writable: true}
	return tx.nextNums("incident", n)
}
