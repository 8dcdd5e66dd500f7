package connector_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/mapping"
)

const jobMethods = `
methods:
  - id: export
    name: Export
    repeat: unsafe
    request: {method: POST, path: /jobs, fields: [{loc: kind}]}
    response: {rows: "[rows]"}
    job:
      values: {JobId: job.id}
      poll: {method: get-job, every: 10s, done: "body.state == 'done'", failed: "body.state == 'failed'", message: reason, values: {File: file}, timeout: 1h}
      result: get-file
  - {id: get-job, name: Get Job, params: [{name: JobId, in: path, required: true}], request: {method: GET, path: "/jobs/{{JobId}}"}}
  - id: get-file
    name: Get File
    params: [{name: JobId, in: template}, {name: File, in: query}]
    request: {method: GET, path: /files}
    response: {rows: "[rows]"}
    paging: {type: token, read: {path: next}, send: {in: query, name: page}}
  - id: simple
    name: Simple
    repeat: safe
    request: {method: POST, path: /jobs}
    job: {values: {JobId: job.id}, poll: {method: get-job, every: 1s, done: "body.state == 'done'"}}
`

// carry makes the calls of a job as an engine does: each state goes through JSON, as across a crash.
func (b *bundle) carry(method string) (outputs []string, waits []time.Duration, failed error) {
	b.Helper()
	call := connector.Call{Instance: b.instance, Method: b.compiled.Method(method), LogRequest: true, IdempotencyKey: "k"}
	for range 20 {
		result, err := b.runtime.Call(context.Background(), call)
		if len(result.Output) > 0 {
			outputs = append(outputs, string(result.Output))
		}
		if err != nil || result.Next == nil {
			return outputs, waits, err
		}
		waits = append(waits, result.After)
		b.clock.now = b.clock.now.Add(result.After)
		text, err := json.Marshal(result.Next)
		if err != nil {
			b.Fatal(err)
		}
		call.Page = new(connector.PageState)
		if err := json.Unmarshal(text, call.Page); err != nil {
			b.Fatal(err)
		}
	}
	b.Fatal("the job has no end")
	return nil, nil, nil
}

func (b *bundle) asked() (list []string) {
	for _, r := range b.remote.Received() {
		list = append(list, r.Method+" "+r.Path)
	}
	return list
}

func TestJobIsBegunAskedAndFetched(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+jobMethods)
	b.remote.On("/jobs", connectortest.JSON(202, `{"job":{"id":7}}`))
	b.remote.On("/jobs/7", connectortest.JSON(200, `{"state":"running"}`), connectortest.JSON(200, `{"state":"done","file":"a b"}`))
	b.remote.On("/files", connectortest.JSON(200, `{"rows":[1],"next":"x"}`), connectortest.JSON(200, `{"rows":[2]}`))
	outputs, waits, err := b.carry("export")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{`{"rows":[1],"next":"x"}`, `{"rows":[2]}`}; !slices.Equal(outputs, want) {
		t.Errorf("outputs %q, want %q", outputs, want)
	}
	if want := []time.Duration{10 * time.Second, 10 * time.Second, 0, 0}; !slices.Equal(waits, want) {
		t.Errorf("waits %v, want %v", waits, want)
	}
	if want := []string{"POST /jobs", "GET /jobs/7", "GET /jobs/7", "GET /files?File=a+b", "GET /files?File=a+b&page=x"}; !slices.Equal(b.asked(), want) {
		t.Errorf("asked %q, want %q", b.asked(), want)
	}
}

func TestJobWithoutAResultGivesItsLastAnswer(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+jobMethods)
	b.remote.On("/jobs", connectortest.JSON(200, `{"job":{"id":"j-1"}}`))
	b.remote.On("/jobs/j-1", connectortest.JSON(200, `{"state":"done","n":3}`))
	outputs, _, err := b.carry("simple")
	if err != nil || !slices.Equal(outputs, []string{`{"state":"done","n":3}`}) {
		t.Errorf("outputs %q, %v", outputs, err)
	}
}

func TestJobThatFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, begun, polled, want string
	}{
		{"it says so", `{"job":{"id":7}}`, `{"state":"failed","reason":"no such kind secret-key-1"}`, "no such kind REDACTED"},
		{"it has no end", `{"job":{"id":7}}`, `{"state":"running"}`, "did not end in time"},
		{"it has no id", `{"job":{}}`, `{}`, "no JobId"},
	} {
		b := setupText(t, head+strings.Replace(jobMethods, "timeout: 1h", "timeout: 1m", 1))
		b.remote.On("/jobs", connectortest.JSON(200, c.begun))
		b.remote.On("/jobs/7", connectortest.JSON(200, c.polled))
		outputs, _, err := b.carry("export")
		failed, ok := err.(*connector.Error)
		if !ok || failed.Class != connector.ClassPermanent || !strings.Contains(failed.Detail, c.want) || len(outputs) > 0 {
			t.Errorf("%s: %v, outputs %q", c.name, err, outputs)
		}
	}
}

func TestJobLint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, new, want string }{
		{"method: get-job, every: 10s", "method: get-jab, every: 10s", `"get-jab" does not exist`},
		{"values: {JobId: job.id}\n", "values: {Id: job.id}\n", "needs JobId"},
		{"every: 10s", "every: 10ms", "more often than once a second"},
		{"result: get-file", "result: simple", "begins a job itself"},
		{"done: \"body.state == 'done'\", failed", "done: \"status == 200\", failed", "does not compile"},
		{"timeout: 1h", "timeout: 1s", "ends before the first poll"},
		{"rows: \"[rows]\"}\n    job", "rows: \"[rows]\"}\n    paging: {type: link_header}\n    job", "besides pages"},
	} {
		text := strings.Replace(head+jobMethods, c.old, c.new, 1)
		problems := connector.Lint("x", []byte(text))
		if !slices.ContainsFunc(problems, func(p connector.Problem) bool { return strings.Contains(p.Message, c.want) && p.Line > 0 }) {
			t.Errorf("%s gives %v, want %q", c.new, problems, c.want)
		}
	}
}

// TestJobHidesWhatItsStepGave: a secret input of the step that began a job is masked in what is told and logged of the calls
// that ask for it, too; these act with the step's own values, as the first one does.
func TestJobHidesWhatItsStepGave(t *testing.T) {
	t.Parallel()
	b := setupText(t, strings.Replace(head, "properties: [", "properties: [{name: User, scope: step, secret: true, required: true}, ", 1)+`
methods:
  - id: export
    name: Export
    repeat: unsafe
    request: {method: POST, path: /jobs, headers: {X-User: "{{User}}"}, fields: [{loc: password, secret: true}]}
    job: {values: {JobId: id}, poll: {method: get-job, every: 10s, done: "body.state == 'done'", failed: "body.state == 'failed'", message: reason}}
  - {id: get-job, name: Get Job, params: [{name: JobId, in: path, required: true}], request: {method: GET, path: "/jobs/{{JobId}}", headers: {X-User: "{{User}}"}}}
`)
	b.remote.On("/jobs", connectortest.JSON(202, `{"id":7}`))
	b.remote.On("/jobs/7", connectortest.JSON(200, `{"state":"running","as":"hunter-22 of user-token-1"}`), connectortest.JSON(200, `{"state":"failed","reason":"hunter-22 is no password of user-token-1"}`))
	password, _ := mapping.ParseLocation("password")
	call := connector.Call{Instance: b.instance, Method: b.compiled.Method("export"), LogRequest: true, Inputs: mapping.Inputs{
		Params: []mapping.Param{{In: "template", Name: "User", Value: mapping.Value(`"user-token-1"`)}},
		Fields: []mapping.Field{{Location: password, Value: mapping.Value(`"hunter-22"`)}},
	}}
	var told strings.Builder
	var failed error
	for range 3 {
		var result connector.Result
		result, failed = b.runtime.Call(context.Background(), call)
		for _, e := range result.Exchanges {
			told.Write(append(e.Request, e.Response...))
		}
		b.clock.now = b.clock.now.Add(result.After)
		call.Page = result.Next
	}
	if failed == nil {
		t.Fatal("the job did not fail")
	}
	told.WriteString(failed.(*connector.Error).Detail)
	if text := told.String(); strings.Contains(text, "hunter-22") || strings.Contains(text, "user-token-1") || !strings.Contains(text, "is no password of") {
		t.Errorf("told is %s", text)
	}
	for _, got := range b.remote.Received() {
		if got.Header.Get("X-User") != "user-token-1" {
			t.Errorf("%s %s as %q", got.Method, got.Path, got.Header.Get("X-User"))
		}
	}
}
