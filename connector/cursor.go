package connector

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"time"

	"paceline/mapping"
)

// Cursor is from where on a step lists what is new: how far it has come, and which rows it has had lately. A call
// gets the one of the step, and its result has the one to store with the step's output, which the next page of the
// same call takes along. The zero Cursor is that of a step which begins with everything.
type Cursor struct {
	Value string `json:"v,omitempty"`
	Seen  []byte `json:"s,omitempty"` // see seen
	// Moved is the greatest value so far of the pages of a call; only between them.
	Moved string `json:"m,omitempty"`
	Begun int64  `json:"b,omitempty"` // when the call began, in microseconds; only between its pages
}

// maxSeen bounds the rows that a cursor remembers; of more, the oldest are forgotten.
const maxSeen = 50_000

// The types of cursors.
const (
	cursorDate   = "datetime"
	cursorNumber = "number"
	cursorText   = "text"
	cursorLink   = "link"
)

// cursor is a compiled CursorDef.
type cursor struct {
	kind         string
	initial      string
	overlap      time.Duration
	field        mapping.Location // within a row
	hasField     bool
	key, version mapping.Location // within a row
	dedupe, both bool
	rows         []string         // names that lead to the list
	link         mapping.Location // of type link
}

// Cursor reports whether steps of the method have a cursor; initial is what a step that never ran begins with, when
// its call begins at now.
func (m *Method) Cursor() bool { return m.cursor != nil }

// FirstCursor returns the cursor of a step that never ran and whose call begins now.
func (m *Method) FirstCursor(now time.Time) Cursor {
	switch m.cursor.initial {
	case "all":
		return Cursor{}
	case "now":
		if m.cursor.kind == cursorLink {
			return Cursor{Value: cursorFresh}
		}
		return Cursor{Value: now.UTC().Format(time.RFC3339Nano)}
	}
	return Cursor{Value: m.cursor.initial}
}

// cursor compiles the cursor of a method.
func (b *builder) cursor(m *Method, at string) {
	def := m.Definition.Cursor
	if def == nil {
		return
	}
	here := pointer(at, "cursor")
	c := &cursor{kind: firstOf(def.Type, cursorDate), overlap: duration(def.Overlap)}
	m.cursor = c
	c.initial = firstOf(def.Initial, map[string]string{cursorDate: "now", cursorLink: "now"}[c.kind], "all")
	switch {
	case c.kind == cursorLink:
		b.linkCursor(m, c, here)
	case c.initial == "now" && c.kind != cursorDate:
		b.add(pointer(here, "initial"), "only a cursor of type datetime can begin now", "Write all, or a value.")
	case c.initial != "now" && c.initial != "all":
		if _, ok := c.canonical(mapping.Quote(c.initial)); !ok {
			b.add(pointer(here, "initial"), fmt.Sprintf("%q is not a %s", def.Initial, c.kind), "Write now, all, or a value of the cursor's type.")
		}
	}
	if c.overlap > 0 && c.kind != cursorDate {
		b.add(pointer(here, "overlap"), "only a cursor of type datetime has an overlap", "Remove it.")
	}
	if !m.hasRows {
		b.add(here, fmt.Sprintf("the method %s has a cursor but no rows", m.ID), "Add response.rows with the location of the list.")
		return
	}
	c.rows, _ = m.rows.Outer()
	within := func(key, text string) mapping.Location {
		l := b.location(pointer(here, key), text)
		rest, ok := strings.CutPrefix(l.String(), m.rows.String())
		if rest = strings.TrimPrefix(rest, "."); !ok || l.IsZero() {
			b.add(pointer(here, key), fmt.Sprintf("the location %q does not lie in the rows %s", shorten(text), m.Definition.Response.Rows), "Write it as the fields of the response are, for example [items].id.")
			return mapping.Location{}
		}
		in, _ := mapping.ParseLocation(rest)
		return in
	}
	if def.Link != "" && c.kind != cursorLink {
		b.add(pointer(here, "link"), fmt.Sprintf("a cursor of type %s has a link", c.kind), "Write type: link, or remove it.")
	}
	if def.Field != "" {
		c.field, c.hasField = within("field", def.Field), true
	} else if c.kind != cursorDate && c.kind != cursorLink {
		b.add(here, "a cursor without a field is the time of the call", "Add the field, or use type: datetime.")
	}
	if d := def.Dedupe; d != nil {
		key := firstOf(d.Key, m.keyField())
		if key == "" {
			b.add(pointer(here, "dedupe"), "nothing says which rows are the same", "Add key with a location, or key: true at a field of the response.")
			return
		}
		c.key, c.dedupe = within("dedupe/key", key), true
		if d.Version != "" {
			c.version, c.both = within("dedupe/version", d.Version), true
		}
	}
	used := mentionsCursor.MatchString(m.Definition.Response.Filter)
	uses := func(t *template) {
		if t != nil {
			t.refs(func(r *ref) { used = used || r.root == rootCursor })
		}
	}
	uses(m.url)
	uses(m.path)
	uses(m.text)
	for _, list := range [][]named{m.query, m.headers} {
		for _, n := range list {
			uses(n.value)
		}
	}
	for _, p := range m.params {
		uses(p.fallback.template)
	}
	for _, d := range m.defaults {
		uses(d.fallback.template)
	}
	if used && c.kind == cursorLink {
		b.add(here, fmt.Sprintf("the request of %s mentions the cursor, which is an address of its own", m.ID), "Remove it: the call goes to that address.")
	}
	if !used && c.kind != cursorLink {
		b.add(here, fmt.Sprintf("the request of %s does not mention {{cursor.value}}, nor does a filter mention cursor", m.ID), "Add it where the vendor takes from when on, for example query: {since: \"{{cursor.value}}\"}.")
	}
}

