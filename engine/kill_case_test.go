package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/engine/killpoint"
	"paceline/store"
)

// none is for rows whose deliveries need not reach the remote.
var none = []string{}

// killCases are all rows. Each runs on both databases.
var killCases = []killCase{
	{point: killpoint.AcceptBeforeCommit},
	{point: killpoint.AcceptAfterCommit},
	{point: killpoint.AcceptAfterCommit, name: "resubmit", pass: 40, calls: none, act: (*victim).resubmits, check: checkResubmitted},
	{point: killpoint.ExecBeforeCall},
	{point: killpoint.ExecAfterCall},
	{point: killpoint.ExecAfterCall, name: "unsafe", pass: 1, deliver: 40, plan: unsafePlan, calls: none, check: checkUnsafe},
	{point: killpoint.GatherBeforeCommit, pass: 1, plan: waitAllPlan, calls: []string{"create"}, check: checkGathered},
	{point: killpoint.GatherAfterCommit, pass: 1, plan: waitAllPlan, calls: []string{"create"}, check: checkGathered},
	{point: killpoint.AdvanceBeforeCommit},
	{point: killpoint.AdvanceAfterCommit},
	{point: killpoint.StartedAfterCommit, pass: 1, deliver: 40, plan: unsafePlan, calls: none, check: checkUnsafe},
	{point: killpoint.PartAfterCommit, pass: 1, deliver: 2, plan: splitPlan, calls: none, check: checkSplit},
	{point: killpoint.PartAfterCommit, name: "inside a split", pass: 3, deliver: 2, plan: splitPlan, calls: none, check: checkSplit},
	{point: killpoint.AdvanceBeforeCommit, name: "inside a split", pass: 3, deliver: 2, plan: splitPlan, calls: none, check: checkSplit},
	{point: killpoint.EndAfterCommit, name: "of an item", pass: 600, deliver: 1, plan: splitPlan, calls: none, check: checkSplit},
	{point: killpoint.PartAfterCommit, name: "pages", deliver: 40, plan: pagesPlan, calls: []string{"notify"}, check: checkPages},
	{point: killpoint.ParkAfterCommit, plan: delayPlan},
	{point: killpoint.EndAfterCommit},
	{point: killpoint.StopAfterCommit, pass: 1, plan: stoppingPlan, calls: none, act: (*victim).failsAndStops, check: checkStopped(paceline.CycleError)},
	{point: killpoint.AdvanceBeforeCommit, name: "of a pause", pass: 1, plan: pausingPlan, calls: none, notices: true, act: (*victim).pausesByError, check: checkPauseTold},
	{point: killpoint.StopAfterCommit, name: "of a pause", pass: 1, plan: pausingPlan, calls: none, notices: true, act: (*victim).pausesByError, check: checkPauseTold},
	{point: killpoint.FireBeforeCommit, pass: 1, plan: oncePlan, act: (*victim).pauses, calls: none, check: checkOnce},
	{point: killpoint.FireAfterCommit, pass: 1, plan: oncePlan, act: (*victim).pauses, calls: none, check: checkOnce},
	{point: killpoint.CycleAfterCommit, pass: 2, calls: none, act: (*victim).stops, check: checkStopped(paceline.CyclePaused)},
	{point: killpoint.CancelBeforeCommit, pass: 1, calls: none, act: (*victim).stops, check: checkStopped(paceline.CyclePaused)},
	{point: killpoint.CancelAfterCommit, pass: 1, calls: none, act: (*victim).stops, check: checkStopped(paceline.CyclePaused)},
	{point: killpoint.CycleAfterCommit, name: "unsafe", pass: 2, plan: unsafePlan, calls: none, notices: true, act: (*victim).stopsInCalls, check: checkStoppedInCalls},
	{point: killpoint.CancelBeforeCommit, name: "unsafe", pass: 1, plan: unsafePlan, calls: none, notices: true, act: (*victim).stopsInCalls, check: checkStoppedInCalls},
	{point: killpoint.CancelAfterCommit, name: "unsafe", pass: 1, plan: unsafePlan, calls: none, notices: true, act: (*victim).stopsInCalls, check: checkStoppedInCalls},
	{point: killpoint.CycleAfterCommit, name: "finish", pass: 2, calls: none, act: (*victim).finishes, check: checkFinished},
	{point: killpoint.ArriveBeforeCommit, plan: waitingPlan, calls: []string{"notify"}, act: (*victim).deliversInTheMiddle},
	{point: killpoint.ArriveAfterCommit, plan: waitingPlan, calls: []string{"notify"}, act: (*victim).deliversInTheMiddle},
	{point: killpoint.ParkAfterCommit, name: "at a webhook step", pass: 60, plan: waitingPlan, calls: []string{"notify"}, act: (*victim).deliversInTheMiddle},
	{point: killpoint.AcceptAfterCommit, name: "asked", pass: 20, plan: answerPlan, act: (*victim).asks, check: checkAsked},
	{point: killpoint.ExecAfterCall, name: "asked", pass: 30, plan: answerPlan, act: (*victim).asks, check: checkAsked},
	{point: killpoint.AdvanceAfterCommit, name: "asked", pass: 30, plan: answerPlan, act: (*victim).asks, check: checkAsked},
	{point: killpoint.EndAfterCommit, name: "asked", pass: 10, plan: answerPlan, act: (*victim).asks, check: checkAsked},
	{point: killpoint.AcceptBeforeCommit, name: "resolve", pass: lostAnswers + 5, plan: unsafePlan, calls: none, act: (*victim).resolves, check: checkResolved},
	{point: killpoint.AcceptAfterCommit, name: "resolve", pass: lostAnswers + 5, plan: unsafePlan, calls: none, act: (*victim).resolves, check: checkResolved},
	{point: killpoint.NoticeAfterPost, pass: 10, plan: stopRunPlan, calls: none, notices: true, act: (*victim).tells, check: checkTold},
}

