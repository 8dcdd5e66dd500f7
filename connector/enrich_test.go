package connector_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/mapping"
)

const enriching = `
methods:
  - id: get-contact
    name: Get Contact
    params: [{name: Id, in: path, required: true}, {name: Depth, in: query, type: integer}]
    request: {method: GET, path: "/contacts/{{Id}}"}
    response: {fields: [{loc: email, name: EmailAddress, label: E-mail}, {loc: "[phones].number"}]}
  - {id: list-tags, name: List Tags, request: {method: GET, path: /tags}, response: {fields: [{loc: "[].name"}]}}
  - {id: tag, name: Tag, repeat: unsafe, request: {method: POST, path: /tags, fields: [{loc: id, name: Id, required: true}]}}
  - {id: ask, name: Ask, repeat: safe, request: {method: POST, path: /ask, fields: [{loc: q.id, name: Id, required: true}, {loc: q.all}]}}
  - {id: pages, name: Pages, request: {method: GET, path: /pages}, paging: {type: link_header}, response: {rows: "[]"}}
triggers:
  - id: changed
    name: Changed
    type: webhook
    verify: {type: none}
    payload: {rows: "[items]", fields: [{loc: "[items].contact.id", name: Contact}, {loc: "[items].kind"}]}
    enrich: {method: get-contact, map: {Id: row.Contact, Depth: "row.kind == 'deep' ? 2 : 1"}}
`

// TestEnrich: each row gives the method its values, by the names of fields and by its own members; the answers stand in the
// rows, and the trigger has their fields.
func TestEnrich(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+enriching)
	trigger := b.compiled.Trigger("changed")
	var locations []string
	for _, f := range trigger.Definition.Payload.Fields {
		locations = append(locations, f.Loc)
	}
	if want := []string{"[items].contact.id", "[items].kind", "[items].enriched.email", "[items].enriched.[phones].number"}; !slices.Equal(locations, want) {
		t.Errorf("the fields are %q, want %q", locations, want)
	}
	payload := `{"items":[{"contact":{"id":7},"kind":"deep"},{"contact":{"id":"x y"},"enriched":"old"},{"kind":null}],"of":9007199254740993}`
	rows, err := trigger.Enrich().Rows([]byte(payload))
	if err != nil || rows.Len() != 3 {
		t.Fatalf("%d rows, %v", rows.Len(), err)
	}
	var given []string
	for i := range rows.Len() {
		in, _, err := rows.Inputs(i, nil)
		if err != nil {
			t.Fatal(err)
		}
		given = append(given, string(in.Param("path", "Id"))+" "+string(in.Param("query", "Depth")))
	}
	if want := []string{"7 2", `"x y" `, " 1"}; !slices.Equal(given, want) {
		t.Errorf("given is %q, want %q", given, want)
	}
	merged, err := rows.Merge([]byte(`[{"email":"a@b.c"},null,[1]]`))
	want := `{"of":9007199254740993,"items":[{"contact":{"id":7},"kind":"deep","enriched":{"email":"a@b.c"}},{"contact":{"id":"x y"},"enriched":"old"},{"kind":null,"enriched":[1]}]}`
	if err != nil || string(merged) != want {
		t.Errorf("merged is %s, %v\nwant %s", merged, err, want)
	}
	if merged, _ = rows.Merge([]byte(`[1,2,3]`)); strings.Contains(string(merged), "old") {
		t.Errorf("the answer does not take the place of what was there: %s", merged)
	}
	for _, bad := range []string{`[]`, `[1,2]`, `[1,2,3,4]`} {
		if _, err := rows.Merge([]byte(bad)); err == nil {
			t.Errorf("answers %s were taken for three rows", bad)
		}
	}
	if _, err := trigger.Enrich().Rows([]byte(`{"items":[{"contact":{}},7]}`)); err == nil {
		t.Error("a row that is no object was taken")
	}
}

