package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
)

// answerPlan makes a call, answers the sender with what it gave, and makes another.
func answerPlan() *paceline.Plan {
	p := usualPlan()
	p.Steps[2] = paceline.PlanStep{ID: stepID(2), Name: "answer", Kind: paceline.StepSyncResponse, Out: to(3, paceline.EdgeForward),
		Inputs: []paceline.PlanInput{taken("id", 1, "id"), taken("name", 0, "name")}}
	return p
}

// asked is how many senders of a victim wait for an answer.
const asked = 40

// asks sends events whose senders wait for an answer. In the second life each sender whose connection was lost sends
// its event again, as any does, and all get an answer.
func (v *victim) asks(ctx context.Context) {
	var senders sync.WaitGroup
	var out sync.Mutex
	for i := range asked {
		senders.Go(func() {
			name := fmt.Sprint("ask", i)
			r, err := v.engine.Deliver(ctx, v.address, connector.Delivery{Method: "POST", Header: http.Header{"X-Event-Id": {name}},
				RawBody: fmt.Appendf(nil, `{"name":%q}`, name), At: time.Now()})
			if err != nil {
				panic(err)
			}
			var body struct {
				ID   int
				Name string
			}
			if err := json.Unmarshal(r.Ack.Body, &body); err != nil || r.Ack.Status != 200 || body.Name != name || body.ID == 0 {
				panic(fmt.Sprintf("%s was answered with %d %s", name, r.Ack.Status, r.Ack.Body))
			}
			out.Lock()
			defer out.Unlock()
			fmt.Printf("ack %s %s\n", name, r.Transaction)
		})
	}
	senders.Wait()
}

// checkAsked: each event has one transaction, whichever of its copies began it.
func checkAsked(t *testing.T, h *house, _ *witness) {
	runs := h.runs(t)
	for _, run := range runs {
		if run.State != paceline.RunCompleted {
			t.Errorf("transaction %d has state %d", run.Num, run.State)
		}
	}
	if len(runs) != asked {
		t.Errorf("%d transactions of %d events", len(runs), asked)
	}
}
