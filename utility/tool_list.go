package utility

import (
	"cmp"
	"context"
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
)

var wholeList = mapping.MustLocation("[]")

// listOf reads a field that is a list; one value is a list of it, and none an empty list.
func listOf(c connector.UtilityCall, name string) []json.RawMessage {
	return itemsOf(field(c, name))
}

func itemsOf(v json.RawMessage) []json.RawMessage {
	out := []json.RawMessage{}
	switch mapping.KindOf(v) {
	case mapping.Missing, mapping.Null:
	case mapping.List:
		for item := range wholeList.GetAll(v) {
			out = append(out, item)
		}
	default:
		out = append(out, v)
	}
	return out
}

// by reads a parameter that names a value of each item by its location; without one it is the item itself.
func by(c connector.UtilityCall) (func(item json.RawMessage) json.RawMessage, error) {
	at := c.Param("By")
	if at == "" {
		return func(item json.RawMessage) json.RawMessage { return item }, nil
	}
	l, err := mapping.ParseLocation(at)
	if err != nil {
		return nil, badInput("By is not a location: %v.", err)
	}
	return func(item json.RawMessage) json.RawMessage {
		v, _ := l.Get(item)
		return v
	}, nil
}

type listAnswerOf struct {
	List  []json.RawMessage
	Count int
}

func someItems(list []json.RawMessage) (any, error) { return listAnswerOf{list, len(list)}, nil }

func countItems(_ context.Context, c connector.UtilityCall) (any, error) {
	return struct{ Count int }{len(listOf(c, "List"))}, nil
}

func getItem(_ context.Context, c connector.UtilityCall) (any, error) {
	list := listOf(c, "List")
	const far = 1 << 40
	n, err := between(c, "Number", 1, -far, far)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		n += len(list) + 1
	}
	out := struct {
		Item  json.RawMessage
		Found bool
	}{Item: null}
	if n >= 1 && n <= len(list) {
		out.Item, out.Found = list[n-1], true
	}
	return out, nil
}

func takeItems(_ context.Context, c connector.UtilityCall) (any, error) {
	list := listOf(c, "List")
	from, to, err := span(c, len(list), "Count")
	if err != nil {
		return nil, err
	}
	return someItems(list[from:to])
}

func joinItems(_ context.Context, c connector.UtilityCall) (any, error) {
	of, err := by(c)
	if err != nil {
		return nil, err
	}
	skip, err := flag(c, "SkipEmpty", false)
	if err != nil {
		return nil, err
	}
	between := separator(c, ", ")
	var b strings.Builder
	first := true
	for _, item := range listOf(c, "List") {
		t := text(of(item))
		if skip && t == "" {
			continue
		}
		if !first {
			b.WriteString(between)
		}
		first = false
		if b.WriteString(t); b.Len() > toolBytes {
			return nil, tooLarge()
		}
	}
	return textAnswer{b.String()}, nil
}

// rank is what an item is sorted by: numbers come before texts, and both before nothing.
type rank struct {
	kind   int // 0 number, 1 text, 2 nothing
	number *big.Rat
	text   string
}

func rankOf(v json.RawMessage) rank {
	t := strings.TrimSpace(text(v))
	if t == "" {
		return rank{kind: 2}
	}
	if mapping.KindOf(v) == mapping.Number || mapping.KindOf(v) == mapping.String {
		if n, err := number("", t); err == nil {
			return rank{number: n}
		}
	}
	return rank{kind: 1, text: t}
}

func (r rank) compare(o rank) int {
	switch {
	case r.kind != o.kind:
		return cmp.Compare(r.kind, o.kind)
	case r.kind == 0:
		return r.number.Cmp(o.number)
	}
	if c := cmp.Compare(strings.ToLower(r.text), strings.ToLower(o.text)); c != 0 {
		return c
	}
	return cmp.Compare(r.text, o.text)
}

