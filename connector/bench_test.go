package connector_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
)

// static answers without a network, so that only our own work is measured.
type static struct{ body []byte }

func (s static) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		io.Copy(io.Discard, req.Body)
	}
	return &http.Response{
		StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		ContentLength: int64(len(s.body)), Body: io.NopCloser(bytes.NewReader(s.body)), Request: req,
	}, nil
}

var benchNames = []string{"subject", "description", "requester.name", "requester.email", "priority", "status", "source", "external_id", "assignee.id", "created_at"}

func benchCall(b *testing.B) connector.Call {
	b.Helper()
	var fields strings.Builder
	for _, name := range benchNames {
		fields.WriteString("{loc: ticket." + name + "}, ")
	}
	def, problems := connector.Parse("bench", []byte(`apiVersion: connectors/v1
kind: Connector
metadata: {key: bench, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Bench, version: 1.0.0}
allowedHosts: ["{{BaseUrl}}"]
properties: [{name: BaseUrl, scope: account, required: true}]
server: {baseUrl: "{{BaseUrl}}"}
auth: [{id: token, type: bearer}]
errors:
  - {status: [409], when: "body.code == 'DUPLICATE'", as: warning}
  - {status: [400-499], as: error, message: "{{body.message}}"}
methods:
  - id: upsert
    name: Upsert
    params: [{name: Id, in: path, required: true}]
    request:
      method: PUT
      path: "/v1/tickets/{{Id}}"
      idempotency: {header: Idempotency-Key}
      fields: [`+strings.TrimSuffix(fields.String(), ", ")+`]
    response: {fields: [{loc: id, required: true}]}
`))
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		b.Fatal(err)
	}
	// The inputs come out of a compiled program, as they do in the engine.
	plan := &paceline.Plan{Steps: []paceline.PlanStep{{ID: "s0", Kind: paceline.StepWebhook}, {ID: "s1", Kind: paceline.StepAction}}}
	text := strings.Repeat("x", 70)
	id := "4711"
	plan.Steps[1].Inputs = append(plan.Steps[1].Inputs, paceline.PlanInput{Key: "path:Id", Mapping: paceline.Mapping{Type: paceline.MapStatic, Value: &id}})
	for _, name := range benchNames {
		plan.Steps[1].Inputs = append(plan.Steps[1].Inputs, paceline.PlanInput{Field: true, Key: "ticket." + name, Mapping: paceline.Mapping{Type: paceline.MapStatic, Value: &text}})
	}
	program, err := mapping.Compile(plan, 1)
	if err != nil {
		b.Fatal(err)
	}
	in, _, err := program.Inputs(mapping.Env{})
	if err != nil {
		b.Fatal(err)
	}
	return connector.Call{
		Instance: &connector.Instance{Compiled: compiled, AuthValue: "token-0123456789abcdef", Properties: map[string]string{"BaseUrl": "https://crm.acme.example"}},
		Method:   compiled.Method("upsert"), Inputs: in, IdempotencyKey: "0190a5b2-1111-8111-8111-111111111111-0-3-0-0", LogRequest: true,
	}
}

func benchAnswer() []byte {
	return []byte(`{"id":4711,"ticket":{"subject":"` + strings.Repeat("y", 900) + `"}}`)
}

// cpu reports the processor time of an operation, which other work on the machine does not lengthen as it does the clock's.
func cpu(b *testing.B) func() {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64((used()-before).Nanoseconds())/float64(b.N), "cpu-ns/op") }
}

// BenchmarkCall is everything between a step's inputs and its output, without the network.
func BenchmarkCall(b *testing.B) {
	call := benchCall(b)
	runtime := connector.New(connector.Config{Transport: static{benchAnswer()}})
	b.ReportAllocs()
	defer cpu(b)()
	for b.Loop() {
		result, err := runtime.Call(context.Background(), call)
		if err != nil || !result.OutputIsResponse {
			b.Fatal(err)
		}
	}
}

// BenchmarkCallOpened is BenchmarkCall with an account connector that is opened for each call.
func BenchmarkCallOpened(b *testing.B) {
	call := benchCall(b)
	was := call.Instance
	runtime := connector.New(connector.Config{Transport: static{benchAnswer()}})
	b.ReportAllocs()
	defer cpu(b)()
	for b.Loop() {
		call.Instance = &connector.Instance{Compiled: was.Compiled, AuthValue: was.AuthValue, Properties: was.Properties}
		if result, err := runtime.Call(context.Background(), call); err != nil || !result.OutputIsResponse {
			b.Fatal(err)
		}
	}
}

// BenchmarkPlain does by hand, over the same transport, what the call asks: one request built with
// net/http and encoding/json, and its answer read and checked.
func BenchmarkPlain(b *testing.B) {
	transport := static{benchAnswer()}
	text := strings.Repeat("x", 70)
	b.ReportAllocs()
	defer cpu(b)()
	for b.Loop() {
		ticket := map[string]any{}
		for _, name := range benchNames {
			ticket[name] = text
		}
		body, err := json.Marshal(map[string]any{"ticket": ticket})
		if err != nil {
			b.Fatal(err)
		}
		req, err := http.NewRequestWithContext(context.Background(), "PUT", "https://crm.acme.example/v1/tickets/4711", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer token-0123456789abcdef")
		req.Header.Set("Content-Type", "application/json")
		resp, err := transport.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		if err != nil || !json.Valid(answer) {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	trigger := parseTrigger(b, `verify: {type: hmac, header: X-Hub-Signature-256, prefix: "sha256="}, filter: "header['x-github-event'] == 'issues'"`)
	d := delivery("Hello, World!", "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "X-GitHub-Event: issues")
	b.ReportAllocs()
	for b.Loop() {
		if err := trigger.Verify("It's a Secret to Everybody", d); err != nil {
			b.Fatal(err)
		}
	}
}