// unsafePlan begins with a call that must not be repeated.
func unsafePlan() *paceline.Plan {
	p := usualPlan()
	p.Steps[1].Method, p.Steps[1].Repeat = "charge", paceline.RepeatUnsafe
	return p
}

// keeplessPlan keeps nothing of what has ended, and its victim prunes all the time.
func keeplessPlan() *paceline.Plan {
	p, hours := usualPlan(), 0
	p.Retention = paceline.Retention{SuccessHours: &hours, ErrorHours: &hours}
	return p
}

// splitPlan asks for a list and splits it, with a call for each item.
func splitPlan() *paceline.Plan {
	return &paceline.Plan{LogRequests: true, MaxRetries: 5, Steps: []paceline.PlanStep{
		{ID: stepID(0), Name: "received", Kind: paceline.StepWebhook, Method: "event", AccountConnector: 1, Out: to(1, paceline.EdgeForward)},
		{ID: stepID(1), Name: "rows", Kind: paceline.StepAction, Method: "list", AccountConnector: 1, SplitAt: "[items]", Out: to(2, paceline.EdgeForward)},
		{ID: stepID(2), Name: "item", Kind: paceline.StepAction, Method: "create", AccountConnector: 1,
			Inputs: []paceline.PlanInput{taken("name", 1, "[items].name")}},
	}}
}

// pagesPlan asks for pages, one by one, and calls when it has all.
func pagesPlan() *paceline.Plan {
	p := usualPlan()
	p.Steps[1].Method, p.Steps[1].Inputs, p.Steps[1].Out = "pages", nil, to(3, paceline.EdgeForward)
	p.Steps[3].Inputs = []paceline.PlanInput{taken("name", 0, "name")}
	return p
}

// checkPages: no page was asked for again but those that were in flight.
func checkPages(t *testing.T, h *house, w *witness) {
	want := pagesEach * len(h.runs(t))
	if w.pages < want || w.pages > want+inFlight {
		t.Errorf("%d pages were asked for, want %d, and at most %d more", w.pages, want, inFlight)
	}
}

// delayPlan waits for a moment between its calls.
func delayPlan() *paceline.Plan {
	p := usualPlan()
	p.Steps[2] = paceline.PlanStep{ID: stepID(2), Name: "wait", Kind: paceline.StepDelay, DelayMicros: 100_000, Out: to(3, paceline.EdgeForward)}
	return p
}

// stoppingPlan stops its cycle when its last call fails.
func stoppingPlan() *paceline.Plan {
	p := usualPlan()
	p.Steps[3].ErrorAction = paceline.ErrorStopCycle
	return p
}

