package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"paceline"

	"github.com/jackc/pgx/v5"
)

// The bounds of what is carried in one transaction.
const (
	carryRows  = 500
	carryBytes = 1 << 20
)

// aboutMove are the facts that say where a database is moved to or from: each has its own.
const aboutMove = `move.`

// Carried is how many rows a table has in both databases, once all were carried.
type Carried struct {
	Table string
	Rows  int64
}

// CarryTo writes everything that one database holds, as it is at one moment, into another one: table by table, in the
// order of their keys, with the same numbers and ids. What the other one has already, of an earlier call that was cut off,
// stays, so the source must not change between two calls. In the end the rows of both are counted, and a difference is
// an error. The target serves nobody meanwhile.
func (s *Store) CarryTo(ctx context.Context, to *Store, tell func(Carried)) (total int64, err error) {
	all, err := layouts()
	if err != nil {
		return 0, err
	}
	err = s.Read(ctx, func(from *Tx) error {
		for i := range all {
			n, err := all[i].carry(ctx, from, to)
			if err != nil {
				return fmt.Errorf("table %s: %w", all[i].name, err)
			}
			tell(Carried{all[i].name, n})
			total += n
		}
		return nil
	})
	return total, err
}

// carry writes the rows of one table that the target does not have, and returns how many both have.
func (l *layout) carry(ctx context.Context, from *Tx, to *Store) (int64, error) {
	last, err := l.last(ctx, to)
	if err != nil {
		return 0, err
	}
	for more := true; more; {
		var rows [][]any
		if rows, more, err = l.next(from, last); err != nil {
			return 0, err
		}
		if len(rows) == 0 {
			break
		}
		if err := to.InTx(ctx, paceline.Scope{}, func(tx *Tx) error { return l.insert(tx, rows) }); err != nil {
			return 0, err
		}
		last = nil
		for _, at := range l.key {
			last = append(last, rows[len(rows)-1][at])
		}
	}
	have, err := l.count(from)
	if err != nil {
		return 0, err
	}
	var got int64
	err = to.Read(ctx, func(tx *Tx) (err error) {
		got, err = l.count(tx)
		return err
	})
	if err == nil && got != have {
		err = fmt.Errorf("%d rows were to be carried, and %d are there", have, got)
	}
	return have, err
}

// own leaves out what a database says of itself alone.
func (l *layout) own() string {
	if l.name == "meta" {
		return ` AND name NOT LIKE '` + aboutMove + `%' AND name <> '` + metaRestorePart + `'`
	}
	return ``
}

// last is the greatest key of the target, nil without any.
func (l *layout) last(ctx context.Context, to *Store) (key []any, err error) {
	err = to.Read(ctx, func(tx *Tx) error {
		key = nil
		_, err := tx.one(`SELECT `+l.keyNames(``)+` FROM `+l.name+` WHERE 1 = 1`+l.own()+` ORDER BY `+l.keyNames(` DESC`)+` LIMIT 1`, nil, func(r *Row) {
			for i, at := range l.key {
				key = append(key, l.columns[at].value(r, i))
			}
		})
		return err
	})
	return key, err
}

func (l *layout) count(tx *Tx) (n int64, err error) {
	_, err = tx.one(`SELECT COUNT(*) FROM `+l.name+` WHERE 1 = 1`+l.own(), nil, func(r *Row) { n = r.Int(0) })
	return n, err
}

// errEnough ends a query early.
var errEnough = errors.New("enough")

// next reads the rows behind a key, as many as may be carried at once.
func (l *layout) next(from *Tx, last []any) (rows [][]any, more bool, err error) {
	where := l.own()
	if last != nil {
		var places []string
		for i := range last {
			places = append(places, placeholder(i+1))
		}
		where += ` AND (` + l.keyNames(``) + `) > (` + strings.Join(places, ", ") + `)`
	}
	bytes := 0
	err = from.query(fmt.Sprintf(`SELECT %s FROM %s WHERE 1 = 1%s ORDER BY %s LIMIT %d`, l.names(), l.name, where, l.keyNames(``), carryRows), last, func(r *Row) error {
		if bytes >= carryBytes {
			more = true
			return errEnough
		}
		row := make([]any, len(l.columns))
		for i, c := range l.columns {
			row[i] = c.value(r, i)
			switch v := row[i].(type) {
			case string:
				bytes += len(v)
			case []byte:
				bytes += len(v)
			}
		}
		rows = append(rows, row)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return rows, more || len(rows) == carryRows, err
}

// insert writes rows.
func (l *layout) insert(tx *Tx, rows [][]any) error {
	if pg, ok := tx.db.(*postgresConn); ok {
		_, err := pg.conn.CopyFrom(tx.ctx, pgx.Identifier{l.name}, strings.Split(l.names(), ", "), pgx.CopyFromRows(rows))
		return err
	}
	var places []string
	for i := range l.columns {
		places = append(places, placeholder(i+1))
	}
	for _, row := range rows {
		if _, err := tx.exec(`INSERT INTO `+l.name+` (`+l.names()+`) VALUES (`+strings.Join(places, ", ")+`)`, row...); err != nil {
			return err
		}
	}
	return nil
}
