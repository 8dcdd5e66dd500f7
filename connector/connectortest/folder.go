package connectortest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
)

// Report is what became of a connector's folder.
type Report struct {
	Connector string
	Problems  []connector.Problem
	Cases     []Case
	// Untested are the methods and triggers that no test names.
	Untested []string
}

// Case is one test of the definition.
type Case struct {
	Name     string // method or trigger, and fixture
	Failures []string
	Class    string `json:"-"` // of the error that a call ended with, by Replay
}

// Passed reports whether the definition has no problem, not even a warning, and every case went well.
func (r Report) Passed() bool {
	return len(r.Problems) == 0 && !slices.ContainsFunc(r.Cases, func(c Case) bool { return len(c.Failures) > 0 })
}

// String lists problems and failures, one a line, and a summary.
func (r Report) String() string {
	var b strings.Builder
	for _, p := range r.Problems {
		fmt.Fprintln(&b, p)
	}
	failed := 0
	for _, c := range r.Cases {
		if len(c.Failures) > 0 {
			failed++
		}
		for _, f := range c.Failures {
			fmt.Fprintf(&b, "%s: %s\n", c.Name, f)
		}
	}
	fmt.Fprintf(&b, "%s: %d tests, %d failed, %d problems", r.Connector, len(r.Cases), failed, len(r.Problems))
	if len(r.Untested) > 0 {
		fmt.Fprintf(&b, "; without a test: %s", strings.Join(r.Untested, ", "))
	}
	return b.String()
}

// RunFolder lints the definition in a folder and plays its tests. Nothing is sent: every call gets the
// answer that its fixture holds. with changes the runtime of the calls: what has scripts needs the processes for them.
func RunFolder(path string, with ...func(*connector.Config)) Report {
	file := connector.FileIn(path)
	report := Report{Connector: filepath.Base(path), Problems: connector.LintFile(file)}
	if connector.Failed(report.Problems) {
		return report
	}
	doc, err := os.ReadFile(file)
	if err != nil {
		return report // LintFile has said so
	}
	def, _ := connector.ParseIn(os.DirFS(filepath.Dir(file)), file, doc)
	compiled, err := connector.Compile(def)
	if err != nil {
		return report
	}
	tested := map[string]bool{}
	for _, t := range def.Tests {
		c := Case{Name: t.Method + t.Trigger + " " + t.Fixture}
		tested[t.Method+t.Trigger] = true
		f, err := readFixture(filepath.Join(path, filepath.FromSlash(t.Fixture)))
		switch {
		case err != nil:
			c.Failures = []string{err.Error()}
		case t.Method != "":
			c.Failures = runMethod(compiled, compiled.Method(t.Method), f, t.ExpectRows, with)
		default:
			c.Failures = runTrigger(compiled, compiled.Trigger(t.Trigger), f, t.ExpectRows)
		}
		report.Cases = append(report.Cases, c)
	}
	for _, m := range def.Methods {
		if !tested[m.ID] && m.Kind != connector.MethodReply {
			report.Untested = append(report.Untested, m.ID)
		}
	}
	for _, t := range def.Triggers {
		if t.Type == "webhook" && !tested[t.ID] {
			report.Untested = append(report.Untested, t.ID)
		}
	}
	return report
}

// failures collects what differs.
type failures []string

func (f *failures) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

func runMethod(compiled *connector.Compiled, m *connector.Method, f *Fixture, rows *int, with []func(*connector.Config)) []string {
	var fail failures
	if f.Auth != "" && compiled.Auth(f.Auth) == nil {
		fail.add("auth: the definition has no entry %q", f.Auth)
		return fail
	}
	in, err := inputs(f)
	if err != nil {
		fail.add("%v", err)
		return fail
	}
	if compiled.Definition.Transport == connector.TransportUtility {
		return runUtility(compiled, m, f, in, rows)
	}
	canned := &canned{response: f.Response}
	config := connector.Config{Transport: canned, Clock: still{}, Limits: connector.Limits{Sends: 1}}
	for _, change := range with {
		change(&config)
	}
	runtime := connector.New(config)
	result, err := call(compiled, m, f, in, runtime)
	compareError(&fail, f.Expect, err)
	compareRequest(&fail, f.Request, canned)
	compareResult(&fail, f.Expect, result, rows)
	compareFields(&fail, f.Expect, m, result)
	return fail
}

