package catalog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/engine/killpoint"
	"paceline/internal/egress"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
)

// victimOrder is what a child process of the kill tests is told: it does the act and dies at a pass of its point.
type victimOrder struct {
	Path, URL        string
	Vendor           string
	Point            killpoint.Point
	Pass             int
	Act              string
	Key              string // of the installation
	Keys             map[int64][]byte
	Partner, Account int64
	Cycle            paceline.ID
}

const victimEnv = "PACELINE_CATALOG_VICTIM"

// TestMain runs this binary as a victim when the parent asks for one.
func TestMain(m *testing.M) {
	if order := os.Getenv(victimEnv); order != "" {
		runAsVictim(order)
		return
	}
	killRequests.Victim()
	os.Exit(m.Run())
}

func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func runAsVictim(text string) {
	var o victimOrder
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	killpoint.Hook = func(p killpoint.Point) {
		if p != o.Point {
			return
		}
		if o.Pass--; o.Pass == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}
	ctx := context.Background()
	s := sure(store.Open(ctx, store.Options{Path: o.Path, URL: o.URL, BallastBytes: -1}))
	k := &keys{sealer: seal.New(sure(seal.ParseKey(o.Key))), byNum: map[int64]*seal.Key{}}
	for num, wrapped := range o.Keys {
		k.byNum[num] = sure(k.sealer.Unwrap(wrapped))
	}
	guard := sure(egress.New(egress.Config{Allow: []string{strings.TrimPrefix(o.Vendor, "http://")}, Logger: quiet}))
	cycles, room := hookRooms(s, &moving{}, k, guard)
	var a paceline.Account
	err := s.Read(ctx, func(tx *store.Tx) (err error) {
		a, _, err = tx.AccountByNum(paceline.Scope{Partner: o.Partner, Account: o.Account})
		return err
	})
	if err == nil {
		err = acts[o.Act].do(ctx, cycles, room, a, o.Cycle)
	}
	panic(fmt.Sprintf("still alive after %s: %v", o.Act, err))
}

// act is what is done to a cycle that registers two webhooks at its vendor, with what the sweep does behind it.
type act struct {
	change  func(ctx context.Context, r *cycle.Room, p paceline.Principal, a paceline.Account, id paceline.ID) error
	running bool                // before
	state   paceline.CycleState // in the end
	audit   string
}

func (x act) do(ctx context.Context, cycles *cycle.Room, room *catalog.Room, a paceline.Account, id paceline.ID) error {
	if err := x.change(ctx, cycles, paceline.SystemPrincipalOf(a.Partner), a, id); err != nil {
		return err
	}
	return room.SweepOnce(ctx)
}

var acts = map[string]act{
	"activate": {func(ctx context.Context, r *cycle.Room, p paceline.Principal, a paceline.Account, id paceline.ID) error {
		_, err := r.Activate(ctx, p, a, id, cycleActivation)
		return err
	}, false, paceline.CycleActive, "cycle.activated"},
	"stop": {func(ctx context.Context, r *cycle.Room, p paceline.Principal, a paceline.Account, id paceline.ID) error {
		_, err := r.Deactivate(ctx, p, a, id, false)
		return err
	}, true, paceline.CyclePaused, "cycle.deactivated"},
	"finish": {func(ctx context.Context, r *cycle.Room, p paceline.Principal, a paceline.Account, id paceline.ID) error {
		_, err := r.Deactivate(ctx, p, a, id, true)
		return err
	}, true, paceline.CycleFinishing, "cycle.deactivated"},
	"delete": {func(ctx context.Context, r *cycle.Room, p paceline.Principal, a paceline.Account, id paceline.ID) error {
		return r.Delete(ctx, p, a, id)
	}, true, paceline.CycleDeleted, "cycle.deleted"},
	"stop all": {func(ctx context.Context, r *cycle.Room, p paceline.Principal, a paceline.Account, id paceline.ID) error {
		return r.StopAll(ctx, p, a)
	}, true, paceline.CyclePaused, "cycle.deactivated"},
}

