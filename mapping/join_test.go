package mapping

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"paceline"
)

// TestCombine compares the joins of lists with the sentence that defines them, said by nested loops.
func TestCombine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lists := rapid.IntRange(0, 4).Draw(t, "lists")
		sizes, keys := make([]int, lists), make([][]string, lists)
		for k := range sizes {
			sizes[k] = rapid.IntRange(0, 4).Draw(t, "size")
			if rapid.Bool().Draw(t, "keyed") {
				keys[k] = make([]string, sizes[k])
				for i := range keys[k] {
					keys[k][i] = rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "key")
				}
			}
		}
		want := [][]int32{{}}
		for k := range sizes {
			want = slowly(want, sizes[k], keys, k)
		}
		all := len(want)
		want = slices.DeleteFunc(want, func(row []int32) bool { return !slices.ContainsFunc(row, func(i int32) bool { return i >= 0 }) })
		got, ok := combine(sizes, keys, 1000)
		if !ok || len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("sizes %v, keys %q: %v, want %v", sizes, keys, got, want)
		}
		limit := rapid.IntRange(1, 30).Draw(t, "limit")
		if _, ok := combine(sizes, keys, limit); lists > 0 && ok != (all <= max(limit, sizes[0])) {
			t.Fatalf("sizes %v, keys %q: %d rows at a limit of %d: %t", sizes, keys, all, limit, ok)
		}
	})
}

// slowly adds list k to the rows.
func slowly(rows [][]int32, size int, keys [][]string, k int) (out [][]int32) {
	before := slices.ContainsFunc(keys[:k], func(list []string) bool { return list != nil })
	for _, row := range rows {
		key := ""
		for j, i := range row {
			if key == "" && keys[j] != nil && i >= 0 {
				key = keys[j][i]
			}
		}
		found := false
		for i := range size {
			if keys[k] == nil || !before || keys[k][i] != "" && keys[k][i] == key {
				out = append(out, append(slices.Clone(row), int32(i)))
				found = true
			}
		}
		if !found {
			out = append(out, append(slices.Clone(row), -1))
		}
	}
	return out
}

// itemsPlan is a webhook (step 0), a list step (1) and the step under test (2).
func itemsPlan(inputs map[string]string, keys ...string) *paceline.Plan {
	plan := &paceline.Plan{Steps: []paceline.PlanStep{
		{ID: "a", Name: "Hook", Kind: paceline.StepWebhook}, {ID: "b", Name: "List", Kind: paceline.StepAction}, {ID: "c", Kind: paceline.StepAction},
	}}
	at := func(text string) (paceline.ID, string) {
		step, location, _ := strings.Cut(text, "/")
		return paceline.ID(step), location
	}
	for _, key := range slices.Sorted(func(yield func(string) bool) {
		for key := range inputs {
			if !yield(key) {
				return
			}
		}
	}) {
		m := paceline.Mapping{Type: paceline.MapStepField}
		if text, static := strings.CutPrefix(inputs[key], "="); static {
			m = paceline.Mapping{Type: paceline.MapStatic, Value: &text}
		} else {
			m.SourceStep, m.SourceLocation = at(inputs[key])
		}
		plan.Steps[2].Inputs = append(plan.Steps[2].Inputs, paceline.PlanInput{Field: !strings.Contains(key, ":"), Key: key, Mapping: m})
	}
	for _, key := range keys {
		step, location := at(key)
		plan.Steps[2].Keys = append(plan.Steps[2].Keys, paceline.PlanList{Step: plan.StepByID(step), At: location})
	}
	return plan
}

type docs []string

func (d docs) Output(step int) ([]byte, bool) { return []byte(d[step]), d[step] != "" }

