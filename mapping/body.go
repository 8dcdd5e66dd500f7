package mapping

import (
	"fmt"

	"paceline"
)

// MaxBody bounds a request body that is built from fields, in bytes.
const MaxBody = 64 << 20

// Field is one value of a request body and where it goes.
type Field struct {
	Location Location
	Value    Value
	// Tree is set instead of Value when the value came through lists: it is mapped element by element onto the lists
	// of Location.
	Tree *Tree
	// Ignored says that the field is mapped to Ignore, so that not even a default of the definition is sent.
	Ignored bool
}

// Missing reports whether there is nothing to send.
func (f Field) Missing() bool { return f.Value == nil && f.Tree == nil }

// BodyPlan is the shape of a JSON body, prepared once from the locations of its fields.
type BodyPlan struct {
	root   *part
	fields int
	lists  bool // whether any location goes through a list
}

// part is one place of the body: an object with members, a list of one kind of element, or the value of a field.
type part struct {
	kind    Kind   // Object, List, or Missing for the value of a field
	prefix  []byte // "name": with its quotes; nil in lists and at the root
	name    string
	field   int     // the field whose value stands here
	members []*part // of an object in declared order; of a list its one element
	below   []below // of a list: the fields under it
}

// unset is the kind of a new member until its own location says more.
const unset Kind = -1

// below is a field under a list, and how many lists lie between that list and the field.
type below struct{ field, lists int }

