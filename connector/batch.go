package connector

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"paceline"
	"paceline/mapping"
)

// batch is the compiled batch of a method: which list is cut, and into how many items.
type batch struct {
	names []string // that lead to the list
	rows  mapping.Location
	size  int
}

// RowError is an item of a batch that the remote refused.
type RowError struct {
	Index   int // of the item in the whole list, from 0; -1 when the answer does not tell
	Message string
}

type rowErrors struct {
	path, index, message mapping.Location
	when                 *predicate
}

// maxRowWarnings bounds the warnings of one chunk.
const maxRowWarnings = 100

// Batched reports whether the method sends its list in chunks: then Result.Next says whether there are more.
func (m *Method) Batched() bool { return m.batch != nil }

// Behind returns the chunk that follows p, whatever the answer to p.
func (m *Method) Behind(p *PageState) *PageState {
	next := pageState{Item: m.batch.size, Parts: p.Parts() + 1, Rows: p.Rows()}
	if p != nil {
		next.Item += p.state.Item
	}
	return &PageState{next}
}

func (b *builder) batch(m *Method, at string) {
	def := m.Definition.Request.Batch
	if def == nil {
		return
	}
	here := pointer(at, "request", "batch")
	rows := b.location(pointer(here, "rows"), def.Rows)
	names, _ := rows.Outer()
	m.batch = &batch{names: names, rows: rows, size: def.Size}
	if rows.Lists() != 1 || !strings.HasSuffix(rows.String(), "]") {
		b.add(pointer(here, "rows"), fmt.Sprintf("the location %q does not name one list", shorten(def.Rows)), "Put the list's name in brackets, for example [items] or data.[items].")
		return
	}
	below := slices.ContainsFunc(m.Definition.Request.Fields, func(f FieldDef) bool {
		l, err := mapping.ParseLocation(f.Loc)
		return err == nil && m.batch.holds(l)
	})
	if !below {
		b.add(pointer(here, "rows"), fmt.Sprintf("no field of the request lies in the list %s", def.Rows), "Name the list that the fields go through, as in loc: \"[items].id\".")
	}
	if m.pager != nil {
		b.add(here, fmt.Sprintf("the method %s has both a batch and pages", m.ID), "Remove one of them; paging: none cancels a default pager.")
	}
}

func (b *builder) rowErrors(m *Method, at string) {
	def := m.Definition.Response.RowErrors
	if def == nil {
		return
	}
	here := pointer(at, "response", "rowErrors")
	if m.read == "none" || m.read == "text" {
		b.add(here, fmt.Sprintf("an answer of format %s has no rows", m.read), "Use a response format that has values, such as json.")
	}
	r := &rowErrors{}
	r.path, _ = b.rows(pointer(here, "path"), def.Path)
	if def.Index != "" {
		r.index = b.location(pointer(here, "index"), def.Index)
	}
	if def.Message != "" {
		r.message = b.location(pointer(here, "message"), def.Message)
	}
	if def.When != "" {
		var failed *mistake
		r.when, failed = compilePredicate(rowEnv(), def.When)
		b.mistake(pointer(here, "when"), failed)
	}
	m.rowErrors = r
}

// holds reports whether the location goes through the list.
func (b *batch) holds(l mapping.Location) bool {
	names, ok := l.Outer()
	return ok && slices.Equal(names, b.names)
}

// chunk cuts the fields down to the items of the present chunk and notes where the next one begins.
func (c *running) chunk(fields []mapping.Field) []mapping.Field {
	b := c.Method.batch
	if b == nil {
		return fields
	}
	if c.Page != nil {
		c.first = c.Page.state.Item
	}
	columns := b.columns(fields)
	n := 0
	for _, column := range columns {
		n = max(n, len(column))
	}
	if len(columns) == 0 {
		return fields // no list was given: its fields are the same value in one item
	}
	if c.skip = c.first >= n; c.skip {
		return fields
	}
	end := min(c.first+b.size, n)
	if end < n {
		c.result.Next = &PageState{pageState{Item: end, Parts: c.Page.Parts() + 1}}
	}
	if c.first == 0 && end == n {
		return fields
	}
	out := slices.Clone(fields)
	for i, column := range columns {
		items := []mapping.Tree{} // of a field that has no more items, an empty list
		if c.first < len(column) {
			items = column[c.first:min(end, len(column))]
		}
		out[i].Value, out[i].Tree = nil, &mapping.Tree{Items: items}
	}
	return out
}

