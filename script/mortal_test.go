package script_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"paceline/script"
	"paceline/script/wire"
)

const mortalArgument = "script-mortal"

// Moments at which mortal workers die.
const (
	atStart    = "start"   // before it is ready
	waiting    = "waiting" // when it has got the run
	begun      = "begun"
	served     = "served"     // after a request
	whenIdle   = "when idle"  // after a run that went well
	atTheEnd   = "at the end" // as whenIdle, with the answer on its way
	mortalTold = "gave up"
)

// mortal is the main function of a worker that dies at the moment as long as fewer than so many have.
func mortal(moment, deaths, dir string) {
	most, _ := strconv.Atoi(deaths)
	die := func(at string) {
		if at != moment {
			return
		}
		for i := range most {
			if os.Mkdir(filepath.Join(dir, strconv.Itoa(i)), 0o700) == nil {
				fmt.Fprintln(os.Stderr, mortalTold)
				self, _ := os.FindProcess(os.Getpid())
				self.Kill()
				select {} // until it arrives
			}
		}
	}
	var h wire.Head
	wire.Read(os.Stdin, &h, wire.MaxHead, 0)
	die(atStart)
	wire.Write(os.Stdout, &wire.Head{Kind: wire.KindReady})
	for {
		if _, err := wire.Read(os.Stdin, &h, wire.MaxHead, wire.MaxHead); err != nil {
			return
		}
		die(waiting)
		wire.Write(os.Stdout, &wire.Head{Kind: wire.KindBegun})
		die(begun)
		if moment == served {
			wire.Write(os.Stdout, &wire.Head{Kind: wire.KindCall, Name: script.FuncHTTP}, []byte("[]"))
			wire.Read(os.Stdin, &h, wire.MaxHead, wire.MaxHead)
			die(served)
		}
		wire.Write(os.Stdout, &wire.Head{Kind: wire.KindDone, Handled: true, Result: 4, Retire: moment == atTheEnd}, []byte("true{}"))
		die(whenIdle)
		if moment == atTheEnd {
			return
		}
	}
}

// TestWorkersThatDie says what becomes of a run whose workers die of something else than the script.
func TestWorkersThatDie(t *testing.T) {
	t.Parallel()
	const ok, busy, blamed = "ok", "busy", "blamed"
	for name, c := range map[string]struct {
		moment string
		deaths int
		want   string
	}{
		"one at its start":                       {atStart, 1, ok},
		"two at their start":                     {atStart, 2, ok},
		"all at their start":                     {atStart, 1000, busy},
		"one before it begins":                   {waiting, 1, ok},
		"two before they begin":                  {waiting, 2, ok},
		"all before they begin":                  {waiting, 1000, busy},
		"one with a script begun":                {begun, 1, ok},
		"two with a script begun":                {begun, 2, blamed},
		"one after a request":                    {served, 1, blamed},
		"one that has answered":                  {whenIdle, 1, ok},
		"each that has answered":                 {whenIdle, 1000, ok},
		"each with its answer still in the pipe": {atTheEnd, 0, ok},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told lines
			p := script.NewPool(script.Config{
				Command: []string{os.Args[0], mortalArgument, c.moment, strconv.Itoa(c.deaths), t.TempDir()}, Warm: 1,
				Logger: slog.New(slog.NewTextHandler(&told, nil)),
			})
			t.Cleanup(p.Close)
			runs := 1
			if c.want == ok {
				runs = 20
			}
			for range runs {
				_, err := p.Run(context.Background(), script.Run{
					Account: account, Event: script.BeforeAction, Sources: []script.Source{{Code: "before_action"}}, Globals: []byte("{}"), Host: refusing{},
				})
				got := ok
				if _, is := errors.AsType[*script.BusyError](err); is {
					got = busy
				} else if failed, is := errors.AsType[*script.Error](err); is && failed.Limit == script.LimitWorker {
					got = blamed
				} else if err != nil {
					got = err.Error()
				}
				if got != c.want {
					t.Fatalf("ended with %s (%v), want %s", got, err, c.want)
				}
			}
			if log := told.String(); c.deaths > 0 && c.moment != atStart && c.moment != whenIdle &&
				(!strings.Contains(log, "signal: killed") || !strings.Contains(log, mortalTold)) {
				t.Errorf("the log tells no reason: %s", log)
			} else if c.moment == atTheEnd && log != "" {
				t.Errorf("an answer was lost: %s", log)
			}
		})
	}
}

// TestDeathsBeforeAScriptBlameNobody: the account need not wait.
func TestDeathsBeforeAScriptBlameNobody(t *testing.T) {
	t.Parallel()
	p := script.NewPool(script.Config{
		Command: []string{os.Args[0], mortalArgument, waiting, "1000", t.TempDir()}, Warm: 1, Logger: slog.New(slog.DiscardHandler),
		Limits: script.Limits{Wall: time.Minute},
	})
	t.Cleanup(p.Close)
	for range 5 {
		_, err := p.Run(context.Background(), script.Run{Account: account, Event: script.BeforeAction, Sources: []script.Source{{Code: "before_action"}}, Globals: []byte("{}")})
		if _, is := errors.AsType[*script.BusyError](err); !is {
			t.Fatalf("ended with %v", err)
		}
	}
}

// lines is a buffer for a logger.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
