package script_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"paceline/script"
	"paceline/script/worker"
)

func newPool(t testing.TB, limits script.Limits) *script.Pool {
	t.Helper()
	p := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}, Limits: limits})
	t.Cleanup(p.Close)
	return p
}

var account = script.Account{Partner: 1, Account: 2}

// TestLogsAndErrorsAreMasked: also those of a run that went well.
func TestLogsAndErrorsAreMasked(t *testing.T) {
	t.Parallel()
	p := newPool(t, script.Limits{})
	mask := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("geheim"), []byte("***")) }
	for code, want := range map[string]string{
		"console.log('is geheim')": "is *** []",
		"console.log({ a: 'geheim' }); const e = new Error('not geheim'); e.name = 'geheim'; throw e": `{"a":"***"} [line 1, column 77: ***: not ***]`,
	} {
		r, err := p.Run(context.Background(), script.Run{
			Account: account, Event: script.BeforeAction, Sources: []script.Source{{Code: "function before_action() { " + code + " }"}}, Globals: []byte("{}"), Mask: mask,
		})
		told := []any{}
		if err != nil {
			told = append(told, err)
		}
		if got := fmt.Sprint(strings.Join(r.Log, "|"), " ", told); got != want {
			t.Errorf("%s told %s, want %s", code, got, want)
		}
	}
}

func TestRunChangesGlobals(t *testing.T) {
	p := newPool(t, script.Limits{})
	r, err := p.Run(context.Background(), script.Run{
		Account: account, Event: script.BeforeAction,
		Sources: []script.Source{{script.LevelStep, "function before_action() { console.log('hi', {a: 1}); method_request.Name = method_request.First + '!'; return true; }"}},
		Globals: json.RawMessage(`{"method_request":{"First":"Ann"},"id":12345678901234567890}`), Measure: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"method_request":{"First":"Ann","Name":"Ann!"},"id":12345678901234567890}`; string(r.Globals) != want {
		t.Errorf("globals %s, want %s", r.Globals, want)
	}
	if string(r.Value) != "true" || !r.Handled || r.Memory == 0 || len(r.Log) != 1 || r.Log[0] != `hi {"a":1}` {
		t.Errorf("got %+v", r)
	}
}
