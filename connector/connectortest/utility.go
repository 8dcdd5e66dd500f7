package connectortest

import (
	"context"
	"encoding/json"

	"paceline/connector"
	"paceline/mapping"
)

// stand is a utility that keeps what it is given and answers with the fixture's response.
type stand struct {
	answer json.RawMessage
	given  []byte
}

// Do keeps the parameters and fields as one document.
func (s *stand) Do(_ context.Context, c connector.UtilityCall) (connector.UtilityResult, error) {
	doc := map[string]json.RawMessage{}
	for name, value := range mapping.Members(mapping.Value(c.Body)) {
		doc[name] = json.RawMessage(value)
	}
	for _, p := range c.Instance.Compiled.Method(c.Method).Definition.Params {
		if text := c.Param(p.Name); text != "" {
			doc[p.Name], _ = json.Marshal(text)
		}
	}
	var err error
	s.given, err = json.Marshal(doc)
	return connector.UtilityResult{Output: s.answer}, err
}

// runUtility plays a fixture of a utility: request.body is what it must be given, response.body what it answers.
func runUtility(compiled *connector.Compiled, m *connector.Method, f *Fixture, in mapping.Inputs, rows *int) []string {
	var fail failures
	s := &stand{answer: f.Response.Body}
	runtime := connector.New(connector.Config{Clock: still{}})
	runtime.Provide(compiled.Definition.Metadata.Key, s)
	result, err := runtime.Call(context.Background(), connector.Call{
		Instance: &connector.Instance{Compiled: compiled, Properties: f.Properties}, Method: m, Inputs: in,
		IdempotencyKey: f.IdempotencyKey, LogRequest: true,
	})
	compareError(&fail, f.Expect, err)
	if f.Request.Body != nil && err == nil {
		compareBody(&fail, "request.body", f.Request.Body, s.given)
	}
	compareResult(&fail, f.Expect, result, rows)
	return fail
}