func sortItems(_ context.Context, c connector.UtilityCall) (any, error) {
	of, err := by(c)
	if err != nil {
		return nil, err
	}
	order, err := choice(c, "Order", "ascending", "descending")
	if err != nil {
		return nil, err
	}
	type ranked struct {
		item json.RawMessage
		rank
	}
	var all []ranked
	for _, item := range listOf(c, "List") {
		all = append(all, ranked{item, rankOf(of(item))})
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		if order == "descending" && a.kind < 2 && b.kind < 2 { // nothing stays at the end
			return b.compare(a.rank)
		}
		return a.compare(b.rank)
	})
	out := make([]json.RawMessage, len(all))
	for i := range all {
		out[i] = all[i].item
	}
	return someItems(out)
}

func uniqueItems(_ context.Context, c connector.UtilityCall) (any, error) {
	of, err := by(c)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	out := []json.RawMessage{}
	for _, item := range listOf(c, "List") {
		if key := text(of(item)); !seen[key] {
			seen[key] = true
			out = append(out, item)
		}
	}
	return someItems(out)
}

// filterItems keeps the items of which a condition of decisions holds.
func filterItems(_ context.Context, c connector.UtilityCall) (any, error) {
	of, err := by(c)
	if err != nil {
		return nil, err
	}
	condition := paceline.Condition(c.Param("Condition"))
	if condition == "" {
		condition = paceline.CondEquals
	}
	var value json.RawMessage
	if v := field(c, "Value"); mapping.KindOf(v) > mapping.Null {
		value = v
	}
	holds, err := mapping.Against(condition, value)
	if err != nil {
		return nil, badInput("Condition cannot be tested: %v.", err)
	}
	out := []json.RawMessage{}
	for _, item := range listOf(c, "List") {
		ok, err := holds(of(item))
		if err != nil {
			return nil, badInput("Condition cannot be tested: %v.", err)
		}
		if ok {
			out = append(out, item)
		}
	}
	return someItems(out)
}

func groupItems(_ context.Context, c connector.UtilityCall) (any, error) {
	of, err := by(c)
	if err != nil {
		return nil, err
	}
	type group struct {
		Key   string
		Items []json.RawMessage
		Count int
	}
	out := struct {
		Groups []*group
		Count  int
	}{Groups: []*group{}}
	known := map[string]*group{}
	for _, item := range listOf(c, "List") {
		key := text(of(item))
		g := known[key]
		if g == nil {
			g = &group{Key: key}
			known[key] = g
			out.Groups = append(out.Groups, g)
		}
		g.Items = append(g.Items, item)
		g.Count++
	}
	out.Count = len(out.Groups)
	return out, nil
}

// aggregateItems counts the items that have a value, and works on those that are numbers.
func aggregateItems(_ context.Context, c connector.UtilityCall) (any, error) {
	of, err := by(c)
	if err != nil {
		return nil, err
	}
	var out struct {
		Count, Numbers            int
		Sum                       decimal
		Average, Minimum, Maximum *decimal
	}
	out.Sum = decimal{new(big.Rat)}
	for _, item := range listOf(c, "List") {
		r := rankOf(of(item))
		if r.kind < 2 {
			out.Count++
		}
		if r.kind > 0 {
			continue
		}
		out.Numbers++
		out.Sum.Add(out.Sum.Rat, r.number)
		if out.Minimum == nil || r.number.Cmp(out.Minimum.Rat) < 0 {
			out.Minimum = &decimal{r.number}
		}
		if out.Maximum == nil || r.number.Cmp(out.Maximum.Rat) > 0 {
			out.Maximum = &decimal{r.number}
		}
	}
	if out.Numbers > 0 {
		average := new(big.Rat).Quo(out.Sum.Rat, new(big.Rat).SetInt64(int64(out.Numbers)))
		if _, exact := average.FloatPrec(); !exact {
			average = round(average, 10, "half-up")
		}
		out.Average = &decimal{average}
	}
	return out, nil
}

func mergeLists(_ context.Context, c connector.UtilityCall) (any, error) {
	return someItems(append(listOf(c, "First"), listOf(c, "Second")...))
}
