package engine_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store/storetest"
)

// storedCall is how a row with the call of its step is stored.
const storedCall = "INSERT ON step WHEN NEW.call_at IS NOT NULL"

// TestResultThatIsRefused: the database refuses what a step's result is to be stored as, whenever it is sent. The
// transaction ends with as much as can be stored, its step is not carried out again, its slot is free, and what it began
// with is kept: it can be sent again.
func TestResultThatIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		call    string
		refused []string
		want    []string
		tells   []string
	}{
		{"the call", "create", []string{storedCall},
			[]string{"Errored", "  received done", "  call failed"}, []string{"error unstorable call"}},
		{"a call that must not be repeated", "charge", []string{storedCall},
			[]string{"Errored", "  received done", "  call failed"}, []string{"error unknown_outcome call"}},
		{"whatever a step leaves", "create", []string{storedCall, "INSERT ON incident"},
			[]string{"Errored", "  received done"}, []string{}},
		{"even its end", "create", []string{storedCall, "UPDATE ON run"},
			[]string{"Queued", "  received done"}, []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inTime(t, engine.Limits{Running: 1}, func(t *testing.T, st *stage) {
				st.cycleOf(cycleDoc{Steps: []map[string]node{
					{"received": {Webhook: "event"}},
					{"call": {After: "received", Call: tc.call, Map: map[string]string{"name": "received/name"}, OnError: "Retry"}},
				}})
				for _, statement := range tc.refused {
					storetest.Refuse(t, st.options, statement)
				}
				receipt, err := st.send(`{"name":"Ada"}`)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if calls := len(st.remote.made()); calls != 1 {
					t.Errorf("%d calls", calls)
				}
				if got := st.transactions([]txnWant{{Rows: []string{}}}); !slices.Equal(got, tc.want) {
					t.Errorf("transactions: %q, want %q", got, tc.want)
				}
				if got := st.incidents(); !slices.Equal(got, tc.tells) {
					t.Errorf("incidents: %q, want %q", got, tc.tells)
				}
				for _, statement := range tc.refused {
					storetest.Allow(t, st.options, statement)
				}
				if _, err := st.send(`{"name":"Eve"}`); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if calls := len(st.remote.made()); calls != 2 {
					t.Errorf("%d calls after another delivery: the slot is not free", calls)
				}
				if tc.want[0] != "Errored" {
					return
				}
				_, err = st.engine.Resubmit(t.Context(), st.principal(), st.account, st.cycle.ID, receipt.Transaction, engine.FromFailed)
				if tc.call == "charge" { // somebody has to say first that it was not carried out
					if paceline.CodeOf(err) != paceline.CodeOutcomeOpen {
						t.Errorf("it was sent again: %v", err)
					}
					_, err = st.engine.ResolveOutcome(t.Context(), st.principal(), st.account, st.cycle.ID, receipt.Transaction, engine.OutcomeRepeat, nil)
				}
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if made := st.remote.made(); len(made) != 3 || made[2].Body != `{"name":"Ada"}` {
					t.Errorf("calls: %+v", made)
				}
			})
		})
	}
}

// TestSlotThatIsRefused: the database refuses the runs of a schedule. Each slot is left out with a warning instead of being
// tried for ever, and once it takes them the next slot runs.
func TestSlotThatIsRefused(t *testing.T) {
	t.Parallel()
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		storetest.Refuse(t, st.options, "INSERT ON run") // before the first slot, which is now
		st.cycleOf(cycleDoc{Interval: 60, Steps: []map[string]node{{"list": {Call: "list"}}}})
		time.Sleep(150 * time.Minute)
		synctest.Wait()
		tells := st.incidents()
		if len(st.remote.made()) != 0 || len(tells) < 2 || len(tells) > 3 || tells[0] != "warning unstorable list" {
			t.Errorf("%d calls, incidents: %q", len(st.remote.made()), tells)
		}
		storetest.Allow(t, st.options, "INSERT ON run")
		time.Sleep(time.Hour)
		synctest.Wait()
		if calls := len(st.remote.made()); calls != 1 {
			t.Errorf("%d calls", calls)
		}
	})
}

// TestWaitAllThatIsRefused: the database refuses what goes on behind a Wait All step. Those that wait there end as failed, with an
// incident if that can be stored, instead of being asked about each second for ever; and what it takes again goes on.
func TestWaitAllThatIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		refused []string
		want    []string
		tells   []string
	}{
		{"what goes on", []string{"INSERT ON run"}, []string{"Errored", "Errored"}, []string{"error unstorable ", "error unstorable "}},
		{"and its incident", []string{"INSERT ON run", "INSERT ON incident"}, []string{"Errored", "Errored"}, nil},
		{"even its end", []string{"INSERT ON run", "UPDATE ON run"}, []string{"Waiting", "Waiting"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
				st.cycleOf(cycleDoc{Steps: []map[string]node{
					{"received": {Webhook: "event"}},
					{"later": {After: "received", Delay: time.Minute}},
					{"all": {After: "later", WaitAll: true}},
					{"create": {After: "all", Call: "list"}},
				}})
				for range 2 {
					if _, err := st.send(`{"name":"Ada"}`); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(59 * time.Second)
				synctest.Wait()
				refuse := tc.refused
				if len(refuse) > 1 && refuse[1] == "UPDATE ON run" {
					refuse = refuse[:1] // the way to the step needs it
				}
				for _, statement := range refuse {
					storetest.Refuse(t, st.options, statement)
				}
				time.Sleep(2 * time.Second)
				synctest.Wait()
				if len(refuse) < len(tc.refused) {
					storetest.Refuse(t, st.options, tc.refused[1])
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if got := st.transactions(make([]txnWant, 3)); !slices.Equal(got, tc.want) {
					t.Errorf("transactions: %q, want %q", got, tc.want)
				}
				if got := st.incidents(); !slices.Equal(got, tc.tells) {
					t.Errorf("incidents: %q, want %q", got, tc.tells)
				}
				for _, statement := range tc.refused {
					storetest.Allow(t, st.options, statement)
				}
				if _, err := st.send(`{"name":"Eve"}`); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if calls := len(st.remote.made()); calls != 1 {
					t.Errorf("%d calls once it is taken again", calls)
				}
			})
		})
	}
}

// TestStopThatIsRefused: the database refuses the end of a stopped cycle's transactions. It is tried a few times and told, and the
// next start ends them.
func TestStopThatIsRefused(t *testing.T) {
	t.Parallel()
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.cycleOf(cycleDoc{Steps: []map[string]node{{"received": {Webhook: "event"}}, {"later": {After: "received", Delay: time.Hour}}}})
		if _, err := st.send(`{"name":"Ada"}`); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		storetest.Refuse(t, st.options, "UPDATE ON run")
		st.event(event{Stop: "now"})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got := st.incidents(); !slices.Equal(got, []string{"error unstorable "}) {
			t.Errorf("incidents: %q", got)
		}
		storetest.Allow(t, st.options, "UPDATE ON run")
		st.event(event{Restart: true})
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := st.transactions(make([]txnWant, 1)); !slices.Equal(got, []string{"Stopped"}) {
			t.Errorf("transactions: %q", got)
		}
	})
}
