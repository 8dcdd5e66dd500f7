package store

import "strings"

// questionMarks rewrites $1, $2, ... to ?1, ?2, ... for SQLite. It must: SQLite takes $1 for a name
// and numbers names by first appearance, so that "$2, $1" would silently swap its arguments (D-8).
// Text in single quotes stays as it is.
func questionMarks(sql string) string {
	if !strings.Contains(sql, "$") {
		return sql
	}
	b := []byte(sql)
	quoted := false
	for i := range b {
		switch {
		case b[i] == '\'':
			quoted = !quoted
		case b[i] == '$' && !quoted && i+1 < len(b) && b[i+1] >= '1' && b[i+1] <= '9':
			b[i] = '?'
		}
	}
	return string(b)
}
