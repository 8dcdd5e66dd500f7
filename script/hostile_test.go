package script_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"paceline/script"
)

// TestHostile runs every file of testdata/hostile. Its first line says how the run has to end: with a limit (time,
// memory, output, log, calls, storage, depth), with an error of the script (error), or with neither (none); "or" joins
// them, since an engine out of memory may throw null, and some take seconds to their end, which a slow machine cuts short
// (or time). Each ends within the wall time and one second, and the next run finds everything in order. The wall time is
// short where it has to end the run, and so long that it can not where another limit has to, however slow the machine.
func TestHostile(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/hostile/*.js")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	const patient = 30 * time.Second
	p := newPool(t, script.Limits{Wall: patient})
	for i, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".js"), func(t *testing.T) {
			t.Parallel()
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(code), "\n")
			want := strings.TrimPrefix(first, "// want: ")
			wall := patient
			switch {
			case want == script.LimitTime:
				wall = 300 * time.Millisecond
			case strings.HasSuffix(want, " or time"):
				wall = time.Second
			}
			late := lateness()
			// An account for each, so that none waits for what another did.
			who := script.Account{Partner: 1, Account: int64(i + 10)}
			r, err := p.Run(context.Background(), script.Run{
				Account: who, Event: script.BeforeAction, Sources: []script.Source{{Level: script.LevelStep, Code: string(code)}},
				Globals: json.RawMessage(`{"method_request":{"a":1},"method_request_headers":{}}`), Host: refusing{}, Wall: wall,
			})
			delay := late()
			failed, isError := errors.AsType[*script.Error](err)
			got := "none"
			switch {
			case isError && failed.Limit != "":
				got = failed.Limit
			case isError:
				got = "error"
			case err != nil:
				t.Fatalf("did not run: %v", err)
			case !json.Valid(r.Globals) || len(r.Value) > 0 && !json.Valid(r.Value):
				t.Errorf("gave back what is no JSON: %.100q %.100q", r.Value, r.Globals)
			}
			t.Logf("%s after %s: %.200v", got, r.Duration, err)
			if !slices.Contains(strings.Split(want, " or "), got) {
				t.Errorf("ended with %s (%v), want %s", got, err, want)
			}
			if got == script.LimitWorker {
				t.Errorf("the worker broke: %v", err)
			}
			if r.Duration > wall+time.Second+delay {
				t.Errorf("took %s, with a machine that was %s late", r.Duration, delay)
			}
			if isError && len(failed.Error()) > 4000 {
				t.Errorf("the error has %d bytes", len(failed.Error()))
			}
			next, err := p.Run(context.Background(), script.Run{
				Account: who, Event: script.BeforeAction,
				Sources: []script.Source{{Code: "function before_action() { return [typeof polluted, ({}).polluted === undefined, JSON.stringify([1]), method_request] }"}},
				Globals: json.RawMessage(`{"method_request":{"a":1}}`),
			})
			if err != nil || string(next.Value) != `["undefined",true,"[1]",{"a":1}]` {
				t.Errorf("the run after it gave %s, %v", next.Value, err)
			}
		})
	}
}

// longSources are scripts that are too long to be files.
var longSources = map[string]struct{ code, want string }{
	"ten megabytes":        {"//" + strings.Repeat("x", 10<<20) + "\nfunction before_action() {}", script.LimitSource},
	"parentheses":          {"function before_action() { return " + strings.Repeat("(", script.DefaultSource-100) + "}", "error"},
	"an identifier":        {"var " + strings.Repeat("a", script.DefaultSource-200) + " = 1; function before_action() { return 1 }", "none"},
	"functions in another": {"function before_action() { return " + strings.Repeat("function(){return ", 40_000) + "1" + strings.Repeat("}", 40_000) + "}", "error"},
	"a template":           {"function before_action() { return `" + strings.Repeat("${1}", 400_000) + "`.length }", "error"},
	"empty lists":          {"function before_action() { return [" + strings.Repeat("[],", 600_000) + "].length }", script.LimitMemory},
	"labels":               {"function before_action() { " + strings.Repeat("a: {", 100_000) + strings.Repeat("}", 100_000) + " }", "error"},
	"statements":           {"function before_action() { " + strings.Repeat("1;", 1_000_000) + " }", "none"},
	"lines":                {strings.Repeat("\n", script.DefaultSource-60) + "function before_action() { throw new Error('x') }", "error"},
}

func TestLongSources(t *testing.T) {
	t.Parallel()
	p := newPool(t, script.Limits{})
	for name, c := range longSources {
		_, err := p.Run(t.Context(), script.Run{Account: account, Trial: true, Event: script.BeforeAction, Sources: []script.Source{{Code: c.code}}, Globals: json.RawMessage("{}")})
		got := "none"
		if failed, ok := errors.AsType[*script.Error](err); ok {
			if got = failed.Limit; got == "" {
				got = "error"
			}
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got != c.want {
			t.Errorf("%s ended with %s (%v), want %s", name, got, err, c.want)
		}
	}
}

// lateness watches how late the machine is with what this process does; the function ends that and returns the sum of
// it. What is promised in seconds is promised for a machine that has them.
func lateness() func() time.Duration {
	const tick = 10 * time.Millisecond
	stop, sum := make(chan struct{}), make(chan time.Duration)
	go func() {
		var late time.Duration
		ticks := time.NewTicker(tick)
		defer ticks.Stop()
		for last := time.Now(); ; {
			select {
			case now := <-ticks.C:
				if gap := time.Since(last); gap > 2*tick {
					late += gap - tick
				}
				last = now
			case <-stop:
				sum <- late
				return
			}
		}
	}()
	return func() time.Duration { close(stop); return <-sum }
}

// refusing answers every host function with an error.
type refusing struct{}

func (refusing) Call(context.Context, string, json.RawMessage) (json.RawMessage, error) {
	return nil, errors.New("not here")
}
