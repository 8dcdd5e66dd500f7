package connector_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"paceline"
	"paceline/connector"
	"paceline/connector/connectortest"
)

// keptAnswer is a sink in memory.
type keptAnswer struct {
	bytes.Buffer
	fail   error
	resets int
}

func (k *keptAnswer) Reset() { k.Buffer.Reset(); k.resets++ }

func (k *keptAnswer) Write(p []byte) error {
	k.Buffer.Write(p)
	return k.fail
}

const streamDefinition = head + `
methods:
  - {id: list, name: List, request: {method: GET, path: /list}, response: {rows: "data.[items]", fields: [{loc: "data.[items].id", required: true}, {loc: total, required: true}]}}
  - {id: fields, name: Fields, request: {method: GET, path: /list}, response: {fields: [{loc: "data.[items].id"}]}}
  - {id: root, name: Root, request: {method: GET, path: /list}, response: {rows: "[]"}}
  - {id: paged, name: Paged, request: {method: GET, path: /list}, response: {rows: "data.[items]"}, paging: {type: page, send: {in: query, name: page}}}
  - {id: ruled, name: Ruled, request: {method: GET, path: /list}, response: {rows: "data.[items]"}, errors: [{when: "body.bad == true", as: error}]}
`

// padding stands where %s does, so that an answer is worth to be streamed.
var padding = strings.Repeat("p", 3<<19)

// TestLargeAnswers compares what is said of a large answer that goes to a sink with what is said of it in memory.
func TestLargeAnswers(t *testing.T) {
	t.Parallel()
	object := func(items string) string {
		return `{"pad":"%s","data":{"x":[1],"items":` + items + `,"y":2},"total":1}`
	}
	cases := []struct {
		name, method, answer string
		streamed             bool
	}{
		{"rows", "list", object(`[{"id":1},{"id":2}]`), true},
		{"rows and space", "list", object("\n [ {\"id\": 1} \r\n,\t{\"id\":2} ] "), true},
		{"no rows", "list", object(`[ ]`), true},
		{"rows that are values", "list", object(`[1,"a]",null,true,[{"b":"}"}],1e5]`), true},
		{"the padding in a row", "list", strings.Replace(`{"pad":"%s","data":{"items":[{"id":"%s"},{"id":2}]}}`, "%s", padding[:900_000], 1), true},
		{"the padding behind the rows", "list", `{"data":{"items":[{"id":1}]},"pad":"%s","total":3}`, true},
		{"a row lacks what is required", "list", object(`[{"a":1},{"b":2}]`), true},
		{"a later row has what is required", "list", object(`[{"a":1},{"id":2}]`), true},
		{"rows by the fields", "fields", object(`[{"id":1},{"id":2}]`), true},
		{"the document is the list", "root", `["%s",2,3]`, true},
		{"the list is missing", "list", `{"pad":"%s","data":{}}`, false},
		{"the list is null", "list", object(`null`), false},
		{"a single value", "list", object(`{"id":1}`), false},
		{"pages", "paged", object(`[]`), false},
		{"a rule about the body", "ruled", object(`[{"id":1}]`), false},
		{"a comma too much", "list", object(`[{"id":1},]`), true},
		{"a comma at first", "list", object(`[,{"id":1}]`), true},
		{"two commas", "list", object(`[{"id":1},,{"id":2}]`), true},
		{"no comma", "list", object(`[{"id":1}{"id":2}]`), true},
		{"no comma between numbers", "list", object(`[1 2]`), true},
		{"a row that is no JSON", "list", object(`[{"id":1},{"id":oops}]`), true},
		{"a row that is no text", "list", object("[\"\xff\"]"), true},
		{"the end is missing", "list", `{"pad":"%s","data":{"items":[{"id":1}`, true},
		{"the end of the list is missing", "list", `{"pad":"%s","data":{"items":[{"id":1},`, true},
		{"the end of the document is missing", "list", `{"pad":"%s","data":{"items":[{"id":1}]`, true},
		{"another bracket", "list", `{"pad":"%s","data":{"items":[{"id":1}}}}`, true},
		{"something behind the end", "list", object(`[{"id":1}]`) + `x`, true},
		{"a name twice", "list", object(`[{"id":1}],"items":[{"id":2},{"id":3}]`), true},
		{"too deep", "list", object(`[` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `]`), true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setupText(t, streamDefinition)
			text := strings.Replace(c.answer, "%s", padding, 1)
			b.remote.On("/list", connectortest.Raw(200, "application/json", text))
			compareLarge(t, b, c.method, text, c.streamed)
		})
	}
}

func compareLarge(t interface {
	Helper()
	Errorf(string, ...any)
}, b *bundle, method, text string, streamed bool) {
	t.Helper()
	call := connector.Call{Instance: b.instance, Method: b.compiled.Method(method)}
	want, wantErr := b.runtime.Call(context.Background(), call)
	kept := &keptAnswer{}
	call.Sink = kept
	got, err := b.runtime.Call(context.Background(), call)
	said := func(err error) string {
		var e *connector.Error
		if !errors.As(err, &e) {
			return ""
		}
		return fmt.Sprint(e.Class, e.Code)
	}
	if said(err) != said(wantErr) {
		t.Errorf("streamed: %q, whole: %q", said(err), said(wantErr))
	}
	if fmt.Sprint(got.Rows, got.Warnings, got.TasksOK, got.TasksIncident) != fmt.Sprint(want.Rows, want.Warnings, want.TasksOK, want.TasksIncident) {
		t.Errorf("streamed: %d rows, %v, %d %d; whole: %d rows, %v, %d %d", got.Rows, got.Warnings, got.TasksOK, got.TasksIncident, want.Rows, want.Warnings, want.TasksOK, want.TasksIncident)
	}
	if (kept.resets > 0) != streamed {
		t.Errorf("%d times begun, streamed should be %v", kept.resets, streamed)
	}
	if err == nil && streamed && (kept.String() != text || got.Streamed != int64(len(text)) || got.Output != nil) {
		t.Errorf("%d bytes of %d came to the sink", kept.Len(), len(text))
	}
}

