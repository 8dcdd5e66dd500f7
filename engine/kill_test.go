package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/engine/killpoint"
	"paceline/store"
	"paceline/store/storetest"
)

// victimOrder is what a child process of the kill tests is told.
type victimOrder struct {
	Path, URL string // the database
	Remote    string // address of the remote, which the parent plays
	Deliver   int    // how many deliveries it sends itself
	Prefix    string // of their names
	Unsafe    bool   // the first call must not be repeated
	NoKeep    bool   // retention is zero, and pruning happens all the time
	Point     killpoint.Point
	Pass      int // it dies at this pass of the point
}

const victimEnv = "PACELINE_ENGINE_VICTIM"

// inFlight is the number of steps that a victim has in progress at most.
const inFlight = 16

// TestMain runs this binary as a victim when the parent asks for one.
func TestMain(m *testing.M) {
	if order := os.Getenv(victimEnv); order != "" {
		victim(order)
		return
	}
	os.Exit(m.Run())
}

// victim opens the database, runs an engine, sends deliveries, and says on its output what was
// acknowledged. It dies at its point, or ends when no transaction is live any more.
func victim(text string) {
	var o victimOrder
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	var passed atomic.Int64
	if o.Point != "" {
		killpoint.Hook = func(p killpoint.Point) {
			if p == o.Point && passed.Add(1) == int64(o.Pass) {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // the signal is on its way
			}
		}
	}
	ctx := context.Background()
	s := must(store.Open(ctx, store.Options{Path: o.Path, URL: o.URL, BallastBytes: -1}))
	h := furnish(ctx, s, &http.Transport{MaxIdleConnsPerHost: inFlight}, o.Remote)
	h.limits = engine.Limits{Running: inFlight, AccountRunning: inFlight, AcceptWait: time.Minute}
	if o.NoKeep {
		h.limits.PruneEvery = 5 * time.Millisecond
	}
	c, address := victimCycle(ctx, h, o)
	h.start(ctx)
	h.engine.CycleChanged(ctx, c)

	var out sync.Mutex
	var senders sync.WaitGroup
	names := make(chan string)
	for range 8 {
		senders.Go(func() {
			for name := range names {
				body := fmt.Appendf(nil, `{"name":%q,"country":"DE"}`, name)
				r, err := h.engine.Deliver(ctx, address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: body, At: time.Now()})
				if err != nil {
					panic(err)
				}
				out.Lock()
				fmt.Printf("ack %s %s\n", name, r.Transaction)
				out.Unlock()
			}
		})
	}
	for i := range o.Deliver {
		names <- fmt.Sprintf("%s%d", o.Prefix, i)
	}
	close(names)
	senders.Wait()
	awaitIdle(ctx, h, o)
	h.engine.Stop(ctx)
	if err := s.Close(); err != nil {
		panic(err)
	}
	fmt.Println("done")
}

// awaitIdle polls until no transaction is live, and with pruning, until nothing of them is kept.
func awaitIdle(ctx context.Context, h *house, o victimOrder) {
	for {
		live := 0
		err := h.store.Read(ctx, func(tx *store.Tx) error {
			list, err := tx.Runs(h.account.Scope(), store.RunFilter{States: []paceline.RunState{paceline.RunLive}}, paceline.Page{Size: 1}, true)
			live = len(list.Items)
			if err != nil || live > 0 || !o.NoKeep {
				return err
			}
			all, err := tx.Runs(h.account.Scope(), store.RunFilter{}, paceline.Page{Size: 1000}, true)
			for _, r := range all.Items {
				x, err := tx.Exchanges(h.account.Scope(), r.Num)
				if err != nil {
					return err
				}
				live += len(x)
			}
			return err
		})
		if err != nil {
			panic(err)
		}
		if live == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond) // another process's work: there is no signal to wait for
	}
}

