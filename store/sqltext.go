package store

import (
	"strconv"
	"strings"
)

// placeholder is $n.
func placeholder(n int) string { return "$" + strconv.Itoa(n) }

// oneOf appends numbers to the arguments of a statement and returns the placeholders of a list that holds them. Lists are filled
// up by their last number, so that there are few texts of statements: those stay prepared.
func oneOf(args *[]any, list []int64) string {
	size := 8
	for size < len(list) {
		size *= 8
	}
	var b strings.Builder
	for i := range size {
		if i > 0 {
			b.WriteByte(',')
		}
		*args = append(*args, list[min(i, len(list)-1)])
		b.WriteString(placeholder(len(*args)))
	}
	return b.String()
}

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
