package mapping

import (
	"fmt"

	"paceline"
)

// run is one evaluation of a program or a decision.
type run struct {
	env      Env
	slots    []Value
	warnings []Warning
	tooLarge bool
	scripted []Value // of the inline scripts
	// items are the present items of the lists that the step is called per item of, by list, and inItem which
	// lists those are.
	items  []Value
	inItem []bool
	joined [][][]Value // the combinations of each group of joined fields
}

func (r *run) warn(code paceline.Code, label, detail string) {
	r.warnings = append(r.warnings, Warning{code, label, detail})
}

// input yields the value of one parameter or field, converted to its type.
func (r *run) input(in *input) (Value, *Tree) {
	if in.ignored {
		return nil, nil
	}
	v, tree := r.value(&in.value)
	if in.joined.group > 0 {
		tree = r.joinedTree(in)
	}
	if v == nil && tree == nil {
		if in.later {
			return nil, nil
		}
		v = in.fallback
	}
	if in.required && (tree == nil && Empty(v) || tree != nil && tree.count() == 0) {
		r.warn(paceline.CodeSourceEmpty, in.label, "the field is required, but its source has no value")
	}
	if in.dataType == "" || in.dataType == paceline.TypeUndefined {
		return v, tree
	}
	if tree != nil {
		r.coerceTree(tree, in)
		return nil, tree
	}
	return r.coerce(v, in), nil
}

func (r *run) coerce(v Value, in *input) Value {
	out, ok := CoerceAs(v, in.dataType, in.format)
	if !ok {
		r.warn(paceline.CodeValueType, in.label, fmt.Sprintf("%s was expected, but the value is %s", in.dataType, describe(v)))
	}
	return out
}

// coerceTree converts the values of a tree and warns about the first that does not fit.
func (r *run) coerceTree(t *Tree, in *input) {
	if t.Items == nil {
		if out, ok := CoerceAs(t.Value, in.dataType, in.format); ok {
			t.Value = out
		} else if n := len(r.warnings); n == 0 || r.warnings[n-1].Code != paceline.CodeValueType || r.warnings[n-1].Input != in.label {
			r.coerce(t.Value, in)
		}
		return
	}
	for i := range t.Items {
		r.coerceTree(&t.Items[i], in)
	}
}

// joins finds the combinations of lists that fields are filled from, once.
func (r *run) joins(p *Program) error {
	if len(p.joins) == 0 || r.joined != nil {
		return nil
	}
	for _, lists := range p.joins {
		rows, err := r.join(p, lists)
		if err != nil {
			return err
		}
		r.joined = append(r.joined, rows)
	}
	return nil
}

// joinedTree yields the values of a field from the combinations of items, nil when there are none.
func (r *run) joinedTree(in *input) *Tree {
	rows := r.joined[in.joined.group-1]
	if len(rows) == 0 {
		return nil
	}
	tree := &Tree{Items: make([]Tree, len(rows))}
	left := MaxItems
	for i, row := range rows {
		if item := row[in.joined.list]; item != nil {
			tree.Items[i], _ = grow(in.value.source.below.segments, item, &left)
		}
	}
	if left < 0 {
		r.tooLarge = true
	}
	if in.value.format != "" {
		tree.format(in.value.format)
	}
	return tree
}

// describe says what kind of value v is without showing it: values may be private.
func describe(v Value) string {
	return KindOf(v).String()
}

// value evaluates an expression to a value, or to a tree when the source goes through lists.
func (r *run) value(e *expression) (Value, *Tree) {
	switch e.kind {
	case exprConstant:
		return e.constant, nil
	case exprSource:
		v := r.slots[e.source.slot]
		if v == nil {
			return nil, nil
		}
		tail := e.source.tail
		if l := e.source.list; l >= 0 && r.inItem != nil && r.inItem[l] {
			if v, tail = r.items[l], e.source.below; v == nil {
				return nil, nil
			}
			if tail.lists == 0 {
				v, _ = tail.Get(v)
				return format(v, e.format), nil
			}
		}
		if !tail.IsZero() {
			left := MaxItems
			tree := tail.tree(v, &left)
			if left < 0 {
				r.tooLarge = true
			}
			if tree != nil && e.format != "" {
				tree.format(e.format)
			}
			return nil, tree
		}
		return format(v, e.format), nil
	case exprSystem:
		s, ok := r.system(e.system)
		if !ok {
			return nil, nil
		}
		return format(Quote(s), e.format), nil
	case exprText:
		return r.text(e.texts), nil
	case exprScript:
		return r.scripted[e.script], nil
	}
	return nil, nil
}

func (r *run) system(name string) (string, bool) {
	if r.env.System == nil {
		return "", false
	}
	return r.env.System(name)
}

// text joins the pieces of a text with merge fields to one JSON string.
func (r *run) text(pieces []expression) Value {
	n := 2
	for i := range pieces {
		if pieces[i].kind == exprConstant {
			n += len(pieces[i].constant)
		} else {
			n += 32
		}
	}
	out := append(make(Value, 0, n), '"')
	for i := range pieces {
		p := &pieces[i]
		if p.kind == exprConstant {
			out = append(out, p.constant...)
		} else {
			v, tree := r.value(p)
			out = appendInText(out, v)
			if tree != nil {
				out, _ = tree.appendInText(out, false)
			}
		}
		if len(out) > MaxText {
			r.tooLarge = true
			return nil
		}
	}
	return append(out, '"')
}

// appendInText appends a value inside a JSON string.
func appendInText(dst []byte, v Value) []byte {
	switch KindOf(v) {
	case Missing, Null:
		return dst
	case String:
		return append(dst, inside(v)...)
	case List, Object:
		return appendEscaped(dst, []byte(trim(v)))
	}
	return append(dst, trim(v)...)
}

// appendInText appends the values of the tree, with commas between them; comma says whether one comes first.
func (t *Tree) appendInText(dst []byte, comma bool) ([]byte, bool) {
	if t.Items == nil {
		if Empty(t.Value) {
			return dst, comma
		}
		if comma {
			dst = append(dst, ',')
		}
		return appendInText(dst, t.Value), true
	}
	for i := range t.Items {
		dst, comma = t.Items[i].appendInText(dst, comma)
	}
	return dst, comma
}

// format writes a date in the pattern; other values stay as they are.
func format(v Value, pattern string) Value {
	if pattern == "" {
		return v
	}
	date, ok := dateOf(v)
	if !ok {
		return v
	}
	var few [64]byte
	return Quote(string(appendDate(few[:0], date, pattern)))
}

func (t *Tree) format(pattern string) {
	t.Value = format(t.Value, pattern)
	for i := range t.Items {
		t.Items[i].format(pattern)
	}
}
