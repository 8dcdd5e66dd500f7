package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"paceline"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"zombiezen.com/go/sqlite"
)

// statementLimit is how long one statement of a request may run: who asks for too much must not hold the database. What the
// server does for itself may take longer.
const statementLimit = 10 * time.Second

type limitKey struct{}

// OfRequest returns a context whose statements are limited in time. One that takes longer is undone with its transaction, which
// fails with Unavailable.
func OfRequest(ctx context.Context) context.Context {
	return context.WithValue(ctx, limitKey{}, statementLimit)
}

// limitOf is how long a statement may run; 0: as long as it takes.
func limitOf(ctx context.Context) time.Duration {
	limit, _ := ctx.Value(limitKey{}).(time.Duration)
	return limit
}

var errStatementLimit = errors.New("a statement of a request took too long")

// limitedConn is a connection of SQLite whose statements end after limit, and with ctx.
type limitedConn struct {
	*sqliteConn
	ctx   context.Context
	limit time.Duration
}

// limited is the connection as a transaction with the context uses it.
func (c *sqliteConn) limited(ctx context.Context) executor {
	if limit := limitOf(ctx); limit > 0 {
		return limitedConn{c, ctx, limit}
	}
	return c
}

func (c limitedConn) exec(ctx context.Context, sql string, args []any) (n int64, err error) {
	err = c.within(func() error {
		n, err = c.sqliteConn.exec(ctx, sql, args)
		return err
	})
	return n, err
}

func (c limitedConn) query(ctx context.Context, sql string, args []any, each func(*Row) error) error {
	return c.within(func() error { return c.sqliteConn.query(ctx, sql, args, each) })
}

func (c limitedConn) within(run func() error) error {
	ctx, cancel := context.WithTimeout(c.ctx, c.limit)
	defer cancel()
	outer := c.conn.SetInterrupt(ctx.Done())
	defer c.conn.SetInterrupt(outer)
	err := run()
	if err != nil && sqlite.ErrCode(err) == sqlite.ResultInterrupt && c.ctx.Err() == nil {
		return tooLong(err)
	}
	return err
}

// began limits the statements of a transaction of PostgreSQL by what begins it, which costs no message of its own.
func began(ctx context.Context, o pgx.TxOptions) pgx.TxOptions {
	if limit := limitOf(ctx); limit > 0 {
		begin := "begin"
		if o.IsoLevel != "" {
			begin += " isolation level " + string(o.IsoLevel)
		}
		if o.AccessMode != "" {
			begin += " " + string(o.AccessMode)
		}
		o.BeginQuery = fmt.Sprintf("%s; set local statement_timeout = %d", begin, limit.Milliseconds())
	}
	return o
}

// tooLong is what a statement that was ended by its limit fails with.
func tooLong(err error) error {
	return paceline.Fail(paceline.CodeBusy).Because(errors.Join(errStatementLimit, err)).In(2 * time.Second)
}

// isTooLong reports that PostgreSQL has ended a statement by its limit.
func isTooLong(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "57014"
}