// canonical returns a value as cursors of the type are kept; ok is false for one of another type.
func (c *cursor) canonical(v mapping.Value) (string, bool) {
	text := strings.TrimSpace(mapping.Text(v))
	switch c.kind {
	case cursorDate:
		t, ok := mapping.DateOf(v)
		return t.UTC().Format(time.RFC3339Nano), ok
	case cursorNumber:
		if len(text) > 100 {
			return "", false
		}
		_, ok := new(big.Rat).SetString(text)
		return text, ok && !strings.ContainsAny(text, "/eExX_pP")
	}
	return text, text != "" && len(text) <= 1000
}

// less compares two canonical values; "" is below all.
func (c *cursor) less(a, b string) bool {
	if a == "" || b == "" {
		return a == "" && b != ""
	}
	switch c.kind {
	case cursorDate:
		x, _ := time.Parse(time.RFC3339Nano, a)
		y, _ := time.Parse(time.RFC3339Nano, b)
		return x.Before(y)
	case cursorNumber:
		x, ok := new(big.Rat).SetString(a)
		y, okay := new(big.Rat).SetString(b)
		return ok && okay && x.Cmp(y) < 0
	}
	return a < b
}

// from is what the request asks from: the value less the overlap.
func (c *cursor) from(value string) string {
	if c.overlap == 0 || value == "" {
		return value
	}
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		return value
	}
	return t.Add(-c.overlap).Format(time.RFC3339Nano)
}

// seen is a row that was had: what it is known by, and when it was changed, for dates. Sixteen bytes each.
type seen struct{ hash, at uint64 }

func readSeen(b []byte) []seen {
	list := make([]seen, 0, len(b)/16)
	for ; len(b) >= 16; b = b[16:] {
		list = append(list, seen{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])})
	}
	return list
}

func appendSeen(b []byte, s seen) []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, s.hash), s.at)
}

