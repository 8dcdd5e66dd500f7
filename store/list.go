package store

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"paceline"
)

// cappedCount runs a count whose last parameter is the cap, and returns -1 above paceline.MaxCount.
func (tx *Tx) cappedCount(sql string, args []any) (int, error) {
	n := 0
	_, err := tx.one(sql, append(args[:len(args):len(args)], paceline.MaxCount+1), func(r *Row) { n = int(r.Int(0)) })
	if n > paceline.MaxCount {
		n = -1
	}
	return n, err
}

// encodeCursor writes the sort value and the id of a page's last row as an opaque text. Both stand in
// the row that the caller has just been shown.
func encodeCursor(value string, id paceline.ID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(string(id) + " " + value))
}

// decodeCursor reads a cursor; the value is an int64 if the list sorts by a number. Anything else is
// no cursor, and the list starts at its beginning.
func decodeCursor(cursor string, number bool) (value any, id paceline.ID, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || cursor == "" || !validText(raw) {
		return nil, "", false
	}
	first, text, found := strings.Cut(string(raw), " ")
	id, isID := paceline.ParseID(first)
	if !found || !isID {
		return nil, "", false
	}
	if !number {
		return text, id, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, id, err == nil
}

// beyond is the condition that a row comes after a cursor, whose value and id are the next two parameters.
func beyond(column, id string, page paceline.Page, params int) string {
	than := ` > `
	if page.Descending {
		than = ` < `
	}
	value := placeholder(params + 1)
	return ` AND (` + column + than + value + ` OR (` + column + ` = ` + value + ` AND ` + id + than + placeholder(params+2) + `))`
}

// validText reports whether text from outside may be bound to a TEXT column.
func validText(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }

func micros(m paceline.Micros) string { return strconv.FormatInt(int64(m), 10) }

// endOfTime is later than every time that is stored.
const endOfTime paceline.Micros = 1 << 62
