package core

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"paceline"
)

// seeds is how many simulations a run of the tests plays. -rapid.checks=20000 plays more, and -rapid.seed=N
// plays the one again whose number a failure prints.
const seeds = "500"

// TestMain sets the number of seeds, unless the command line does.
func TestMain(m *testing.M) {
	flag.Parse()
	set := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { set[f.Name] = true })
	for name, value := range map[string]string{"rapid.checks": seeds, "rapid.steps": "60", "rapid.nofailfile": "true"} {
		if !set[name] {
			if err := flag.Set(name, value); err != nil {
				panic(err)
			}
		}
	}
	os.Exit(m.Run())
}

// simulate draws flows, deliveries, answers, failures, stops, steps of the clock, and crashes at any effect.
func simulate(broken func() sabotage) func(t *rapid.T) {
	return func(t *rapid.T) {
		w := newWorld(t, broken())
		t.Repeat(map[string]func(*rapid.T){
			"accept": func(t *rapid.T) { w.t = t; w.accept() },
			"arrive": func(t *rapid.T) {
				if w.t = t; !w.away {
					w.arrive()
				}
			},
			"tick": func(t *rapid.T) { w.t = t; w.tick() },
			"answer": func(t *rapid.T) {
				if len(w.todo) == 0 {
					t.Skip("nothing is open")
				}
				w.t = t
				w.answer()
			},
			"limit": func(t *rapid.T) {
				w.t = t
				a := int64(rapid.IntRange(1, accounts).Draw(t, "account"))
				// Limits only grow here: what is in progress may exceed one that was lowered.
				if l := rapid.IntRange(1, 6).Draw(t, "limit"); l > max(w.limits[a], w.cfg.AccountLimit) {
					w.limits[a] = l
					w.take(w.core.SetAccount(w.now, AccountInfo{Num: a, Active: true, Limit: l}))
				}
			},
			"cycle": func(t *rapid.T) {
				w.t = t
				plan := w.plans[rapid.IntRange(0, len(w.plans)-1).Draw(t, "plan")]
				states := []paceline.CycleState{paceline.CyclePaused, paceline.CycleActive, paceline.CycleActive}
				if w.states[plan.Cycle] == paceline.CycleActive {
					states = append(states, paceline.CycleFinishing)
				}
				w.setState(plan, rapid.SampledFrom(states).Draw(t, "state"))
			},
			"clock": func(t *rapid.T) {
				w.t = t
				w.now = w.now.Add(time.Duration(rapid.IntRange(-20, 100).Draw(t, "step")) * time.Second)
			},
			"crash": func(t *rapid.T) { w.t = t; w.crash() },
			"leave": func(t *rapid.T) { w.t = t; w.away = w.sabotage.moves },
			"move":  func(t *rapid.T) { w.t = t; w.move() },
		})
		w.t = t
		w.settle()
	}
}

// TestNoTokenIsLostOrRunTwice simulates: every run comes to its end; no step is executed again once its
// result is on the disk; what a crash makes run again is at most what was in flight, under the same
// idempotency key; and no limit is exceeded.
func TestNoTokenIsLostOrRunTwice(t *testing.T) {
	rapid.Check(t, simulate(func() sabotage { return sabotage{} }))
}

// sabotage breaks the core on purpose.
type sabotage struct {
	middle  bool // nothing is broken: every flow has a webhook step behind its trigger
	limited bool // nothing is broken: cycles have limits of their own
	moves   bool // nothing is broken: what there is is given away and taken up again
	effects func(w *world, effects []Effect) []Effect
	config  func(c *Config)
}

// everyNth applies f to every nth effect of a kind.
func everyNth(n int, kind EffectKind, f func(w *world, e Effect) []Effect) sabotage {
	count := 0
	return sabotage{effects: func(w *world, effects []Effect) (out []Effect) {
		for _, e := range effects {
			if e.Kind == kind {
				if count++; count%n == 0 {
					out = append(out, f(w, e)...)
					continue
				}
			}
			out = append(out, e)
		}
		return out
	}}
}

