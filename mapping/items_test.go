package mapping

import (
	"errors"
	"slices"
	"testing"

	"paceline"
)

func TestItemsOfAList(t *testing.T) {
	cases := []struct {
		name, list, doc string
		want            []string // documents of the items; nil: no list
	}{
		{"a list", "[items]", `{"n":1,"items":[{"id":1} , {"id":2}]}`, []string{`{"items":{"id":1}}`, `{"items":{"id":2}}`}},
		{"below names", "data.[rows]", ` {"data":{"x":[9],"rows":["a,]","b"]}}`, []string{`{"data":{"rows":"a,]"}}`, `{"data":{"rows":"b"}}`}},
		{"the document", "[]", `[1,[2,3]]`, []string{`1`, `[2,3]`}},
		{"empty", "[items]", `{"items":[ ]}`, []string{}},
		{"missing", "[items]", `{"other":[1]}`, nil},
		{"null", "[items]", `{"items":null}`, nil},
		{"no object", "[items]", `7`, nil},
		{"a single value", "[items]", `{"items":{"id":1}}`, []string{`{"items":{"id":1}}`}},
		{"a document as the only item", "[]", `{"id":1}`, []string{`{"id":1}`}},
		{"an escaped name", `[\a.b\]`, `{"a\u002eb":[1]}`, []string{`{"a.b":1}`}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			list, err := ParseItemList(tc.list)
			if err != nil {
				t.Fatal(err)
			}
			doc := []byte(tc.doc)
			at, single, found := list.Start(doc)
			if found != (tc.want != nil) {
				t.Fatalf("found is %v", found)
			}
			var got []string
			if single {
				doc = append(doc, ']')
			}
			if found {
				// The text grows byte by byte, as if it came from far away.
				for end := at; ; {
					item, next, err := NextItem(doc[:end], at)
					if errors.Is(err, ErrCutOff) {
						end++
						continue
					}
					if err != nil {
						break
					}
					got = append(got, string(list.Document(nil, item)))
					at = next
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("items %q, want %q", got, tc.want)
			}
		})
	}
	for _, bad := range []string{"items", "[a].[b]", "[items].id", ""} {
		if _, err := ParseItemList(bad); err == nil {
			t.Errorf("%q is taken as a list", bad)
		}
	}
}

// TestValuesOfAnItem: behind a split, locations through the list read the one item, and keep its types.
func TestValuesOfAnItem(t *testing.T) {
	cases := []struct{ split, location, doc, want string }{
		{"[items]", "[items].id", `{"items":{"id":5}}`, `{"v":5}`},
		{"[items]", "[items].[tags]", `{"items":{"tags":["a","b"]}}`, `{"v":"a"}`},
		{"[items]", "[items]", `{"items":{"id":5}}`, `{"v":{"id":5}}`},
		{"[]", "[].id", `{"id":5}`, `{"v":5}`},
		{"[]", "[]", `{"id":5}`, `{"v":{"id":5}}`},
		{"data.[rows]", "data.[rows].id", `{"data":{"rows":{"id":5}}}`, `{"v":5}`},
		{"[items]", "total", `{"items":{"id":5}}`, `{}`},
	}
	for _, tc := range cases {
		plan := &paceline.Plan{Steps: []paceline.PlanStep{
			{ID: "a", SplitAt: tc.split},
			{ID: "b", Inputs: []paceline.PlanInput{{Field: true, Key: "v", Mapping: paceline.Mapping{Type: paceline.MapStepField, SourceStep: "a", SourceLocation: tc.location}}}},
		}}
		p, err := Compile(plan, 1)
		if err != nil {
			t.Fatal(err)
		}
		in, _, err := p.Inputs(Env{Data: outputs{0: tc.doc}})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := in.AppendJSON(nil); string(got) != tc.want {
			t.Errorf("%s behind a split at %s: %s, want %s", tc.location, tc.split, got, tc.want)
		}
	}
}