// compareFields compares what a field source tells, all of it in its order.
func compareFields(fail *failures, want Expect, m *connector.Method, got connector.Result) {
	if want.Fields == nil {
		return
	}
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	var told []Found
	for _, f := range m.FieldsOf(got.Output) {
		told = append(told, Found{f.Location, f.DisplayName, typeOf(f.DataType), text(f.Format), f.Values, f.Required, f.ReadOnly, f.Hidden})
	}
	for i := range max(len(told), len(want.Fields)) {
		switch {
		case i >= len(told):
			fail.add("fields: %+v is missing", want.Fields[i])
		case i >= len(want.Fields):
			fail.add("fields: %+v was not expected", told[i])
		case !reflect.DeepEqual(told[i], want.Fields[i]):
			fail.add("fields: got %+v, expected %+v", told[i], want.Fields[i])
		}
	}
}

// typeOf returns the format's word for a type.
func typeOf(t paceline.DataType) string {
	if t == paceline.TypeUndefined {
		return "any"
	}
	return strings.ToLower(string(t))
}

// canned is a way out that leads nowhere: it keeps the request and answers with the fixture's response.
type canned struct {
	response Response
	request  *http.Request
	body     []byte
}

// RoundTrip keeps the request.
func (c *canned) RoundTrip(req *http.Request) (*http.Response, error) {
	c.request = req
	if req.Body != nil {
		c.body, _ = io.ReadAll(req.Body)
	}
	status := c.response.Status
	if status == 0 {
		status = http.StatusOK
	}
	header := http.Header{"Content-Type": {"application/json"}}
	for name, value := range c.response.Headers {
		header.Set(name, value)
	}
	body := bytesOf(c.response.Body)
	return &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), Proto: "HTTP/1.1",
		ProtoMajor: 1, ProtoMinor: 1, Header: header, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}, nil
}

// still is a clock that stands.
type still struct{}

func (still) Now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func (still) NewTimer(time.Duration) (<-chan time.Time, func() bool) {
	c := make(chan time.Time, 1)
	c <- still{}.Now()
	return c, func() bool { return false }
}

func compareError(fail *failures, want Expect, err error) {
	class, code := "", paceline.Code("")
	var failed *connector.Error
	if errors.As(err, &failed) {
		class, code = failed.Class.String(), failed.Code
	}
	if class != want.Class {
		fail.add("error: got class %q, expected %q", class, want.Class)
		if failed != nil {
			fail.add("error: %s", failed.Detail)
		}
	}
	if want.Code != "" && string(code) != want.Code {
		fail.add("error: got code %q, expected %q", code, want.Code)
	}
}

func compareRequest(fail *failures, want Request, got *canned) {
	if got.request == nil {
		if want.Method != "" || want.URL != "" {
			fail.add("request: nothing was sent")
		}
		return
	}
	if want.Method != "" && got.request.Method != want.Method {
		fail.add("request.method: got %s, expected %s", got.request.Method, want.Method)
	}
	if u := got.request.URL.String(); want.URL != "" && u != want.URL {
		fail.add("request.url: got %s, expected %s", u, want.URL)
	}
	for _, name := range sortedKeys(want.Headers) {
		value := want.Headers[name]
		switch has := got.request.Header.Values(name); {
		case value == nil && len(has) > 0:
			fail.add("request.headers.%s: got %q, expected none", name, has[0])
		case value != nil && !slices.Equal(has, []string{*value}):
			fail.add("request.headers.%s: got %q, expected %q", name, has, *value)
		}
	}
	if want.Body != nil {
		compareBody(fail, "request.body", want.Body, got.body)
	}
}

func compareResult(fail *failures, want Expect, got connector.Result, rows *int) {
	if want.Output != nil {
		compareBody(fail, "output", want.Output, got.Output)
	}
	for _, n := range []*int{want.Rows, rows} {
		if n != nil && *n != got.Rows {
			fail.add("rows: got %d, expected %d", got.Rows, *n)
		}
	}
	if more := got.Next != nil; want.More != nil && *want.More != more {
		fail.add("more: got %t, expected %t", more, *want.More)
	}
	if c := got.Cursor; want.Cursor != nil && (c == nil || strings.Split(c.Value, "#")[0] != *want.Cursor) { // behind it stands what it is about
		fail.add("cursor: got %+v, expected %s", c, *want.Cursor)
	}
	var codes []string
	for _, w := range got.Warnings {
		codes = append(codes, string(w.Code))
	}
	if !slices.Equal(codes, want.Warnings) {
		fail.add("warnings: got %q, expected %q", codes, want.Warnings)
	}
}

