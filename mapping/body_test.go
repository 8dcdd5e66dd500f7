package mapping

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"paceline"

	"pgregory.net/rapid"
)

func validJSON(b []byte) bool { return json.Valid(b) }

func leaf(raw string) Tree { return Tree{Value: Value(raw)} }

func items(trees ...Tree) Tree { return Tree{Items: append([]Tree{}, trees...)} }

func TestBuildJSON(t *testing.T) {
	field := func(location, raw string) Field {
		f := Field{Location: MustLocation(location)}
		if raw != "" {
			f.Value = Value(raw)
		}
		return f
	}
	listed := func(location string, tree Tree) Field {
		return Field{Location: MustLocation(location), Tree: &tree}
	}
	for name, c := range map[string]struct {
		fields []Field
		want   string
	}{
		"nothing":           {nil, `{}`},
		"all missing":       {[]Field{field("a.b", ""), field("c", "")}, `{}`},
		"declared order":    {[]Field{field("z", "1"), field("a.y", "2"), field("b", "3"), field("a.x", "4")}, `{"z":1,"a":{"y":2,"x":4},"b":3}`},
		"first missing":     {[]Field{field("a", ""), field("b", "1")}, `{"b":1}`},
		"middle missing":    {[]Field{field("a", "1"), field("b.c.d", ""), field("e", "2")}, `{"a":1,"e":2}`},
		"null and empty":    {[]Field{field("a", "null"), field("b", `""`), field("c", "[]")}, `{"a":null,"b":"","c":[]}`},
		"names are escaped": {[]Field{field(`a"b.\c.d\`, "1")}, `{"a\"b":{"c.d":1}}`},
		"constant in list":  {[]Field{field("[a].x", "1"), field("[a].y", "2")}, `{"a":[{"x":1,"y":2}]}`},
		"scalar list":       {[]Field{field("[a]", "1")}, `{"a":[1]}`},
		"list is spread":    {[]Field{field("[a]", "[1, 2]")}, `{"a":[1,2]}`},
		"null in list":      {[]Field{field("[a]", "null")}, `{"a":[null]}`},
		"root list":         {[]Field{field("[].x", "1")}, `[{"x":1}]`},
		"root list missing": {[]Field{field("[].x", "")}, `[]`},
		"list of lists":     {[]Field{field("[].[]", "1")}, `[[1]]`},
		"element by element": {[]Field{
			listed("[a].x", items(leaf("1"), Tree{}, leaf("3"))), listed("[a].y", items(leaf("4"), leaf("5"))), field("[a].k", `"c"`)},
			`{"a":[{"x":1,"y":4,"k":"c"},{"y":5,"k":"c"},{"x":3,"k":"c"}]}`},
		"empty element keeps its place": {[]Field{listed("[a].x", items(Tree{}, leaf("2")))}, `{"a":[{},{"x":2}]}`},
		"hole in a plain list":          {[]Field{listed("[a]", items(leaf("1"), Tree{}, leaf("3")))}, `{"a":[1,3]}`},
		"empty list with constant":      {[]Field{listed("[a].x", items()), field("[a].k", "1")}, `{"a":[]}`},
		"nested": {[]Field{listed("[a].[b].x", items(items(leaf("1"), leaf("2")), items(), Tree{})), listed("[a].y", items(leaf("3"), leaf("4"), leaf("5")))},
			`{"a":[{"b":[{"x":1},{"x":2}],"y":3},{"b":[],"y":4},{"y":5}]}`},
		"shallow into nested": {[]Field{listed("[a].[b].x", items(leaf("1"), leaf("2")))}, `{"a":[{"b":[{"x":1}]},{"b":[{"x":2}]}]}`},
		"outer repeated with unrolled inner": {[]Field{listed("[l].order", items(leaf("1"), leaf("2"))), listed("[l].sku", items(items(leaf(`"a"`), leaf(`"b"`)), items(leaf(`"c"`))))},
			`{"l":[{"order":1,"sku":"a"},{"order":1,"sku":"b"},{"order":2,"sku":"c"}]}`},
		"two levels unrolled": {[]Field{listed("[l]", items(items(items(leaf("1")), items(leaf("2"), leaf("3")))))}, `{"l":[1,2,3]}`},
		"list to one value":   {[]Field{listed("a", items(Tree{}, leaf("7"), leaf("8"))), listed("b", items())}, `{"a":7}`},
		"list beside objects": {[]Field{field("o.p", "1"), listed("o.[l].x", items(leaf("2"))), field("o.q", "3")}, `{"o":{"p":1,"l":[{"x":2}],"q":3}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := BuildJSON([]byte("> "), c.fields)
			if err != nil || string(got) != "> "+c.want {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
			again, err := BuildJSON([]byte("> "), c.fields)
			if err != nil || string(again) != string(got) {
				t.Errorf("the second time %s, %v", again, err)
			}
		})
	}
}

func TestCompileBodyRefuses(t *testing.T) {
	for _, locations := range [][]string{
		{"a", "a"}, {"a", "a.b"}, {"a.b", "a"}, {"[a].x", "a.y"}, {"a.y", "[a].x"}, {"[a].x", "[a]"}, {"[].x", "y"}, {"[a].x", "a"}, {"a", "[a]"},
	} {
		var parsed []Location
		for _, l := range locations {
			parsed = append(parsed, MustLocation(l))
		}
		if _, err := CompileBody(parsed); paceline.CodeOf(err) != paceline.CodeFieldInvalid {
			t.Errorf("%v: %v", locations, err)
		}
	}
}

func TestBodyIsBounded(t *testing.T) {
	many := Tree{Items: make([]Tree, 1000)}
	for i := range many.Items {
		many.Items[i] = leaf("1")
	}
	big := Quote(strings.Repeat("x", MaxBody/500))
	got, err := BuildJSON([]byte("x"), []Field{{Location: MustLocation("[a].n"), Tree: &many}, {Location: MustLocation("[a].text"), Value: big}})
	if paceline.CodeOf(err) != paceline.CodeStepDataTooLarge || string(got) != "x" {
		t.Errorf("a text of a 500th of the bound in 1000 elements: %d bytes, %v", len(got), err)
	}
}

// TestBuiltValuesReadBack draws a document's shape and values and checks that what was built at each location is
// what is read there.
func TestBuiltValuesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var fields []Field
		var plan []Location
		for range rapid.IntRange(1, 12).Draw(t, "fields") {
			l := locationOf(segmentsGen(4, true).Draw(t, "segments"))
			if _, err := CompileBody(append(slices.Clone(plan), l)); err != nil {
				continue // contradicts an earlier one
			}
			plan = append(plan, l)
			f := Field{Location: l}
			if l.lists > 0 && rapid.Bool().Draw(t, "listed") {
				tree := treeGen(t, l.lists)
				f.Tree = &tree
			} else {
				raw, err := json.Marshal(docGen(1).Draw(t, "value"))
				if err != nil {
					t.Fatal(err)
				}
				if l.segments[len(l.segments)-1].list && (raw[0] == '[' || raw[0] == 'n') {
					raw = Value("1") // a list is spread over its elements, which the cases above test
				}
				f.Value = raw
			}
			fields = append(fields, f)
		}
		body, err := BuildJSON(nil, fields)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(body) {
			t.Fatalf("no JSON: %s", body)
		}
		for _, f := range fields {
			got, ok := f.Location.Get(body)
			switch {
			case f.Tree == nil && f.Location.lists == 0:
				if !ok || string(got) != string(f.Value) {
					t.Fatalf("%s of %s = %s, want %s", f.Location, body, got, f.Value)
				}
			case f.Tree == nil:
				// Repeated in each element, and in none when another field made the list empty.
				for v := range f.Location.GetAll(body) {
					if string(v) != string(f.Value) {
						t.Fatalf("%s of %s = %s, want %s", f.Location, body, v, f.Value)
					}
				}
			default:
				var want, all []string
				leaves(*f.Tree, &want)
				for v := range f.Location.GetAll(body) {
					all = append(all, string(v))
				}
				if !slices.Equal(all, want) {
					t.Fatalf("%s of %s = %q, want %q", f.Location, body, all, want)
				}
			}
		}
	})
}

