package store

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"paceline"

	"github.com/jackc/pgx/v5/pgconn"
	"zombiezen.com/go/sqlite"
)

// Row is one row of a result, of either database. Columns count from 0; a column that is NULL reads
// as the zero value. What a method returns is a copy and outlives the row.
type Row struct {
	stmt   *sqlite.Stmt // SQLite
	fields []pgconn.FieldDescription
	values [][]byte // PostgreSQL: the raw values
}

// Null reports whether the column is NULL.
func (r *Row) Null(i int) bool {
	if r.stmt != nil {
		return r.stmt.ColumnIsNull(i)
	}
	return r.values[i] == nil
}

// Int reads an integer column of any width.
func (r *Row) Int(i int) int64 {
	if r.stmt != nil {
		return r.stmt.ColumnInt64(i)
	}
	v := r.values[i]
	if v == nil {
		return 0
	}
	if r.fields[i].Format == 0 {
		n, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil {
			panic(fmt.Sprintf("store: column %s is no integer (sums and counts need CAST(... AS BIGINT))", r.fields[i].Name))
		}
		return n
	}
	switch r.fields[i].DataTypeOID {
	case oidInt8:
		return int64(binary.BigEndian.Uint64(v))
	case oidInt4:
		return int64(int32(binary.BigEndian.Uint32(v)))
	case oidInt2:
		return int64(int16(binary.BigEndian.Uint16(v)))
	}
	panic(fmt.Sprintf("store: column %s is no integer (sums and counts need CAST(... AS BIGINT))", r.fields[i].Name))
}

// The types of PostgreSQL that Int reads.
const (
	oidInt8 = 20
	oidInt2 = 21
	oidInt4 = 23
)

// Int32 reads an integer column that holds at most 32 bits.
func (r *Row) Int32(i int) int32 { return int32(r.Int(i)) }

// Bool reads a SMALLINT column that holds 0 or 1.
func (r *Row) Bool(i int) bool { return r.Int(i) != 0 }

// Micros reads a time.
func (r *Row) Micros(i int) paceline.Micros { return paceline.Micros(r.Int(i)) }

// Text reads a TEXT column.
func (r *Row) Text(i int) string {
	if r.stmt != nil {
		return r.stmt.ColumnText(i)
	}
	return string(r.values[i])
}

// TextPtr reads a TEXT column; NULL becomes nil.
func (r *Row) TextPtr(i int) *string {
	if r.Null(i) {
		return nil
	}
	s := r.Text(i)
	return &s
}

// IntPtr reads an integer column; NULL becomes nil.
func (r *Row) IntPtr(i int) *int {
	if r.Null(i) {
		return nil
	}
	n := int(r.Int(i))
	return &n
}

// ID reads a TEXT column that holds a UUID.
func (r *Row) ID(i int) paceline.ID { return paceline.ID(r.Text(i)) }

// Bytes reads a BLOB column into new memory; NULL becomes nil, an empty value an empty slice.
func (r *Row) Bytes(i int) []byte {
	if r.Null(i) {
		return nil
	}
	if r.stmt != nil {
		b := make([]byte, r.stmt.ColumnLen(i))
		r.stmt.ColumnBytes(i, b)
		return b
	}
	return append(make([]byte, 0, len(r.values[i])), r.values[i]...)
}
