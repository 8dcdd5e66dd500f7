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

// TestSecretsAcrossACut: wherever an error is cut, nothing is left of a secret that stands there.
func TestSecretsAcrossACut(t *testing.T) {
	t.Parallel()
	p := newPool(t, script.Limits{})
	secret := strings.Repeat("geheim", 500)
	mask := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(secret), []byte("***")) }
	given, _ := json.Marshal(map[string]string{"secret": secret})
	for _, before := range []int{0, 90, 1990, 1999, 2000, 31_000, 31_990, 31_999} {
		for _, code := range []string{
			"throw new Error('x'.repeat(%d) + secret)", "const e = new Error('a'); e.name = 'x'.repeat(%d) + secret; throw e", "throw 'x'.repeat(%d) + secret", "require('x'.repeat(%d) + secret)",
			"throw { a: 'x'.repeat(%d) + secret }", "throw new Error(secret.repeat(10).slice(0, 3000 * 10) + 'x'.repeat(%d - 30000 > 0 ? %[1]d - 30000 : 0) + secret)",
		} {
			_, err := p.Run(t.Context(), script.Run{
				Account: account, Event: script.BeforeAction, Sources: []script.Source{{Code: "function before_action() { " + fmt.Sprintf(code, before) + " }"}}, Globals: given, Mask: mask,
			})
			if err == nil || strings.Contains(err.Error(), "geh") || len(err.Error()) > 2300 {
				t.Errorf("%s with %d told %.2500v", code, before, err)
			}
		}
	}
}

// TestManyAwaits: a function that waits for very many promises comes to its end.
func TestManyAwaits(t *testing.T) {
	t.Parallel()
	r, err := newPool(t, script.Limits{Wall: script.MaxWall}).Run(t.Context(), script.Run{
		Account: account, Event: script.BeforeAction, Globals: []byte("{}"),
		Sources: []script.Source{{Code: "async function before_action() { let n = 0; while (n < 1100000) n += await 1; return n }"}},
	})
	if err != nil || string(r.Value) != "1100000" {
		t.Errorf("%s, %v", r.Value, err)
	}
}

// TestInlineScripts: what counts as an expression and what as statements, and what an error says.
func TestInlineScripts(t *testing.T) {
	t.Parallel()
	p := newPool(t, script.Limits{})
	for code, want := range map[string]string{
		"1 + 1":                               "2",
		"'no return'":                         `"no return"`,
		"1 // return it":                      "1",
		"/* return */ a":                      "5",
		"`return ${a}`":                       `"return 5"`,
		"/return/.test('return')":             "true",
		"[1, 2].map((x) => { return x * a })": "[5,10]",
		"[1].map(function (x) { return x })[0] + ' return'":    `"1 return"`,
		"(() => { if (a > 1) return 'many'; return 'few' })()": `"many"`,
		"{ return: 1 }.return":                                 "1",
		"({ return: 1 })":                                      `{"return":1}`,
		"return a":                                             "5",
		"if (a > 1) return 'many'; return 'few'":               `"many"`,
		"const f = (x) => { return x }; return f(a)":           "5",
		"for (const x of [1, 2]) { if (x > 1) return x }":      "2",
		"// a comment\nreturn a":                               "5",
		"a // the end":                                         "5",
		"undefined":                                            "",
		"return":                                               "",
		"const x = 'return'; x":                                "line 1, column 1: SyntaxError",
		"const f = () => { return 1 }":                         "line 1, column 1: SyntaxError",
		"a;":                                                   "line 1, column 2: SyntaxError",
		"return a +":                                           "line 2, column 1: SyntaxError",
		"a +* 'return'":                                        "line 1, column 4: SyntaxError",
	} {
		values, err := p.Values(t.Context(), account, []string{code}, json.RawMessage(`{"a":5}`), nil, nil)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = string(values[0])
		}
		if err == nil && got != want || err != nil && (!strings.HasPrefix(strings.TrimPrefix(got, "inline script, "), want) || want == "") {
			t.Errorf("%q gave %s, want %s", code, got, want)
		}
		if check := p.CheckExpressions(t.Context(), account, []script.Source{{Code: code}}); (check != nil) != strings.Contains(want, "SyntaxError") {
			t.Errorf("%q is checked with %v", code, check)
		}
	}
	// A check runs nothing, also of what closes the function around it.
	if err := p.CheckExpressions(t.Context(), account, []script.Source{{Code: "1)}); throw 1; (function(){return (1"}}); err != nil {
		t.Error(err)
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