func treeGen(t *rapid.T, depth int) Tree {
	if depth == 0 {
		if rapid.IntRange(0, 4).Draw(t, "hole") == 0 {
			return Tree{}
		}
		return leaf(rapid.SampledFrom([]string{"1", `"x"`, "true", `{"k":[]}`, "2.50"}).Draw(t, "leaf"))
	}
	tree := items()
	for range rapid.IntRange(0, 3).Draw(t, "items") {
		tree.Items = append(tree.Items, treeGen(t, depth-1))
	}
	return tree
}

func leaves(t Tree, out *[]string) {
	if t.Items == nil && t.Value != nil {
		*out = append(*out, string(t.Value))
	}
	for _, item := range t.Items {
		leaves(item, out)
	}
}

func FuzzBuildJSON(f *testing.F) {
	f.Add("a.b", "[c].d", "1", "x")
	f.Add("[a].[b]", "[a].c", "[1,2]", "\xff\"")
	f.Fuzz(func(t *testing.T, first, second, raw, text string) {
		a, err := ParseLocation(first)
		if err != nil {
			return
		}
		b, err := ParseLocation(second)
		if err != nil {
			return
		}
		if !json.Valid([]byte(raw)) {
			return
		}
		body, err := BuildJSON(nil, []Field{{Location: a, Value: Value(raw)}, {Location: b, Value: Quote(text)}})
		if err == nil && !json.Valid(body) {
			t.Fatalf("%s", body)
		}
	})
}