// victimCycle installs the cycle of the kill tests, or finds it: a call, a decision and another call.
func victimCycle(ctx context.Context, h *house, o victimOrder) (paceline.Cycle, string) {
	id := func(n int) paceline.ID { return paceline.ID(fmt.Sprintf("00000000-0000-7000-8000-%012d", n)) }
	from := func(key string, step int, location string) paceline.PlanInput {
		return paceline.PlanInput{Field: true, Key: key, Mapping: paceline.Mapping{
			Type: paceline.MapStepField, SourceStep: id(step), SourceLocation: location}}
	}
	next := func(to int, exit paceline.EdgeType) []paceline.PlanEdge {
		return []paceline.PlanEdge{{To: to, Type: exit}}
	}
	country := "DE"
	first := paceline.PlanStep{ID: id(1), Name: "create", Kind: paceline.StepAction, Method: "create", AccountConnector: 1,
		Inputs: []paceline.PlanInput{from("name", 0, "name")}, Out: next(2, paceline.EdgeForward)}
	if o.Unsafe {
		first.Method, first.Repeat = "charge", paceline.RepeatUnsafe
	}
	plan := &paceline.Plan{LogRequests: true, MaxRetries: 5, Steps: []paceline.PlanStep{
		{ID: id(0), Name: "received", Kind: paceline.StepWebhook, Method: "event", AccountConnector: 1, Out: next(1, paceline.EdgeForward)},
		first,
		{ID: id(2), Name: "german", Kind: paceline.StepDecision, Out: next(3, paceline.EdgeTrue), Decision: &paceline.Decision{
			LeftStep: id(0), LeftLocation: "country", Condition: paceline.CondEquals,
			Right: paceline.Mapping{Type: paceline.MapStatic, Value: &country}}},
		{ID: id(3), Name: "notify", Kind: paceline.StepAction, Method: "notify", AccountConnector: 1,
			Inputs: []paceline.PlanInput{from("name", 0, "name"), from("id", 1, "id")}},
	}}
	if o.NoKeep {
		hours := 0
		plan.Retention = paceline.Retention{SuccessHours: &hours, ErrorHours: &hours}
	}
	var c paceline.Cycle
	var found bool
	address := ""
	err := h.store.Read(ctx, func(tx *store.Tx) (err error) {
		if c, found, err = tx.CycleByNum(1); err != nil || !found {
			return err
		}
		identifiers, err := tx.WebhookIdentifiers(h.account.Scope(), c.Num)
		address = identifiers[id(0)]
		return err
	})
	if err != nil {
		panic(err)
	}
	if !found {
		return h.install(ctx, plan, 0)
	}
	h.adopt(plan, c)
	return c, address
}

// witness is the remote of the kill tests: it counts what each key was used for.
type witness struct {
	mu    sync.Mutex
	calls map[string][]string // by "path name": the keys that came
	total int
}

func (w *witness) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	var in struct{ Name string }
	if err := json.Unmarshal(body, &in); err != nil {
		rw.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	key := req.Header.Get("Idempotency-Key") + req.Header.Get("X-Key")
	w.mu.Lock()
	w.total++
	id := w.total
	at := req.URL.Path[1:] + " " + in.Name
	w.calls[at] = append(w.calls[at], key)
	w.mu.Unlock()
	rw.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(rw, `{"id":%d}`, id)
}

// runVictim starts a victim and returns what it acknowledged, by name, and whether it was killed.
func runVictim(t *testing.T, o victimOrder) (acked map[string]paceline.ID, killed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), victimEnv+"="+string(must(json.Marshal(o))))
	var errors strings.Builder
	cmd.Stderr = &errors
	out := must(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acked = map[string]paceline.ID{}
	done := false
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		switch f := strings.Fields(lines.Text()); {
		case len(f) == 3 && f[0] == "ack":
			acked[f[1]] = paceline.ID(f[2])
		case lines.Text() == "done":
			done = true
		}
	}
	err := cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL && ctx.Err() == nil {
		return acked, true
	}
	if err != nil || !done {
		t.Fatalf("the victim ended by itself: %v\n%s", err, errors.String())
	}
	return acked, false
}

// forBoth runs f on both databases, with the order that names the database.
func forBoth(t *testing.T, f func(t *testing.T, o victimOrder)) {
	t.Run("sqlite", func(t *testing.T) { f(t, victimOrder{Path: storetest.SQLite(t).Path}) })
	t.Run("postgres", func(t *testing.T) { f(t, victimOrder{URL: storetest.Postgres(t).URL}) })
}

