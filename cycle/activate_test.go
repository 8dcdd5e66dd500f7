package cycle

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"paceline"
	"paceline/store"
	"paceline/store/storetest"
)

type clock struct{ paceline.SystemClock }

func (clock) Now() time.Time { return testStart }

// heard is an engine that notes states.
type heard struct {
	mu     sync.Mutex
	states []paceline.CycleState
}

func (h *heard) CycleChanged(_ context.Context, c paceline.Cycle) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.states = append(h.states, c.State)
}

// house is an account with an authenticated connector to the shop.
type house struct {
	*Room
	heard *heard
	p     paceline.Principal
	a     paceline.Account
	rel   *Release
	ac    int32
}

func furnished(t *testing.T, s *store.Store) *house {
	t.Helper()
	rel, row := shop(t)
	h := &house{heard: &heard{}, rel: rel}
	h.Room = New(Config{Store: s, Releases: NewReleases(s), Clock: clock{}})
	h.Attach(h.heard)
	var elements []store.Element
	for e := range rel.elements {
		elements = append(elements, e)
	}
	must(t, s.InTx(t.Context(), paceline.Scope{}, func(tx *store.Tx) error {
		if _, err := tx.AddElements("", rel.Key.UID, elements); err != nil {
			return err
		}
		return tx.PutConnectorRelease(row)
	}))
	must(t, s.InTx(t.Context(), paceline.Scope{}, func(tx *store.Tx) error {
		num, err := tx.InsertPartner(paceline.Partner{ID: paceline.NewID(testStart), Name: "Partner"}, []byte("key"))
		if err != nil {
			return err
		}
		h.p = paceline.SystemPrincipalOf(num)
		a := paceline.Account{ID: paceline.NewID(testStart), APIID: "northwind", Name: "Northwind"}
		h.a, err = tx.InsertAccount(h.p.PartnerScope(), a, []byte("key"))
		if err != nil {
			return err
		}
		ac := paceline.AccountConnector{Partner: num, Account: h.a.Num, Name: "Shop", Release: rel.Key, Authenticated: true}
		_, err = tx.InsertAccountConnector(h.a.Root, &ac)
		h.ac = ac.ID
		return err
	}))
	return h
}

// cycle stores a cycle with the flow of the shop, changed by change.
func (h *house) cycle(t *testing.T, change func(*paceline.Flow)) paceline.ID {
	t.Helper()
	c := NewCycle(h.a)
	flow, _ := Copy(shopFlow(h.rel), testStart)
	c.ID, c.Name, c.Flow = paceline.NewID(testStart), "Orders", flow
	for i := range c.Flow.Steps {
		if c.Flow.Steps[i].Connector != nil {
			c.Flow.Steps[i].AccountConnector = h.ac
		}
	}
	if change != nil {
		change(&c.Flow)
	}
	must(t, h.store.InTx(t.Context(), h.a.Scope(), func(tx *store.Tx) error { return Insert(tx, h.p, &c, "") }))
	return c.ID
}

// polledFlow makes a method start the flow.
func polledFlow(h *house) func(*paceline.Flow) {
	return func(f *paceline.Flow) {
		f.Steps[1].Kind = paceline.StepAction
		f.Steps[1].Method = h.rel.Compiled.MethodUID("orders-polled")
	}
}

