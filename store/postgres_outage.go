package store

import (
	"context"
	"errors"
	"time"

	"paceline"

	"github.com/jackc/pgx/v5"
)

// reconnect tries until the database is back, and says whether the commit of batch had arrived.
// Meanwhile it refuses new work after outageGrace; what records the past waits as long as it takes.
// Without a connection at its end the store closes, or another server has taken over.
func (w *postgresWriter) reconnect(batch []entry) (arrived bool) {
	for asked := false; ; {
		conn, place, err := w.rejoin()
		if err == nil {
			if conn == nil {
				w.die(w.deposed())
				return false
			}
			if !asked { // later, the batch may have been settle's
				arrived, asked = place.batch != w.batch, true
			}
			w.conn, w.epoch, w.batch = conn, place.epoch, place.batch
			if err := w.settle(); err != nil {
				w.drop(err)
				continue
			}
			w.store.logger.Info("the database connection of a writer is back", "writer", w.index, "outage", w.store.clock.Now().Sub(w.lost))
			w.lost = time.Time{}
			return arrived
		}
		if w.store.clock.Now().Sub(w.lost) >= outageGrace {
			w.refuseNew(batch, away(err))
		}
		if w.queue.isClosed() {
			deliverAll(batch, away(err))
			return false
		}
		pause, stop := w.store.clock.NewTimer(retryPause)
		<-pause
		stop()
	}
}

// settle writes to the counters what this writer noted, the commit in doubt included.
func (w *postgresWriter) settle() error {
	ctx, cancel := context.WithTimeout(w.life, commitTimeout)
	defer cancel()
	err := w.fenced(ctx, func() error { return settle(ctx, &postgresConn{w.conn}, w.pool.node, w.index) })
	if err == nil {
		w.tally.settled()
	}
	return err
}

// fenced runs f in a commit of its own under the fence, which it counts.
func (w *postgresWriter) fenced(ctx context.Context, f func() error) error {
	err := pgx.BeginFunc(ctx, w.conn, func(tx pgx.Tx) error {
		var one int64
		if err := tx.QueryRow(ctx, pgFence, w.pool.node, w.index, w.epoch).Scan(&one); err != nil {
			return err
		}
		return f()
	})
	if err == nil {
		w.batch++
	}
	return err
}

// rejoin connects and raises this writer's epoch, so that whatever the lost connection may still bring
// to the server finds no fence row. The update waits for a commit of it that is under way. Without an
// error and a connection, the fence belongs to another server.
func (w *postgresWriter) rejoin() (*pgx.Conn, fencePlace, error) {
	ctx, cancel := context.WithTimeout(w.life, commitTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, w.config)
	if err != nil {
		return nil, fencePlace{}, err
	}
	var place fencePlace
	ours := false
	err = (&postgresConn{conn}).query(ctx, `UPDATE fence SET epoch = epoch + 1 WHERE node = $1 AND writer = $2 AND owner = $3 RETURNING epoch, batch`,
		[]any{w.pool.node, w.index, w.owner}, func(r *Row) error {
			place, ours = fencePlace{r.Int(0), r.Int(1)}, true
			return nil
		})
	if err != nil || !ours {
		conn.Close(ctx)
		return nil, fencePlace{}, err
	}
	return conn, place, nil
}

// refuseNew answers deliveries with Unavailable, those of the commit in doubt included: nobody waits
// longer for a webhook's answer. What of it turns out to have arrived is taken back (see recall). Only a
// delivery in doubt for a transaction that waits is told when the database is back: what it found ready
// cannot be taken back, and its sender has been answered by then.
func (w *postgresWriter) refuseNew(batch []entry, err error) {
	isNew := func(e *entry) bool { return !e.told && e.op.isNew() && (e.op.Accept == nil || e.op.Accept.Slot == 0) }
	for i := range batch {
		if isNew(&batch[i]) && batch[i].op.Accept != nil {
			deliverAll(batch[i:i+1], err)
		}
	}
	deliverAll(w.queue.remove(isNew), err)
}

// recall reads back what became of a commit whose answer was lost, and takes back deliveries that
// were refused meanwhile, so that their senders' next try is not mistaken for a second copy.
func (w *postgresWriter) recall(batch []entry) error {
	ctx, cancel := context.WithTimeout(w.life, commitTimeout)
	defer cancel()
	db := &postgresConn{w.conn}
	for i := range batch {
		e := &batch[i]
		switch op := e.op; {
		case op.Accept != nil && e.told:
			if err := w.takeBack(ctx, op.Accept); err != nil {
				return err
			}
		case op.Accept != nil:
			r := &op.Accept.Run
			e.result = Result{Run: r.Num, Refused: true}
			err := db.query(ctx, sqlRunAt, []any{r.Partner, r.Account, r.Num}, func(*Row) error {
				e.result.Refused = false
				return nil
			})
			if err != nil {
				return err
			}
			if e.result.Refused {
				if e.result = w.whyNot(ctx, op.Accept); e.result.Err != nil {
					return e.result.Err
				}
			}
		case op.Advance != nil:
			a := op.Advance
			e.result = Result{Run: a.Run, Refused: true}
			err := db.query(ctx, sqlRunEnd, []any{a.Partner, a.Account, a.Run}, func(r *Row) error {
				e.result.Refused = int(r.Int(0)) != int(a.State) || a.State != paceline.RunLive && r.Micros(1) != a.At
				return nil
			})
			if err != nil {
				return err
			}
		case op.Arrive != nil:
			var err error
			if e.result, err = recallArrive(ctx, db, op.Arrive); err != nil {
				return err
			}
		case op.Gather != nil:
			var err error
			if e.result, err = recallGather(ctx, db, op.Gather); err != nil {
				return err
			}
		case op.Cancel != nil:
			e.result = recallCancel(op.Cancel)
		}
	}
	return nil
}

