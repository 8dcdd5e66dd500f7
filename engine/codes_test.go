package engine_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// TestAnswerThatIsTooLarge: an answer above the limit of step data is an incident, and its sender is not left waiting.
func TestAnswerThatIsTooLarge(t *testing.T) {
	t.Parallel()
	inTime(t, engine.Limits{StepData: 300}, func(t *testing.T, st *stage) {
		st.cycleOf(cycleDoc{OnError: "StopTransaction", Steps: []map[string]node{
			{"ordered": {Webhook: "event"}},
			{"answer": {After: "ordered", Respond: map[string]string{"reply:body": "ordered/name"}}},
		}})
		st.send(`{"name":"` + strings.Repeat("x", 500) + `"}`) // what its sender gets does not matter here
		synctest.Wait()
		if got := st.incidents(); !slices.Equal(got, []string{"error response_save answer"}) {
			t.Errorf("incidents: %q", got)
		}
	})
}

// TestWaitWithoutCriteria: a Wait Until step that says nothing is an incident.
func TestWaitWithoutCriteria(t *testing.T) {
	t.Parallel()
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		doc := cycleDoc{OnError: "StopTransaction", Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"given": {After: "received", Until: "received/country"}},
		}}
		plan, names := planOf(t, doc)
		for i := range plan.Steps {
			if plan.Steps[i].Kind == paceline.StepWaitUntil {
				plan.Steps[i].Inputs = nil
			}
		}
		st.plan, st.names = plan, names
		st.cycle, st.address = st.install(t.Context(), plan, 0)
		st.engine.CycleChanged(t.Context(), st.cycle)
		if _, err := st.send(`{"name":"Ada"}`); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := st.incidents(); !slices.Equal(got, []string{"error wait_missing given"}) {
			t.Errorf("incidents: %q", got)
		}
	})
}

// TestSplitOfWhatIsGone: a list lies in a blob of which a part cannot be read any more: before its first item, or behind those
// that are transactions already. That is an incident, and no shorter list.
func TestSplitOfWhatIsGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lost   string
		items  int
		before string // of the list, in the answer
		some   bool   // items have a transaction
	}{
		"before the list":          {"NEW.n = 0", 2, "", false},
		"between it and the start": {"NEW.n = 1", 2, strings.Repeat("x", store.BlobChunk), false},
		"behind what is split":     {"NEW.n > 1", 450, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
				st.cycleOf(cycleDoc{OnError: "StopTransaction", Steps: []map[string]node{
					{"received": {Webhook: "event"}},
					{"rows": {After: "received", Call: "list", Split: "[items]"}},
					{"later": {After: "rows", Delay: time.Hour}},
				}})
				items := make([]map[string]any, c.items)
				for i := range items {
					items[i] = map[string]any{"id": i, "name": strings.Repeat("x", 3*store.BlobChunk/c.items)}
				}
				st.remote.answers["list"] = []answer{{Body: map[string]any{"a": c.before, "items": items}}}
				storetest.Lose(t, st.options, "blob_chunk", c.lost)
				if _, err := st.send(`{"name":"Ada"}`); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if got := st.incidents(); !slices.Equal(got, []string{"error split_failed rows"}) {
					t.Errorf("incidents: %q", got)
				}
				children := must(st.engine.Transactions(t.Context(), st.principal(), st.account, engine.TransactionFilter{Split: "Child"}, paceline.Page{Size: 1}))
				if (children.Total > 0) != c.some || children.Total == c.items {
					t.Errorf("%d of %d items have a transaction", children.Total, c.items)
				}
			})
		})
	}
}

// TestDeliveryThatIsGone: what has come for a waiting transaction cannot be read when its turn comes.
func TestDeliveryThatIsGone(t *testing.T) {
	t.Parallel()
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.cycleOf(cycleDoc{OnError: "StopTransaction", Steps: []map[string]node{
			{"ordered": {Webhook: "event"}},
			{"shipped": {After: "ordered", Webhook: "event", Key: "name", Is: "ordered/name"}},
			{"bill": {After: "shipped", Call: "notify", Map: map[string]string{"name": "shipped/name"}}},
		}})
		if _, err := st.send(`{"name":"Ada"}`); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		storetest.Lose(t, st.options, "arrival", "true")
		st.deliver(delivery{At: "shipped", Body: map[string]any{"name": "Ada"}})
		synctest.Wait()
		if got := st.incidents(); !slices.Equal(got, []string{"error webhook_trigger_data shipped"}) {
			t.Errorf("incidents: %q", got)
		}
		if made := st.remote.made(); len(made) != 0 {
			t.Errorf("calls: %+v", made)
		}
	})
}

// TestWaitThatFails: the date that a step waits for cannot be found, because no data can be had by its mapping, or because the
// data was sealed with a key that is gone.
func TestWaitThatFails(t *testing.T) {
	t.Parallel()
	doc := cycleDoc{OnError: "StopTransaction", Steps: []map[string]node{
		{"received": {Webhook: "event"}},
		{"pause": {After: "received", Delay: time.Hour}},
		{"given": {After: "pause", Until: "received/country"}},
	}}
	for name, c := range map[string]struct {
		location string
		otherKey bool
	}{
		"the mapping": {"[country", false},
		"the data":    {"country", true},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
				st.plan, st.names = planOf(t, doc)
				st.plan.Steps[2].Inputs[0].Mapping.SourceLocation = c.location
				st.cycle, st.address = st.install(t.Context(), st.plan, 0)
				st.engine.CycleChanged(t.Context(), st.cycle)
				if _, err := st.send(`{"name":"Ada","country":"2000-01-03T00:00:00Z"}`); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if c.otherKey {
					st.engine.Stop(noTime)
					wrapped, _ := installation.NewAccountKey()
					st.key = must(installation.Unwrap(wrapped))
					st.start(t.Context())
				}
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				if got := st.incidents(); !slices.Equal(got, []string{"error wait_failed given"}) {
					t.Errorf("incidents: %q", got)
				}
			})
		})
	}
}
