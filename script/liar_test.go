package script_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"paceline/script"
	"paceline/script/wire"
)

// liars are workers whose memory a script has spoilt: each does to the server what it can.
var liars = map[string]func(out io.Writer){
	"lengths":        func(out io.Writer) { out.Write([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) },
	"half a frame":   func(out io.Writer) { out.Write([]byte{0, 0, 0, 100, 0, 0, 0, 0, '{'}) },
	"a promise":      func(out io.Writer) { out.Write([]byte{0, 0, 0, 20, 0, 0x9f, 0, 0}); time.Sleep(time.Hour) },
	"silence":        func(io.Writer) { time.Sleep(time.Hour) },
	"no head":        func(out io.Writer) { out.Write([]byte{0, 0, 0, 2, 0, 0, 0, 0, '[', ']'}) },
	"another kind":   func(out io.Writer) { wire.Write(out, &wire.Head{Kind: wire.KindSetup}) },
	"no JSON":        func(out io.Writer) { wire.Write(out, &wire.Head{Kind: wire.KindDone}, []byte("{")) },
	"a long result":  func(out io.Writer) { wire.Write(out, &wire.Head{Kind: wire.KindDone, Result: 1000}, []byte("{}")) },
	"a wrong result": func(out io.Writer) { wire.Write(out, &wire.Head{Kind: wire.KindDone, Result: -1}, []byte("{}")) },
	"begun again":    func(out io.Writer) { wire.Write(out, &wire.Head{Kind: wire.KindBegun}) },
	"calls": func(out io.Writer) {
		for {
			wire.Write(out, &wire.Head{Kind: wire.KindCall, Name: "anything"}, []byte("[]"))
		}
	},
	"a call without JSON": func(out io.Writer) {
		wire.Write(out, &wire.Head{Kind: wire.KindCall, Name: script.FuncHTTP}, []byte("{{{"))
		time.Sleep(time.Hour)
	},
	"lines": func(out io.Writer) {
		for {
			wire.Write(out, &wire.Head{Kind: wire.KindLog}, []byte(strings.Repeat("x", 1000)))
		}
	},
	"empty lines": func(out io.Writer) {
		for {
			wire.Write(out, &wire.Head{Kind: wire.KindLog})
		}
	},
}

const liarArgument = "script-liar"

// lie is the main function of a lying worker.
func lie(name string) {
	var h wire.Head
	wire.Read(os.Stdin, &h, wire.MaxHead, 0)
	wire.Write(os.Stdout, &wire.Head{Kind: wire.KindReady})
	wire.Read(os.Stdin, &h, wire.MaxHead, wire.MaxHead)
	wire.Write(os.Stdout, &wire.Head{Kind: wire.KindBegun})
	if name == tellsTime {
		text := fmt.Appendf(nil, "[%d]", h.Wall)
		wire.Write(os.Stdout, &wire.Head{Kind: wire.KindDone, Handled: true, Result: len(text)}, text, []byte("{}"))
		return
	}
	liars[name](os.Stdout)
}

// tellsTime is a worker that gives the time it was given, in microseconds, as the value of an expression.
const tellsTime = "time"

// TestTimeOfInlineScripts: they have ten seconds also where events have more, and less where those do.
func TestTimeOfInlineScripts(t *testing.T) {
	t.Parallel()
	for wall, want := range map[time.Duration]string{0: "10000000", time.Minute: "10000000", 5 * time.Second: "5000000"} {
		p := script.NewPool(script.Config{Command: []string{os.Args[0], liarArgument, tellsTime}, Warm: 1, Limits: script.Limits{Wall: wall}})
		t.Cleanup(p.Close)
		values, err := p.Values(t.Context(), account, []string{"1"}, []byte("{}"), nil, nil)
		if err != nil || len(values) != 1 || string(values[0]) != want {
			t.Errorf("with %s for events: %s, %v", wall, values, err)
		}
	}
}

func TestLyingWorkers(t *testing.T) {
	t.Parallel()
	for name := range liars {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const wall = time.Second
			p := script.NewPool(script.Config{Command: []string{os.Args[0], liarArgument, name}, Warm: 1, Limits: script.Limits{Wall: wall}})
			t.Cleanup(p.Close)
			r, err := p.Run(context.Background(), script.Run{Account: account, Event: script.BeforeAction, Sources: []script.Source{{Code: "before_action"}}, Globals: []byte("{}")})
			failed, ok := errors.AsType[*script.Error](err)
			if !ok || failed.Limit == "" {
				t.Errorf("ended with %v, %s", err, r.Globals)
			}
			if r.Duration > wall+time.Second {
				t.Errorf("took %s", r.Duration)
			}
		})
	}
}

func TestAccountWaitsAfterKills(t *testing.T) {
	t.Parallel()
	p := newPool(t, script.Limits{Wall: 100 * time.Millisecond})
	endless := script.Run{Account: account, Event: script.BeforeAction, Sources: []script.Source{{Code: "function before_action() { for (;;); }"}}, Globals: []byte("{}")}
	for range 3 {
		if _, err := p.Run(context.Background(), endless); err == nil {
			t.Fatal("an endless script ended")
		}
	}
	_, err := p.Run(context.Background(), endless)
	wait, ok := errors.AsType[*script.WaitError](err)
	if !ok || wait.After <= 50*time.Second || wait.After > time.Minute || !wait.First {
		t.Errorf("the fourth run: %v", err)
	}
	other := endless
	other.Account.Account++
	other.Wall = 20 * time.Second
	other.Sources = []script.Source{{Code: "function before_action() { return 1 }"}}
	if r, err := p.Run(context.Background(), other); err != nil || string(r.Value) != "1" {
		t.Errorf("another account: %s, %v", r.Value, err)
	}
}

// TestAccountWaitsAfterFloods: limits that are hit in no time cost a worker each, so that they make an account wait as well.
func TestAccountWaitsAfterFloods(t *testing.T) {
	t.Parallel()
	p := newPool(t, script.Limits{Log: 100, Wall: script.MaxWall})
	flood := script.Run{Account: account, Event: script.BeforeAction, Sources: []script.Source{{Code: "function before_action() { console.log('x'.repeat(200)) }"}}, Globals: []byte("{}")}
	for n := range 30 {
		_, err := p.Run(t.Context(), flood)
		if failed, is := errors.AsType[*script.Error](err); !is || failed.Limit != script.LimitLog {
			t.Fatalf("run %d: %v", n+1, err)
		}
	}
	_, err := p.Run(t.Context(), flood)
	if wait, is := errors.AsType[*script.WaitError](err); !is || wait.After <= 50*time.Second {
		t.Errorf("the run after them: %v", err)
	}
}