// pausingPlan makes one call, and stops its cycle when that fails: the pause is in its first commit.
func pausingPlan() *paceline.Plan {
	p := stoppingPlan()
	p.Steps[3].Inputs = p.Steps[3].Inputs[:1]
	p.Steps[0].Out = to(3, paceline.EdgeForward)
	return p
}

// stopRunPlan stops the transaction when its last call fails.
func stopRunPlan() *paceline.Plan {
	p := usualPlan()
	p.Steps[3].ErrorAction = paceline.ErrorStopTransaction
	return p
}

// oncePlan asks for a list, once.
func oncePlan() *paceline.Plan {
	return &paceline.Plan{LogRequests: true, MaxRetries: 5, RunOnce: true, Steps: []paceline.PlanStep{
		{ID: stepID(0), Name: "rows", Kind: paceline.StepAction, Method: "list", AccountConnector: 1},
	}}
}

// resubmits repeats what failed, until nothing is left to repeat.
func (v *victim) resubmits(ctx context.Context) {
	if !v.second {
		v.send(ctx, badName, 30)
		awaitIdle(ctx, v.house, false)
	}
	for {
		sum, err := v.engine.ResubmitAll(ctx, v.principal(), v.account, v.cycle.ID, engine.RepeatFilter{From: engine.FromFailed})
		if err != nil {
			panic(err)
		}
		if sum.Resubmitted == 0 {
			return
		}
	}
}

// checkResubmitted: each transaction that failed was repeated once, and well.
func checkResubmitted(t *testing.T, h *house, _ *witness) {
	repeated := map[int64]int{}
	failed := 0
	for _, run := range h.runs(t) {
		switch {
		case run.Parent == 0 && run.State == paceline.RunFailed:
			failed++
		case run.Parent != 0 && run.State == paceline.RunCompleted:
			repeated[run.Parent]++
		default:
			t.Errorf("transaction %d of %d has state %d", run.Num, run.Parent, run.State)
		}
	}
	for parent, n := range repeated {
		if n != 1 {
			t.Errorf("transaction %d was repeated %d times", parent, n)
		}
	}
	if n := h.audited(t, "cycle.transactions_resubmitted"); n != 2 { // one for each life: also for the one that was killed before it had an answer
		t.Errorf("the audit tells of %d requests", n)
	}
	if failed != 30 || len(repeated) != 30 {
		t.Errorf("%d failed, %d were repeated", failed, len(repeated))
	}
}