func onBoth(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	for name, options := range map[string]func(testing.TB) store.Options{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.Clock = clock{}
			f(t, furnished(t, storetest.Open(t, o)))
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fails(t *testing.T, what string, err error, want paceline.Code) {
	t.Helper()
	if got := paceline.CodeOf(err); got != want {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, want)
	}
}

func (h *house) webhook(t *testing.T, id paceline.ID) store.Webhook {
	t.Helper()
	steps, err := h.Steps(t.Context(), h.p, h.a, id, paceline.StepWebhook)
	must(t, err)
	if len(steps) != 1 || len(steps[0].WebhookIdentifier) < 22 {
		t.Fatalf("webhook steps %+v", steps)
	}
	var w store.Webhook
	must(t, h.store.Read(t.Context(), func(tx *store.Tx) (err error) {
		w, _, err = tx.WebhookByIdentifier(steps[0].WebhookIdentifier)
		return err
	}))
	return w
}

func TestActivateAndDeactivate(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		id := h.cycle(t, nil)
		if w := h.webhook(t, id); w.State != paceline.CyclePaused || w.RunVersion != 0 || w.AccountConnector != h.ac || w.Connector != h.rel.Key.UID {
			t.Errorf("before: %+v", w)
		}
		v, err := h.Activate(ctx, h.p, h.a, id, Activation{RunOnce: ptr(false), Interval: ptr(7)})
		must(t, err)
		if v.State != paceline.CycleActive || v.RunVersion != v.Version || v.ActivatedAt != paceline.ToMicros(testStart) || !v.Connectors[0].Authenticated {
			t.Errorf("active: %+v", v)
		}
		w := h.webhook(t, id)
		if w.State != paceline.CycleActive || w.RunVersion != v.RunVersion {
			t.Errorf("active: %+v", w)
		}
		plan, err := h.Plan(ctx, w.Cycle, w.RunVersion)
		must(t, err)
		fresh := New(Config{Store: h.store, Releases: NewReleases(h.store), Clock: clock{}})
		again, err := fresh.Plan(ctx, w.Cycle, w.RunVersion)
		must(t, err)
		if len(plan.Steps) != 4 || len(again.Steps) != 4 || plan.Steps[0].ID != again.Steps[0].ID || again.Version != w.RunVersion || again.AccountAPIID != h.a.APIID {
			t.Errorf("the plan is %+v and, read back, %+v", plan, again)
		}

		_, err = h.Update(ctx, h.p, h.a, id, Input{Name: ptr("New")})
		fails(t, "edit while running", err, paceline.CodeCycleRunning)
		same, err := h.Activate(ctx, h.p, h.a, id, Activation{})
		must(t, err)
		if same.Version != v.Version {
			t.Errorf("activating again made version %d of %d", same.Version, v.Version)
		}

		finishing, err := h.Deactivate(ctx, h.p, h.a, id, true)
		must(t, err)
		stopped, err := h.Deactivate(ctx, h.p, h.a, id, false)
		must(t, err)
		twice, err := h.Deactivate(ctx, h.p, h.a, id, true)
		must(t, err)
		if finishing.State != paceline.CycleFinishing || stopped.State != paceline.CyclePaused || twice.State != paceline.CyclePaused {
			t.Errorf("states %d, %d, %d", finishing.State, stopped.State, twice.State)
		}
		_, err = h.Update(ctx, h.p, h.a, id, Input{Name: ptr("New")})
		must(t, err)
		if after := h.webhook(t, id); after.Identifier != w.Identifier {
			t.Errorf("the address changed from %s to %s", w.Identifier, after.Identifier)
		}
		next, err := h.Activate(ctx, h.p, h.a, id, Activation{})
		must(t, err)
		if next.RunVersion <= v.RunVersion {
			t.Errorf("run version %d after %d", next.RunVersion, v.RunVersion)
		}
		if old, err := h.Plan(ctx, w.Cycle, w.RunVersion); err != nil || old.Version != w.RunVersion {
			t.Errorf("the plan of the version before: %+v, %v", old, err)
		}
		must(t, h.Delete(ctx, h.p, h.a, id))
		_, err = h.Activate(ctx, h.p, h.a, id, Activation{})
		fails(t, "activate what was deleted", err, paceline.CodeNotFound)
		want := []paceline.CycleState{paceline.CycleActive, paceline.CycleActive, paceline.CycleFinishing, paceline.CyclePaused,
			paceline.CyclePaused, paceline.CycleActive, paceline.CycleDeleted}
		if !slices.Equal(h.heard.states, want) {
			t.Errorf("the engine heard %v, want %v", h.heard.states, want)
		}
	})
}

func TestActivateRefuses(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		blank := h.cycle(t, func(f *paceline.Flow) { f.Steps[4].Params = nil })
		polled := h.cycle(t, polledFlow(h))
		foreign := paceline.Account{Num: h.a.Num + 1, Partner: h.p.Partner, Root: h.a.Num + 1}
		for _, c := range []struct {
			name string
			a    paceline.Account
			id   paceline.ID
			in   Activation
			want paceline.Code
		}{
			{"a step that lacks a value", h.a, blank, Activation{}, paceline.CodePrerequisites},
			{"an interval that is none", h.a, polled, Activation{Interval: ptr(7)}, paceline.CodeIntervalInvalid},
			{"a cron expression that is none", h.a, polled, Activation{Cron: ptr("every day")}, paceline.CodeCronInvalid},
			{"one that an interval does not mend", h.a, polled, Activation{Cron: ptr("0 0 30 2 *"), Interval: ptr(15)}, paceline.CodeCronInvalid},
			{"an interval of nothing", h.a, polled, Activation{Interval: ptr(0)}, paceline.CodeIntervalInvalid},
			{"an unknown cycle", h.a, paceline.ZeroID, Activation{}, paceline.CodeNotFound},
			{"another account's cycle", foreign, polled, Activation{}, paceline.CodeNotFound},
		} {
			_, err := h.Activate(ctx, h.p, c.a, c.id, c.in)
			fails(t, c.name, err, c.want)
		}
		restricted := h.p
		restricted.RestrictedTo = foreign.Num
		_, err := h.Activate(ctx, restricted, h.a, polled, Activation{})
		fails(t, "a token of another account", err, paceline.CodeAccountHeader)
		for _, id := range []paceline.ID{blank, polled} {
			v, err := h.Get(ctx, h.p, h.a, id)
			must(t, err)
			if v.State != paceline.CyclePaused || v.Version != 1 || v.RunVersion != 0 {
				t.Errorf("a refusal left %+v", v.Cycle)
			}
		}
	})
}

