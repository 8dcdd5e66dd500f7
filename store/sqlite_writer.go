package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"paceline"

	"zombiezen.com/go/sqlite"
)

// seams let this package's tests fail a write where a disk would, and see what else is rare.
type seams struct {
	commit func() error // called before COMMIT; its error is taken for that of COMMIT
	notes  bool         // each commit notes what it adds to the counters, and none writes them
}

// sqliteWriter owns the only connection that writes. Its goroutine commits batches: ops of the
// engine and closures of InTx in the order of their submission, each closure under a savepoint.
type sqliteWriter struct {
	store    *Store
	backend  *sqliteStore
	conn     *sqliteConn
	queue    *queue
	apply    *applier
	tally    *tally
	seams    seams
	restart  chan struct{} // the keeper asks for the log to begin anew
	finished chan struct{}
	dead     error // the first fatal error; nothing is committed after it
}

func newSQLiteWriter(s *Store, b *sqliteStore, conn *sqliteConn, seams seams) *sqliteWriter {
	w := &sqliteWriter{store: s, backend: b, conn: conn, queue: newQueue(), tally: newTally(seams), seams: seams,
		restart: make(chan struct{}, 1), finished: make(chan struct{})}
	w.apply = newApplier(context.Background(), conn, w.incidentBlock)
	return w
}

func (w *sqliteWriter) start() { go w.loop() }

func (w *sqliteWriter) stop() {
	w.queue.close()
	<-w.finished
}

