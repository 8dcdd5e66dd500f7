package store

import (
	"context"
	"fmt"

	"paceline"

	"zombiezen.com/go/sqlite"
)

// sqliteConn is one connection with its prepared statements. One goroutine uses it at a time.
type sqliteConn struct {
	conn  *sqlite.Conn
	stmts map[string]*sqlite.Stmt // by the text as callers write it, with $n
}

func openSQLiteConn(path string, pragmas ...string) (*sqliteConn, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite, sqlite.OpenCreate)
	if err != nil {
		return nil, err
	}
	c := &sqliteConn{conn: conn, stmts: map[string]*sqlite.Stmt{}}
	for _, pragma := range pragmas {
		if err := c.run("PRAGMA " + pragma); err != nil {
			conn.Close()
			return nil, fmt.Errorf("PRAGMA %s: %w", pragma, err)
		}
	}
	return c, nil
}

// prepared returns the statement for sql, ready to be bound.
func (c *sqliteConn) prepared(sql string) (*sqlite.Stmt, error) {
	if stmt, ok := c.stmts[sql]; ok {
		return stmt, nil
	}
	stmt, err := c.conn.Prepare(questionMarks(sql))
	if err != nil {
		return nil, err
	}
	c.stmts[sql] = stmt
	return stmt, nil
}

// run executes a statement that is not worth keeping prepared.
func (c *sqliteConn) run(sql string) error {
	stmt, _, err := c.conn.PrepareTransient(sql)
	if err != nil {
		return err
	}
	defer stmt.Finalize()
	for {
		row, err := stmt.Step()
		if err != nil || !row {
			return err
		}
	}
}

func (c *sqliteConn) exec(_ context.Context, sql string, args []any) (int64, error) {
	stmt, err := c.prepared(sql)
	if err != nil {
		return 0, err
	}
	if err := bindSQLite(stmt, args); err != nil {
		return 0, err
	}
	for row := true; row; {
		if row, err = stmt.Step(); err != nil {
			stmt.Reset()
			return 0, err
		}
	}
	stmt.Reset()
	return int64(c.conn.Changes()), nil
}

func (c *sqliteConn) query(_ context.Context, sql string, args []any, each func(*Row) error) error {
	stmt, err := c.prepared(sql)
	if err != nil {
		return err
	}
	if err := bindSQLite(stmt, args); err != nil {
		return err
	}
	defer stmt.Reset()
	r := Row{stmt: stmt}
	for {
		row, err := stmt.Step()
		if err != nil || !row {
			return err
		}
		if err := each(&r); err != nil {
			return err
		}
	}
}

func bindSQLite(stmt *sqlite.Stmt, args []any) error {
	if n := stmt.BindParamCount(); n != len(args) {
		return fmt.Errorf("statement wants %d arguments, got %d", n, len(args))
	}
	for i, arg := range args {
		i++
		switch v := arg.(type) {
		case nil:
			stmt.BindNull(i)
		case int64:
			stmt.BindInt64(i, v)
		case int32:
			stmt.BindInt64(i, int64(v))
		case int:
			stmt.BindInt64(i, int64(v))
		case paceline.Micros:
			stmt.BindInt64(i, int64(v))
		case bool:
			stmt.BindInt64(i, boolInt(v))
		case string:
			stmt.BindText(i, v)
		case paceline.ID:
			stmt.BindText(i, string(v))
		case []byte:
			if v == nil {
				stmt.BindNull(i)
			} else {
				stmt.BindBytes(i, v)
			}
		case *string:
			if v == nil {
				stmt.BindNull(i)
			} else {
				stmt.BindText(i, *v)
			}
		case *int:
			if v == nil {
				stmt.BindNull(i)
			} else {
				stmt.BindInt64(i, int64(*v))
			}
		default:
			return fmt.Errorf("argument %d has type %T, which the store does not bind", i, arg)
		}
	}
	return nil
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
