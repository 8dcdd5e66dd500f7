package connector_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/mapping"
	"paceline/script"
	"paceline/script/worker"
)

// judgements are what after_error makes of a call that failed.
var judgements = map[string]struct {
	script  string
	status  int
	answer  string
	output  string
	tasks   string
	warning string // of the one that is told
	detail  string // of the failure
}{
	"what it sees": {
		script: "throw new Error(JSON.stringify([method_error, statusCode, reasonPhrase]))", status: 418, answer: `{"why":"tea"}`,
		tasks: "0 1", detail: `[{"statusCode":418,"reasonPhrase":"Text","content":"{\"why\":\"tea\"}","isError":true,"isWarning":false,"isSuccess":false},418,"Text"]`,
	},
	"without an answer": {
		script: "throw new Error(JSON.stringify(method_error))", tasks: "0 1",
		detail: `{"statusCode":0,"reasonPhrase":"","content":"The connection failed before an answer was complete.","isError":true,"isWarning":false,"isSuccess":false}`,
	},
	"a warning":                {script: "method_error.isWarning = true", status: 409, answer: `{"id":7}`, output: `{"id":7}`, tasks: "0 1", warning: `{"id":7}`},
	"a warning in other words": {script: "method_error.isWarning = true; method_error.content = 'It is there already.'", status: 409, answer: `{"id":7}`, tasks: "0 1", warning: "HTTP/1.1 409 Text\r\nIt is there already.\r\n"},
	"a success":                {script: "method_error.isSuccess = true", status: 409, answer: `{"id":7}`, output: `{"id":7}`, tasks: "1 0"},
	"no error":                 {script: "method_error.isError = false", status: 409, answer: `{"id":7}`, output: `{"id":7}`, tasks: "1 0"},
	"a success with a document": {
		script: "method_error.isSuccess = true; method_error.content = { id: JSON.parse(method_error.content).existing }", status: 409, answer: `{"existing":9}`, output: `{"id":9}`, tasks: "1 0",
	},
	"a success with a text":       {script: "method_error.isSuccess = true; method_error.content = '{\"id\":8}'", status: 500, answer: "no", output: `{"id":8}`, tasks: "1 0"},
	"a success without an answer": {script: "method_error.isSuccess = true; method_error.content = null", tasks: "1 0"},
	"a success that cannot be read": {
		script: "method_error.isSuccess = true", status: 404, answer: `<html>`, tasks: "1 0",
	},
	"an error in other words":       {script: "method_error.content = 'Choose another name.'", status: 400, answer: `{"code":17}`, tasks: "0 1", detail: "HTTP/1.1 400 Text\r\nChoose another name.\r\n"},
	"other words without an answer": {script: "method_error.content = 'Is the server on?'", tasks: "0 1", detail: "Is the server on?\r\n"},
	"a refusal that asks to wait":   {script: "method_error.isSuccess = true", status: 429, answer: `{}`, tasks: "0 1", detail: "HTTP/1.1 429 Text"},
	"an answer to the credential":   {script: "method_error.isSuccess = true", status: 401, answer: `{"id":1}`, output: `{"id":1}`, tasks: "1 0"},
	"something else in its place":   {script: "method_error = 7", status: 400, answer: `{}`, tasks: "0 1", detail: "HTTP/1.1 400 Text"},
	"its secrets":                   {script: "method_error.content = 'with geheim'", status: 400, answer: `{}`, tasks: "0 1", detail: "with REDACTED"},
	"action_data":                   {script: "method_error.isSuccess = true; method_error.content = action_data", status: 400, answer: `{}`, output: `{"from":"before"}`, tasks: "1 0"},
}

// TestScriptsJudgeErrors: after_error sees how a call failed, and may say that it did not.
func TestScriptsJudgeErrors(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	for name, c := range judgements {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			def, problems := connector.Parse("acme", fmt.Appendf(nil, scriptDoc, `"// none"`, `"// none"`))
			if def == nil {
				t.Fatal(problems)
			}
			compiled, err := connector.Compile(def)
			if err != nil {
				t.Fatal(err)
			}
			w := &web{answer: func(*http.Request) (int, string) { return c.status, c.answer }}
			var transport http.RoundTripper = w
			if c.status == 0 {
				transport = away{}
			}
			runtime := connector.New(connector.Config{Transport: transport, Scripts: pool, Limits: connector.Limits{Sends: 1}})
			result, err := runtime.Call(t.Context(), connector.Call{
				Instance: &connector.Instance{Account: 1, Partner: 1, Compiled: compiled, AuthValue: "geheim"}, Method: compiled.Method("send"),
				Inputs: mapping.Inputs{Params: []mapping.Param{{In: "path", Name: "Id", Value: mapping.Value("1")}}},
				Script: connector.ScriptCall{Step: "function before_action() { action_data = { from: 'before' } } function after_error() { " + c.script + " }"},
			})
			if string(result.Output) != c.output || fmt.Sprint(result.TasksOK, result.TasksIncident) != c.tasks {
				t.Errorf("output %s, tasks %d %d; want %s, %s", result.Output, result.TasksOK, result.TasksIncident, c.output, c.tasks)
			}
			warned := ""
			for _, one := range result.Warnings {
				warned += one.Detail
			}
			if c.warning == "" && warned != "" || !strings.Contains(warned, c.warning) {
				t.Errorf("warned %q, want %q", warned, c.warning)
			}
			failed, ok := errors.AsType[*connector.Error](err)
			switch {
			case c.detail == "" && err != nil:
				t.Errorf("failed: %v", err)
			case c.detail != "" && (!ok || !strings.Contains(failed.Detail, c.detail)):
				t.Errorf("failed with %v, want %s", err, c.detail)
			case ok && strings.Contains(failed.Detail, "geheim"):
				t.Errorf("tells the credential: %s", failed.Detail)
			}
		})
	}
}

// away is a remote that cannot be reached.
type away struct{}

func (away) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection refused")
}
