package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"paceline"

	"github.com/jackc/pgx/v5"
)

// postgresConn is one connection inside a transaction. pgx keeps the statements prepared.
type postgresConn struct{ conn *pgx.Conn }

func (c *postgresConn) exec(ctx context.Context, sql string, args []any) (int64, error) {
	args, err := postgresArgs(args)
	if err != nil {
		return 0, err
	}
	tag, err := c.conn.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}

func (c *postgresConn) query(ctx context.Context, sql string, args []any, each func(*Row) error) error {
	args, err := postgresArgs(args)
	if err != nil {
		return err
	}
	rows, err := c.conn.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	r := Row{fields: rows.FieldDescriptions()}
	for rows.Next() {
		r.values = rows.RawValues()
		if err := each(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// postgresArgs brings arguments to the few types that pgx encodes without looking far. A query
// without arguments keeps none: CREATE TABLE takes no parameters.
func postgresArgs(args []any) ([]any, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := make([]any, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case nil, int64, string:
			out[i] = v
		case int32:
			out[i] = int64(v)
		case int:
			out[i] = int64(v)
		case paceline.Micros:
			out[i] = int64(v)
		case bool:
			out[i] = boolInt(v)
		case paceline.ID:
			out[i] = string(v)
		case []byte:
			if v != nil {
				out[i] = v
			}
		case *string:
			if v != nil {
				out[i] = *v
			}
		case *int:
			if v != nil {
				out[i] = int64(*v)
			}
		default:
			return nil, fmt.Errorf("argument %d has type %T, which the store does not bind", i+1, arg)
		}
	}
	return out, nil
}

// isNetwork reports that the connection itself failed.
func isNetwork(err error) bool {
	_, isNet := errors.AsType[net.Error](err)
	return isNet || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
