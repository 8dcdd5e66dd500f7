package mapping

import (
	"bytes"
	"errors"
	"fmt"
)

// ItemList is the list of a document whose items go on one by one. Its text need not be in memory as a whole.
type ItemList struct {
	names          []string // that lead to the list
	prefix, suffix []byte   // what stands around an item in a document of its own
}

// ParseItemList reads the location of a list: one that ends with its only list, such as [items] or data.[rows].
func ParseItemList(text string) (ItemList, error) {
	l, err := ParseLocation(text)
	if err != nil {
		return ItemList{}, err
	}
	if n := len(l.segments); l.lists != 1 || !l.segments[n-1].list {
		return ItemList{}, fmt.Errorf("the location %q does not name one list", text)
	}
	names, _ := l.Outer()
	out := ItemList{names: names}
	for _, name := range names {
		out.prefix = append(append(append(out.prefix, '{'), AppendQuoted(nil, name)...), ':')
	}
	out.suffix = bytes.Repeat([]byte{'}'}, len(names))
	return out, nil
}

// Document appends a document that has the item in place of the list, where Compile makes steps look for it.
func (l ItemList) Document(dst []byte, item Value) []byte {
	return append(append(append(dst, l.prefix...), item...), l.suffix...)
}

// Start finds the list. at is where its first item is looked for; with single, the value there is the only item,
// since a single value counts as a list of one: the text needs a closing bracket behind it. found is false for a list that is missing or null.
func (l ItemList) Start(doc []byte) (at int, single, found bool) {
	at = skipSpace(doc, 0)
next:
	for _, name := range l.names {
		if at >= len(doc) || doc[at] != '{' {
			return at, false, false
		}
		for at++; ; {
			raw, value, ok := nextMember(doc, at)
			switch {
			case !ok:
				return at, false, false
			case sameName(raw, name):
				at = value
				continue next
			}
			at = skipValue(doc, value)
		}
	}
	switch {
	case at >= len(doc) || doc[at] == 'n':
		return at, false, false
	case doc[at] == '[':
		return at + 1, false, true
	}
	return at, true, true
}

// What Next finds besides an item.
var (
	ErrListEnds = errors.New("the list has no more items")
	ErrCutOff   = errors.New("the text ends within the list")
)

// NextItem returns the item at or after the position at of a text that begins somewhere between the items of a list,
// and the position after it. ErrCutOff asks to try again, with more text.
func NextItem(text []byte, at int) (item Value, next int, err error) {
	i, ok := nextElement(text, at)
	if !ok {
		if i < len(text) {
			return nil, i, ErrListEnds
		}
		return nil, at, ErrCutOff
	}
	end := skipValue(text, i)
	if end >= len(text) {
		return nil, at, ErrCutOff
	}
	return Value(text[i:end:end]), end, nil
}

// OuterList returns the location of the outermost list; ok is false when the location goes through none.
func (l Location) OuterList() (Location, bool) {
	for i, s := range l.segments {
		if s.list {
			return Location{l.segments[: i+1 : i+1], 1}, true
		}
	}
	return Location{}, false
}

// Depth is the number of names that lead to the end of the location.
func (l Location) Depth() int {
	n := 0
	for _, s := range l.segments {
		if !s.root {
			n++
		}
	}
	return n
}

// itemOf returns where in the document of one item a value lies that is at l in the document with the list.
func (l Location) itemOf(list Location) Location {
	n := len(list.segments)
	if len(l.segments) < n {
		return l
	}
	for i, s := range list.segments {
		if l.segments[i] != s {
			return l
		}
	}
	out := Location{append([]segment{}, l.segments[:n-1]...), l.lists - 1}
	if last := list.segments[n-1]; !last.root {
		out.segments = append(out.segments, segment{name: last.name})
	}
	out.segments = append(out.segments, l.segments[n:]...)
	return out
}
