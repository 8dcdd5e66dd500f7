package script_test

import (
	"context"
	"encoding/json"
	"os"
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
