package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"paceline"
)

// Tx is one transaction. It belongs to the goroutine that runs the closure and ends with it.
type Tx struct {
	ctx        context.Context
	db         executor
	scope      paceline.Scope
	now        time.Time
	writable   bool
	reading    bool  // inside query's callback
	err        error // the first failure; everything after it fails too, as PostgreSQL has it
	statements int
}

// executor is one connection of either database, inside a transaction.
type executor interface {
	exec(ctx context.Context, sql string, args []any) (int64, error)
	query(ctx context.Context, sql string, args []any, each func(*Row) error) error
}

// Now is the time of the transaction: one value for all that it writes.
func (tx *Tx) Now() paceline.Micros { return paceline.ToMicros(tx.now) }

// Time is Now as a time.
func (tx *Tx) Time() time.Time { return tx.now }

// Scope is the scope that InTx was called with.
func (tx *Tx) Scope() paceline.Scope { return tx.scope }

var errReadOnly = errors.New("store: a write inside Read")

// Lock makes the transaction, which has its partner's scope, one of an account too: other transactions of the account
// wait for it. A deleted account is refused.
func (tx *Tx) Lock(scope paceline.Scope) error {
	if !tx.writable {
		return errReadOnly
	}
	if _, serial := tx.db.(*postgresConn); serial {
		return lockScope(tx, scope)
	}
	return tx.checkLive(scope) // on SQLite all writes are serial
}

// exec runs a statement that returns no rows and returns the number of rows it changed.
// Arguments are bound to $1, $2, ...: integers, bool (as 0 or 1), string, []byte (nil is NULL),
// paceline.ID, paceline.Micros, *string, *int (nil is NULL) and nil.
func (tx *Tx) exec(sql string, args ...any) (int64, error) {
	if !tx.writable {
		return 0, errReadOnly
	}
	if err := tx.begin(sql); err != nil {
		return 0, err
	}
	n, err := tx.db.exec(tx.ctx, sql, args)
	return n, tx.fail(sql, err)
}

// query calls each for every row. The Row is valid during the call only, and no other statement of
// the transaction may run meanwhile. An error of each ends the query and is returned as it is.
func (tx *Tx) query(sql string, args []any, each func(r *Row) error) error {
	if !tx.writable && changes(sql) {
		return errReadOnly
	}
	if err := tx.begin(sql); err != nil {
		return err
	}
	var own error
	tx.reading = true
	err := tx.db.query(tx.ctx, sql, args, func(r *Row) error {
		own = each(r)
		return own
	})
	tx.reading = false
	if own != nil {
		return own
	}
	return tx.fail(sql, err)
}

// one calls scan for the first row and says whether there was one.
func (tx *Tx) one(sql string, args []any, scan func(r *Row)) (found bool, err error) {
	err = tx.query(sql, args, func(r *Row) error {
		if !found {
			found = true
			scan(r)
		}
		return nil
	})
	return found, err
}

func (tx *Tx) begin(sql string) error {
	if tx.reading {
		panic("store: a statement inside the callback of another: " + sql)
	}
	if tx.err != nil {
		return tx.err
	}
	tx.statements++
	return nil
}

func (tx *Tx) fail(sql string, err error) error {
	if err == nil {
		return nil
	}
	tx.err = fmt.Errorf("%w (in %s)", err, firstWords(sql))
	return tx.err
}

// changes reports whether a statement that returns rows also writes.
func changes(sql string) bool {
	switch sql = strings.TrimLeft(sql, " \t\n"); sql[:min(len(sql), 6)] {
	case "INSERT", "UPDATE", "DELETE":
		return true
	}
	return false
}

// firstWords names a statement in an error without its values.
func firstWords(sql string) string {
	const most = 60
	if len(sql) > most {
		sql = sql[:most] + "..."
	}
	return sql
}