// TestLargeAnswersOfAnyForm cuts and changes a large answer anywhere: what is said of it stays the same.
func TestLargeAnswersOfAnyForm(t *testing.T) {
	b := setupText(t, streamDefinition)
	rapid.Check(t, func(r *rapid.T) {
		text := []byte(`{"pad":"` + padding + `","data":{"items":[{"id":1,"t":"a,]}"},{"id":[2,{"x":null}]},3]},"total":1}`)
		from := len(`{"pad":"`) + len(padding)
		for range rapid.IntRange(0, 3).Draw(r, "changes") {
			at := rapid.IntRange(from, len(text)-1).Draw(r, "at")
			text[at] = rapid.SampledFrom([]byte("[]{},:\"1n \\")).Draw(r, "with")
		}
		text = text[:rapid.IntRange(from, len(text)).Draw(r, "length")]
		b.remote.On("/list", connectortest.Raw(200, "application/json", string(text)))
		call := connector.Call{Instance: b.instance, Method: b.compiled.Method("list")}
		_, want := b.runtime.Call(context.Background(), call)
		call.Sink = &keptAnswer{}
		_, got := b.runtime.Call(context.Background(), call)
		if (want == nil) != (got == nil) {
			r.Fatalf("streamed %v, whole %v: %s", got, want, text[from:])
		}
	})
}

// TestSinkThatFails: the call ends at once, and is not sent again.
func TestSinkThatFails(t *testing.T) {
	t.Parallel()
	b := setupText(t, streamDefinition)
	b.remote.On("/list", connectortest.Raw(200, "application/json", `{"pad":"`+padding+`","data":{"items":[1]}}`))
	sink := &keptAnswer{fail: errors.New("full")}
	_, err := b.runtime.Call(context.Background(), connector.Call{Instance: b.instance, Method: b.compiled.Method("list"), Sink: sink})
	var failed *connector.Error
	if !errors.As(err, &failed) || failed.Class != connector.ClassDecode || !errors.Is(err, sink.fail) || len(b.remote.Received()) != 1 {
		t.Errorf("%v after %d calls", err, len(b.remote.Received()))
	}
}

// TestRequestTooLarge: what is larger than the installation allows is not sent.
func TestRequestTooLarge(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+`
methods:
  - {id: send, name: Send, repeat: safe, request: {method: POST, path: /send, fields: [{loc: a, default: "`+strings.Repeat("x", 2000)+`"}]}}
`)
	runtime := connector.New(connector.Config{Limits: connector.Limits{Request: 1999}}) // without a way out
	_, err := runtime.Call(context.Background(), connector.Call{Instance: b.instance, Method: b.compiled.Method("send")})
	var failed *connector.Error
	if !errors.As(err, &failed) || failed.Class != connector.ClassBuild || failed.Code != paceline.CodeRequestTooLarge || len(b.remote.Received()) != 0 {
		t.Errorf("%v after %d calls", err, len(b.remote.Received()))
	}
}

func TestMainListOfAMethod(t *testing.T) {
	cases := []struct {
		name   string
		rows   string
		fields []string
		want   string
		clash  bool
	}{
		{"one list of objects", "", []string{"total", "[items].id", "[items].name"}, "[items]", false},
		{"a list in it", "", []string{"[items].id", "[items].[lines].sku"}, "[items]", false},
		{"one list of values", "", []string{"id", "[tags]"}, "[tags]", false},
		{"below names", "", []string{"data.[rows].id"}, "data.[rows]", false},
		{"the answer is the list", "", []string{"[].id", "[].name"}, "[]", false},
		{"no list", "", []string{"id", "name"}, "", false},
		{"two lists", "", []string{"[items].id", "[others].id"}, "", true},
		{"a list above another", "", []string{"meta.[errors].code", "[items].id"}, "[items]", false},
		{"two lists below one above", "", []string{"a.[b].c", "a.[d].e", "[items].id"}, "[items]", false},
		{"rows are declared", "[others]", []string{"[items].id", "[others].id"}, "[others]", false},
		{"no fields, rows are declared", "data.[items]", nil, "data.[items]", false},
		{"nothing is declared", "", nil, "", false},
	}
	for _, tc := range cases {
		m := &connector.MethodDef{}
		m.Response.Rows = tc.rows
		for _, loc := range tc.fields {
			m.Response.Fields = append(m.Response.Fields, connector.FieldDef{Loc: loc})
		}
		if got, clash := m.MainList(); got != tc.want || clash != tc.clash {
			t.Errorf("%s: %q, ambiguous %v; want %q, %v", tc.name, got, clash, tc.want, tc.clash)
		}
	}
}
