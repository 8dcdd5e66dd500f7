package engine_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"paceline/store"
	"paceline/store/storetest"
)

// TestTasksOfEachEvent is the table of what costs a task: what is played, and the successful and incident
// tasks that come of it. Usage and the rows of steps must agree in each case.
func TestTasksOfEachEvent(t *testing.T) {
	webhook := map[string]node{"received": {Webhook: "event"}}
	call := func(onError string) map[string]node {
		return map[string]node{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}, OnError: onError}}
	}
	deliver := event{Deliver: &delivery{Body: map[string]any{"name": "Ada"}}}
	bad := []answer{{Status: 400}}
	for name, c := range map[string]struct {
		cycle  cycleDoc
		remote []answer
		play   []event
		tasks  string
	}{
		"a webhook, received": {cycle: cycleDoc{Steps: []map[string]node{webhook}}, play: []event{deliver}, tasks: "1 0"},
		"a second copy is none": {cycle: cycleDoc{Steps: []map[string]node{{"received": {Webhook: "event"}}}}, play: []event{
			{Deliver: &delivery{Body: map[string]any{"name": "Ada"}, Event: "e"}},
			{Deliver: &delivery{Body: map[string]any{"name": "Ada"}, Event: "e", Same: true}}}, tasks: "1 0"},
		"nor a delivery that is refused": {cycle: cycleDoc{Steps: []map[string]node{{"received": {Webhook: "signed"}}}}, play: []event{
			{Deliver: &delivery{Body: map[string]any{"name": "Ada"}, Signature: "wrong", Refused: "webhook_signature"}}}, tasks: "0 0"},
		"a call that succeeds": {cycle: cycleDoc{Steps: []map[string]node{webhook, call("")}}, play: []event{deliver}, tasks: "2 0"},
		"a call that fails":    {cycle: cycleDoc{Steps: []map[string]node{webhook, call("StopTransaction")}}, remote: bad, play: []event{deliver}, tasks: "1 1"},
		"a failure that is ignored": {cycle: cycleDoc{Steps: []map[string]node{webhook, call("Ignore")}}, remote: bad,
			play: []event{deliver}, tasks: "1 1"},
		"each try of a call": {cycle: cycleDoc{Retries: 2, Steps: []map[string]node{webhook, call("Retry")}}, remote: []answer{{Status: 500}, {Status: 500}},
			play: []event{deliver, {Wait: time.Hour}}, tasks: "2 2"},
		"a call that has to wait": {cycle: cycleDoc{Steps: []map[string]node{webhook, call("")}}, remote: []answer{{Status: 429, Headers: map[string]string{"Retry-After": "60"}}},
			play: []event{deliver, {Wait: time.Hour}}, tasks: "2 1"},
		"tries on two days": {cycle: cycleDoc{Retries: 5, Steps: []map[string]node{webhook, call("Retry")}}, remote: []answer{{Status: 500}, {Status: 500}, {Status: 500}, {Status: 500}, {Status: 500}},
			play: []event{{Wait: 12 * time.Hour}, deliver, {Wait: 20 * time.Hour}}, tasks: "2 5"},
		"tools that work": {cycle: cycleDoc{Steps: []map[string]node{webhook, {"wait": {After: "received", Delay: time.Minute}}, {"is": {After: "wait", If: "received/name Equals Ada"}}}},
			play: []event{deliver, {Wait: time.Hour}}, tasks: "1 0"},
		"a schedule": {cycle: cycleDoc{Interval: 60, Steps: []map[string]node{{"list": {Call: "list"}}}}, play: []event{{Wait: 150 * time.Minute}}, tasks: "3 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := storetest.SQLite(t)
			synctest.Test(t, func(t *testing.T) {
				s := scenario{Cycle: c.cycle, Play: c.play, Remote: map[string][]answer{"create": c.remote}, Expect: expectation{Tasks: c.tasks}}
				play(t, s, options, nil)
			})
			db := storetest.Open(t, options)
			h := furnish(t.Context(), db, nil, "")
			var rows, usage string
			err := db.Read(t.Context(), func(tx *store.Tx) error {
				list, err := tx.UsageOfRows(h.account.Scope(), 0)
				if err != nil {
					return err
				}
				ok, incident := int64(0), int64(0)
				for _, u := range list {
					ok, incident = ok+u.OK, incident+u.Incident
				}
				rows = fmt.Sprintf("%d %d", ok, incident)
				total, err := tx.UsageTotal(h.account.Scope(), 1, 1<<30)
				usage = fmt.Sprintf("%d %d", total.OK, total.Incident)
				return err
			})
			if err != nil || rows != c.tasks || usage != c.tasks {
				t.Errorf("the rows have %s tasks, the days %s, want %s, %v", rows, usage, c.tasks, err)
			}
		})
	}
}