// advanceCursor drops rows that were had before from the output and moves the cursor, once the answer from the address
// was read.
func (c *running) advanceCursor(from *url.URL) error {
	m := c.Method.cursor
	if m == nil || c.Cursor == nil {
		return nil
	}
	next := *c.Cursor
	if next.Begun == 0 {
		next.Begun = c.runtime.clock.Now().UnixMicro()
	}
	link := ""
	if m.kind == cursorLink && c.result.Next == nil {
		var err error
		if link, err = c.linkAfter(from); err != nil {
			return err
		}
	}
	rowsHad := readSeen(next.Seen)
	had := make(map[uint64]bool, len(rowsHad))
	for _, s := range rowsHad {
		had[s.hash] = true
	}
	var kept []mapping.Value
	dropped := c.fresh()
	for row := range elementsAt(c.result.Output, m.rows) {
		value, ok := "", false
		if m.hasField {
			v, _ := m.field.Get(row)
			if value, ok = m.canonical(v); ok && m.less(next.Moved, value) {
				next.Moved = value
			}
		}
		if hash, known := m.hash(row); m.dedupe && known {
			s := seen{hash: hash, at: uint64(next.Begun)}
			if t, err := time.Parse(time.RFC3339Nano, value); ok && m.kind == cursorDate && err == nil {
				s.at = uint64(t.UnixMicro())
			}
			if had[s.hash] {
				dropped = true
				continue
			}
			had[s.hash] = true
			rowsHad = append(rowsHad, s)
		}
		if !c.fresh() {
			kept = append(kept, row)
		}
	}
	if dropped {
		c.keepRows(m.rows, kept)
	}
	next.Seen = newest(rowsHad)
	switch {
	case c.result.Next != nil:
	case m.kind == cursorLink:
		next = Cursor{Value: link, Seen: next.Seen}
	default:
		next = m.end(next)
	}
	c.result.Cursor = &next
	return nil
}

// hash is what a row is known by; known is false for one without a key.
func (c *cursor) hash(row []byte) (hash uint64, known bool) {
	v, _ := c.key.Get(row)
	if mapping.Empty(v) {
		return 0, false
	}
	h := fnv.New64a()
	h.Write([]byte(mapping.Text(v)))
	if c.both {
		h.Write([]byte{0})
		v, _ = c.version.Get(row)
		h.Write([]byte(mapping.Text(v)))
	}
	return h.Sum64(), true
}

// end closes a call after its last page: the cursor never goes back, and forgets rows that no call asks for again.
func (c *cursor) end(n Cursor) Cursor {
	out := Cursor{Value: n.Value, Seen: n.Seen}
	if !c.hasField {
		n.Moved = time.UnixMicro(n.Begun).UTC().Format(time.RFC3339Nano)
	}
	if c.less(out.Value, n.Moved) {
		out.Value = n.Moved
	}
	from, err := time.Parse(time.RFC3339Nano, c.from(out.Value))
	if err == nil && c.kind == cursorDate && c.hasField {
		again := slices.DeleteFunc(readSeen(n.Seen), func(s seen) bool { return int64(s.at) < from.UnixMicro() })
		// More than can be remembered would come again for ever. Once the overlap is over nothing is shown late any more, and
		// the next call asks behind them.
		if settled := from.Add(2 * c.overlap); len(again) >= maxSeen && time.UnixMicro(n.Begun).After(settled) {
			out.Value, again = settled.Add(time.Millisecond).Format(time.RFC3339Nano), nil
		}
		out.Seen = newest(again)
	}
	return out
}

// newest writes the rows, of too many those that were changed last.
func newest(list []seen) []byte {
	if len(list) > maxSeen {
		slices.SortStableFunc(list, func(x, y seen) int { return cmp.Compare(x.at, y.at) })
		list = list[len(list)-maxSeen:]
	}
	b := make([]byte, 0, 16*len(list))
	for _, s := range list {
		b = appendSeen(b, s)
	}
	return b
}

// keyField is the location of the response field that tells rows apart, "" for none.
func (m *Method) keyField() string {
	for _, f := range m.Definition.Response.Fields {
		if f.Key {
			return f.Loc
		}
	}
	return ""
}

// keyFields reports keys where there are no rows to tell apart.
func (b *builder) keyFields(at string, fields []FieldDef, rows bool) {
	found := false
	for i, f := range fields {
		switch {
		case !f.Key:
		case !rows:
			b.add(pointer(at, i, "key"), "key marks a field of a request or a delivery", "Remove it: it is of a response, whose rows it tells apart.")
		case found:
			b.add(pointer(at, i, "key"), "two fields are the key", "Keep key: true at one of them, and name the other in cursor.dedupe.version if it says which version a row is.")
		}
		found = found || f.Key
	}
}