func TestSchedule(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		now := paceline.ToMicros(testStart)
		later := now.Add(time.Hour)
		id := h.cycle(t, polledFlow(h))
		for _, c := range []struct {
			name     string
			in       Activation
			interval int
			due      paceline.Micros
			once     bool
			cron     string
			next     paceline.Micros // as it is shown; 0: none
		}{
			{"no interval", Activation{}, 60, now, false, "", now.Add(time.Hour)},
			{"an interval, later", Activation{Interval: ptr(15), StartTime: &later}, 15, later, false, "", later},
			{"the interval before, at once", Activation{}, 15, now, false, "", now.Add(15 * time.Minute)},
			{"run once ignores the interval", Activation{RunOnce: ptr(true), Interval: ptr(0)}, 15, now, true, "", 0},
			{"and is over after that", Activation{}, 15, now, false, "", now.Add(15 * time.Minute)},
			{"an expression counts, not the interval", Activation{Cron: ptr(" 7 * * * * "), Interval: ptr(7)}, 15, now, false, "7 * * * *", now.Add(37 * time.Minute)},
			{"and stays", Activation{StartTime: &later}, 15, later, false, "7 * * * *", later.Add(37 * time.Minute)},
			{"run once ignores it, too", Activation{RunOnce: ptr(true), StartTime: &later}, 15, later, true, "7 * * * *", later},
			{"an interval ends it", Activation{Interval: ptr(30)}, 30, now, false, "", now.Add(30 * time.Minute)},
			{"so does an empty one", Activation{Cron: ptr("")}, 30, now, false, "", now.Add(30 * time.Minute)},
		} {
			v, err := h.Activate(ctx, h.p, h.a, id, c.in)
			must(t, err)
			plan, err := h.Plan(ctx, v.Num, v.RunVersion)
			must(t, err)
			if plan.Interval != c.interval || plan.RunOnce != c.once {
				t.Errorf("%s: interval %d, once %v", c.name, plan.Interval, plan.RunOnce)
			}
			if v.Flow.Settings.Cron != c.cron || v.NextRun != c.next {
				t.Errorf("%s: cron %q, next run %v, want %v", c.name, v.Flow.Settings.Cron, v.NextRun.Time(), c.next.Time())
			}
			if due := h.due(t, v.Num); due != c.due {
				t.Errorf("%s: due %v, want %v", c.name, due.Time(), c.due.Time())
			}
			v, err = h.Deactivate(ctx, h.p, h.a, id, false)
			must(t, err)
			if due := h.due(t, v.Num); due <= later || v.NextRun != 0 {
				t.Errorf("%s: stopped and due %v", c.name, due.Time())
			}
		}
	})
}

// TestIntervalOfTheTrigger: a cycle that nobody has given an interval has that of its trigger, or the next longer one that there
// is; one that was given stays.
func TestIntervalOfTheTrigger(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		id := h.cycle(t, func(f *paceline.Flow) {
			polledFlow(h)(f)
			f.Steps[1].Method = h.rel.Compiled.MethodUID("orders-often")
		})
		for _, c := range []struct {
			in   Activation
			want int
		}{{Activation{}, 15}, {Activation{Interval: ptr(30)}, 30}, {Activation{}, 30}} {
			v, err := h.Activate(ctx, h.p, h.a, id, c.in)
			must(t, err)
			if v.Flow.Settings.Interval != c.want {
				t.Errorf("interval %d, want %d", v.Flow.Settings.Interval, c.want)
			}
			_, err = h.Deactivate(ctx, h.p, h.a, id, false)
			must(t, err)
		}
	})
}

func (h *house) due(t *testing.T, cycle int64) (due paceline.Micros) {
	t.Helper()
	must(t, h.store.Read(t.Context(), func(tx *store.Tx) error {
		row, _, err := tx.Schedule(h.a.Scope(), cycle)
		due = row.NextDue
		return err
	}))
	return due
}

