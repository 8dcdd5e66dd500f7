package mapping

import (
	"iter"
	"slices"
)

// Members yields the names and values of an object in the order of the document; of other values nothing.
func Members(v Value) iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		i := skipSpace(v, 0)
		if i >= len(v) || v[i] != '{' {
			return
		}
		for i++; ; {
			raw, at, ok := nextMember(v, i)
			if !ok {
				return
			}
			i = skipValue(v, at)
			if !yield(string(appendUnescaped(nil, raw)), Value(v[at:i:i])) {
				return
			}
		}
	}
}

// Equal reports whether both locations name the same place.
func (l Location) Equal(other Location) bool { return slices.Equal(l.segments, other.segments) }

// Within reports whether the location is the other one, or a place below it.
func (l Location) Within(other Location) bool {
	return len(l.segments) >= len(other.segments) && slices.Equal(l.segments[:len(other.segments)], other.segments)
}

// Outer returns the names that lead to the outermost list of the location; none for a document that is the list. ok
// is false when the location goes through no list.
func (l Location) Outer() (names []string, ok bool) {
	names, tail := l.split()
	return names, !tail.IsZero()
}
