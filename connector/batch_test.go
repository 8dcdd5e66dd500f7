package connector_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/mapping"
)

const batchDefinition = head + `
methods:
  - id: upsert
    name: Upsert
    repeat: safe
    params: [{name: Note, in: body, target: note}]
    request:
      method: POST
      path: /upsert
      idempotency: {header: Idempotency-Key}
      batch: {rows: "data.[inputs]", size: 2}
      fields: [{loc: "data.[inputs].name"}, {loc: "data.[inputs].age"}, {loc: "data.[inputs].kind", default: k}, {loc: "data.[inputs].[tags].t"}]
    response:
      rows: "[done]"
      rowErrors: {path: "[errors]", index: at, message: text}
  - id: ids
    name: Ids
    repeat: safe
    request: {method: POST, path: /ids, batch: {rows: "[]", size: 3}, fields: [{loc: "[]"}]}
    response: {rowErrors: {path: "[]", when: "row.ok == false"}}
`

// tree builds what a mapping through lists gives: texts are values, slices are lists.
func tree(v any) mapping.Tree {
	switch v := v.(type) {
	case []any:
		t := mapping.Tree{Items: []mapping.Tree{}}
		for _, inner := range v {
			t.Items = append(t.Items, tree(inner))
		}
		return t
	case string:
		return mapping.Tree{Value: mapping.Value(v)}
	}
	return mapping.Tree{}
}

