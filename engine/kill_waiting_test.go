package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/store"
)

// waitingPlan waits for a delivery in the middle of the flow, and makes a call behind it.
func waitingPlan() *paceline.Plan {
	key := taken(paceline.WebhookSourceKey, 0, "name")
	key.Field = false
	return &paceline.Plan{LogRequests: true, MaxRetries: 5, Steps: []paceline.PlanStep{
		{ID: stepID(0), Name: "received", Kind: paceline.StepWebhook, Method: "event", AccountConnector: 1, Out: to(1, paceline.EdgeForward)},
		{ID: stepID(1), Name: "shipped", Kind: paceline.StepWebhook, Method: "event", AccountConnector: 1, Key: "name",
			Inputs: []paceline.PlanInput{key}, Out: to(2, paceline.EdgeForward)},
		{ID: stepID(2), Name: "notify", Kind: paceline.StepAction, Method: "notify", AccountConnector: 1,
			Inputs: []paceline.PlanInput{taken("name", 1, "name")}},
	}}
}

// deliversInTheMiddle starts transactions, lets each go on by a delivery, and says which were acknowledged. In
// the second life it then waits until nothing is under way and stops the cycle, which would wait on for a month.
func (v *victim) deliversInTheMiddle(ctx context.Context) {
	names, prefix := 40, "a"
	if v.second {
		names, prefix = 10, "b"
	}
	deliver := func(address, name string) (paceline.ID, error) {
		body := fmt.Appendf(nil, `{"name":%q}`, name)
		r, err := v.engine.Deliver(ctx, address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: body, At: time.Now()})
		return r.Transaction, err
	}
	var shipped string
	err := v.store.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.WebhookIdentifiers(v.account.Scope(), v.cycle.Num)
		shipped = all[stepID(1)]
		return err
	})
	if err != nil {
		panic(err)
	}
	for i := range names {
		must(deliver(v.address, fmt.Sprint(prefix, i)))
	}
	for i := range names {
		name := fmt.Sprint(prefix, i)
		id, err := deliver(shipped, name)
		for ; paceline.CodeOf(err) == paceline.CodeWebhookNoMatch; id, err = deliver(shipped, name) {
			time.Sleep(time.Millisecond) // it has not come there yet
		}
		if err != nil {
			panic(err)
		}
		fmt.Printf("ack %s %s\n", name, id)
	}
	for busy := 1; busy > 0; time.Sleep(time.Millisecond) { // the work of this process's own engine
		err := v.store.Read(ctx, func(tx *store.Tx) error {
			list, err := tx.Runs(v.account.Scope(), store.RunFilter{States: []paceline.RunState{paceline.RunLive}, Parked: -1}, paceline.Page{Size: 1}, true)
			busy = len(list.Items)
			return err
		})
		if err != nil {
			panic(err)
		}
	}
	v.setState(ctx, &v.cycle, paceline.CyclePaused)
}
