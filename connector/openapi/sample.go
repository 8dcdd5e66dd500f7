package openapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
)

// anything is the sample of a value whose type the definition does not say; it fits every type.
const anything = "paceline-sample"

// sampler makes requests with sample values. Nothing leaves the program.
type sampler struct {
	runtime     *connector.Runtime
	instance    *connector.Instance
	caught      *catcher
	credentials map[string]bool // "query:key" and so on, which auth would fill
	// open says that the addresses begin with what people type, which may hold a part of the path.
	open     bool
	scripted bool // a script of the connector sees every request
}

// catcher is a way out that leads nowhere and keeps the request.
type catcher struct {
	request *http.Request
	body    []byte
}

// RoundTrip keeps the request.
func (c *catcher) RoundTrip(req *http.Request) (*http.Response, error) {
	c.request = req
	if req.Body != nil {
		c.body, _ = io.ReadAll(req.Body)
	}
	return &http.Response{
		StatusCode: http.StatusNoContent, Status: "204 No Content", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(nil)), Request: req,
	}, nil
}

// newSampler compiles the definition without its auth: what auth adds needs real keys, and is not described
// by paths of a document.
func newSampler(def *connector.Definition) (*sampler, error) {
	s := &sampler{caught: &catcher{}, credentials: map[string]bool{}}
	for _, a := range def.Auth {
		for _, apply := range a.Apply {
			s.credentials[strings.ToLower(apply.In+":"+apply.Name)] = true
		}
	}
	var doc map[string]json.RawMessage
	err := json.Unmarshal(def.JSON(), &doc)
	if err != nil {
		return nil, err
	}
	if doc["auth"], err = bareAuth(doc["auth"]); err != nil {
		return nil, err
	}
	if doc["lookups"], err = bareLookups(doc["lookups"]); err != nil {
		return nil, err
	}
	delete(doc, "limits")
	for _, name := range []string{"methods", "triggers"} {
		if doc[name], err = bareList(doc[name]); err != nil {
			return nil, err
		}
	}
	s.scripted = def.Script != nil
	delete(doc, "script")
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	bare, problems := connector.Parse(def.Metadata.Key, text)
	if bare == nil {
		return nil, paceline.Fail(paceline.CodeDefinitionInvalid, "reason", problems[0].Message)
	}
	compiled, err := connector.Compile(bare)
	if err != nil {
		return nil, err
	}
	properties := map[string]string{}
	for _, p := range bare.Properties {
		if p.Default != nil {
			continue
		}
		properties[p.Name] = sampleText(p.Type, p.Values)
		if slices.Contains(compiled.HostProperties(), p.Name) && s.beginsAddress(bare, p.Name) {
			properties[p.Name], s.open = "https://host.example", true
		}
	}
	s.instance = &connector.Instance{Compiled: compiled, Properties: properties, Auth: compiled.Auth(noAuth)}
	s.runtime = connector.New(connector.Config{Transport: s.caught, Limits: connector.Limits{Sends: 1}})
	return s, nil
}

// noAuth is the id of the entry of auth that samples use.
const noAuth = "no-auth-for-samples"

// bareAuth returns the entries of auth that other parts of the definition need, behind one without a credential.
func bareAuth(auth json.RawMessage) (json.RawMessage, error) {
	var entries []map[string]json.RawMessage
	if len(auth) > 0 {
		if err := json.Unmarshal(auth, &entries); err != nil {
			return nil, err
		}
	}
	kept := []map[string]json.RawMessage{{"id": mapping.Quote(noAuth), "type": mapping.Quote("none")}}
	for _, entry := range entries {
		if entry["session"] != nil { // its login method mentions the entry's fields
			delete(entry, "default")
			kept = append(kept, entry)
		}
	}
	return json.Marshal(kept)
}

// bareLookups returns the lookups without those that take their place with an entry of auth, which is not there.
func bareLookups(lookups json.RawMessage) (json.RawMessage, error) {
	list := map[string]map[string]json.RawMessage{}
	if len(lookups) > 0 {
		if err := json.Unmarshal(lookups, &list); err != nil {
			return nil, err
		}
	}
	for _, l := range list {
		delete(l, "instead")
	}
	return json.Marshal(list)
}

// bareList returns methods or triggers without the scopes that they ask auth for, and without their scripts: samples do not run them.
func bareList(text json.RawMessage) (json.RawMessage, error) {
	list := []map[string]json.RawMessage{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, err
		}
	}
	for _, m := range list {
		delete(m, "scopes")
		if string(m["kind"]) != `"script"` {
			delete(m, "script")
		}
	}
	return json.Marshal(list)
}