// TestBatch sends lists in chunks; each wanted body is one request.
func TestBatch(t *testing.T) {
	t.Parallel()
	list := func(items ...any) []any { return items }
	cases := []struct {
		name   string
		fields map[string]any
		want   []string
	}{
		{"one chunk", map[string]any{"data.[inputs].name": list(`"a"`, `"b"`)},
			[]string{`{"data":{"inputs":[{"name":"a","kind":"k"},{"name":"b","kind":"k"}]},"note":"n"}`}},
		{"three chunks, the columns of different length", map[string]any{"data.[inputs].name": list(`"a"`, `"b"`, `"c"`), "data.[inputs].age": list("1", "2", "3", "4", "5")},
			[]string{
				`{"data":{"inputs":[{"name":"a","age":1,"kind":"k"},{"name":"b","age":2,"kind":"k"}]},"note":"n"}`,
				`{"data":{"inputs":[{"name":"c","age":3,"kind":"k"},{"age":4,"kind":"k"}]},"note":"n"}`,
				`{"data":{"inputs":[{"age":5,"kind":"k"}]},"note":"n"}`,
			}},
		{"inner lists stay whole", map[string]any{"data.[inputs].name": list(`"a"`, `"b"`, `"c"`), "data.[inputs].[tags].t": list(list("1", "2", "3"), list(), list("4"))},
			[]string{
				`{"data":{"inputs":[{"name":"a","kind":"k","tags":[{"t":1},{"t":2},{"t":3}]},{"name":"b","kind":"k","tags":[]}]},"note":"n"}`,
				`{"data":{"inputs":[{"name":"c","kind":"k","tags":[{"t":4}]}]},"note":"n"}`,
			}},
		{"lists within items are unrolled before they are cut", map[string]any{"data.[inputs].name": list(list(`"a"`, `"b"`), list(`"c"`)), "data.[inputs].age": list("1", "2")},
			[]string{
				`{"data":{"inputs":[{"name":"a","age":1,"kind":"k"},{"name":"b","age":1,"kind":"k"}]},"note":"n"}`,
				`{"data":{"inputs":[{"name":"c","age":2,"kind":"k"}]},"note":"n"}`,
			}},
		{"no items, no call", map[string]any{"data.[inputs].name": list()}, nil},
		{"values without a list are one item", map[string]any{"data.[inputs].name": `"a"`},
			[]string{`{"data":{"inputs":[{"name":"a","kind":"k"}]},"note":"n"}`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setupText(t, batchDefinition)
			b.remote.On("/upsert", connectortest.JSON(200, `{"done":[1]}`))
			call := connector.Call{Instance: b.instance, Method: b.compiled.Method("upsert")}
			call.Inputs.Params = []mapping.Param{{In: "body", Name: "Note", Value: mapping.Value(`"n"`)}}
			for _, loc := range []string{"data.[inputs].name", "data.[inputs].age", "data.[inputs].kind", "data.[inputs].[tags].t"} {
				f := mapping.Field{Location: mapping.MustLocation(loc)}
				switch v := c.fields[loc].(type) {
				case []any:
					whole := tree(v)
					f.Tree = &whole
				case string:
					f.Value = mapping.Value(v)
				}
				call.Inputs.Fields = append(call.Inputs.Fields, f)
			}
			all, err := callAll(b, call)
			if err != nil || all.Rows != len(c.want) || all.TasksOK != len(c.want) {
				t.Errorf("%v: %d rows, %d tasks", err, all.Rows, all.TasksOK)
			}
			var got []string
			for _, r := range b.remote.Received() {
				got = append(got, string(r.Body))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("bodies (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPartsHaveKeysOfTheirOwn: with one key for all, the remote would take the second chunk for a repeat of the first.
func TestPartsHaveKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := setupText(t, strings.Replace(batchDefinition, "    repeat: safe\n    params", "    repeat: keyed\n    params", 1))
	b.remote.On("/upsert", connectortest.JSON(200, `{"done":[1]}`))
	names := tree([]any{`"a"`, `"b"`, `"c"`, `"d"`, `"e"`})
	call := connector.Call{Instance: b.instance, Method: b.compiled.Method("upsert"), IdempotencyKey: "run-1"}
	call.Inputs.Fields = []mapping.Field{{Location: mapping.MustLocation("data.[inputs].name"), Tree: &names}}
	if _, err := callAll(b, call); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, r := range b.remote.Received() {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
	}
	if diff := cmp.Diff([]string{"run-1", "run-1-1", "run-1-2"}, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestRowErrors(t *testing.T) {
	t.Parallel()
	b := setupText(t, batchDefinition)
	many := strings.TrimSuffix(strings.Repeat(`{"at":"1","text":"bad"},`, 150), ",")
	b.remote.On("/upsert", connectortest.JSON(200, `{"done":[1],"errors":[{"at":1,"text":"key secret-key-1"},{"at":"x","text":"lost"}]}`), connectortest.JSON(200, `{"errors":[`+many+`]}`))
	b.remote.On("/ids", connectortest.JSON(200, `[{"ok":true},{"ok":false,"why":"no"}]`), connectortest.JSON(500, `[]`))
	call := connector.Call{Instance: b.instance, Method: b.compiled.Method("upsert")}
	names := tree([]any{`"a"`, `"b"`, `"c"`, `"d"`})
	call.Inputs.Fields = []mapping.Field{{Location: mapping.MustLocation("data.[inputs].name"), Tree: &names}}
	all, err := callAll(b, call)
	if err != nil || len(all.RowErrors) != 152 || len(all.Warnings) != 2+101 {
		t.Fatal(err, len(all.RowErrors), len(all.Warnings))
	}
	want := []connector.RowError{{Index: 1, Message: "key REDACTED"}, {Index: -1, Message: "lost"}, {Index: 3, Message: "bad"}}
	if diff := cmp.Diff(want, all.RowErrors[:3]); diff != "" {
		t.Error(diff)
	}
	if got := all.Warnings[0].Detail + "; " + all.Warnings[1].Detail; got != "item 2 was refused: key REDACTED; an item was refused: lost" {
		t.Error(got)
	}

	call = connector.Call{Instance: b.instance, Method: b.compiled.Method("ids")}
	call.Inputs.Fields = []mapping.Field{{Location: mapping.MustLocation("[]"), Value: mapping.Value(`[1,2,3,4,5,6,7]`)}}
	first, err := b.runtime.Call(context.Background(), call)
	if err != nil || fmt.Sprint(first.RowErrors) != `[{1 {"ok":false,"why":"no"}}]` {
		t.Error(err, first.RowErrors)
	}
	call.Page = first.Next
	second, err := b.runtime.Call(context.Background(), call)
	var failed *connector.Error
	if !errors.As(err, &failed) || second.Next == nil || second.Next.Parts() != 2 {
		t.Errorf("a failed chunk leaves %v, %+v", err, second.Next)
	}
	if body := string(b.remote.Received()[3].Body); body != "[4,5,6]" {
		t.Error(body)
	}
}
