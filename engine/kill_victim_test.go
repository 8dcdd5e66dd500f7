package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
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
	"paceline/script"
	"paceline/script/worker"
	"paceline/store"
)

// victimOrder is what a child process of the kill tests is told.
type victimOrder struct {
	Path, URL string            // the database
	Remote    string            // address of the remote, which the parent plays
	Case      string            // the row of killCases
	Deliver   int               // how many deliveries it sends itself
	Prefix    string            // of their names
	Started   func(process int) `json:"-"` // is told of the child
	Pass      int               // it dies at this pass of the row's point; 0: it lives
}

const victimEnv = "PACELINE_ENGINE_VICTIM"

// inFlight is the number of steps that a victim has in progress at most.
const inFlight = 16

// TestMain runs this binary as a victim when the parent asks for one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == worker.Argument {
		os.Exit(worker.Main(os.Stdin, os.Stdout))
	}
	if order := os.Getenv(victimEnv); order != "" {
		runAsVictim(order)
		return
	}
	killRequests.Victim()
	os.Exit(m.Run())
}

// victim is the process that is killed.
type victim struct {
	*house
	cycle   paceline.Cycle
	address string       // of its webhook
	second  bool         // life
	gone    *atomic.Bool // the error webhook was given up
}

// runAsVictim opens the database, runs an engine, sends deliveries, and says on its output what was
// acknowledged. It dies at its point, or ends when no transaction is live any more.
func runAsVictim(text string) {
	var o victimOrder
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	row := killCaseOf(o.Case)
	var passed atomic.Int64
	if o.Pass > 0 {
		killpoint.Hook = func(p killpoint.Point) {
			if p == row.point && passed.Add(1) == int64(o.Pass) {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // the signal is on its way
			}
		}
	}
	ctx := context.Background()
	s := must(store.Open(ctx, store.Options{Path: o.Path, URL: o.URL, BallastBytes: -1}))
	h := furnish(ctx, s, &http.Transport{MaxIdleConnsPerHost: inFlight}, o.Remote)
	h.limits = engine.Limits{Running: inFlight, AccountRunning: inFlight, AcceptWait: time.Minute}
	plan := row.flow()
	keepless := plan.Retention.SuccessHours != nil
	if keepless {
		h.limits.PruneEvery = 5 * time.Millisecond
	}
	v := &victim{house: h, second: o.Pass == 0, gone: &atomic.Bool{}}
	v.gone.Store(v.second && row.point == killpoint.NoticeForget.Before() || v.second && row.point == killpoint.NoticeForget.After())
	if row.scripts {
		h.scripts = script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}, Warm: 1})
		defer h.scripts.Close()
	}
	v.cycle, v.address = victimCycle(ctx, h, plan)
	if row.notices {
		h.notices, h.outbound = victimNotices{v.gone, engine.NoticeTarget{Account: h.account, Owner: store.DeliveryQueue{Scope: h.account.Scope()}, URL: o.Remote + "/notice", Secrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}}, h.remote
	}
	if row.tasks > 0 {
		v.limitTasks(ctx, row.tasks, row.used)
	}
	h.start(ctx)
	if !v.second {
		h.engine.CycleChanged(ctx, v.cycle)
	}

	var out sync.Mutex
	var senders sync.WaitGroup
	names := make(chan string)
	for range 8 {
		senders.Go(func() {
			for name := range names {
				body := fmt.Appendf(nil, `{"name":%q,"country":"DE"}`, name)
				r, err := h.engine.Deliver(ctx, v.address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: body, At: time.Now()})
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
	if row.act != nil {
		row.act(v, ctx)
	}
	if keepless && !v.second {
		select {} // it dies at one of the looks for what to prune, however fast the deliveries were
	}
	awaitIdle(ctx, h, keepless)
	h.engine.Stop(ctx)
	if err := s.Close(); err != nil {
		panic(err)
	}
	fmt.Println("done")
}

// send delivers names from several senders at once. A delivery that is refused is left out.
func (v *victim) send(ctx context.Context, name string, n int) {
	var senders sync.WaitGroup
	for i := range n {
		senders.Go(func() {
			body := fmt.Appendf(nil, `{"name":"%s%d","country":"DE"}`, name, i)
			_, _ = v.engine.Deliver(ctx, v.address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: body, At: time.Now()})
		})
	}
	senders.Wait()
}

// state reads the state of the victim's cycle.
func (h *house) state(ctx context.Context) (c paceline.Cycle) {
	err := h.store.Read(ctx, func(tx *store.Tx) (err error) {
		c, _, err = tx.CycleByNum(1)
		return err
	})
	if err != nil {
		panic(err)
	}
	return c
}

// await polls until the cycle is in the state: another process's work, for which there is no signal.
func (h *house) await(ctx context.Context, state paceline.CycleState) {
	for h.state(ctx).State != state {
		time.Sleep(2 * time.Millisecond)
	}
}

// victimNotices has one error webhook for all accounts, which is told of paused cycles, too.
type victimNotices struct {
	gone   *atomic.Bool
	target engine.NoticeTarget
}

func (n victimNotices) NoticeTarget(_ context.Context, _ int64, marketplace int32) (engine.NoticeTarget, error) {
	n.target.Owner.Marketplace = marketplace
	if n.gone.Load() {
		n.target.URL = ""
	}
	return n.target, nil
}

func (victimNotices) NoticeGone(context.Context, engine.NoticeTarget) error { return nil }

// awaitIdle polls until no transaction is live, and with pruning, until nothing of them is kept.
func awaitIdle(ctx context.Context, h *house, keepless bool) {
	for {
		live := 0
		err := h.store.Read(ctx, func(tx *store.Tx) error {
			list, err := tx.Runs(h.account.Scope(), store.RunFilter{States: []paceline.RunState{paceline.RunLive}}, paceline.Page{Size: 1}, true)
			live = len(list.Items)
			if err != nil || live > 0 || !keepless {
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

// stepID is the id of the nth step of a victim's flow.
func stepID(n int) paceline.ID { return paceline.ID(fmt.Sprintf("00000000-0000-7000-8000-%012d", n)) }

// taken maps a field from the output of an earlier step.
func taken(key string, step int, location string) paceline.PlanInput {
	return paceline.PlanInput{Field: true, Key: key, Mapping: paceline.Mapping{
		Type: paceline.MapStepField, SourceStep: stepID(step), SourceLocation: location}}
}

// to leads to another step.
func to(step int, exit paceline.EdgeType) []paceline.PlanEdge {
	return []paceline.PlanEdge{{To: step, Type: exit}}
}

// flow is the row's plan.
func (c killCase) flow() *paceline.Plan {
	if c.plan != nil {
		return c.plan()
	}
	return usualPlan()
}

// usualPlan has a call, a decision and another call.
func usualPlan() *paceline.Plan {
	country := "DE"
	return &paceline.Plan{LogRequests: true, MaxRetries: 5, Steps: []paceline.PlanStep{
		{ID: stepID(0), Name: "received", Kind: paceline.StepWebhook, Method: "event", AccountConnector: 1, Out: to(1, paceline.EdgeForward)},
		{ID: stepID(1), Name: "create", Kind: paceline.StepAction, Method: "create", AccountConnector: 1,
			Inputs: []paceline.PlanInput{taken("name", 0, "name")}, Out: to(2, paceline.EdgeForward)},
		{ID: stepID(2), Name: "german", Kind: paceline.StepDecision, Out: to(3, paceline.EdgeTrue), Decision: &paceline.Decision{
			LeftStep: stepID(0), LeftLocation: "country", Condition: paceline.CondEquals,
			Right: paceline.Mapping{Type: paceline.MapStatic, Value: &country}}},
		{ID: stepID(3), Name: "notify", Kind: paceline.StepAction, Method: "notify", AccountConnector: 1,
			Inputs: []paceline.PlanInput{taken("name", 0, "name"), taken("id", 1, "id")}},
	}}
}

// victimCycle installs the cycle of the kill tests, or finds it.
func victimCycle(ctx context.Context, h *house, plan *paceline.Plan) (paceline.Cycle, string) {
	var c paceline.Cycle
	var found bool
	address := ""
	err := h.store.Read(ctx, func(tx *store.Tx) (err error) {
		if c, found, err = tx.CycleByNum(1); err != nil || !found {
			return err
		}
		identifiers, err := tx.WebhookIdentifiers(h.account.Scope(), c.Num)
		address = identifiers[stepID(0)]
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
	if o.Started != nil {
		o.Started(cmd.Process.Pid)
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