// TestKillAtEachPoint kills a server at each point of a transaction's life, in the middle of its work,
// and starts it again. Every delivery that was acknowledged is carried to its end; what is executed twice
// is at most what was in flight, and comes under the same idempotency key.
func TestKillAtEachPoint(t *testing.T) {
	forBoth(t, func(t *testing.T, o victimOrder) {
		for n, point := range killpoint.All {
			t.Run(string(point), func(t *testing.T) {
				o := o
				w := &witness{calls: map[string][]string{}}
				remote := httptest.NewServer(w)
				defer remote.Close()
				o.Remote, o.Deliver, o.Prefix, o.Point, o.Pass = remote.URL, 60, fmt.Sprintf("%da", n), point, 25
				o.NoKeep = point == killpoint.Prune
				if o.NoKeep {
					// A database of its own: the transactions of the others are kept.
					o.Pass = 3
					if o.Path != "" {
						o.Path = storetest.SQLite(t).Path
					} else {
						o.URL = storetest.Postgres(t).URL
					}
				}
				acked, killed := runVictim(t, o)
				if !killed {
					t.Fatal("the victim did not come by its point often enough")
				}
				o.Point, o.Deliver, o.Prefix = "", 10, fmt.Sprintf("%db", n)
				again, _ := runVictim(t, o)
				for name, id := range again {
					acked[name] = id
				}
				w.check(t, acked)
			})
		}
	})
}

// check judges what the remote saw against what was acknowledged.
func (w *witness) check(t *testing.T, acked map[string]paceline.ID) {
	t.Helper()
	if len(acked) < 10 {
		t.Fatalf("only %d deliveries were acknowledged", len(acked))
	}
	for name, id := range acked {
		for _, path := range []string{"create", "notify"} {
			if keys := w.calls[path+" "+name]; len(keys) == 0 {
				t.Errorf("%s was acknowledged as %s, and %s was never called", name, id, path)
			} else if !strings.HasPrefix(keys[0], string(id)) {
				t.Errorf("the key %s of %s is not of transaction %s", keys[0], name, id)
			}
		}
	}
	repeats := 0
	for at, keys := range w.calls {
		repeats += len(keys) - 1
		for _, k := range keys {
			if k != keys[0] {
				t.Errorf("%s came under the keys %s", at, strings.Join(keys, ", "))
				break
			}
		}
	}
	if repeats > inFlight {
		t.Errorf("%d calls came again, %d were in flight at most", repeats, inFlight)
	}
}

// TestKillInUnsafeCall kills a server while calls that must not be repeated are out. None of them comes
// a second time; their transactions end, told as an unknown outcome where nobody can know better.
func TestKillInUnsafeCall(t *testing.T) {
	forBoth(t, func(t *testing.T, o victimOrder) {
		w := &witness{calls: map[string][]string{}}
		remote := httptest.NewServer(w)
		defer remote.Close()
		o.Remote, o.Deliver, o.Prefix, o.Unsafe = remote.URL, 40, "a", true
		o.Point, o.Pass = killpoint.ExecAfterCall, 1 // the first execution is a charge
		_, killed := runVictim(t, o)
		if !killed {
			t.Fatal("the victim did not come by its point often enough")
		}
		o.Point, o.Deliver = "", 0
		runVictim(t, o)

		s := storetest.Open(t, store.Options{Path: o.Path, URL: o.URL, BallastBytes: -1})
		h := furnish(t.Context(), s, nil, "")
		for at, keys := range w.calls {
			if strings.HasPrefix(at, "charge") && len(keys) > 1 {
				t.Errorf("%s came %d times", at, len(keys))
			}
		}
		unknown := 0
		err := s.Read(t.Context(), func(tx *store.Tx) error {
			unknown = 0
			runs, err := tx.Runs(h.account.Scope(), store.RunFilter{}, paceline.Page{Size: 1000}, true)
			for _, run := range runs.Items {
				switch {
				case run.State == paceline.RunCompleted:
				case run.State == paceline.RunFailed && run.Errors == 1:
					unknown++
				default:
					t.Errorf("transaction %d has state %d with %d errors", run.Num, run.State, run.Errors)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if unknown == 0 || unknown > inFlight {
			t.Errorf("%d outcomes are unknown, want 1 to %d", unknown, inFlight)
		}
	})
}
