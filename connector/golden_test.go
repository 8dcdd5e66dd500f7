package connector_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"paceline/connector"
	"paceline/mapping"
)

// goldenCase is a whole call as data: a definition and values. What was sent, byte for byte, and what came of the answers
// stands in the golden file beside it.
type goldenCase struct {
	Name       string         `yaml:"name"`
	Connector  map[string]any `yaml:"connector"` // keys of the definition besides its head
	Method     map[string]any `yaml:"method"`    // without id and name
	Properties map[string]string
	Params     map[string]any // by in:name
	Fields     yaml.MapSlice  // by location; lists of lists go through the location's lists
	System     map[string]string
	Cursor     string
	Key        string // of idempotency
	Answers    []goldenAnswer
}

type goldenAnswer struct {
	Status  int
	Headers map[string]string
	Body    string
	Base64  string // instead of body, for bytes that are no text
}

const goldenHead = `{"apiVersion":"connectors/v1","kind":"Connector","allowedHosts":["*.api.acme.example"],
"metadata":{"key":"acme","uid":"6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10","name":"Acme","version":"1.0.0"},
"server":{"baseUrl":"https://eu.api.acme.example"},"auth":[{"id":"none","type":"none"}]}`

// TestGolden plays the cases of testdata/golden.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/golden/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var cases []goldenCase
			if err := yaml.UnmarshalWithOptions(text, &cases, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, c := range cases {
				fmt.Fprintf(&b, "==== %s\n", c.Name)
				c.play(t, &b)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// play writes what became of a case: each request, then output, rows, fields of the response, cursor and warnings.
func (c *goldenCase) play(t *testing.T, b *strings.Builder) {
	t.Helper()
	doc := map[string]any{}
	if err := json.Unmarshal([]byte(goldenHead), &doc); err != nil {
		t.Fatal(err)
	}
	maps.Copy(doc, c.Connector)
	method := maps.Clone(c.Method)
	maps.Copy(method, map[string]any{"id": "m", "name": "M"})
	if method["repeat"] == nil {
		method["repeat"] = "safe"
	}
	doc["methods"] = []any{method}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	def, problems := connector.Parse("acme", text)
	for _, p := range problems {
		fmt.Fprintf(b, "lint: %s %s\n", p.Message, p.Remedy)
	}
	if def == nil || connector.Failed(problems) {
		return
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	wire := &goldenWire{answers: c.Answers, out: b}
	runtime := connector.New(connector.Config{Transport: wire, Clock: &leap{newYear}, Limits: connector.Limits{Sends: 1}})
	call := connector.Call{
		Instance: &connector.Instance{Compiled: compiled, Properties: c.Properties, AuthValue: "secret-1"}, Method: compiled.Method("m"),
		IdempotencyKey: c.Key, Inputs: c.inputs(t),
		Merge: func(name string) (string, bool) { v, ok := c.System[name]; return v, ok },
	}
	if def.Methods[0].Cursor != nil {
		call.Cursor = &connector.Cursor{Value: c.Cursor}
	}
	for range 10 {
		result, err := runtime.Call(context.Background(), call)
		c.tell(b, &def.Methods[0], result, err)
		if result.Next == nil {
			return
		}
		call.Page = result.Next
		if result.Cursor != nil {
			call.Cursor = result.Cursor
		}
	}
}

func (c *goldenCase) tell(b *strings.Builder, m *connector.MethodDef, result connector.Result, err error) {
	var failed *connector.Error
	if errors.As(err, &failed) {
		detail, _, _ := strings.Cut(strings.ReplaceAll(failed.Detail, "\r\n", "\n"), "\n\n")
		fmt.Fprintf(b, "<< %s: %s\n", failed.Class, strings.Join(strings.Fields(detail), " "))
	} else {
		fmt.Fprintf(b, "<< %d rows %s\n", result.Rows, result.Output)
	}
	for _, f := range m.Response.Fields {
		var values []string
		for v := range mapping.MustLocation(f.Loc).GetAll(result.Output) {
			values = append(values, string(v))
		}
		fmt.Fprintf(b, "<< %s = %s\n", f.Loc, strings.Join(values, " | "))
	}
	for _, e := range result.RowErrors {
		fmt.Fprintf(b, "<< row %d refused: %s\n", e.Index, e.Message)
	}
	if result.Cursor != nil && result.Next == nil {
		fmt.Fprintf(b, "<< cursor %s\n", result.Cursor.Value)
	}
	for _, w := range result.Warnings {
		detail, _, _ := strings.Cut(strings.ReplaceAll(w.Detail, "\r\n", "\n"), "\n\n\n")
		fmt.Fprintf(b, "<< warns %s: %s\n", w.Code, strings.Join(strings.Fields(detail), " "))
	}
}

func (c *goldenCase) inputs(t *testing.T) (in mapping.Inputs) {
	t.Helper()
	text := func(v any) mapping.Value {
		if m, ok := v.(map[string]any); ok && m["$json"] != nil { // as it is written, to the digit
			return mapping.Value(fmt.Sprint(m["$json"]))
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		where, own, ok := strings.Cut(name, ":")
		if !ok {
			t.Fatalf("%s: parameter %s", c.Name, name)
		}
		in.Params = append(in.Params, mapping.Param{In: where, Name: own, Value: text(c.Params[name])})
	}
	for _, f := range c.Fields {
		field := mapping.Field{Location: mapping.MustLocation(f.Key.(string))}
		if list, ok := f.Value.([]any); ok && field.Location.Lists() > 0 {
			field.Tree = goldenTree(list, field.Location.Lists(), text)
		} else {
			field.Value = text(f.Value)
		}
		in.Fields = append(in.Fields, field)
	}
	return in
}

// goldenTree makes lists of the given depth a tree; what lies deeper is a value.
func goldenTree(list []any, depth int, text func(any) mapping.Value) *mapping.Tree {
	tree := &mapping.Tree{Items: []mapping.Tree{}}
	for _, v := range list {
		inner, ok := v.([]any)
		if ok && depth > 1 {
			tree.Items = append(tree.Items, *goldenTree(inner, depth-1, text))
		} else {
			tree.Items = append(tree.Items, mapping.Tree{Value: text(v)})
		}
	}
	return tree
}

// goldenWire writes each request as it would stand on the wire, its headers in order of name.
type goldenWire struct {
	answers []goldenAnswer
	out     *strings.Builder
}

func (w *goldenWire) RoundTrip(req *http.Request) (*http.Response, error) {
	fmt.Fprintf(w.out, ">> %s %s%s\n", req.Method, req.URL.Host, req.URL.RequestURI())
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		for _, v := range req.Header[name] {
			if name != "User-Agent" {
				fmt.Fprintf(w.out, ">> %s: %s\n", name, v)
			}
		}
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		for line := range strings.SplitAfterSeq(string(body), "\n") {
			if line != "" {
				line = strings.NewReplacer("\r", "<CR>", "\n", "<LF>").Replace(line)
				if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == utf8.RuneError }) {
					line = fmt.Sprintf("%q", line)
				}
				fmt.Fprintf(w.out, ">> | %s\n", line)
			}
		}
	}
	a := goldenAnswer{Status: http.StatusNoContent}
	if len(w.answers) > 0 {
		a, w.answers = w.answers[0], w.answers[1:]
	}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	if a.Base64 != "" {
		raw, err := base64.StdEncoding.DecodeString(a.Base64)
		if err != nil {
			return nil, err
		}
		a.Body = string(raw)
	}
	header := http.Header{}
	if a.Body != "" {
		header.Set("Content-Type", "application/json")
	}
	for name, v := range a.Headers {
		header.Set(name, v)
	}
	return &http.Response{
		StatusCode: a.Status, Status: fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: int64(len(a.Body)), Body: io.NopCloser(bytes.NewReader([]byte(a.Body))), Request: req,
	}, nil
}
