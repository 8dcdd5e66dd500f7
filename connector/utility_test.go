package connector_test

import (
	"context"
	"errors"
	"testing"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
)

const counterDoc = `
apiVersion: connectors/v1
kind: Connector
transport: utility
metadata: {key: counter, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Counter, version: 1.0.0}
properties: [{name: Secret, scope: account, secret: true}]
methods:
  - id: add
    name: Add
    params: [{name: Key, in: template, required: true}, {name: By, in: template, type: integer, default: 1}]
    request: {fields: [{loc: note}]}
    response: {rows: "[items]", fields: [{loc: "[items].id"}]}
  - {id: once, name: Once, repeat: unsafe}
`

type utilityFunc func(connector.UtilityCall) (connector.UtilityResult, error)

func (f utilityFunc) Do(_ context.Context, c connector.UtilityCall) (connector.UtilityResult, error) {
	return f(c)
}

// TestUtility calls a utility and looks at what it is given and what becomes of its answer.
func TestUtility(t *testing.T) {
	t.Parallel()
	def, problems := connector.Parse("counter.yaml", []byte(counterDoc))
	if def == nil {
		t.Fatal(problems)
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	var given connector.UtilityCall
	call := func(method, key string, answer connector.UtilityResult, failed error) (connector.Result, error) {
		runtime := connector.New(connector.Config{})
		runtime.Provide("counter", utilityFunc(func(c connector.UtilityCall) (connector.UtilityResult, error) {
			given = c
			return answer, failed
		}))
		in := mapping.Inputs{Fields: []mapping.Field{{Location: mapping.MustLocation("note"), Value: mapping.Value(`"s3cret"`)}}}
		if key != "" {
			in.Params = []mapping.Param{{In: "template", Name: "Key", Value: mapping.Quote(key)}}
		}
		return runtime.Call(t.Context(), connector.Call{
			Instance: &connector.Instance{Compiled: compiled, Properties: map[string]string{"Secret": "s3cret"}}, Method: compiled.Method(method), Inputs: in,
			IdempotencyKey: "k-1", LogRequest: true, Behalf: connector.Behalf{Account: 7},
		})
	}

	result, err := call("add", "visits", connector.UtilityResult{Output: []byte(`{"items":[{"id":1},{"id":2}]}`)}, nil)
	if err != nil || result.Rows != 2 || result.TasksOK != 1 || result.TasksIncident != 0 || len(result.Exchanges) != 1 {
		t.Errorf("%+v, %v", result, err)
	}
	if given.Param("Key") != "visits" || given.Param("By") != "1" || given.IdempotencyKey != "k-1" || given.Behalf.Account != 7 || string(given.Body) != `{"note":"s3cret"}` {
		t.Errorf("it was given %+v", given)
	}
	if x := result.Exchanges[0]; x.Status != 200 || string(x.Request) != "Counter Add\r\nKey: visits\r\nBy: 1\r\n\r\n{\"note\":\"REDACTED\"}" {
		t.Errorf("the log has %d %q", x.Status, x.Request)
	}
	for name, c := range map[string]struct {
		method, key string
		failed      error
		class       connector.Class
		incidents   int
	}{
		"a required parameter is missing": {"add", "", nil, connector.ClassBuild, 0},
		"an error that may pass":          {"add", "a", errors.New("away"), connector.ClassRetry, 1},
		"of what must not be repeated":    {"once", "", errors.New("away"), connector.ClassUnknown, 1},
		"an error of its own":             {"add", "a", &connector.Error{Class: connector.ClassPermanent, Code: paceline.CodeLinkNotFound}, connector.ClassPermanent, 1},
		"it asks to come later":           {"add", "a", &connector.Error{Class: connector.ClassThrottled, Waiting: true}, connector.ClassThrottled, 0},
	} {
		result, err := call(c.method, c.key, connector.UtilityResult{}, c.failed)
		failed, ok := errors.AsType[*connector.Error](err)
		if !ok || failed.Class != c.class || result.TasksIncident != c.incidents || result.TasksOK != 0 {
			t.Errorf("%s: %v, %d incident tasks", name, err, result.TasksIncident)
		}
	}
	runtime := connector.New(connector.Config{})
	_, err = runtime.Call(t.Context(), connector.Call{Instance: &connector.Instance{Compiled: compiled}, Method: compiled.Method("once")})
	if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Class != connector.ClassBuild {
		t.Errorf("without the utility: %v", err)
	}
}