func runTrigger(compiled *connector.Compiled, t *connector.Trigger, f *Fixture, rows *int) []string {
	var fail failures
	if f.Delivery == nil {
		fail.add("the fixture has no delivery")
		return fail
	}
	d, err := delivery(f.Delivery)
	if err != nil {
		fail.add("%v", err)
		return fail
	}
	// The secret may be the app's as well, and properties may hold others.
	keys := connector.Keys{Secrets: []string{f.Secret}, Instance: &connector.Instance{Compiled: compiled, Properties: f.Properties, Client: connector.Client{Secret: f.Secret}}}
	if f.Expect.Challenge != nil {
		answer, ok, err := t.Challenge(keys, d)
		if !ok || err != nil || string(answer.Body) != *f.Expect.Challenge {
			fail.add("challenge: got %q (%t), expected %q", answer.Body, ok, *f.Expect.Challenge)
		}
		return fail
	}
	verified := t.Check(keys, d)
	if want := f.Expect.Verified == nil || *f.Expect.Verified; want != (verified == nil) {
		fail.add("verified: got %v, expected %t", verified, want)
	}
	if verified != nil {
		return fail
	}
	if id := t.EventID(d); f.Expect.EventID != nil && id != *f.Expect.EventID {
		fail.add("eventId: got %q, expected %q", id, *f.Expect.EventID)
	}
	if wanted := t.Wants(d); f.Expect.Wanted != nil && wanted != *f.Expect.Wanted {
		fail.add("wanted: got %t, expected %t", wanted, *f.Expect.Wanted)
	}
	payload, err := t.Payload(d)
	compareError(&fail, f.Expect, nil)
	if err != nil {
		fail.add("payload: %v", err)
		return fail
	}
	if f.Answers != nil || f.Expect.Asked != nil {
		if payload, err = complete(&fail, t.Enrich(), f, payload); err != nil {
			fail.add("enrich: %v", err)
			return fail
		}
	}
	if f.Expect.Output != nil {
		compareBody(&fail, "output", f.Expect.Output, payload)
	}
	for _, n := range []*int{f.Expect.Rows, rows} {
		if got := t.Rows(payload); n != nil && *n != got {
			fail.add("rows: got %d, expected %d", got, *n)
		}
	}
	return fail
}

// complete compares what the method is asked about the rows, and puts the answers of the fixture into them.
func complete(fail *failures, e *connector.Enrich, f *Fixture, payload []byte) ([]byte, error) {
	if e == nil {
		return nil, fmt.Errorf("the trigger completes nothing")
	}
	rows, err := e.Rows(payload)
	if err != nil {
		return nil, err
	}
	if f.Expect.Asked != nil && rows.Len() != len(f.Expect.Asked) {
		fail.add("asked: got %d calls, expected %d", rows.Len(), len(f.Expect.Asked))
		return payload, nil
	}
	for i, want := range f.Expect.Asked {
		in, _, err := rows.Inputs(i, nil)
		if err != nil {
			return nil, err
		}
		for name, value := range want {
			var got mapping.Value
			for _, p := range in.Params {
				if p.Name == name {
					got = p.Value
				}
			}
			for _, field := range in.Fields {
				if field.Location.String() == name {
					got = field.Value
				}
			}
			if mapping.KindOf(got) == mapping.String {
				got = mapping.Value(mapping.Text(got))
			}
			compareBody(fail, fmt.Sprintf("asked[%d].%s", i, name), value, got)
		}
	}
	if f.Answers == nil {
		return payload, nil
	}
	answers, err := json.Marshal(f.Answers)
	if err != nil {
		return nil, err
	}
	return rows.Merge(answers)
}

func delivery(f *Delivery) (connector.Delivery, error) {
	d := connector.Delivery{Method: f.Method, Header: http.Header{}, Query: url.Values{}, RawBody: bytesOf(f.Body), At: still{}.Now()}
	if d.Method == "" {
		d.Method = http.MethodPost
	}
	if f.URL != "" {
		at, err := url.Parse(f.URL)
		if err != nil {
			return d, fmt.Errorf("delivery.url: %w", err)
		}
		d.Origin, d.URI = at.Scheme+"://"+at.Host, at.RequestURI()
	}
	if f.At != "" {
		at, err := time.Parse(time.RFC3339, f.At)
		if err != nil {
			return d, fmt.Errorf("delivery.at: %w", err)
		}
		d.At = at
	}
	for name, value := range f.Headers {
		d.Header.Set(name, value)
	}
	for name, value := range f.Query {
		d.Query.Set(name, value)
	}
	return d, nil
}