// TestKillCycle kills a server on both sides of each commit by which a cycle starts, stops or goes. The next start, and whoever asked
// for it and asks again, bring it to its end: the vendor knows of each event once, or of none, and the audit log tells it once.
func TestKillCycle(t *testing.T) {
	databases := map[string]func(*testing.T) store.Options{
		"sqlite":   func(t *testing.T) store.Options { return storetest.SQLite(t) },
		"postgres": func(t *testing.T) store.Options { return storetest.Postgres(t) },
	}
	for _, c := range []struct {
		site killpoint.Site
		pass int
		act  string
	}{
		{killpoint.Activate, 1, "activate"},
		{killpoint.Register, 1, "activate"},
		{killpoint.Subscription, 1, "activate"}, // before its vendor is asked
		{killpoint.Subscription, 2, "activate"}, // once the vendor has made it
		{killpoint.Subscription, 4, "activate"},
		{killpoint.Move, 1, "stop"},
		{killpoint.Move, 1, "finish"},
		{killpoint.Move, 1, "delete"},
		{killpoint.StopAll, 1, "stop all"},
		{killpoint.Subscription, 1, "stop"}, // once the vendor has forgotten it
		{killpoint.Subscription, 2, "delete"},
	} {
		for _, point := range []killpoint.Point{c.site.Before(), c.site.After()} {
			for database, options := range databases {
				t.Run(fmt.Sprintf("%s %d %s %s", point, c.pass, c.act, database), func(t *testing.T) {
					t.Parallel()
					killCycle(t, options(t), victimOrder{Point: point, Pass: c.pass, Act: c.act})
				})
			}
		}
	}
}

func killCycle(t *testing.T, o store.Options, order victimOrder) {
	ctx, x := t.Context(), acts[order.Act]
	o.BallastBytes = -1
	key := seal.NewKey()
	before := sure(store.Open(ctx, o))
	h := &hookHouse{house: empty(t, before), vendor: newHookVendor(t), clock: &moving{}}
	h.keys = &keys{sealer: seal.New(key), byNum: map[int64]*seal.Key{}, wrapped: map[int64][]byte{}}
	h.furnish(t, nil)
	id := h.install(t)
	if x.running {
		must(t, h.activate(t, id))
	}
	must(t, before.Close())

	order.Path, order.URL, order.Vendor, order.Key, order.Keys = o.Path, o.URL, h.vendor.URL, key.Encode(), h.keys.wrapped
	order.Partner, order.Account, order.Cycle = h.p.Partner, h.root.Num, id
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), victimEnv+"="+string(sure(json.Marshal(order))))
	out, _ := cmd.CombinedOutput()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the victim was not killed: %s\n%s", cmd.ProcessState, out)
	}

	h.store = storetest.Open(t, o)
	h.open(t)
	must(t, h.cycles.ResumeActivations(ctx, func(int64) bool { return true }))
	must(t, x.do(ctx, h.cycles, h.Room, h.root, id))
	h.clock.pass(10 * time.Minute) // what came late at the vendor is looked for
	must(t, h.SweepOnce(ctx))
	state, rows := h.stateOf(t, id)
	hooks, _ := h.vendor.state()
	events := map[string]bool{}
	for _, at := range hooks {
		events[at] = true
	}
	want := 2
	if x.running {
		want = 0
	}
	if state != x.state || len(rows) != want || len(hooks) != want || len(events) != want {
		t.Errorf("the cycle has state %d, want %d, and %d subscriptions; the vendor knows %v", state, x.state, len(rows), hooks)
	}
	told := 0
	must(t, h.store.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.AuditEvents(h.root.Scope(), store.AuditFilter{}, paceline.Page{Size: 100})
		for _, e := range list.Items {
			if e.Action == x.audit {
				told++
			}
		}
		return err
	}))
	if told != 1 {
		t.Errorf("the audit log tells of it %d times", told)
	}
}
