package store

import (
	"context"
	"strings"
	"sync"
)

// layout is the schema as both databases have it: what to carry from one to the other.
type layout struct {
	name    string
	columns []layoutColumn
	key     []int // of columns, in order
}

type layoutColumn struct {
	name string
	kind string // INTEGER, TEXT or BLOB
}

// ownOfServers are tables that say who serves a database, and which schema it has: they stay where they are.
var ownOfServers = map[string]bool{"migration": true, "schema_floor": true, "node": true, "shard": true, "fence": true, "landed": true}

// layouts returns the tables by name. They are read from an empty database in memory.
var layouts = sync.OnceValues(func() (list []layout, err error) {
	conn, err := openSQLiteConn(":memory:")
	if err != nil {
		return nil, err
	}
	defer conn.conn.Close()
	ctx := context.Background()
	if err := conn.migrate(ctx, latestVersion); err != nil {
		return nil, err
	}
	err = conn.query(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`, nil, func(r *Row) error {
		if !ownOfServers[r.Text(0)] {
			list = append(list, layout{name: r.Text(0)})
		}
		return nil
	})
	for i := range list {
		if err == nil {
			err = list[i].read(ctx, conn)
		}
	}
	return list, err
})

func (l *layout) read(ctx context.Context, conn *sqliteConn) error {
	places := map[int]int{} // of key columns, by their place in the key
	err := conn.query(ctx, `SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid`, []any{l.name}, func(r *Row) error {
		c := layoutColumn{name: r.Text(0), kind: r.Text(1)}
		if c.kind != "TEXT" && c.kind != "BLOB" {
			c.kind = "INTEGER"
		}
		if pk := int(r.Int(2)); pk > 0 {
			places[pk] = len(l.columns)
		}
		l.columns = append(l.columns, c)
		return nil
	})
	for n := 1; n <= len(places); n++ {
		l.key = append(l.key, places[n])
	}
	return err
}

// names joins the names of columns.
func (l *layout) names() string {
	var list []string
	for _, c := range l.columns {
		list = append(list, c.name)
	}
	return strings.Join(list, ", ")
}

func (l *layout) keyNames(suffix string) string {
	var list []string
	for _, at := range l.key {
		list = append(list, l.columns[at].name+suffix)
	}
	return strings.Join(list, ", ")
}

// value reads a column as it is bound again.
func (c layoutColumn) value(r *Row, i int) any {
	switch {
	case r.Null(i):
		return nil
	case c.kind == "TEXT":
		return r.Text(i)
	case c.kind == "BLOB":
		return r.Bytes(i)
	}
	return r.Int(i)
}