// TestPerItem: which steps are called per item, and with what.
func TestPerItem(t *testing.T) {
	t.Parallel()
	data := docs{
		`{"name":"Ada","rows":[{"id":1,"tags":["x","y"]},{"id":2,"tags":[]},{}],"one":{"id":7}}`,
		`{"list":[{"of":2,"v":"p"},{"of":1,"v":"q"},{"of":2,"v":"r"}]}`,
	}
	cases := []struct {
		name   string
		inputs map[string]string
		keys   []string
		split  string
		each   string
		want   []string // bodies; of a step that is not called per item, its one
	}{
		{"a list into a single field", map[string]string{"id": "a/[rows].id", "name": "a/name"}, nil, "", "0:[rows]", []string{`{"id":1,"name":"Ada"}`, `{"id":2,"name":"Ada"}`, `{"name":"Ada"}`}},
		{"into a list", map[string]string{"[to].id": "a/[rows].id"}, nil, "", "", []string{`{"to":[{"id":1},{"id":2},{}]}`}},
		{"a list within the item stays a list", map[string]string{"id": "a/[rows].id", "[t]": "a/[rows].[tags]"}, nil, "", "0:[rows]", []string{`{"t":["x","y"],"id":1}`, `{"t":[],"id":2}`, `{}`}},
		{"typed text with a value of the item", map[string]string{"id": "a/[rows].id", "say": "=No {{Hook.[rows].id}}!"}, nil, "", "0:[rows]", []string{`{"id":1,"say":"No 1!"}`, `{"id":2,"say":"No 2!"}`, `{"say":"No !"}`}},
		{"typed text alone makes no items", map[string]string{"ids": "={{Hook.[rows].id}}"}, nil, "", "", []string{`{"ids":1}`}},
		{"a single value counts as a list of one", map[string]string{"id": "a/[one].id"}, nil, "", "0:[one]", []string{`{"id":7}`}},
		{"the list is split", map[string]string{"id": "b/[list].v"}, nil, "[list]", "", []string{`{}`}},
		{"two lists with unique fields", map[string]string{"id": "a/[rows].id", "v": "b/[list].v"}, []string{"a/[rows].id", "b/[list].of"}, "", "0:[rows] 1:[list]",
			[]string{`{"id":1,"v":"q"}`, `{"id":2,"v":"p"}`, `{"id":2,"v":"r"}`, `{}`}},
		{"two lists into one, joined", map[string]string{"[to].id": "a/[rows].id", "[to].v": "b/[list].v", "[to].name": "a/name"}, []string{"a/[rows].id", "b/[list].of"}, "", "",
			[]string{`{"to":[{"id":1,"name":"Ada","v":"q"},{"id":2,"name":"Ada","v":"p"},{"id":2,"name":"Ada","v":"r"},{"name":"Ada"}]}`}},
		{"two lists into two are not joined", map[string]string{"[x].id": "a/[rows].id", "[y].v": "b/[list].v"}, nil, "", "",
			[]string{`{"x":[{"id":1},{"id":2},{}],"y":[{"v":"p"},{"v":"q"},{"v":"r"}]}`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			plan := itemsPlan(c.inputs, c.keys...)
			plan.Steps[1].SplitAt = c.split
			FindItems(plan)
			var each []string
			for _, l := range plan.Steps[2].Each {
				each = append(each, fmt.Sprintf("%d:%s", l.Step, l.At))
			}
			if got := strings.Join(each, " "); got != c.each {
				t.Errorf("called per item of %q, want %q", got, c.each)
			}
			p, err := Compile(plan, 2)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			body := func(in Inputs, _ []Warning, err error) {
				if err != nil {
					t.Fatal(err)
				}
				text, err := in.AppendJSON(nil)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(text))
			}
			if p.PerItem() {
				items, err := p.Items(Env{Data: data})
				if err != nil {
					t.Fatal(err)
				}
				for i := range items.Len() {
					body(items.Inputs(i, nil))
				}
			} else {
				body(p.Inputs(Env{Data: data}))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s\nwant %s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// TestTooManyCombinations: a thousand times a thousand items are told, not built.
func TestTooManyCombinations(t *testing.T) {
	t.Parallel()
	list := `{"rows":[` + strings.TrimSuffix(strings.Repeat(`{"id":1},`, 1000), ",") + `]}`
	for _, inputs := range []map[string]string{{"x": "a/[rows].id", "y": "b/[rows].id"}, {"[t].x": "a/[rows].id", "[t].y": "b/[rows].id"}} {
		plan := itemsPlan(inputs)
		FindItems(plan)
		p, err := Compile(plan, 2)
		if err != nil {
			t.Fatal(err)
		}
		env := Env{Data: docs{list, list}}
		if _, err = p.Items(env); !p.PerItem() {
			_, _, err = p.Inputs(env)
		}
		if paceline.CodeOf(err) != paceline.CodeJoinTooLarge {
			t.Errorf("%v: %v", inputs, err)
		}
	}
}

// TestChainOfItems: the answers of a step that is called per item are the items of the next, in any order of the steps.
func TestChainOfItems(t *testing.T) {
	t.Parallel()
	from := func(step paceline.ID, location string) []paceline.PlanInput {
		return []paceline.PlanInput{{Field: true, Key: "id", Mapping: paceline.Mapping{Type: paceline.MapStepField, SourceStep: step, SourceLocation: location}}}
	}
	plan := &paceline.Plan{Trigger: 2, Steps: []paceline.PlanStep{
		{ID: "last", Kind: paceline.StepAction, Inputs: from("middle", "id")},
		{ID: "middle", Kind: paceline.StepAction, Inputs: from("first", "[rows].id"), SplitAt: "[more]"},
		{ID: "first", Kind: paceline.StepWebhook},
	}}
	FindItems(plan)
	want := [][]paceline.PlanList{{{Step: 1, At: "[]"}}, {{Step: 2, At: "[rows]"}}, nil}
	for i, s := range plan.Steps {
		if !slices.Equal(s.Each, want[i]) {
			t.Errorf("step %s: %v, want %v", s.ID, s.Each, want[i])
		}
	}
	if s := plan.Steps[1]; s.SplitAt != "" || !s.Unsplittable {
		t.Error("a step that is called per item is split")
	}
	p, err := Compile(plan, 0)
	if err != nil {
		t.Fatal(err)
	}
	items, err := p.Items(Env{Data: docs{"", `[{"id":"x"},{"id":"y"}]`, ""}})
	if err != nil || items.Len() != 2 {
		t.Fatal(err, items.Len())
	}
	in, _, _ := items.Inputs(1, nil)
	if text, _ := in.AppendJSON(nil); string(text) != `{"id":"y"}` {
		t.Error(string(text))
	}
}
