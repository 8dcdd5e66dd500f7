package store

import (
	"strconv"
	"strings"
)

// placeholder is $n.
func placeholder(n int) string { return "$" + strconv.Itoa(n) }

// joinInts writes numbers of the program, never of a caller, into a statement.
func joinInts[T ~int | ~int32 | ~int64](list []T) string {
	var b strings.Builder
	for i, n := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.FormatInt(int64(n), 10))
	}
	return b.String()
}
