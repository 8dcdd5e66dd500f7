package mapping

import (
	"slices"

	"paceline"
)

// MaxJoined bounds the combinations of items of several lists.
const MaxJoined = 100_000

// list is an outermost list of an earlier step that a step reads.
type list struct {
	ordinal int
	at      Location
	slot    int
	key     Location // of the unique field within an item
	keyed   bool
}

// list returns the place of the outermost list of the location among the lists of the step.
func (c *compiler) list(ordinal int, location Location) int {
	at, _ := location.OuterList()
	for i := range c.lists {
		if c.lists[i].ordinal == ordinal && c.lists[i].at.Equal(at) {
			return i
		}
	}
	names, _ := at.split()
	c.lists = append(c.lists, list{ordinal: ordinal, at: at, slot: c.reads.slot(ordinal, names)})
	return len(c.lists) - 1
}

// keys gives the lists their unique fields.
func (c *compiler) keys() error {
	for _, k := range c.plan.Steps[c.step].Keys {
		location, err := sourceLocation(c.plan, k.Step, k.At)
		if err != nil {
			return err
		}
		at, ok := location.OuterList()
		if !ok {
			continue // its list is split: each transaction has one item of it
		}
		for i := range c.lists {
			if l := &c.lists[i]; l.ordinal == k.Step && l.at.Equal(at) {
				l.key, l.keyed = Location{location.segments[len(at.segments):], location.lists - 1}, true
			}
		}
	}
	return nil
}

// joinedLists finds the lists of a request that values of several lists of earlier steps are mapped into: they are
// filled from the combinations of those.
func (c *compiler) joinedLists(p *Program) {
	targets := map[string][]int{} // fields by the list that they lie in
	var order []string
	for i := range p.fields {
		f := &p.fields[i]
		outer, ok := f.location.OuterList()
		if !ok || f.value.kind != exprSource || f.value.source.list < 0 || slices.Contains(p.each, f.value.source.list) {
			continue
		}
		name := outer.String()
		if targets[name] == nil {
			order = append(order, name)
		}
		targets[name] = append(targets[name], i)
	}
	for _, name := range order {
		var lists []int
		for _, i := range targets[name] {
			if l := p.fields[i].value.source.list; !slices.Contains(lists, l) {
				lists = append(lists, l)
			}
		}
		if len(lists) < 2 {
			continue
		}
		for _, i := range targets[name] {
			at := slices.Index(lists, p.fields[i].value.source.list)
			p.fields[i].joined = joinedAt{group: len(p.joins) + 1, list: at}
		}
		p.joins = append(p.joins, lists)
	}
}

// joinedAt says that a field is filled from combinations of items: of which group, counted from 1, and of which
// list in it.
type joinedAt struct{ group, list int }

// join yields the combinations of the items of lists, in the order of the first list, then the second, and so on.
func (r *run) join(p *Program, lists []int) ([][]Value, error) {
	items := make([][]Value, len(lists))
	keys := make([][]string, len(lists))
	for k, at := range lists {
		l := &p.lists[at]
		if v := r.slots[l.slot]; v != nil {
			for e := range elements(v) {
				if len(items[k]) == MaxItems {
					return nil, paceline.Fail(paceline.CodeStepDataTooLarge)
				}
				items[k] = append(items[k], e)
			}
		}
		if !l.keyed {
			continue
		}
		keys[k] = make([]string, len(items[k]))
		for i, item := range items[k] {
			v, _ := l.key.Get(item)
			keys[k][i] = Text(v)
		}
	}
	combined, ok := combine(sizes(items), keys, MaxJoined)
	if !ok {
		return nil, paceline.Fail(paceline.CodeJoinTooLarge)
	}
	rows := make([][]Value, len(combined))
	for i, c := range combined {
		rows[i] = make([]Value, len(lists))
		for k, n := range c {
			if n >= 0 {
				rows[i][k] = items[k][n]
			}
		}
	}
	return rows, nil
}

func sizes(items [][]Value) []int {
	n := make([]int, len(items))
	for k := range items {
		n[k] = len(items[k])
	}
	return n
}

// combine joins lists of the given sizes: each row has the place of an item of each list, -1 for none. A list with
// keys, one per item, adds to a row its items with the row's key, which is that of the first list before it that has
// one; without such an item the row stays, with none. A list without keys adds each of its items to every row. An empty
// text is no key, and an empty list takes nothing away. ok is false when there are more rows than limit; the first
// list alone may have more.
func combine(sizes []int, keys [][]string, limit int) (rows [][]int32, ok bool) {
	if len(sizes) == 0 {
		return nil, true
	}
	limit = max(limit, sizes[0])
	for _, i := range upTo(sizes[0]) {
		rows = append(rows, []int32{i})
	}
	for k := 1; k < len(sizes); k++ {
		all := upTo(sizes[k])
		matches := func([]int32) []int32 { return all }
		if keys[k] != nil && slices.ContainsFunc(keys[:k], func(before []string) bool { return before != nil }) {
			found := make(map[string][]int32, len(keys[k]))
			for i, key := range keys[k] {
				if key != "" {
					found[key] = append(found[key], int32(i))
				}
			}
			matches = func(row []int32) []int32 {
				if list := found[keyOf(row, keys)]; len(list) > 0 {
					return list
				}
				return none
			}
		}
		var next [][]int32
		for _, row := range rows {
			list := matches(row)
			if len(next)+len(list) > limit {
				return nil, false
			}
			for _, m := range list {
				next = append(next, append(slices.Clip(row), m))
			}
		}
		rows = next
	}
	return slices.DeleteFunc(rows, func(row []int32) bool { return slices.Max(row) < 0 }), true
}

var none = []int32{-1}

// upTo returns the places of n items, or none.
func upTo(n int) []int32 {
	if n == 0 {
		return none
	}
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// keyOf is the key of the first item of the row that has one.
func keyOf(row []int32, keys [][]string) string {
	for k, i := range row {
		if keys[k] != nil && i >= 0 && keys[k][i] != "" {
			return keys[k][i]
		}
	}
	return ""
}
