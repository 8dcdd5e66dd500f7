package mapping

import (
	"bytes"
	"iter"
)

// Get returns the first value at the location and whether there is one. The document is not copied.
func (l Location) Get(doc []byte) (Value, bool) {
	v := first(l.segments, doc)
	return v, v != nil
}

func first(segments []segment, doc []byte) Value {
	for k, s := range segments {
		if !s.root {
			doc = member(doc, s.name)
			if doc == nil {
				return nil
			}
		}
		if !s.list {
			continue
		}
		for e := range elements(doc) {
			if v := first(segments[k+1:], e); v != nil {
				return v
			}
		}
		return nil
	}
	return whole(doc)
}

// whole returns the value that the document is, without the space around it; nil when there is none.
func whole(doc []byte) Value {
	if v := trim(doc); len(v) > 0 {
		return v
	}
	return nil
}

// elements yields the elements of a list. A single value other than null counts as a list of one.
func elements(doc []byte) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		i := skipSpace(doc, 0)
		if i >= len(doc) || doc[i] == 'n' {
			return
		}
		if doc[i] != '[' {
			yield(trim(doc))
			return
		}
		for i++; ; {
			at, ok := nextElement(doc, i)
			if !ok {
				return
			}
			i = skipValue(doc, at)
			if !yield(Value(doc[at:i:i])) {
				return
			}
		}
	}
}

// GetAll yields the values at the location in the order of the document, through all its lists.
func (l Location) GetAll(doc []byte) iter.Seq[Value] {
	return func(yield func(Value) bool) { each(l.segments, doc, yield) }
}

// each calls yield for each value and reports whether to go on.
func each(segments []segment, doc []byte, yield func(Value) bool) bool {
	for k, s := range segments {
		if !s.root {
			doc = member(doc, s.name)
			if doc == nil {
				return true
			}
		}
		if !s.list {
			continue
		}
		for e := range elements(doc) {
			if !each(segments[k+1:], e, yield) {
				return false
			}
		}
		return true
	}
	if v := whole(doc); v != nil {
		return yield(v)
	}
	return true
}

// Tree is the value of a location that goes through lists: Items has one entry per element, to the depth of the
// location, and Value is set at the leaves. An element without the value is a Tree with neither.
type Tree struct {
	Value Value
	Items []Tree // not nil for a list, even an empty one
}

// MaxItems bounds the elements of all lists that one input goes through.
const MaxItems = 1 << 20

// tree returns the values at the location in the shape of its lists, or nil when the outermost list is missing. It
// takes each element from left, and ends early when nothing is left.
func (l Location) tree(doc []byte, left *int) *Tree {
	t, ok := grow(l.segments, doc, left)
	if !ok {
		return nil
	}
	return &t
}

func grow(segments []segment, doc []byte, left *int) (Tree, bool) {
	for k, s := range segments {
		if !s.root {
			doc = member(doc, s.name)
			if doc == nil {
				return Tree{}, false
			}
		}
		if !s.list {
			continue
		}
		if kind := KindOf(doc); kind == Missing || kind == Null {
			return Tree{}, false
		}
		t := Tree{Items: []Tree{}}
		for e := range elements(doc) {
			if *left--; *left < 0 {
				break
			}
			item, _ := grow(segments[k+1:], e, left)
			t.Items = append(t.Items, item)
		}
		return t, true
	}
	v := whole(doc)
	return Tree{Value: v}, v != nil
}

// picker reads many plain locations of one document in one pass. The zero picker has none.
type picker struct {
	root pick
	n    int // number of slots
}

// pick is a place in the tree of wanted names.
type pick struct {
	name  string
	slot  int // where the value goes; -1: nowhere
	below []*pick
}

// add wants the value at the names and returns its slot; a new one takes the number in next.
func (p *picker) add(names []string, next *int) int {
	if p.n == 0 {
		p.root.slot = -1
	}
	at := &p.root
next:
	for _, name := range names {
		for _, child := range at.below {
			if child.name == name {
				at = child
				continue next
			}
		}
		child := &pick{name: name, slot: -1}
		at.below = append(at.below, child)
		at = child
	}
	if at.slot < 0 {
		at.slot = *next
		*next++
		p.n++
	}
	return at.slot
}

// read puts the wanted values of doc in their slots.
func (p *picker) read(doc []byte, slots []Value) {
	left := p.n
	if p.root.slot >= 0 {
		slots[p.root.slot] = whole(doc)
		left--
	}
	if left > 0 {
		p.root.read(doc, skipSpace(doc, 0), slots, &left)
	}
}

// read reads the value at i and returns the position after it. Once nothing is left to find, the position is the
// document's end.
func (p *pick) read(doc []byte, i int, slots []Value, left *int) int {
	if len(p.below) == 0 || i >= len(doc) || doc[i] != '{' {
		return skipValue(doc, i)
	}
	var seen bits
	for found, i := 0, i+1; ; {
		raw, at, ok := nextMember(doc, i)
		if !ok {
			return min(at+1, len(doc))
		}
		k := p.find(raw)
		if k < 0 || seen.has(k) {
			i = skipValue(doc, at)
			continue
		}
		seen.set(k)
		child := p.below[k]
		end := child.read(doc, at, slots, left)
		if child.slot >= 0 {
			// The value itself was still to be found, so the walk below it did not stop early.
			slots[child.slot] = Value(doc[at:end:end])
			*left--
		}
		if *left <= 0 {
			return len(doc)
		}
		i = end
		if found++; found == len(p.below) {
			return skipRest(doc, i)
		}
	}
}

// find returns which of the places below has the raw name of a member, -1 for none.
func (p *pick) find(raw []byte) int {
	for k, child := range p.below {
		if len(child.name) == len(raw) && child.name == string(raw) {
			if bytes.IndexByte(raw, '\\') < 0 {
				return k
			}
			break
		}
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return -1
	}
	for k, child := range p.below {
		if sameName(raw, child.name) {
			return k
		}
	}
	return -1
}

// bits is a set of small numbers; those above 63 cost an allocation.
type bits struct {
	low  uint64
	high map[int]bool
}

func (b *bits) has(i int) bool {
	if i < 64 {
		return b.low&(1<<i) != 0
	}
	return b.high[i]
}

func (b *bits) set(i int) {
	if i < 64 {
		b.low |= 1 << i
		return
	}
	if b.high == nil {
		b.high = map[int]bool{}
	}
	b.high[i] = true
}