// Of fifty edits at once each lasts; activation and edits never both win.
func TestParallelEdits(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const n = 50
		id := h.cycle(t, nil)
		errs := make(chan error, n)
		for i := range n {
			go func() {
				_, err := h.Edit(t.Context(), h.p, h.a, id, "cycle.updated", func(c *paceline.Cycle) error {
					c.Tags = append(c.Tags, string(rune('A'+i)))
					return nil
				})
				errs <- err
			}()
		}
		for range n {
			must(t, <-errs)
		}
		v, err := h.Get(t.Context(), h.p, h.a, id)
		must(t, err)
		if len(v.Tags) != n || v.Version != n+1 {
			t.Errorf("%d edits last in version %d", len(v.Tags), v.Version)
		}
		list, err := h.List(t.Context(), h.p, h.a, store.CycleFilter{Tag: "C", ConnectorName: "SHOP"}, paceline.Page{})
		must(t, err)
		none, err := h.List(t.Context(), h.p, h.a, store.CycleFilter{Tag: "#"}, paceline.Page{})
		must(t, err)
		if len(list.Items) != 1 || list.Total != 1 || len(none.Items) != 0 {
			t.Errorf("filters find %d and %d cycles", len(list.Items), len(none.Items))
		}
	})
}

// TestCapture lets a webhook step run alone, once, in a flow that is not complete, and the whole flow only when it is.
func TestCapture(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		id := h.cycle(t, func(f *paceline.Flow) { f.Edges = nil }) // nothing is connected
		webhook := h.webhook(t, id).Step
		_, err := h.Activate(t.Context(), h.p, h.a, id, Activation{})
		fails(t, "the whole", err, paceline.CodePrerequisites)
		for _, step := range []paceline.ID{paceline.NewID(testStart), h.action(t, id)} {
			_, err = h.Activate(t.Context(), h.p, h.a, id, Activation{Capture: step})
			fails(t, "no webhook step", err, paceline.CodeFieldInvalid)
		}

		v, err := h.Activate(t.Context(), h.p, h.a, id, Activation{Capture: webhook})
		must(t, err)
		if v.State != paceline.CycleActive || len(v.Flow.Steps) < 2 {
			t.Errorf("state %v, %d steps: the design stays whole", v.State, len(v.Flow.Steps))
		}
		running := h.webhook(t, id)
		h.ForgetAllPlans() // as after a restart
		plan, err := h.Plan(t.Context(), running.Cycle, running.RunVersion)
		must(t, err)
		if len(plan.Steps) != 1 || plan.Steps[0].ID != webhook || !plan.RunOnce {
			t.Errorf("plan of %d steps, once %t", len(plan.Steps), plan.RunOnce)
		}
		_, err = h.Activate(t.Context(), h.p, h.a, id, Activation{})
		fails(t, "the whole while it listens", err, paceline.CodeCycleRunning)
		must(t, quietly(h.Deactivate(t.Context(), h.p, h.a, id, false)))

		_, err = h.Activate(t.Context(), h.p, h.a, id, Activation{})
		fails(t, "the whole afterwards", err, paceline.CodePrerequisites)
		if list, err := h.Prerequisites(t.Context(), h.p, h.a, id); err != nil || len(list) == 0 {
			t.Errorf("prerequisites %v, %v: what is missing is still missing", list, err)
		}
	})
}

// TestCaptureThenRun activates a whole flow behind a capture: what was captured alone does not run again.
func TestCaptureThenRun(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		id := h.cycle(t, nil)
		webhook := h.webhook(t, id).Step
		must(t, quietly(h.Activate(t.Context(), h.p, h.a, id, Activation{Capture: webhook})))
		must(t, quietly(h.Deactivate(t.Context(), h.p, h.a, id, false)))
		once := true
		must(t, quietly(h.Activate(t.Context(), h.p, h.a, id, Activation{RunOnce: &once})))
		w := h.webhook(t, id)
		plan, err := h.Plan(t.Context(), w.Cycle, w.RunVersion)
		must(t, err)
		if len(plan.Steps) < 2 {
			t.Errorf("%d steps run, all are meant to", len(plan.Steps))
		}
	})
}

func (h *house) action(t *testing.T, id paceline.ID) paceline.ID {
	t.Helper()
	steps, err := h.Steps(t.Context(), h.p, h.a, id, paceline.StepAction)
	must(t, err)
	return steps[0].Step.ID
}

func quietly(_ View, err error) error { return err }
