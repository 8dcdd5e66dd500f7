package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLocationGet(t *testing.T) {
	const doc = ` {"name":{"first":"Ada","":"blank"},"n":12345678901234567890.10,"records":[{"Email":"a@x","tags":["p","q"]},{},
		{"Email":null,"tags":[]},{"Email":"c@x"}],"x.y":{"[z]":1,"b\\s":2},"esc\"aped\u00e9":true,"null":null,"empty":"","list":[[1,2],[3]],
		"single":{"id":7},"dup":1,"dup":2, "s" : "a } \" ] \\" , "end":"z"} `
	for _, c := range []struct {
		location string
		first    string // "" means missing
		all      []string
	}{
		{"name.first", `"Ada"`, []string{`"Ada"`}},
		{`name.\\`, `"blank"`, []string{`"blank"`}},
		{"name", `{"first":"Ada","":"blank"}`, []string{`{"first":"Ada","":"blank"}`}},
		{"name.last", "", nil},
		{"name.first.more", "", nil},
		{"n", "12345678901234567890.10", []string{"12345678901234567890.10"}},
		{"[records].Email", `"a@x"`, []string{`"a@x"`, "null", `"c@x"`}},
		{"[records].[tags]", `"p"`, []string{`"p"`, `"q"`}},
		{"[records].tags", `["p","q"]`, []string{`["p","q"]`, "[]"}},
		{`\x.y\.\[z]\`, "1", []string{"1"}},
		{`[x.y].\[z]\`, "1", []string{"1"}},
		{`\x.y\.\b\\s\`, "2", []string{"2"}},
		{`esc"apedé`, "true", []string{"true"}},
		{"null", "null", []string{"null"}},
		{"[null]", "", nil},
		{"[null].x", "", nil},
		{"empty", `""`, []string{`""`}},
		{"[list].[]", "1", []string{"1", "2", "3"}},
		{"[list]", "[1,2]", []string{"[1,2]", "[3]"}},
		{"[single].id", "7", []string{"7"}},
		{"dup", "1", []string{"1"}},
		{"s", `"a } \" ] \\"`, []string{`"a } \" ] \\"`}},
		{"end", `"z"`, []string{`"z"`}},
		{"records.Email", "", nil},
	} {
		l := MustLocation(c.location)
		v, ok := l.Get([]byte(doc))
		if string(v) != c.first || ok != (c.first != "") {
			t.Errorf("Get %s = %s %v, want %s", c.location, v, ok, c.first)
		}
		var all []string
		for v := range l.GetAll([]byte(doc)) {
			all = append(all, string(v))
		}
		if !slices.Equal(all, c.all) {
			t.Errorf("GetAll %s = %q, want %q", c.location, all, c.all)
		}
	}
	root := MustLocation("[].id")
	if v, _ := root.Get([]byte(`[{"x":1},{"id":5},{"id":6}]`)); string(v) != "5" {
		t.Errorf("root list: %s", v)
	}
	if v, ok := (Location{}).Get([]byte(" {} ")); !ok || string(v) != "{}" {
		t.Errorf("the whole document: %s", v)
	}
}

func TestLocationErrors(t *testing.T) {
	for _, c := range []struct {
		location string
		offset   int
		reason   string
	}{
		{"", 0, "empty"},
		{".a", 0, "name is missing"},
		{"a.", 2, "name is missing"},
		{"a..b", 2, "name is missing"},
		{"[a", 0, "never closed"},
		{"a[0]", 1, "must be quoted"},
		{"[a]b", 3, "a dot was expected"},
		{"[a[b]", 0, "must be quoted"},
		{`\a`, 0, "never closed"},
		{`a\b`, 1, "must be quoted"},
		{`[\a\b]`, 0, "] was expected"},
		{`\a\b`, 3, "a dot was expected"},
		{"a]", 1, "must be quoted"},
		{strings.Repeat("a.", 500) + "a", 1000, "longer than"},
		{strings.Repeat("a.", 64) + "a", 128, "levels deep"},
	} {
		_, err := ParseLocation(c.location)
		var e *LocationError
		if !errors.As(err, &e) || e.Offset != c.offset || !strings.Contains(e.Reason, c.reason) {
			t.Errorf("%q: %v, want offset %d, reason %q", c.location, err, c.offset, c.reason)
		}
	}
}

// nameGen makes names of members with everything that needs quoting or escaping.
var nameGen = rapid.StringOfN(rapid.RuneFrom([]rune("abc.[]\\\"'{}é日\n\t 😀/")), 0, 4, -1)

func segmentsGen(depth int, lists bool) *rapid.Generator[[]segment] {
	one := rapid.Custom(func(t *rapid.T) segment {
		s := segment{name: nameGen.Draw(t, "name")}
		if lists {
			s.list = rapid.Bool().Draw(t, "list")
			s.root = s.list && rapid.IntRange(0, 4).Draw(t, "root") == 0
		}
		if s.root {
			s.name = ""
		}
		return s
	})
	return rapid.SliceOfN(one, 1, depth)
}

func locationOf(segments []segment) Location {
	l := Location{segments: segments}
	for _, s := range segments {
		if s.list {
			l.lists++
		}
	}
	return l
}

func TestLocationTextReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := locationOf(segmentsGen(5, true).Draw(t, "segments"))
		back, err := ParseLocation(l.String())
		if err != nil {
			t.Fatalf("%q: %v", l.String(), err)
		}
		if !slices.Equal(back.segments, l.segments) || back.lists != l.lists {
			t.Fatalf("%q reads back as %+v, was %+v", l.String(), back, l)
		}
	})
}