// takeBack removes a transaction that was made for a delivery that has been answered with "try again". Nothing of it has been
// executed: the engine was not told of it. If it has found it by itself, in the database, it stays: what was executed must not
// look as if it never was. The next try of a sender is then a second copy, which its key tells.
func (w *postgresWriter) takeBack(ctx context.Context, op *Accept) error {
	r := &op.Run
	err := w.fenced(ctx, func() error {
		a := newApplier(ctx, &postgresConn{w.conn}, nil)
		if op.Landed { // unless its node has it already: then the sender's next try is a second copy
			if n, err := a.exec(`DELETE FROM landed WHERE run = $1`, r.Num); err != nil || n == 0 {
				return err
			}
		}
		n, err := a.exec(pgTakeBack, r.Partner, r.Account, r.Num, stepKey(r.Num, 0), stepKey(r.Num+1, 0), 1+len(op.Rows))
		if err != nil || n == 0 {
			return err
		}
		if _, err := a.exec(`DELETE FROM step WHERE partner_id = $1 AND account_id = $2 AND id >= $3 AND id < $4`,
			r.Partner, r.Account, stepKey(r.Num, 0), stepKey(r.Num+1, 0)); err != nil {
			return err
		}
		for _, sql := range []string{sqlUnlink, sqlDisinherit} {
			if _, err := a.exec(sql, r.Num); err != nil {
				return err
			}
		}
		if d := op.Dedupe; d != nil {
			_, err := a.exec(`DELETE FROM dedupe WHERE partner_id = $1 AND account_id = $2 AND step = $3 AND key_hash = $4 AND run = $5`,
				r.Partner, r.Account, d.stepBytes(), d.Key[:], r.Num)
			if err != nil {
				return err
			}
		}
		if op.Settles != 0 {
			if _, err := decide(a.exec, r.Partner, r.Account, op.Settles, paceline.CodeOutcomeResolved, paceline.CodeUnknownOutcome); err != nil {
				return err
			}
		}
		if err := a.unaudit(r, op.Audit); err != nil {
			return err
		}
		if op.Once {
			if _, err := moveCycle(a, paceline.ArrowTakeBack, r.Partner, r.Account, r.Cycle); err != nil {
				return err
			}
		}
		c := a.sums.cycle(r.Cycle, r.Partner, r.Account)
		c.inProgress--
		for _, undo := range append([]paceline.StepRow{op.Trigger}, op.Rows...) {
			undo.TasksOK, undo.TasksIncident = -undo.TasksOK, -undo.TasksIncident
			a.sums.tasks(r.Partner, r.Account, r.Cycle, &undo)
			c.bytes -= int64(len(undo.Output.Data))
		}
		if err := a.flush(); err != nil {
			return err
		}
		if op.Known != nil && op.Known() { // asked last: nobody finds it any more once this is committed
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return nil
	}
	return err
}

// errFound undoes taking back.
var errFound = errors.New("the transaction was found")

// pgTakeBack removes a run that has the steps alone that it began with.
const pgTakeBack = `DELETE FROM run WHERE partner_id = $1 AND account_id = $2 AND num = $3 AND state = 0
	AND (SELECT count(*) FROM step WHERE partner_id = $1 AND account_id = $2 AND id >= $4 AND id < $5) <= CAST($6 AS BIGINT)`

// fencePulse is how often an idle writer looks whether the database is still its own.
const fencePulse = 3 * time.Second

// pulse returns a channel that receives every fencePulse until stop is called.
func (w *postgresWriter) pulse() (<-chan struct{}, func()) {
	beat, quit := make(chan struct{}, 1), make(chan struct{})
	go func() {
		for {
			timer, stop := w.store.clock.NewTimer(fencePulse)
			select {
			case <-quit:
				stop()
				return
			case <-timer:
				select {
				case beat <- struct{}{}:
				default:
				}
			}
		}
	}()
	return beat, func() { close(quit) }
}

// checkFence lets an idle server notice that another one has taken over, which may have cut its connection.
func (w *postgresWriter) checkFence() {
	if w.dead != nil {
		return
	}
	if w.conn == nil {
		w.reconnect(nil)
		return
	}
	ctx, cancel := context.WithTimeout(w.life, commitTimeout)
	defer cancel()
	ours := false
	err := (&postgresConn{w.conn}).query(ctx, `SELECT epoch FROM fence WHERE node = $1 AND writer = $2 AND owner = $3`,
		[]any{w.pool.node, w.index, w.owner}, func(*Row) error {
			ours = true
			return nil
		})
	switch {
	case err != nil:
		w.drop(err)
	case !ours:
		w.die(w.deposed())
	default:
		w.pool.heard.now()
	}
}