// do runs f in the next batch and waits until that is durable. A caller that goes away before the
// batch begins takes its closure along; afterwards it waits for the outcome.
func (w *sqliteWriter) do(ctx context.Context, scope paceline.Scope, urgent bool, f func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !urgent && w.backend.keeper.isFull() {
		return errDiskFull(nil)
	}
	j := &job{ctx: ctx, scope: scope, urgent: urgent, f: f, done: make(chan struct{})}
	if !w.queue.put(entry{job: j, size: 1024}) {
		return paceline.Fail(paceline.CodeShuttingDown)
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.begun.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		<-j.done
	}
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

func (w *sqliteWriter) submit(op *Op) {
	if op.isNew() && w.backend.keeper.isFull() {
		e := entry{op: op, result: Result{Err: errDiskFull(nil)}}
		e.deliver()
		return
	}
	if !w.queue.put(entry{op: op, size: op.size()}) {
		e := entry{op: op, result: Result{Err: paceline.Fail(paceline.CodeShuttingDown)}}
		e.deliver()
	}
}

func (w *sqliteWriter) loop() {
	defer close(w.finished)
	defer close(w.tally.closed)
	var batch []entry
	for {
		if batch = w.queue.take(batch, w.restart); batch == nil {
			if w.tally.commits > 0 {
				w.commit([]entry{{op: &Op{settle: true}}})
			}
			return
		}
		if len(batch) == 0 {
			w.restartLog()
			continue
		}
		live := batch[:0]
		for _, e := range batch {
			if e.job == nil || e.job.begun.CompareAndSwap(false, true) {
				live = append(live, e)
			}
		}
		w.commit(live)
		for i := range live {
			live[i].deliver()
			live[i] = entry{}
		}
		w.backend.keeper.committed()
		if w.backend.keeper.cramped() {
			w.restartLog()
		}
	}
}

// commit makes the batch durable, or finds out which of its entries cannot be and leaves those out.
func (w *sqliteWriter) commit(batch []entry) {
	left := make([]*entry, 0, len(batch))
	for i := range batch {
		left = append(left, &batch[i])
	}
	freed := false
	for len(left) > 0 {
		if w.dead != nil {
			failAll(left, w.dead)
			return
		}
		start := w.store.clock.Now()
		bad, err := w.attempt(left)
		if err == nil {
			w.store.tell(len(left), start)
			return
		}
		w.apply.undone()
		switch w.kind(err) {
		case diskFull:
			w.backend.keeper.full()
			w.restartLog()
			if freed {
				failAll(left, errDiskFull(err))
				return
			}
			// What the engine has already done is recorded into the freed room; what is new waits.
			freed = true
			left = refuse(left, errDiskFull(err))
		case diskBroken:
			w.die(fmt.Errorf("the disk failed a write, which may be lost: %w", err))
		default:
			if bad < 0 {
				failAll(left, err)
				return
			}
			left[bad].result = Result{Err: asUnstorable(err)}
			left = append(left[:bad], left[bad+1:]...)
		}
	}
}

func (w *sqliteWriter) die(err error) {
	w.dead = paceline.Fail(paceline.CodeShuttingDown).Because(err)
	w.store.die(err)
}

// refuse fails the entries that bring new work and returns the others.
func refuse(batch []*entry, err error) []*entry {
	var left []*entry
	for _, e := range batch {
		if e.op != nil && !e.op.isNew() || e.job != nil && e.job.urgent {
			left = append(left, e)
		} else {
			e.result = Result{Err: err}
		}
	}
	return left
}

func failAll(batch []*entry, err error) {
	for _, e := range batch {
		e.result = Result{Err: err}
	}
}

// attempt runs the batch as one transaction. On an error nothing of it is stored; bad is the entry
// that caused it, or -1.
func (w *sqliteWriter) attempt(batch []*entry) (bad int, err error) {
	if err := w.conn.now("BEGIN IMMEDIATE"); err != nil {
		return -1, err
	}
	w.apply.begin()
	notes := w.tally.notes(len(batch), w.store.clock.Now())
	for i, e := range batch {
		if e.op != nil {
			e.result, err = w.apply.op(e.op)
		} else {
			e.result.Err, err = w.closure(e.job)
			w.apply.othersWrote()
		}
		if err != nil {
			return i, errors.Join(err, w.conn.rollback())
		}
	}
	if err := w.count(notes); err != nil {
		return -1, errors.Join(err, w.conn.rollback())
	}
	if w.seams.commit != nil {
		err = w.seams.commit()
	}
	if err == nil {
		err = w.conn.now("COMMIT")
	}
	if err != nil {
		return -1, errors.Join(err, w.conn.rollback())
	}
	switch first := w.tally.commits == 0; {
	case !notes:
		w.tally.settled()
	case len(w.apply.sums.cycles) > 0:
		w.tally.noted(&w.apply.sums, w.tally.last+1, w.store.clock.Now())
		if first {
			w.tally.settleLater(w.store.clock, w.queue)
		}
	}
	return -1, nil
}

// count writes what the batch adds to the counters, with what earlier ones noted, or notes it.
func (w *sqliteWriter) count(notes bool) error {
	if notes {
		if len(w.apply.sums.cycles) == 0 {
			return nil
		}
		n := note{sums: &w.apply.sums}
		_, err := w.apply.exec(sqlInsertTally, nodeAlone, 0, w.tally.last+1, n.encode())
		return err
	}
	if w.tally.commits > 0 {
		w.apply.sums.add(&w.tally.sums)
		if _, err := w.apply.exec(sqlDeleteTally, nodeAlone, 0, w.tally.first); err != nil {
			return err
		}
	}
	return w.apply.flush()
}

// incidentBlock takes numbers for incidents inside the batch. Should that be rolled back, the counter
// is too, and the block is forgotten with it.
func (w *sqliteWriter) incidentBlock(n int64) (int64, error) {
	tx := &Tx{db: w.conn, writable: true}
	return tx.nextNums("incident", n)
}

// closure runs one InTx under a savepoint. The first error is the closure's own and undoes only it;
// the second is the database's and ends the batch.
func (w *sqliteWriter) closure(j *job) (own, failed error) {
	if err := w.conn.now("SAVEPOINT closure"); err != nil {
		return nil, err
	}
	tx := &Tx{ctx: j.ctx, db: w.conn.limited(context.WithoutCancel(j.ctx)), scope: j.scope, now: w.store.clock.Now(), writable: true}
	j.panicked = nil
	func() {
		defer func() {
			if p := recover(); p != nil {
				j.panicked = p
				own = fmt.Errorf("the closure panicked: %v", p)
			}
		}()
		if j.scope.Account != 0 {
			if own = tx.checkLive(j.scope); own != nil {
				return
			}
		}
		own = j.f(tx)
	}()
	if tx.err != nil && (w.conn.conn.AutocommitEnabled() || w.kind(tx.err) != statementFailed) {
		return nil, tx.err // a full disk and the like undo the whole transaction
	}
	if own == nil {
		own = tx.err // an error that the closure swallowed still undoes it, as PostgreSQL would
	}
	if own != nil {
		if err := w.conn.now("ROLLBACK TO closure"); err != nil {
			return nil, err
		}
	}
	err := w.conn.now("RELEASE closure")
	return own, err
}

// rollback ends the transaction if the error has not already done so.
func (c *sqliteConn) rollback() error {
	if c.conn.AutocommitEnabled() {
		return nil
	}
	return c.now("ROLLBACK")
}

// now runs a prepared statement without arguments that no caller can cancel.
func (c *sqliteConn) now(sql string) error {
	_, err := c.exec(context.Background(), sql, nil)
	return err
}

type failure int

const (
	statementFailed failure = iota // a constraint, a wrong type: the batch can do without it
	diskFull                       // rolled back; the process goes on
	diskBroken                     // the state of the file is unknown
)

func (w *sqliteWriter) kind(err error) failure {
	code := sqlite.ErrCode(err)
	switch {
	case code.ToPrimary() == sqlite.ResultFull:
		return diskFull
	case code == sqlite.ResultIOErrFsync, code == sqlite.ResultIOErrDirFsync:
		return diskBroken
	case code.ToPrimary() == sqlite.ResultIOErr:
		// The shared-memory file and short writes report a full disk as a plain I/O error.
		if w.backend.keeper.noRoom() {
			return diskFull
		}
		return diskBroken
	case code.ToPrimary() == sqlite.ResultCorrupt, code.ToPrimary() == sqlite.ResultNotADB:
		return diskBroken
	}
	return statementFailed
}

func errDiskFull(err error) error {
	return paceline.Fail(paceline.CodeBusy).Because(errors.Join(errors.New("the disk is full"), err)).In(5 * time.Second)
}

// restartLog moves what the keeper's checkpoint could not, so that the write-ahead log is reused
// from its beginning. It gives up at once when a reader is in the way; the keeper asks again.
func (w *sqliteWriter) restartLog() {
	if w.dead != nil {
		return
	}
	w.conn.conn.SetBusyTimeout(2 * time.Millisecond)
	err := w.conn.run("PRAGMA wal_checkpoint(RESTART)")
	w.conn.conn.SetBlockOnBusy()
	if err != nil && w.kind(err) == diskBroken {
		w.die(fmt.Errorf("the disk failed a checkpoint: %w", err))
	}
}