// CompileBody prepares the body with values at the locations, in this order. It fails when two locations are equal or
// contradict each other, such as a and a.b, or [a].x and a.y.
func CompileBody(locations []Location) (*BodyPlan, error) {
	b := &BodyPlan{fields: len(locations)}
	for i, l := range locations {
		if err := b.add(i, l); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// add puts the place for field i at its location.
func (b *BodyPlan) add(i int, l Location) error {
	at := &b.root
	passed := 0
	enter := func(kind Kind) error {
		switch {
		case *at == nil:
			*at = &part{kind: kind}
		case (*at).kind == unset:
			(*at).kind = kind
		case (*at).kind != kind || kind == Missing:
			return paceline.Fail(paceline.CodeFieldInvalid, "name", l.String(), "reason", "it contradicts another field's location")
		}
		return nil
	}
	for _, s := range l.segments {
		if !s.root {
			if err := enter(Object); err != nil {
				return err
			}
			at = (*at).member(s.name)
		}
		if s.list {
			if err := enter(List); err != nil {
				return err
			}
			passed++
			list := *at
			list.below = append(list.below, below{i, l.lists - passed})
			b.lists = true
			if len(list.members) == 0 {
				list.members = make([]*part, 1)
			}
			at = &list.members[0]
		}
	}
	if err := enter(Missing); err != nil {
		return err
	}
	(*at).field = i
	return nil
}

// member returns the place of the member with the name; enter fills it when it is new.
func (p *part) member(name string) **part {
	for k, m := range p.members {
		if m.name == name {
			return &p.members[k]
		}
	}
	p.members = append(p.members, &part{kind: unset, name: name, prefix: append(AppendQuoted(nil, name), ':')})
	return &p.members[len(p.members)-1]
}

// BuildJSON appends the JSON body of the fields, in their order. It is for fields that are not known beforehand:
// CompileBody with Append is much faster for the same fields again and again.
func BuildJSON(dst []byte, fields []Field) ([]byte, error) {
	locations := make([]Location, len(fields))
	for i := range fields {
		locations[i] = fields[i].Location
	}
	plan, err := CompileBody(locations)
	if err != nil {
		return dst, err
	}
	return plan.Append(dst, fields)
}

// Append appends the body with the values of the fields, which stand in the order of the plan's locations; their own
// locations are not read. Missing fields are left out, and so are objects without members. In lists, the fields that
// came through lists decide the number of elements, the others are repeated in each. It fails, with
// step_data_too_large, beyond MaxBody.
func (b *BodyPlan) Append(dst []byte, fields []Field) ([]byte, error) {
	if len(fields) != b.fields {
		return dst, fmt.Errorf("a body of %d fields was given %d", b.fields, len(fields))
	}
	w := writer{fields: fields, limit: len(dst) + MaxBody}
	if b.lists {
		w.current = make([]Tree, len(fields))
		for i, f := range fields {
			if f.Tree != nil {
				w.current[i] = *f.Tree
			} else {
				w.current[i].Value = f.Value
			}
		}
	}
	start := len(dst)
	if b.root != nil {
		dst = w.append(dst, b.root)
	}
	switch {
	case w.full || len(dst) > w.limit:
		return dst[:start], paceline.Fail(paceline.CodeStepDataTooLarge)
	case len(dst) > start:
		return dst, nil
	case b.root != nil && b.root.kind == List:
		return append(dst, '[', ']'), nil
	}
	return append(dst, '{', '}'), nil
}

// writer writes one body.
type writer struct {
	fields  []Field
	current []Tree // per field, what it is within the present elements; nil when there are no lists
	limit   int
	full    bool
}

// append writes the part, or nothing when all its fields are missing.
func (w *writer) append(dst []byte, p *part) []byte {
	switch p.kind {
	case Object:
		return w.appendObject(dst, p)
	case List:
		return w.appendList(dst, p)
	}
	if w.current == nil {
		if t := w.fields[p.field].Tree; t != nil {
			return append(dst, t.first()...)
		}
		return append(dst, w.fields[p.field].Value...)
	}
	return append(dst, w.current[p.field].first()...)
}

func (w *writer) appendObject(dst []byte, p *part) []byte {
	start := len(dst)
	dst = append(dst, '{')
	for _, m := range p.members {
		mark := len(dst)
		if mark > start+1 {
			dst = append(dst, ',')
		}
		dst = append(dst, m.prefix...)
		value := len(dst)
		if dst = w.append(dst, m); len(dst) == value {
			dst = dst[:mark]
		}
	}
	if len(dst) == start+1 {
		return dst[:start]
	}
	return append(dst, '}')
}

func (w *writer) appendList(dst []byte, p *part) []byte {
	// A list value for a list of plain values, such as a whole list for [labels], is spread over its elements.
	if e := p.members[0]; e.kind == Missing {
		if t := w.current[e.field]; t.Items == nil && KindOf(t.Value) == List {
			spread := Tree{Items: []Tree{}}
			for v := range elements(t.Value) {
				spread.Items = append(spread.Items, Tree{Value: v})
			}
			defer func() { w.current[e.field] = t }()
			w.current[e.field] = spread
		}
	}
	present := false
	for _, b := range p.below {
		t := &w.current[b.field]
		present = present || t.Items != nil || t.Value != nil
	}
	if !present {
		return dst
	}
	start := len(dst)
	dst = w.appendElements(append(dst, '['), p, start)
	return append(dst, ']')
}

// appendElements writes the elements of the list that opened at start. Where fields go through more lists than the
// body has, their inner lists are unrolled into this one, and the values beside them are repeated.
func (w *writer) appendElements(dst []byte, p *part, start int) []byte {
	n, lists := 0, false
	for _, b := range p.below {
		if t := &w.current[b.field]; t.Items != nil {
			n, lists = max(n, len(t.Items)), true
		}
	}
	if !lists {
		return w.appendElement(dst, p.members[0], start)
	}
	saved := make([]Tree, len(p.below))
	for k, b := range p.below {
		saved[k] = w.current[b.field]
	}
	for i := 0; i < n && !w.full; i++ {
		unroll := false
		for k, b := range p.below {
			switch t := saved[k]; {
			case t.Items == nil:
			case i < len(t.Items):
				w.current[b.field] = t.Items[i]
				unroll = unroll || b.lists == 0 && t.Items[i].Items != nil
			default:
				w.current[b.field] = Tree{}
			}
		}
		if unroll {
			dst = w.appendElements(dst, p, start)
		} else {
			dst = w.appendElement(dst, p.members[0], start)
		}
		w.full = len(dst) > w.limit
	}
	for k, b := range p.below {
		w.current[b.field] = saved[k]
	}
	return dst
}

func (w *writer) appendElement(dst []byte, e *part, start int) []byte {
	mark := len(dst)
	if mark > start+1 {
		dst = append(dst, ',')
	}
	value := len(dst)
	if dst = w.append(dst, e); len(dst) > value {
		return dst
	}
	// An element without values keeps the places of those that follow; in a list of plain values it is left out.
	switch e.kind {
	case Object:
		return append(dst, '{', '}')
	case List:
		return append(dst, '[', ']')
	}
	return dst[:mark]
}

// first returns the first value of the tree, nil when it has none.
func (t *Tree) first() Value {
	if t.Items == nil {
		return t.Value
	}
	for i := range t.Items {
		if v := t.Items[i].first(); v != nil {
			return v
		}
	}
	return nil
}

// count returns the number of values of the tree.
func (t *Tree) count() int {
	if t.Items == nil {
		if t.Value == nil {
			return 0
		}
		return 1
	}
	n := 0
	for i := range t.Items {
		n += t.Items[i].count()
	}
	return n
}
