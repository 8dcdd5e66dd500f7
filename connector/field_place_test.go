package connector_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/mapping"
)

const placedMethods = `
methods:
  - {id: columns, name: Columns, scopes: [schema], fieldSource: true, request: {method: GET, path: /columns}, response: {rows: "[all]", fieldMap: {loc: row.name}}}
  - id: members
    name: Members
    fieldSource: true
    request: {method: GET, path: /members}
    response: {fieldMap: {members: properties, loc: "row.own ? key : ''", label: row.title, type: row.type, types: {number: decimal}}}
  - id: list
    name: List
    customFields: {response: [{method: columns, at: "[rows].values"}, members]}
    request: {method: GET, path: /list}
`

// TestFieldsAtAPlace: one source tells the fields of methods that have them at different places; a side may have several
// sources, and what they need counts for the method.
func TestFieldsAtAPlace(t *testing.T) {
	t.Parallel()
	b := setupText(t, strings.Replace(head, "auth: [", `auth: [{id: person, type: oauth2, grant: client_credentials, tokenUrl: "{{BaseUrl}}/token"}, `, 1)+placedMethods)
	from := b.compiled.Method("list").Definition.CustomFields.Response
	var got []string
	for i, answer := range []string{`{"all": [{"name": "gate"}, {"name": "a.b"}]}`, `{"properties": {"gate": {"own": true, "title": "Gate", "type": "number"}, "id": {"own": false}}}`} {
		for _, f := range from[i].Place(b.compiled.Method(from[i].Method).FieldsOf([]byte(answer))) {
			got = append(got, f.Location+" "+string(f.DataType)+" "+f.DisplayName)
		}
	}
	if want := "[rows].values.gate Undefined Gate, [rows].values.a.b Undefined B, gate Decimal Gate"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := b.compiled.Scopes([]paceline.ID{b.compiled.MethodUID("list")}); len(got) != 1 || got[0] != "schema" {
		t.Errorf("scopes %q", got)
	}
}

// TestDefaultWithPlace: a default that depends on a place of the body is sent with calls that send something there.
func TestDefaultWithPlace(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+`
methods:
  - id: put
    name: Put
    params: [{name: Replace, in: query, default: lines, with: lines}]
    request: {method: PUT, path: /put, format: json, fields: [{loc: "lines.[items].id"}, {loc: linesTotal}]}
`)
	b.remote.On("/put", connectortest.JSON(200, "{}"))
	for _, c := range []struct {
		loc  string
		own  mapping.Value
		want string
	}{
		{"lines.[items].id", nil, "/put?Replace=lines"},
		{"linesTotal", nil, "/put"},
		{"linesTotal", mapping.Value(`"item"`), "/put?Replace=item"},
		{"lines.[items].id", mapping.Value(`"item"`), "/put?Replace=item"},
	} {
		l, err := mapping.ParseLocation(c.loc)
		if err != nil {
			t.Fatal(err)
		}
		in := mapping.Inputs{Fields: []mapping.Field{{Location: l, Value: mapping.Value("7")}}}
		if c.own != nil {
			in.Params = []mapping.Param{{In: "query", Name: "Replace", Value: c.own}}
		}
		if _, err := b.runtime.Call(context.Background(), connector.Call{Instance: b.instance, Method: b.compiled.Method("put"), Inputs: in}); err != nil {
			t.Fatal(err)
		}
		if all := b.remote.Received(); all[len(all)-1].Path != c.want {
			t.Errorf("%s %s: %s", c.loc, c.own, all[len(all)-1].Path)
		}
	}
}

// TestEventIDOfSeveralPlaces: an id that is unique with other values alone is all of them.
func TestEventIDOfSeveralPlaces(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+`
methods: [{id: get, name: Get, request: {method: GET, path: /get}}]
triggers:
  - id: hook
    name: Hook
    type: webhook
    verify: {type: token, header: X-Token}
    eventId: [{in: body, path: id}, {in: header, name: X-Kind}, {in: body, path: at}]
`)
	id := func(kind, body string) string {
		return b.compiled.Trigger("hook").EventID(connector.Delivery{Header: http.Header{"X-Kind": {kind}, "Content-Type": {"application/json"}}, Query: url.Values{}, RawBody: []byte(body)})
	}
	seen := map[string]bool{}
	for _, got := range []string{id("a", `{"id": 1, "at": 2}`), id("b", `{"id": 1, "at": 2}`), id("a", `{"id": 1, "at": 3}`), id("2", `{"id": 1}`), id("", `{"id": 12}`)} {
		if got == "" || seen[got] {
			t.Errorf("%q is no id of one event alone", got)
		}
		seen[got] = true
	}
	if id("a", `{"id": 1, "at": 2}`) != id("a", `{"at": 2, "id": 1, "try": 2}`) || id("", `{}`) != "" {
		t.Error("equal values are one event, and none are no id")
	}
}

// TestPauseWhereNoResetIsTold: a vendor who says that no calls are left and not when there are more is left alone for the pause.
func TestPauseWhereNoResetIsTold(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+`
throttle: {remaining: X-Left, pause: 30s}
methods: [{id: get, name: Get, request: {method: GET, path: /get}}]
`)
	b.remote.On("/get", connectortest.Raw(200, "application/json", "{}", "X-Left: 1"), connectortest.Raw(200, "application/json", "{}", "X-Left: 0"), connectortest.JSON(200, "{}"))
	var got []string
	for _, after := range []time.Duration{0, 0, 0, 30 * time.Second} {
		b.clock.now = b.clock.now.Add(after)
		text, _, _ := strings.Cut(b.hold("get"), ":")
		got = append(got, text)
	}
	if strings.Join(got, ", ") != "ok, ok, waits 30s, ok" {
		t.Errorf("got %q", got)
	}
}

// TestJobThatRunsAlready: an answer that does not say which job it is leaves the one that the step named.
func TestJobThatRunsAlready(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+`
methods:
  - id: finish
    name: Finish
    repeat: safe
    params: [{name: JobId, in: path, required: true}]
    errors: [{status: [400], when: "body.code == 'RUNS'", as: success}]
    request: {method: PATCH, path: "/jobs/{{JobId}}"}
    job: {values: {JobId: id}, poll: {method: get-job, every: 10s, done: "body.state == 'done'"}}
  - {id: get-job, name: Get Job, repeat: safe, params: [{name: JobId, in: path, required: true}], request: {method: GET, path: "/state/{{JobId}}"}}
`)
	b.remote.On("/jobs/7", connectortest.JSON(400, `{"code":"RUNS"}`))
	b.remote.On("/state/7", connectortest.JSON(200, `{"state":"done"}`))
	call := connector.Call{Instance: b.instance, Method: b.compiled.Method("finish"), Inputs: mapping.Inputs{Params: []mapping.Param{{In: "path", Name: "JobId", Value: mapping.Value(`"7"`)}}}}
	begun, err := b.runtime.Call(context.Background(), call)
	if err != nil || begun.Next == nil {
		t.Fatalf("%+v %v", begun, err)
	}
	call.Page = begun.Next
	done, err := b.runtime.Call(context.Background(), call)
	if err != nil || done.Next != nil || string(done.Output) != `{"state":"done"}` {
		t.Errorf("%+v %v", done, err)
	}
}