// docGen makes JSON documents as decoded values.
func docGen(depth int) *rapid.Generator[any] {
	scalars := rapid.OneOf(
		rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any](""),
		rapid.Custom(func(t *rapid.T) any {
			return json.Number(rapid.StringMatching(`-?(0|[1-9]\d{0,20})(\.\d{1,5})?(e[+-]?\d{1,2})?`).Draw(t, "number"))
		}),
		rapid.Custom(func(t *rapid.T) any { return rapid.String().Draw(t, "string") }),
	)
	if depth == 0 {
		return scalars
	}
	return rapid.OneOf(scalars,
		rapid.Custom(func(t *rapid.T) any {
			return rapid.MapOfN(nameGen, docGen(depth-1), 0, 4).Draw(t, "object")
		}),
		rapid.Custom(func(t *rapid.T) any {
			return rapid.SliceOfN(docGen(depth-1), 0, 4).Draw(t, "list")
		}),
	)
}

// pathsOf lists the plain locations of all values within v.
func pathsOf(v any, at []segment, out *[][]segment) {
	if len(at) > 0 {
		*out = append(*out, slices.Clone(at))
	}
	if object, ok := v.(map[string]any); ok {
		for name, below := range object {
			pathsOf(below, append(slices.Clone(at), segment{name: name}), out)
		}
	}
}

func decodedAt(v any, segments []segment) (any, bool) {
	for _, s := range segments {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = object[s.name]; !ok {
			return nil, false
		}
	}
	return v, true
}

func TestGetAgreesWithDecoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decoded := docGen(3).Draw(t, "document")
		doc, err := json.Marshal(decoded)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "indent") {
			var b bytes.Buffer
			if err := json.Indent(&b, doc, "", "\t"); err != nil {
				t.Fatal(err)
			}
			doc = b.Bytes()
		}
		var paths [][]segment
		pathsOf(decoded, nil, &paths)
		paths = append(paths, segmentsGen(3, false).Draw(t, "elsewhere"))
		var p picker
		var slots []int
		next := 0
		for _, path := range paths {
			names, _ := locationOf(path).split()
			slots = append(slots, p.add(names, &next))
		}
		values := make([]Value, next)
		p.read(doc, values)
		for i, path := range paths {
			want, ok := decodedAt(decoded, path)
			got, found := locationOf(path).Get(doc)
			if found != ok || found && !sameJSON(t, got, want) {
				t.Fatalf("%s of %s = %s, want %v %v", locationOf(path), doc, got, want, ok)
			}
			if string(values[slots[i]]) != string(got) {
				t.Fatalf("%s of %s: in one pass %s, alone %s", locationOf(path), doc, values[slots[i]], got)
			}
		}
	})
}

// sameJSON compares JSON text with a decoded value by writing both in one form.
func sameJSON(t interface{ Fatal(...any) }, raw []byte, decoded any) bool {
	want, err := json.Marshal(decoded)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(b.Bytes(), want)
}

func TestPickerManyNames(t *testing.T) {
	var p picker
	next := 0
	var doc bytes.Buffer
	doc.WriteString(`{"first":{}`)
	var slots []int
	for i := range 100 {
		name := strings.Repeat("n", i+1)
		slots = append(slots, p.add([]string{name}, &next))
		doc.WriteString(`,"` + name + `":1,"` + name + `":2`)
	}
	again := p.add([]string{"n"}, &next)
	doc.WriteString("}")
	values := make([]Value, next)
	p.read(doc.Bytes(), values)
	for _, slot := range slots {
		if string(values[slot]) != "1" {
			t.Fatalf("slot %d = %s, want the first of two equal names", slot, values[slot])
		}
	}
	if again != slots[0] {
		t.Error("the same location took two slots")
	}
}

func FuzzGet(f *testing.F) {
	f.Add("a.b", []byte(`{"a":{"b":1}}`))
	f.Add("[a].[b].c", []byte(`{"a":[{"b":[{"c":"x"}]}]}`))
	f.Add(`\a.b\`, []byte(`{"\u0061.b":"\ud83d"}`))
	f.Add("[]", []byte(`[,,:}`))
	f.Fuzz(func(t *testing.T, location string, doc []byte) {
		l, err := ParseLocation(location)
		if err != nil {
			return
		}
		if back, err := ParseLocation(l.String()); err != nil || !slices.Equal(back.segments, l.segments) {
			t.Fatalf("%q written as %q: %v", location, l.String(), err)
		}
		v, ok := l.Get(doc)
		_ = Text(v)
		left := MaxItems
		l.tree(doc, &left)
		for range l.GetAll(doc) {
		}
		names, _ := l.split()
		var p picker
		next := 0
		p.add(names, &next)
		slots := make([]Value, next)
		p.read(doc, slots)
		if json.Valid(doc) {
			if ok && !json.Valid(v) {
				t.Fatalf("%q of %s is no JSON: %s", location, doc, v)
			}
			if l.lists == 0 && string(slots[0]) != string(v) {
				t.Fatalf("%q of %s: in one pass %s, alone %s", location, doc, slots[0], v)
			}
		}
	})
}

// TestEscapedNames has names whose escaped form is another member's name.
func TestEscapedNames(t *testing.T) {
	doc := []byte(`{"\\":1,"\\\\":2,"\u0061":3,"\\u0061":4}`)
	for location, want := range map[string]string{`\\\\`: "1", `\\\\\\`: "2", "a": "3", `\\\u0061\`: "4"} {
		l := MustLocation(location)
		v, _ := l.Get(doc)
		var p picker
		next := 0
		names, _ := l.split()
		p.add(names, &next)
		slots := make([]Value, 1)
		p.read(doc, slots)
		if string(v) != want || string(slots[0]) != want {
			t.Errorf("%s = %s and in one pass %s, want %s", location, v, slots[0], want)
		}
	}
}
