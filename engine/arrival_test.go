package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/engine"
)

// TestLogShowsWhatArrived: a webhook that was accepted for a waiting transaction stands in its log before the step was
// carried on, and after a stop with the reason why it was not.
func TestLogShowsWhatArrived(t *testing.T) {
	inTime(t, engine.Limits{AccountRunning: 1}, func(t *testing.T, st *stage) {
		st.remote.answers["notify"] = []answer{{}, {Takes: time.Hour}}
		st.cycleOf(cycleDoc{Steps: []map[string]node{
			{"ordered": {Webhook: "event"}},
			{"shipped": {After: "ordered", Webhook: "event", Key: "name", Is: "ordered/name"}},
			{"bill": {After: "ordered", Call: "notify", Map: map[string]string{"name": "ordered/name"}}},
		}})
		first, err := st.send(`{"name":"Ada"}`)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, err := st.send(`{"name":"Grace"}`); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		st.deliver(delivery{At: "shipped", Body: map[string]any{"name": "Ada", "parcel": 7}})
		synctest.Wait()
		log := func() (lines []string) {
			l, err := st.engine.TransactionItems(t.Context(), st.principal(), st.account, st.cycle.ID, first.Transaction, "", paceline.Page{})
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range l.Items {
				if i.Arrived {
					lines = append(lines, fmt.Sprintf("%s %s %s %s%s", i.ID, i.StepName, i.Level, i.Response, i.Message))
				}
			}
			return lines
		}
		want := `arrived.1.0 shipped Information {"name":"Ada","parcel":7}`
		if got := strings.Join(log(), "\n"); got != want {
			t.Errorf("before its turn: %s, want %s", got, want)
		}
		st.setState(t.Context(), &st.cycle, paceline.CyclePaused)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		want = `arrived.1.0 shipped Warning {"name":"Ada","parcel":7}An accepted webhook was not carried on`
		if got := strings.Join(log(), "\n"); got != want {
			t.Errorf("after the stop: %s, want %s", got, want)
		}
	})
}

// TestRepetitionTakesOverSoMany: a transaction that is sent again begins with up to a hundred of the deliveries that came for the
// one before, and what is left there is told: no commit grows without bound.
func TestRepetitionTakesOverSoMany(t *testing.T) {
	inTime(t, engine.Limits{AccountRunning: 1}, func(t *testing.T, st *stage) {
		st.remote.answers["notify"] = []answer{{Status: 400, Takes: time.Hour}, {}}
		st.cycleOf(cycleDoc{Steps: []map[string]node{
			{"ordered": {Webhook: "event"}},
			{"shipped": {After: "ordered", Webhook: "event", Key: "name", Is: "ordered/name"}},
			{"pack": {After: "shipped", Call: "create", Map: map[string]string{"name": "shipped/name"}}},
			{"bill": {After: "ordered", Call: "notify", Map: map[string]string{"name": "ordered/name"}, OnError: "StopTransaction"}},
		}})
		first, err := st.send(`{"name":"Ada"}`)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for range 103 {
			st.deliver(delivery{At: "shipped", Body: map[string]any{"name": "Ada"}})
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if _, err := st.engine.Resubmit(t.Context(), st.principal(), st.account, st.cycle.ID, first.Transaction, engine.FromFailed); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		packed := 0
		for _, c := range st.remote.made() {
			if c.Path == "create" {
				packed++
			}
		}
		told := 0
		for _, in := range st.incidents() {
			if in == "warning webhook_unused shipped" {
				told++
			}
		}
		if packed != 100 || told != 1 {
			t.Errorf("%d were taken over, told %d times: %q", packed, told, st.incidents())
		}
	})
}