// TestEnrichOfAPlainDelivery: without a list the delivery is the row, and a list may be what is added.
func TestEnrichOfAPlainDelivery(t *testing.T) {
	t.Parallel()
	text := strings.Replace(enriching, `rows: "[items]", fields: [{loc: "[items].contact.id", name: Contact}, {loc: "[items].kind"}]`, `fields: [{loc: id, name: Number}]`, 1)
	text = strings.Replace(text, `enrich: {method: get-contact, map: {Id: row.Contact, Depth: "row.kind == 'deep' ? 2 : 1"}}`, `enrich: {method: ask, into: answer, map: {Id: "'c-' + string(row.Number)", q.all: body.all}}`, 1)
	trigger := setupText(t, head+text).compiled.Trigger("changed")
	rows, err := trigger.Enrich().Rows([]byte(`{"id":5,"all":["x"]}`))
	if err != nil {
		t.Fatal(err)
	}
	in, _, _ := rows.Inputs(0, nil)
	body, err := mapping.BuildJSON(nil, in.Fields)
	if err != nil || string(body) != `{"q":{"id":"c-5","all":["x"]}}` {
		t.Errorf("the request is %s, %v", body, err)
	}
	if merged, err := rows.Merge([]byte(`[[1,2]]`)); err != nil || string(merged) != `{"id":5,"all":["x"],"answer":[1,2]}` {
		t.Errorf("merged is %s, %v", merged, err)
	}
	listed := strings.Replace(text, "method: ask, into: answer, map: {Id: \"'c-' + string(row.Number)\", q.all: body.all}", "method: list-tags, into: tags, map: {}", 1)
	fields := setupText(t, head+listed).compiled.Trigger("changed").Definition.Payload.Fields
	if got := fields[len(fields)-1].Loc; got != "[tags].name" {
		t.Errorf("the field of a list is at %s", got)
	}
}

func TestEnrichLint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, new, want string }{
		{"enrich: {method: get-contact", "enrich: {method: get-contract", `"get-contract" does not exist`},
		{"map: {Id: row.Contact,", "map: {Ident: row.Contact,", `no parameter or field "Ident"`},
		{"map: {Id: row.Contact,", "map: {", "needs Id, which map does not give"},
		{"row.Contact", "\"row.(\"", "does not compile"},
		{"row.Contact", "other.Contact", "does not compile"},
		{"method: get-contact, map: {Id: row.Contact, Depth: \"row.kind == 'deep' ? 2 : 1\"}", "method: tag, map: {Id: row.Contact}", "may not be repeated"},
		{"method: get-contact, map: {Id: row.Contact, Depth: \"row.kind == 'deep' ? 2 : 1\"}", "method: pages, map: {}", "has pages"},
		{`{loc: "[items].kind"}]`, `{loc: "[items]"}]`, "plain values"},
		{`{loc: "[items].kind"}]`, `{loc: "[items].enriched.email"}]`, "stands a second time"},
		{`rows: "[items]"`, `rows: "[items].[parts]"`, "lists of lists"},
		{"    type: webhook\n    verify: {type: none}\n    payload: {rows: \"[items]\", fields: [{loc: \"[items].contact.id\", name: Contact}, {loc: \"[items].kind\"}]}", "    type: poll\n    method: pages", "keys of webhooks"},
	} {
		text := strings.Replace(head+enriching, c.old, c.new, 1)
		problems := connector.Lint("x", []byte(text))
		if !slices.ContainsFunc(problems, func(p connector.Problem) bool {
			return strings.Contains(p.Message, c.want) && p.Line > 0 && p.Remedy != ""
		}) {
			t.Errorf("%s gives %v, want %q", c.new, problems, c.want)
		}
	}
}

// FuzzEnrich completes any delivery with any answers; what comes of JSON is JSON.
func FuzzEnrich(f *testing.F) {
	f.Add([]byte(`{"items":[{"contact":{"id":1}},{}]}`), []byte(`[{"a":1},null]`))
	f.Add([]byte(`{"items":{"contact":null,"enriched":1},"items":[]}`), []byte(`[[[]]]`))
	f.Add([]byte(`[{"items":[]}]`), []byte(`[]`))
	f.Add([]byte(` { "a\\u0022" : 1 } `), []byte(`1`))
	def, problems := connector.Parse("f", []byte(head+enriching))
	if def == nil {
		f.Fatal(problems)
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload, answers []byte) {
		if connector.CheckJSON(payload) != nil || connector.CheckJSON(answers) != nil {
			return
		}
		rows, err := compiled.Trigger("changed").Enrich().Rows(payload)
		if err != nil {
			return
		}
		for i := range rows.Len() {
			in, _, err := rows.Inputs(i, nil)
			if v := in.Param("path", "Id"); err != nil || len(v) > 0 && !json.Valid(v) {
				t.Fatalf("%s gives %s, %v", payload, v, err)
			}
		}
		if merged, err := rows.Merge(answers); err == nil && !json.Valid(merged) {
			t.Fatalf("%s with %s is %s", payload, answers, merged)
		}
	})
}
