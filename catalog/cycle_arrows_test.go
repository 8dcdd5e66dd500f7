package catalog_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"paceline"
	"paceline/cycle"
	"paceline/store"
	"paceline/store/storetest"
)

// vendorSays is a subscriber that looks at the cycle while it is asked.
type vendorSays struct {
	fails  bool
	during func()
}

func (v vendorSays) Subscribe(context.Context, paceline.Account, paceline.Cycle) error {
	v.during()
	if v.fails {
		return errors.New("refused")
	}
	return nil
}

func (vendorSays) Stopped() {}

// TestArrowsOfACycle does whatever moves a cycle from each of its states: it goes along the arrow where that leads from the
// state, and stays where it does not. takeBack is told in the store's tests of an outage.
func TestArrowsOfACycle(t *testing.T) {
	onHooks(t, nil, func(t *testing.T, h *hookHouse) {
		id, scope := h.install(t), h.root.Scope()
		ctx := t.Context()
		within := func(f func(tx *store.Tx, c paceline.Cycle) error) {
			must(t, h.store.InTx(ctx, scope, func(tx *store.Tx) error {
				c, _, err := tx.Cycle(scope, id)
				if err == nil {
					err = f(tx, c)
				}
				return err
			}))
		}
		state := func() (s paceline.CycleState) {
			s, _ = h.stateOf(t, id)
			return s
		}
		op := func(of func(c paceline.Cycle, run int64) store.Op) {
			var o store.Op
			run, err := h.store.RunNum(ctx)
			must(t, err)
			within(func(_ *store.Tx, c paceline.Cycle) error { o = of(c, run); return nil })
			done := make(chan store.Result, 1)
			o.Done = func(r store.Result) { done <- r }
			h.store.Submit(&o)
			must(t, (<-done).Err)
		}
		accept := func(c paceline.Cycle, run int64, once bool) store.Op {
			return store.Op{Root: c.Root, Accept: &store.Accept{Once: once, Trigger: paceline.StepRow{Run: run, From: -1}, Run: paceline.Run{Num: run,
				Partner: c.Partner, Account: c.Account, Root: c.Root, Cycle: c.Num, Version: c.RunVersion, CreatedAt: 1}}}
		}
		rooms, next := h.cycles, paceline.Micros(0)
		activate := func(s cycle.Subscriber) {
			rooms.AttachSubscriber(s)
			next++ // another start, so that a running one is changed
			_, _ = rooms.Activate(ctx, h.p, h.root, id, cycle.Activation{StartTime: &next})
		}
		for _, d := range []struct {
			arrow *paceline.Arrow[paceline.CycleState]
			does  func()
		}{
			{paceline.ArrowActivate, func() { activate(nil) }},
			{paceline.ArrowDeactivate, func() { _, _ = rooms.Deactivate(ctx, h.p, h.root, id, false) }},
			{paceline.ArrowStopAll, func() { must(t, rooms.StopAll(ctx, h.p, h.root)) }},
			{paceline.ArrowFail, func() {
				within(func(tx *store.Tx, _ paceline.Cycle) error { _, err := cycle.Fail(tx, h.p, h.root, h.ac.ID); return err })
			}},
			{paceline.ArrowDelete, func() { must(t, rooms.Delete(ctx, h.p, h.root, id)) }},
			{paceline.ArrowRestore, func() { _, _ = rooms.Restore(ctx, h.p, h.root, id) }},
			{paceline.ArrowFinished, func() {
				within(func(tx *store.Tx, c paceline.Cycle) error { _, err := tx.FinishCycle(scope, c.Num); return err })
			}},
			{paceline.ArrowOnce, func() { op(func(c paceline.Cycle, run int64) store.Op { return accept(c, run, true) }) }},
			{paceline.ArrowLetFinish, func() { within(func(tx *store.Tx, c paceline.Cycle) error { return tx.LetFinish(scope, c.Num) }) }},
		} {
			for from := paceline.CyclePaused; from <= paceline.CycleDeleted; from++ {
				if from == paceline.CycleStopped { // told to the engine, and never written
					continue
				}
				h.rest(t, id, from)
				want := from
				if d.arrow.Leads(from) {
					want = d.arrow.To
				}
				d.does()
				if got := state(); got != want {
					t.Errorf("%s moves a cycle from state %d to %d, want %d", d.arrow.By, from, got, want)
				}
			}
		}
		// Those with a second way out.
		for from := paceline.CyclePaused; from <= paceline.CycleDeleted; from++ {
			if from == paceline.CycleStopped {
				continue
			}
			h.rest(t, id, from)
			_, _ = rooms.Deactivate(ctx, h.p, h.root, id, true)
			want := from
			switch {
			case paceline.ArrowFinish.Leads(from):
				want = paceline.ArrowFinish.To
			case from != paceline.CycleFinishing && paceline.ArrowDeactivate.Leads(from):
				want = paceline.ArrowDeactivate.To
			}
			if got := state(); got != want {
				t.Errorf("a finish moves a cycle from state %d to %d, want %d", from, got, want)
			}
			for _, fails := range []bool{false, true} {
				h.rest(t, id, from)
				var seen []paceline.CycleState
				activate(vendorSays{fails, func() { seen = append(seen, state()) }})
				end := paceline.ArrowRegistered
				if fails {
					end = paceline.ArrowNotRegistered
				}
				switch {
				case !paceline.ArrowSubscribe.Leads(from):
					if len(seen) > 0 {
						t.Errorf("a vendor is told of a cycle in state %d", from)
					}
				case !slices.Equal(seen, []paceline.CycleState{paceline.CycleActivating}) || state() != end.To:
					t.Errorf("an activation from state %d: %v, then %d; want %d", from, seen, state(), end.To)
				}
			}
			// A step that fails in a transaction stops the cycle, whatever has become of that meanwhile.
			h.rest(t, id, paceline.CycleActive)
			var run int64
			op(func(c paceline.Cycle, n int64) store.Op { run = n; return accept(c, n, false) })
			h.rest(t, id, from)
			op(func(c paceline.Cycle, _ int64) store.Op {
				return store.Op{Root: c.Root, Advance: &store.Advance{Run: run, Partner: c.Partner, Account: c.Account, Cycle: c.Num,
					State: paceline.RunFailed, At: 1, StopCycle: true}}
			})
			if want = from; paceline.ArrowStopCycle.Leads(from) {
				want = paceline.ArrowStopCycle.To
			}
			if got := state(); got != want {
				t.Errorf("a failed step moves a cycle from state %d to %d, want %d", from, got, want)
			}
		}
		for _, from := range paceline.ArrowRetire.From { // last, since it takes the addresses away
			h.rest(t, id, from)
			within(func(tx *store.Tx, _ paceline.Cycle) error { return tx.RetireCycles(scope) })
			if got := state(); got != paceline.ArrowRetire.To {
				t.Errorf("a deleted account leaves a cycle in state %d, which was in %d", got, from)
			}
		}
	})
}

// rest puts a cycle into a state in which nothing of it runs.
func (h *hookHouse) rest(t *testing.T, id paceline.ID, state paceline.CycleState) {
	t.Helper()
	must(t, h.store.InTx(t.Context(), h.root.Scope(), func(tx *store.Tx) error {
		c, _, err := tx.Cycle(h.root.Scope(), id)
		if err != nil {
			return err
		}
		if c.RunVersion != c.Version {
			c.RunVersion = c.Version
			if err := tx.InsertRunCopy(c); err != nil {
				return err
			}
		}
		c.State = state
		return storetest.SetState(tx, c)
	}))
}
