package engine

import (
	"context"
	"strconv"
	"time"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// How transactions are deleted.
const (
	removeChunk  = 50                     // transactions that are looked at in one write: it must not hold the writer for long
	removeAgain  = 200 * time.Millisecond // after the writer had something else to do
	removeAtOnce = 20                     // chunks that a call deletes before it answers; the rest is done in the background
)

// Removed is what a call to delete transactions has done.
type Removed struct {
	Removed int
	More    bool // the others are deleted in the background, also after a restart
}

// RemoveTransaction deletes a transaction that has ended, with what was split from it. Its tasks stay counted.
// Errors: NotFound; Conflict while it is live, or one that was split or repeated from it.
func (e *Engine) RemoveTransaction(ctx context.Context, p paceline.Principal, a paceline.Account, cycle, id paceline.ID) error {
	if err := may(p, a); err != nil {
		return err
	}
	run, _, err := e.find(ctx, a.Scope(), cycle, id)
	if err != nil {
		return err
	}
	err = e.inTx(ctx, a.Scope(), killpoint.Request, func(tx *store.Tx) error {
		var found bool
		if run, found, err = tx.Run(a.Scope(), run.Num); err != nil || !found {
			return orGone(err)
		}
		done, err := tx.RemoveRun(run)
		if err == nil && !done {
			err = paceline.Fail(paceline.CodeTransactionLive)
		}
		if err != nil {
			return err
		}
		return tx.InsertAudit(a.Scope(), paceline.AuditEvent{
			Partner: a.Partner, Account: a.Num, At: tx.Now(), Actor: p.Name, Action: "transaction.deleted", Subject: "transaction", SubjectID: string(id),
		})
	})
	if err == nil && run.Split&paceline.SplitParent != 0 {
		e.wakeRemover()
	}
	return err
}

func orGone(err error) error {
	if err == nil {
		err = paceline.Fail(paceline.CodeNotFound, "what", "Transaction")
	}
	return err
}

// RemoveTransactions deletes the transactions of a cycle that the filter chooses, which have ended by now, each with
// what was split from it. Those on which a live one depends stay. Errors: NotFound; Invalid for a status of live ones.
func (e *Engine) RemoveTransactions(ctx context.Context, p paceline.Principal, a paceline.Account, f TransactionFilter) (done Removed, err error) {
	if err := may(p, a); err != nil {
		return done, err
	}
	filter, possible := f.rows()
	if filter.ErrorFilter, err = errorFilter(f.Code, f.Signature); err != nil {
		return done, err
	}
	if len(filter.States) > 0 && filter.States[0] == paceline.RunLive {
		return done, paceline.Fail(paceline.CodeFieldInvalid, "name", "status", "reason", "transactions are deleted when they have ended")
	}
	if len(filter.States) == 0 {
		filter.States = []paceline.RunState{paceline.RunCompleted, paceline.RunFailed, paceline.RunStopped, paceline.RunCancelled}
	}
	var m store.Removal
	err = e.inTx(ctx, a.Scope(), killpoint.Request, func(tx *store.Tx) error {
		if filter.Cycle, err = cycleNum(tx, a.Scope(), f.Cycle); err != nil || !possible {
			return err
		}
		if now := tx.Now(); filter.Before == 0 || filter.Before > now {
			filter.Before = now // what begins later is not meant
		}
		if m, err = tx.InsertRemoval(a.Scope(), filter); err != nil {
			return err
		}
		return tx.InsertAudit(a.Scope(), paceline.AuditEvent{
			Partner: a.Partner, Account: a.Num, At: tx.Now(), Actor: p.Name, Action: "cycle.transactions_deleted", Subject: "cycle", SubjectID: string(f.Cycle),
		})
	})
	if err != nil || m.ID == 0 {
		return done, err
	}
	for range removeAtOnce {
		var n int
		var more bool
		err := killpoint.Around(killpoint.Prune, func() (err error) {
			n, more, err = e.store.Remove(ctx, m, removeChunk)
			return err
		})
		if done.Removed += n; err != nil { // it is written down: the background goes on with it
			e.wakeRemover()
			done.More = true
			return done, nil
		}
		if done.More = more; !more {
			break
		}
	}
	e.wakeRemover()
	return done, nil
}

func (e *Engine) wakeRemover() {
	select {
	case e.removals <- struct{}{}:
	default:
	}
}

// removeLoop deletes what was asked to be deleted and is left over, while the writer has nothing else to do. Accounts
// with much of it do not keep others waiting: each removal gets a chunk in turn.
func (e *Engine) removeLoop() {
	for woken := false; ; {
		wait := e.limits.PruneEvery
		// Of several nodes the one that was asked goes on; what it leaves is for the one that prunes.
		if (woken || e.store.OwnsShard(0)) && e.removeRound() {
			wait = removeAgain
		}
		timer, stop := e.clock.NewTimer(wait)
		select {
		case <-timer:
			woken = false
		case <-e.removals:
			woken = true
		case <-e.life.Done():
			stop()
			return
		}
		stop()
	}
}

// removeRound does a chunk of each removal in turn until none is left, and reports whether it made way for others before.
func (e *Engine) removeRound() (more bool) {
	for last := int64(0); e.life.Err() == nil; {
		if e.store.Backlog() > 0 {
			return true
		}
		m, found, err := e.store.NextRemoval(e.life, last)
		if err == nil && found {
			err = killpoint.Around(killpoint.Prune, func() error {
				_, _, err := e.store.Remove(e.life, m, removeChunk)
				return err
			})
		}
		switch {
		case err != nil:
			if e.life.Err() == nil {
				e.log.Error("transactions that were to be deleted could not be", "removal", strconv.FormatInt(m.ID, 10), "error", err)
			}
			return false
		case !found && last == 0:
			return false
		case !found:
			last = 0
		default:
			last = m.ID
		}
	}
	return false
}