// TestSimulationFindsABrokenCore: a core that is broken in any of these ways is caught, the failure prints
// its seed, and that seed alone plays the same failure again.
func TestSimulationFindsABrokenCore(t *testing.T) {
	twice := func(_ *world, e Effect) []Effect { return []Effect{e, e} }
	never := func(*world, Effect) []Effect { return nil }
	for name, broken := range map[string]struct {
		how  func() sabotage
		want string
	}{
		"executes twice":         {func() sabotage { return everyNth(5, Execute, twice) }, "is not answered"},
		"forgets to write":       {func() sabotage { return everyNth(5, Write, never) }, "waits for nothing|slots are taken"},
		"forgets to load":        {func() sabotage { return everyNth(2, Load, never) }, "waits for nothing|slots are taken"},
		"forgets to read on":     {func() sabotage { return everyNth(2, Refill, never) }, "waits for nothing"},
		"ignores account limits": {func() sabotage { return sabotage{config: func(c *Config) { c.AccountLimit = 100; c.Slots = 100 }} }, "its limit is|slots"},
		"ignores the slots":      {func() sabotage { return sabotage{config: func(c *Config) { c.Slots = 100 }} }, "with .* slots|its limit is"},
		"changes a key": {func() sabotage {
			return everyNth(4, Execute, func(w *world, e Effect) []Effect { e.Token.K += int32(w.next); return []Effect{e} })
		}, "had key"},
		"executes what is done": {func() sabotage {
			return everyNth(1, Execute, func(w *world, e Effect) []Effect {
				for seq, row := range w.disk[e.Run.Num].rows {
					if seq > 0 && row.State == paceline.StepDone && e.Run.Plan.Steps[row.StepRef].Kind == paceline.StepAction {
						e.Token = Token{From: row.From, Step: row.StepRef, Seq: seq}
					}
				}
				return []Effect{e}
			})
		}, "is executed again although"},
	} {
		t.Run(name, func(t *testing.T) {
			found := record(func(r *recorder) { rapid.Check(r, simulate(broken.how)) }, "rapid.checks", seeds)
			if !found.failed || !regexp.MustCompile(broken.want).MatchString(found.text) {
				t.Fatalf("failed %v, want %q:\n%s", found.failed, broken.want, found.short())
			}
			seed := regexp.MustCompile(`-rapid\.seed=(\d+)`).FindStringSubmatch(found.text)
			if seed == nil {
				t.Fatalf("no seed is printed:\n%s", found.short())
			}
			again := record(func(r *recorder) { rapid.Check(r, simulate(broken.how)) }, "rapid.seed", seed[1])
			if !again.failed || again.first() != found.first() {
				t.Errorf("seed %s gives %q, then %q", seed[1], found.first(), again.first())
			}
		})
	}
}

// recorder takes the place of a test, so that its failure can be looked at.
type recorder struct {
	rapid.TB // not set: what is not below is not called
	failed   bool
	text     string
}

func (*recorder) Helper()        {}
func (*recorder) Name() string   { return "recorded" }
func (r *recorder) Failed() bool { return r.failed }
func (r *recorder) Fail()        { r.failed = true }
func (r *recorder) FailNow()     { r.failed = true; runtime.Goexit() }
func (r *recorder) Log(args ...any) {
	r.text += fmt.Sprintln(args...)
}
func (r *recorder) Logf(format string, args ...any)   { r.text += fmt.Sprintf(format+"\n", args...) }
func (r *recorder) Errorf(format string, args ...any) { r.Logf(format, args...); r.Fail() }
func (r *recorder) Error(args ...any)                 { r.Log(args...); r.Fail() }
func (r *recorder) Fatalf(format string, args ...any) { r.Logf(format, args...); r.FailNow() }
func (r *recorder) Fatal(args ...any)                 { r.Log(args...); r.FailNow() }

// first is the line that says what failed, without where the tests stand.
func (r *recorder) first() string {
	for line := range strings.Lines(r.text) {
		if _, what, ok := strings.Cut(line, "] failed after "); ok {
			_, what, _ = strings.Cut(what, ": ")
			return what
		}
	}
	return r.short()
}

func (r *recorder) short() string { return r.text[:min(len(r.text), 1500)] }

// record runs f with a flag set, and without making failures small.
func record(f func(*recorder), name, value string) *recorder {
	for flagName, v := range map[string]string{name: value, "rapid.shrinktime": "0s"} {
		was := flag.Lookup(flagName).Value.String()
		if err := flag.Set(flagName, v); err != nil {
			panic(err)
		}
		defer flag.Set(flagName, was)
	}
	r, done := &recorder{}, make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r
}

// seen are the arrows that simulations went along: those of steps by the state that was left, and those in memory.
type seen struct {
	steps  map[leg]int
	runs   map[*paceline.Arrow[paceline.RunState]]int
	phases map[string]int // "from --> to", of runs in memory
}

type leg struct {
	arrow *paceline.Arrow[paceline.StepState]
	from  paceline.StepState
}

var arrows = seen{map[leg]int{}, map[*paceline.Arrow[paceline.RunState]]int{}, map[string]int{}}

func (s seen) phase(from, to phase) {
	if from != outside || to != outside { // else there was no room for it
		s.phases[from.String()+" --> "+to.String()]++
	}
}

func (s seen) step(t *rapid.T, rows map[int32]paceline.StepRow, row paceline.StepRow, arrow *paceline.Arrow[paceline.StepState]) {
	from := paceline.NoStep
	if was, ok := rows[row.Seq]; ok {
		from = was.State
	}
	if arrow == nil || arrow.To != row.State || !arrow.Leads(from) {
		t.Fatalf("a row goes from state %d to %d along no arrow: %+v", from, row.State, arrow)
	}
	s.steps[leg{arrow, from}]++
}
