package engine_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// polledOnce is a polled cycle that runs once.
var polledOnce = cycleDoc{Once: true, Steps: []map[string]node{{"poll": {Call: "list"}}}}

// TestRunOnceWhileARunIsGoing: a cycle is told to run once while a run of it is still going. The only slot is left out
// like any other, and the cycle pauses when that run is over.
func TestRunOnceWhileARunIsGoing(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.remote.answers["list"] = []answer{{Takes: 50 * time.Second}}
		st.cycleOf(cycleDoc{Interval: 60, Steps: polledOnce.Steps})
		time.Sleep(10 * time.Second)
		plan := *st.plan
		plan.RunOnce, plan.Interval = true, 0
		st.cycle.Flow.Settings.RunOnce, st.cycle.Flow.Settings.Interval = true, 0
		err := st.store.InTx(t.Context(), st.account.Scope(), func(tx *store.Tx) error {
			if err := tx.UpdateCycle(&st.cycle); err != nil {
				return err
			}
			st.cycle.RunVersion, st.cycle.ActivatedAt = st.cycle.Version, tx.Now()
			if err := storetest.SetState(tx, st.cycle); err != nil {
				return err
			}
			return tx.SetSchedule(st.cycle, tx.Now())
		})
		if err != nil {
			t.Fatal(err)
		}
		st.adopt(&plan, st.cycle)
		st.engine.CycleChanged(t.Context(), st.cycle)
		synctest.Wait()
		st.check(expectation{Incidents: []string{"warning trigger_skipped poll"}, Cycle: "Active"})
		time.Sleep(3 * time.Hour)
		st.check(expectation{Calls: []string{"list"}, Incidents: []string{"warning trigger_skipped poll"}, Cycle: "Paused"})
	})
}

// TestRunOnceAgain: a cycle that has run once is started again with the same start time, which is over: it runs at once.
func TestRunOnceAgain(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.stand(cycleDoc{Once: true, Start: time.Minute, Steps: polledOnce.Steps})
		time.Sleep(time.Hour)
		synctest.Wait()
		st.check(expectation{Calls: []string{"1m0s list"}, Cycle: "Paused"})
		st.cycle.State = paceline.CycleActive
		err := st.store.InTx(t.Context(), st.account.Scope(), func(tx *store.Tx) error {
			st.cycle.ActivatedAt = tx.Now()
			if err := storetest.SetState(tx, st.cycle); err != nil {
				return err
			}
			return tx.SetSchedule(st.cycle, st.cycle.Flow.Settings.StartTime)
		})
		if err != nil {
			t.Fatal(err)
		}
		st.engine.CycleChanged(t.Context(), st.cycle)
		synctest.Wait()
		st.check(expectation{Calls: []string{"1m0s list", "1h0m0s list"}, Cycle: "Paused"})
	})
}

// TestRunOnceOfASuspendedAccount: the start time comes while the account is suspended. The cycle runs once it is not.
func TestRunOnceOfASuspendedAccount(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		suspend := func(state paceline.AccountState) {
			st.account.State = state
			err := st.store.InTx(t.Context(), st.account.Scope(), func(tx *store.Tx) error { return tx.UpdateAccount(st.account.Scope(), st.account) })
			if err != nil {
				t.Fatal(err)
			}
			st.engine.AccountChanged(t.Context(), st.account)
		}
		st.stand(cycleDoc{Once: true, Start: time.Minute, Steps: polledOnce.Steps})
		suspend(paceline.AccountSuspended)
		time.Sleep(time.Hour)
		synctest.Wait()
		st.check(expectation{Calls: []string{}, Cycle: "Active"})
		suspend(paceline.AccountActive)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if calls := st.remote.made(); len(calls) != 1 {
			t.Errorf("%d calls, want one", len(calls))
		}
		st.check(expectation{Cycle: "Paused"})
	})
}

// TestLiveProgressOfEnds: what no commit of a transaction's own ends is told to those who listen to it, and a state that
// the engine gives a cycle to those who listen to the account.
func TestLiveProgressOfEnds(t *testing.T) {
	listen := func(t *testing.T, st *stage, transaction paceline.ID) *engine.LiveStream {
		s, err := st.engine.Listen(t.Context(), st.principal(), st.account, "", transaction, "")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	last := func(s *engine.LiveStream) string {
		lines := told(heard(s)...)
		if len(lines) == 0 {
			return ""
		}
		return lines[len(lines)-1]
	}
	pause := map[string]node{"pause": {After: "received", Delay: time.Hour}}
	all := map[string]node{"all": {After: "received", WaitAll: true}}
	for name, tc := range map[string]struct {
		cycle       cycleDoc
		then        func(st *stage)
		transaction string
		account     []string
	}{
		"a stop": {cycleDoc{Steps: []map[string]node{{"received": {Webhook: "event"}}, pause}},
			func(st *stage) { st.event(event{Stop: "now"}) }, "transaction Stopped", []string{"cycle Paused", "transaction Stopped"}},
		"a Wait All step": {cycleDoc{Steps: []map[string]node{{"received": {Webhook: "event"}}, all, {"slow": {After: "received", Delay: time.Minute}}, {"then": {After: "all", Delay: time.Hour}}}},
			func(st *stage) { time.Sleep(2 * time.Minute) }, "transaction Completed", nil},
		"run once": {cycleDoc{Once: true, Steps: []map[string]node{{"received": {Webhook: "event"}}, pause}},
			func(st *stage) { time.Sleep(2 * time.Hour) }, "transaction Completed", []string{"cycle Paused"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
				st.cycleOf(tc.cycle)
				account := listen(t, st, "")
				receipt, err := st.send(`{"name":"Ada"}`)
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if begun := told(heard(account)...); tc.cycle.Once != slices.Contains(begun, "cycle Active") {
					t.Errorf("at the beginning the account heard %q", begun)
				}
				one := listen(t, st, receipt.Transaction)
				tc.then(st)
				synctest.Wait()
				if got := last(one); got != tc.transaction {
					t.Errorf("the transaction ended with %q, want %q", got, tc.transaction)
				}
				all := told(heard(account)...)
				for _, want := range tc.account {
					if !slices.Contains(all, want) {
						t.Errorf("the account heard %q, want %q among them", all, want)
					}
				}
				st.event(event{Stop: "now"}) // who was told of the end hears of nothing more
				synctest.Wait()
				if got := last(one); got != "" {
					t.Errorf("after its end came %q", got)
				}
			})
		})
	}
}
