package connectortest

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"

	"paceline/connector"
	"paceline/mapping"
)

// Replay makes the calls of a folder's fixtures again at a remote that answers by itself, such as a vendor's mock
// server, and reports those that it refuses. Fixtures that expect an error are left out: the remote knows nothing of
// what went wrong in them. Without a filter, all others are made.
func Replay(path string, remote http.RoundTripper, filter func(m *connector.Method, f *Fixture) bool) Report {
	file := connector.FileIn(path)
	report := Report{Connector: filepath.Base(path)}
	doc, err := os.ReadFile(file)
	if err != nil {
		report.Problems = []connector.Problem{{Message: err.Error()}}
		return report
	}
	def, problems := connector.ParseIn(os.DirFS(filepath.Dir(file)), file, doc)
	if def == nil {
		report.Problems = problems
		return report
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		report.Problems = []connector.Problem{{Message: err.Error()}}
		return report
	}
	for _, t := range def.Tests {
		if t.Method == "" {
			continue
		}
		m := compiled.Method(t.Method)
		c := Case{Name: t.Method + " " + t.Fixture}
		f, err := readFixture(filepath.Join(path, filepath.FromSlash(t.Fixture)))
		if err == nil && (f.Expect.Class != "" || filter != nil && !filter(m, f)) {
			continue
		}
		var in mapping.Inputs
		if err == nil {
			in, err = inputs(f)
		}
		if err == nil { // with limits that nobody has used
			_, err = call(compiled, m, f, in, connector.New(connector.Config{Transport: remote, Clock: still{}, Limits: connector.Limits{Sends: 1}}))
		}
		if err != nil {
			c.Failures = []string{err.Error()}
			var failed *connector.Error
			if errors.As(err, &failed) {
				c.Class = failed.Class.String()
				c.Failures = []string{failed.Error() + ": " + failed.Detail}
			}
		}
		report.Cases = append(report.Cases, c)
	}
	return report
}

// call makes the call of a fixture.
func call(compiled *connector.Compiled, m *connector.Method, f *Fixture, in mapping.Inputs, runtime *connector.Runtime) (connector.Result, error) {
	made := connector.Call{
		Instance: &connector.Instance{Compiled: compiled, Auth: compiled.Auth(f.Auth), AuthValue: f.AuthValue, Properties: f.Properties, Client: connector.Client{ID: "example-app", Secret: f.Secret}},
		Method:   m, Inputs: in, IdempotencyKey: f.IdempotencyKey, LogRequest: true, Page: f.Page, Webhook: f.Webhook.info(), Cursor: f.cursor(),
		Merge: func(name string) (string, bool) { v, ok := f.System[name]; return v, ok },
	}
	result, err := runtime.Call(context.Background(), made)
	if err == nil && result.Next == nil {
		_, err = runtime.AfterPaging(context.Background(), made, &result)
	}
	return result, err
}

func (f *Fixture) cursor() *connector.Cursor {
	if f.Cursor == "" {
		return nil
	}
	return &connector.Cursor{Value: f.Cursor}
}
