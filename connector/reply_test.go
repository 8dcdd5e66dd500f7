package connector_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
	"paceline/mapping"
)

// TestReplies: a method of kind reply makes an answer in each of its formats, calls nothing, and tells nobody a secret.
func TestReplies(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+`methods:
  - {id: json, name: JSON, kind: reply, request: {fields: [{loc: text}, {loc: source, hidden: true, default: "{{BaseUrl}}"}]}}
  - {id: xml, name: XML, kind: reply, reply: {status: 202}, request: {format: xml, root: Response, fields: [{loc: Say}]}}
  - id: text
    name: Text
    kind: reply
    params: [{name: Text, in: template, required: true}, {name: Mark, in: header, target: X-Mark}]
    request: {format: text, template: "<p>{{Text | upper}}</p>", headers: {Content-Type: text/x-said, X-At: "{{LastSuccessfulRunDate}}"}}
  - {id: empty, name: Empty, kind: reply, reply: {status: 204}}
`)
	answer := func(method string, in mapping.Inputs, most int) (connector.Answer, error) {
		return connector.Call{Instance: b.instance, Method: b.compiled.Method(method), Inputs: in, Merge: func(string) (string, bool) { return "2026", true }}.Answer(t.Context(), most)
	}
	field := func(loc, value string) mapping.Inputs {
		l, err := mapping.ParseLocation(loc)
		if err != nil {
			t.Fatal(err)
		}
		return mapping.Inputs{Fields: []mapping.Field{{Location: l, Value: mapping.Value(value)}}}
	}
	said := mapping.Inputs{Params: []mapping.Param{{In: "template", Name: "Text", Value: mapping.Value(`"hi"`)}, {In: "header", Name: "Mark", Value: mapping.Value("7")}}}
	for method, c := range map[string]struct {
		in   mapping.Inputs
		want connector.Answer
	}{
		"json":  {field("text", `"a\"b"`), connector.Answer{Status: 200, ContentType: "application/json", Body: []byte(`{"text":"a\"b","source":"` + b.remote.URL + `"}`)}},
		"xml":   {field("Say", `"a < b"`), connector.Answer{Status: 202, ContentType: "application/xml; charset=utf-8", Body: []byte("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Say>a &lt; b</Say></Response>")}},
		"text":  {said, connector.Answer{Status: 200, ContentType: "text/x-said", Body: []byte("<p>HI</p>"), Header: map[string]string{"X-At": "2026", "X-Mark": "7"}}},
		"empty": {mapping.Inputs{}, connector.Answer{Status: 204}},
	} {
		got, err := answer(method, c.in, 1<<20)
		if len(got.Header) == 0 {
			got.Header = nil
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", method, err, diff)
		}
	}
	if _, err := answer("text", mapping.Inputs{}, 1<<20); err == nil {
		t.Error("a required value is missing, and there is an answer")
	}
	if _, err := answer("json", field("text", `"`+strings.Repeat("x", 2000)+`"`), 1000); err == nil {
		t.Error("an answer has no bound")
	}
	if _, failed := b.call("json"); failed == nil || len(b.remote.Received()) != 0 {
		t.Errorf("it was called: %v", failed)
	}
	for _, bad := range []string{
		`{id: a, name: A, kind: reply, request: {method: GET, path: /}}`,
		`{id: a, name: A, kind: reply, request: {format: multipart}}`,
		`{id: a, name: A, kind: reply, params: [{name: Q, in: query}]}`,
		`{id: a, name: A, kind: reply, request: {headers: {Set-Cookie: a}}}`,
		`{id: a, name: A, kind: reply, params: [{name: Q, in: header, target: Content-Length}]}`,
		`{id: a, name: A, kind: reply, request: {headers: {X-Key: "{{SigningKey}}"}}}`,
		`{id: a, name: A, kind: reply, request: {fields: [{loc: a, default: "{{SigningKey}}"}]}}`,
		`{id: a, name: A, kind: reply, response: {rows: "[a]"}}`,
		`{id: a, name: A, reply: {status: 201}, request: {method: GET, path: /}}`,
		`{id: a, name: A, kind: reply, reply: {status: 101}}`,
	} {
		if problems := connector.Lint("x", []byte(head+"methods:\n  - "+bad+"\n")); !connector.Failed(problems) {
			t.Errorf("%s: %v", bad, problems)
		}
	}
}