// columns returns the items of each field of the list that has items of its own, by the field's place.
func (b *batch) columns(fields []mapping.Field) map[int][]mapping.Tree {
	out := map[int][]mapping.Tree{}
	deeper := false
	for i := range fields {
		f := &fields[i]
		switch {
		case !b.holds(f.Location):
		case f.Tree != nil && f.Tree.Items != nil:
			out[i] = f.Tree.Items
			deeper = deeper || f.Location.Lists() == 1 && slices.ContainsFunc(f.Tree.Items, func(t mapping.Tree) bool { return t.Items != nil })
		case f.Location.Equal(b.rows) && mapping.KindOf(f.Value) == mapping.List:
			items := []mapping.Tree{}
			for v := range wholeList.GetAll(f.Value) {
				items = append(items, mapping.Tree{Value: v})
			}
			out[i] = items
		}
	}
	if deeper {
		return unrolled(fields, out)
	}
	return out
}

// unrolled gives each item that is itself a list, where the body has none, a place of its own for each of
// its values, as the body would: what stands beside them is repeated.
func unrolled(fields []mapping.Field, columns map[int][]mapping.Tree) map[int][]mapping.Tree {
	var order []int
	var row []mapping.Tree
	for i, items := range columns {
		order, row = append(order, i), append(row, mapping.Tree{Items: items})
	}
	out := make(map[int][]mapping.Tree, len(columns))
	var walk func(row []mapping.Tree)
	walk = func(row []mapping.Tree) {
		n := 0
		for _, t := range row {
			n = max(n, len(t.Items))
		}
		for i := range n {
			inner, again := make([]mapping.Tree, len(row)), false
			for k, t := range row {
				switch {
				case t.Items == nil:
					inner[k] = t
				case i < len(t.Items):
					inner[k] = t.Items[i]
					again = again || fields[order[k]].Location.Lists() == 1 && inner[k].Items != nil
				}
			}
			if again {
				walk(inner)
				continue
			}
			for k := range inner {
				out[order[k]] = append(out[order[k]], inner[k])
			}
		}
	}
	walk(row)
	return out
}

// readRowErrors collects the items that the remote refused.
func (c *running) readRowErrors() {
	r := c.Method.rowErrors
	if r == nil || c.result.Output == nil {
		return
	}
	at := -1
	for row := range r.path.GetAll(c.result.Output) {
		at++
		if r.when != nil && !r.when.holds(map[string]any{"row": native(row)}) {
			continue
		}
		e := RowError{Index: c.first + at}
		if !r.index.IsZero() {
			v, _ := r.index.Get(row)
			n, err := strconv.Atoi(strings.TrimSpace(mapping.Text(v)))
			if e.Index = c.first + n; err != nil || n < 0 {
				e.Index = -1
			}
		}
		message := row
		if !r.message.IsZero() {
			message, _ = r.message.Get(row)
		}
		e.Message = string(c.mask([]byte(mapping.Text(message))))
		c.result.RowErrors = append(c.result.RowErrors, e)
		switch n := len(c.result.RowErrors); {
		case n <= maxRowWarnings && e.Index >= 0:
			c.warn(paceline.CodeCallFailed, fmt.Sprintf("item %d was refused: %s", e.Index+1, e.Message))
		case n <= maxRowWarnings:
			c.warn(paceline.CodeCallFailed, "an item was refused: "+e.Message)
		case n == maxRowWarnings+1:
			c.warn(paceline.CodeCallFailed, fmt.Sprintf("more than %d items were refused", maxRowWarnings))
		}
	}
}