// audited counts the lines of the audit that tell of an action.
func (h *house) audited(t *testing.T, action string) (n int) {
	t.Helper()
	err := h.store.Read(t.Context(), func(tx *store.Tx) error {
		list, err := tx.AuditEvents(h.account.Scope(), store.AuditFilter{}, paceline.Page{Size: 1000})
		for _, e := range list.Items {
			if e.Action == action {
				n++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// checkUnsafe holds that no call came a second time that must not, and that their transactions ended, told
// as an unknown outcome where nobody can know better.
func checkUnsafe(t *testing.T, h *house, w *witness) {
	for at, keys := range w.calls {
		if strings.HasPrefix(at, "charge") && len(keys) > 1 {
			t.Errorf("%s came %d times", at, len(keys))
		}
	}
	unknown := 0
	for _, run := range h.runs(t) {
		switch {
		case run.State == paceline.RunCompleted:
		case run.State == paceline.RunFailed && run.Errors == 1:
			unknown++
		default:
			t.Errorf("transaction %d has state %d with %d errors", run.Num, run.State, run.Errors)
		}
	}
	if unknown == 0 || unknown > inFlight {
		t.Errorf("%d outcomes are unknown, want 1 to %d", unknown, inFlight)
	}
}

// checkSplit: every item of every list that was split became one transaction, which called once or, where it
// was in flight, again.
func checkSplit(t *testing.T, h *house, w *witness) {
	parents, children := 0, map[int64]int{}
	for _, run := range h.runs(t) {
		if run.State != paceline.RunCompleted {
			t.Errorf("transaction %d of %d has state %d", run.Num, run.Parent, run.State)
		}
		if run.Parent == 0 {
			parents++
		} else {
			children[run.Parent]++
		}
	}
	for parent, n := range children {
		if n != listed {
			t.Errorf("transaction %d was split into %d of %d", parent, n, listed)
		}
	}
	if len(children) != parents || parents == 0 {
		t.Errorf("%d of %d transactions were split", len(children), parents)
	}
	items := 0
	for at := range w.calls {
		if strings.HasPrefix(at, "create ") {
			items++
		}
	}
	if items != parents*listed {
		t.Errorf("%d items were called for, of %d", items, parents*listed)
	}
}

// failsAndStops sends until a delivery that fails stops the cycle, and drops what never began.
func (v *victim) failsAndStops(ctx context.Context) {
	if !v.second {
		v.send(ctx, "good", 20)
		v.send(ctx, badName, 20)
	}
	v.await(ctx, paceline.CycleError)
	v.drop(ctx)
}

// stops stops the cycle in the middle of its work, and drops what never began.
func (v *victim) stops(ctx context.Context) {
	if !v.second {
		v.send(ctx, "good", 200)
		v.setState(ctx, &v.cycle, paceline.CyclePaused)
	}
	v.await(ctx, paceline.CyclePaused)
	v.drop(ctx)
}

// drop cancels the held transactions once no begun one is live, since nobody waits 24 hours here.
func (v *victim) drop(ctx context.Context) {
	for v.engine.Running() > 0 {
		time.Sleep(2 * time.Millisecond)
	}
	if _, err := v.engine.DropQueued(ctx, v.principal(), v.account, v.cycle.ID); err != nil {
		panic(err)
	}
}

// checkStopped: the cycle is stopped, and so is all that had begun.
func checkStopped(state paceline.CycleState) func(*testing.T, *house, *witness) {
	return func(t *testing.T, h *house, _ *witness) {
		if got := h.state(t.Context()).State; got != state {
			t.Errorf("the cycle has state %d, want %d", got, state)
		}
		for _, run := range h.runs(t) {
			if run.State == paceline.RunLive {
				t.Errorf("transaction %d is live", run.Num)
			}
		}
	}
}

// pauses waits until a cycle that runs once is at its end.
func (v *victim) pauses(ctx context.Context) { v.await(ctx, paceline.CyclePaused) }

// checkOnce: it ran once, and well.
func checkOnce(t *testing.T, h *house, _ *witness) {
	runs := h.runs(t)
	if len(runs) != 1 || runs[0].State != paceline.RunCompleted {
		t.Errorf("transactions: %+v", runs)
	}
}

// finishes lets the cycle finish in the middle of its work.
func (v *victim) finishes(ctx context.Context) {
	if !v.second {
		v.send(ctx, "good", 60)
		v.setState(ctx, &v.cycle, paceline.CycleFinishing)
	}
	v.await(ctx, paceline.CyclePaused)
}

// checkFinished: all that was taken came to its end.
func checkFinished(t *testing.T, h *house, _ *witness) {
	runs := h.runs(t)
	for _, run := range runs {
		if run.State != paceline.RunCompleted {
			t.Errorf("transaction %d has state %d", run.Num, run.State)
		}
	}
	if len(runs) != 60 {
		t.Errorf("%d transactions of 60", len(runs))
	}
}

// tells fails, and waits until all errors are posted.
func (v *victim) tells(ctx context.Context) {
	if !v.second {
		v.send(ctx, badName, 30)
	}
	awaitIdle(ctx, v.house, false)
	v.awaitTold(ctx)
}

// awaitTold waits until nothing is left to post.
func (v *victim) awaitTold(ctx context.Context) {
	for {
		left, err := v.store.DeliveryQueues(ctx)
		if err != nil {
			panic(err)
		}
		if len(left) == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// checkTold: each error was posted, and only the one in doubt again. The server may die before it has taken all.
func checkTold(t *testing.T, h *house, w *witness) {
	told, again, failed := 0, 0, len(h.runs(t))
	for at, posts := range w.calls {
		if strings.HasPrefix(at, "notice ") {
			told++
			again += len(posts) - 1
		}
	}
	if told != failed || failed < 10 || again > 1 {
		t.Errorf("%d errors of %d were posted, %d again", told, failed, again)
	}
}