// fills reports whether auth would fill the place; the names of headers have no letter case.
func (s *sampler) fills(in, name string) bool {
	return s.credentials[strings.ToLower(in+":"+name)]
}

// given reports whether a value with the default needs a sample.
func given(value *connector.Scalar) bool {
	return value == nil || strings.Contains(value.Text(), "{{auth.")
}

func (s *sampler) beginsAddress(def *connector.Definition, name string) bool {
	begins := func(text string) bool {
		inner, ok := strings.CutPrefix(text, "{{")
		return ok && strings.HasPrefix(strings.TrimSpace(inner), name)
	}
	return begins(def.Server.BaseURL) || slices.ContainsFunc(def.Methods, func(m connector.MethodDef) bool { return begins(m.Request.URL) })
}

// request makes the request of a method.
func (s *sampler) request(id string) (*http.Request, []byte, error) {
	*s.caught = catcher{}
	m := s.instance.Compiled.Method(id)
	call := connector.Call{
		Instance: s.instance, Method: m, IdempotencyKey: "sample",
		Webhook: &connector.WebhookInfo{
			URL: "https://host.example/sample", ID: "1", Secret: "sample", Event: "sample", Events: []string{"sample"},
			ExpiresAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		},
		Merge: func(name string) (string, bool) {
			if name == mapping.MergeLastSuccess {
				return "2026-01-02T03:04:05Z", true
			}
			return "sample", true
		},
	}
	if c := m.Definition.Cursor; c != nil && c.Type != "link" {
		call.Cursor = &connector.Cursor{Value: sampleCursor(c.Type)}
	}
	for _, p := range m.Definition.Params {
		if given(p.Default) {
			call.Inputs.Params = append(call.Inputs.Params, mapping.Param{In: p.In, Name: p.Name, Value: sample(p.Type, p.Values)})
		}
	}
	for _, f := range m.Definition.Request.Fields {
		l, err := mapping.ParseLocation(f.Loc)
		if err != nil || !given(f.Default) {
			continue
		}
		call.Inputs.Fields = append(call.Inputs.Fields, mapping.Field{Location: l, Value: sampleField(f)})
	}
	_, err := s.runtime.Call(context.Background(), call)
	if s.caught.request == nil {
		if failed, ok := err.(*connector.Error); ok {
			return nil, nil, fmt.Errorf("the request can not be built: %s", failed.Detail)
		}
		return nil, nil, fmt.Errorf("the request can not be built: %w", err)
	}
	return s.caught.request, s.caught.body, nil
}

// sampleCursor returns what a step's cursor may hold.
func sampleCursor(kind string) string {
	switch kind {
	case "number":
		return "1"
	case "text":
		return "sample"
	}
	return "2026-01-02T03:04:05Z"
}

// isSample reports whether a text is made of samples, so that nothing can be said about its value.
func isSample(text string) bool {
	return strings.Contains(text, "sample") || strings.Contains(text, "2026-01-02")
}

// sample returns a value of the type, the first allowed one where they are listed.
func sample(t paceline.DataType, values []connector.Choice) mapping.Value {
	if len(values) > 0 {
		v, _ := mapping.Coerce(mapping.Quote(values[0].Value), t)
		return v
	}
	switch t {
	case paceline.TypeInteger:
		return mapping.Value("1")
	case paceline.TypeFloat, paceline.TypeDecimal:
		return mapping.Value("1.5")
	case paceline.TypeBoolean:
		return mapping.Value("true")
	case paceline.TypeDateTime:
		return mapping.Value(`"2026-01-02T03:04:05Z"`)
	case paceline.TypeText, paceline.TypeFile:
		return mapping.Value(`"sample"`)
	}
	return mapping.Quote(anything)
}

// sampleField returns a sample as it is sent, a date in the field's pattern.
func sampleField(f connector.FieldDef) mapping.Value {
	v := sample(f.Type, f.Values)
	if date, ok := mapping.DateOf(v); ok && f.Type == paceline.TypeDateTime && f.Format != "" {
		return mapping.Quote(string(mapping.AppendDate(nil, date, f.Format)))
	}
	return v
}

func sampleText(t paceline.DataType, values []connector.Choice) string {
	return mapping.Text(sample(t, values))
}
