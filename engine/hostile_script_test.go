package engine_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/script"
	"paceline/script/worker"
	"paceline/store/storetest"
)

// hurried is a clock on which minutes pass from one look to the next, so that an account does not wait for what its
// scripts did a moment ago.
type hurried struct {
	paceline.SystemClock
	looks atomic.Int64
}

// Now is two minutes later each time.
func (h *hurried) Now() time.Time {
	return h.SystemClock.Now().Add(time.Duration(h.looks.Add(1)) * 2 * time.Minute)
}

// TestHostileScriptsAsSteps: a script that hurts is an error of its step, whatever it does, and the transaction goes on. The
// scripts are those of the script room whose end is certain.
func TestHostileScriptsAsSteps(t *testing.T) {
	t.Parallel()
	doc := cycleDoc{Steps: []map[string]node{{"received": {Webhook: "event"}}}}
	var want []string
	before := "received"
	for _, name := range []string{
		"loop", "loop_caught", "loop_indexof", "loop_regex", "loop_getter", "loop_stack_getter", "loop_exception_message", "loop_request_throws", "loop_promise",
		"loop_global_getter", "loop_log_function", "proto_request_tojson", "log", "log_in_error", "memory_typed_arrays", "memory_csv_columns", "storage_flood",
		"recursion_eval", "recursion_replace", "throw_huge", "throw_getters", "throw_lines", "throw_null", "promise_never", "proto_error", "out_require", "out_import_file", "top_syntax",
	} {
		code := string(must(os.ReadFile("../script/testdata/hostile/" + name + ".js")))
		kind, _, _ := strings.Cut(strings.TrimPrefix(code, "// want: "), "\n")
		incident := paceline.CodeScriptLimit
		if kind == "error" {
			incident = paceline.CodeScriptFailed
		}
		doc.Steps = append(doc.Steps, map[string]node{name: {After: before, Call: "shaped", Map: map[string]string{"name": "received/name"}, Script: code}})
		want, before = append(want, fmt.Sprint(incident, " ", name)), name
	}
	// What these leave is too large for the server to build.
	for _, flood := range []struct{ name, code string }{
		{"flood_query", "method_request_parameters['q'.repeat(1000)] = Array(1000).fill(1)"},
		{"flood_headers", "for (let i = 0; i < 1000; i++) method_request_headers['X-' + i] = 'x'"},
		{"flood_value", "method_request_parameters.Kind = 'k'.repeat(1e5)"},
	} {
		doc.Steps = append(doc.Steps, map[string]node{flood.name: {
			After: before, Call: "shaped", Map: map[string]string{"name": "received/name"}, Script: "function before_action() { " + flood.code + " }",
		}})
		want, before = append(want, fmt.Sprint(paceline.CodeBuildRequest, " ", flood.name)), flood.name
	}
	doc.Steps = append(doc.Steps, map[string]node{"tell": {After: before, Call: "notify", Map: map[string]string{"name": "received/name"}}})
	const wall = time.Second
	remote := &played{answers: map[string][]answer{}}
	h := furnish(t.Context(), storetest.Open(t, storetest.SQLite(t)), remote, "https://remote.example")
	h.scripts = script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}, Warm: 1, Limits: script.Limits{Wall: wall}, Clock: &hurried{}})
	t.Cleanup(h.scripts.Close)
	h.start(t.Context())
	defer func() { h.engine.Stop(t.Context()) }()
	plan, _ := planOf(t, doc)
	c, address := h.install(t.Context(), plan, 0)
	h.engine.CycleChanged(t.Context(), c)
	if _, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	h.settled(t)
	list, err := h.engine.Incidents(t.Context(), h.principal(), h.account, engine.IncidentFilter{}, paceline.Page{Size: 100})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range list.Items {
		got = append(got, fmt.Sprint(i.Code, " ", i.StepName))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("incidents\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if calls := remote.made(); len(calls) != 1 || calls[0].Path != "notify" {
		t.Errorf("the remote was called: %v", calls)
	}
}
