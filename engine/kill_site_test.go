package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// siteCases kill on both sides of each site of package killpoint, at its first pass but where the row says otherwise.
var siteCases = bothSides(
	killSite{killpoint.Finish, killCase{calls: none, act: (*victim).finishes, check: checkFinished}},
	killSite{killpoint.SkipSlot, killCase{plan: oncePlan, calls: none, tasks: 1, used: true, act: (*victim).pauses, check: checkSkipped}},
	killSite{killpoint.LastRun, killCase{deliver: 20, plan: datedPlan, check: checkDated}},
	killSite{killpoint.Cursor, killCase{deliver: 20, plan: cursorPlan, calls: []string{"notify"}, check: checkCursor}},
	killSite{killpoint.Hold, killCase{calls: none, act: (*victim).isHeld, check: checkHeld}},
	killSite{killpoint.Quota, killCase{calls: none, tasks: 100, act: (*victim).usesUp, check: checkUsedUp}},
	killSite{killpoint.Blob, killCase{pass: 3, calls: none, act: (*victim).stores, check: checkStored}},
	killSite{killpoint.Drop, killCase{calls: none, act: (*victim).stops, check: checkStopped(paceline.CyclePaused)}},
	killSite{killpoint.NoticeEnd, killCase{pass: 5, plan: stopRunPlan, calls: none, notices: true, act: (*victim).tellsAll, check: checkTold}},
	killSite{killpoint.NoticeDelay, killCase{plan: stopRunPlan, calls: none, notices: true, refuse: 1, act: (*victim).tellsAll, check: checkToldAtLast}},
	killSite{killpoint.NoticeForget, killCase{plan: stopRunPlan, calls: none, notices: true, refuse: 1000, act: (*victim).isForgotten, check: checkForgotten}},
	killSite{killpoint.Prune, killCase{pass: 3, plan: keeplessPlan}},
	killSite{killpoint.Sweep, killCase{pass: 3, plan: keeplessPlan}},
	killSite{killpoint.Life, killCase{deliver: 10}},
	killSite{killpoint.Note, killCase{plan: throwingPlan, calls: none, scripts: true, act: (*victim).throws, check: checkNoted}},
	killSite{killpoint.Request, killCase{plan: stopRunPlan, calls: none, act: (*victim).clears, check: checkCleared}},
)

type killSite struct {
	site killpoint.Site
	row  killCase
}

func bothSides(sites ...killSite) (rows []killCase) {
	for _, s := range sites {
		s.row.pass = max(s.row.pass, 1)
		for _, s.row.point = range []killpoint.Point{s.site.Before(), s.site.After()} {
			rows = append(rows, s.row)
		}
	}
	return rows
}

// incidentsOf counts the incidents by their codes.
func (h *house) incidentsOf(t *testing.T) map[paceline.Code]int {
	t.Helper()
	codes := map[paceline.Code]int{}
	err := h.store.Read(t.Context(), func(tx *store.Tx) error {
		list, err := tx.Incidents(h.account.Scope(), store.IncidentFilter{}, paceline.Page{Size: 1000}, true)
		for _, in := range list.Items {
			codes[in.Code]++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

// limitTasks gives the account a quota of tasks, and with used takes one before anything runs.
func (v *victim) limitTasks(ctx context.Context, tasks int, used bool) {
	v.account.Quota.Tasks, v.account.NextBillDate = &tasks, paceline.ToMicros(time.Now().AddDate(0, 1, 0))
	scope := paceline.Scope{Partner: v.partner}
	if err := v.store.InTx(ctx, scope, func(tx *store.Tx) error { return tx.UpdateAccount(scope, v.account) }); err != nil {
		panic(err)
	}
	if !used || v.second {
		return
	}
	run, c := must(v.store.RunNum(ctx)), v.cycle
	at := paceline.ToMicros(time.Now())
	for _, op := range []*store.Op{
		{Root: c.Root, Accept: &store.Accept{Trigger: paceline.StepRow{Run: run, From: -1, TasksOK: int32(tasks), StartedAt: at, EndedAt: at}, Run: paceline.Run{
			Num: run, Partner: c.Partner, Account: c.Account, Root: c.Root, Cycle: c.Num, Version: c.RunVersion, CreatedAt: at}}},
		{Root: c.Root, Advance: &store.Advance{Run: run, Partner: c.Partner, Account: c.Account, Cycle: c.Num, State: paceline.RunCompleted, At: at}},
	} {
		done := make(chan store.Result, 1)
		op.Done = func(r store.Result) { done <- r }
		v.store.Submit(op)
		if r := <-done; r.Err != nil || r.Refused {
			panic(fmt.Sprint(r))
		}
	}
}

// checkSkipped: the slot was left out once, and its cycle has finished without it.
func checkSkipped(t *testing.T, h *house, _ *witness) {
	if n := h.incidentsOf(t); n[paceline.CodeQuotaReached] < 1 || n[paceline.CodeQuotaReached] > 2 { // of the slot, and of the account
		t.Errorf("incidents: %v", n)
	}
	if runs := h.runs(t); len(runs) != 1 {
		t.Errorf("%d transactions", len(runs))
	}
}

// datedPlan begins with a call that asks for the last successful run date.
func datedPlan() *paceline.Plan {
	p := usualPlan()
	date := "{{LastSuccessfulRunDate}}"
	p.Steps[1].Inputs = append(p.Steps[1].Inputs, paceline.PlanInput{Field: true, Key: "from", Mapping: paceline.Mapping{Type: paceline.MapStatic, Value: &date}})
	return p
}

func checkDated(t *testing.T, h *house, _ *witness) {
	var at paceline.Micros
	err := h.store.Read(t.Context(), func(tx *store.Tx) (err error) {
		at, err = tx.LastRun(h.account.Scope(), 1, stepID(1))
		return err
	})
	if err != nil || at == 0 {
		t.Errorf("the step's last successful run date is %d, %v", at, err)
	}
}

// cursorPlan begins with a call that lists what is new.
func cursorPlan() *paceline.Plan {
	p := pagesPlan()
	p.Steps[1].Method = "changed"
	return p
}

func checkCursor(t *testing.T, h *house, _ *witness) {
	found := false
	err := h.store.Read(t.Context(), func(tx *store.Tx) (err error) {
		_, found, err = tx.StepCursor(h.account.Scope(), 1, stepID(1))
		return err
	})
	if err != nil || !found {
		t.Errorf("the step has no cursor: %v", err)
	}
}

// slowName is that of which the remote refuses the first notify for a second.
const slowName = "slow"

const refusedFor = time.Second

// refuses answers the first notify of a slow name, and says whether it did. Later ones must not come too early.
func (w *witness) refuses(rw http.ResponseWriter, at string) bool {
	if !strings.HasPrefix(at, "notify "+slowName) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refusedAt.IsZero() {
		w.refusedAt = time.Now()
		rw.Header().Set("Retry-After", "1")
		rw.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	w.early = w.early || time.Since(w.refusedAt) < refusedFor
	return false
}

// isHeld makes a call that the remote refuses for a while.
func (v *victim) isHeld(ctx context.Context) {
	if !v.second {
		v.send(ctx, slowName, 1)
	}
	awaitIdle(ctx, v.house, false)
}

// checkHeld: the call was made again, and if the hold was durable, not before its time.
func checkHeld(t *testing.T, h *house, w *witness) {
	checkAll(t, h, 1)
	if n := len(w.calls["notify "+slowName+"0"]); n != 2 {
		t.Errorf("%d calls, want the refused one and another", n)
	}
	if w.early && w.died == killpoint.Hold.After() {
		t.Error("a call was made while the remote had asked to wait")
	}
}

// checkAll: so many transactions there are, and all came to their end.
func checkAll(t *testing.T, h *house, want int) {
	t.Helper()
	runs := h.runs(t)
	for _, run := range runs {
		if run.State != paceline.RunCompleted {
			t.Errorf("transaction %d has state %d", run.Num, run.State)
		}
	}
	if len(runs) != want {
		t.Errorf("%d transactions, want %d", len(runs), want)
	}
}

// usesUp uses up the account's quota.
func (v *victim) usesUp(ctx context.Context) {
	for i := range 40 {
		v.send(ctx, fmt.Sprintf("%v-%d-", v.second, i), 1)
		awaitIdle(ctx, v.house, false)
	}
	for told := false; !told; time.Sleep(5 * time.Millisecond) { // it is told behind what used the quota up
		err := v.store.Read(ctx, func(tx *store.Tx) error {
			list, err := tx.Incidents(v.account.Scope(), store.IncidentFilter{}, paceline.Page{Size: 100}, true)
			for _, in := range list.Items {
				told = told || in.Code == paceline.CodeQuotaReached
			}
			return err
		})
		if err != nil {
			panic(err)
		}
	}
}

// checkUsedUp: it was told once that little is left of the quota, and once that nothing is.
func checkUsedUp(t *testing.T, h *house, _ *witness) {
	if n := h.incidentsOf(t); n[paceline.CodeQuotaNear] > 1 || n[paceline.CodeQuotaReached] != 1 {
		t.Errorf("incidents: %v", n)
	}
}

// largeName begins the names whose create answers with more than a row holds.
const largeName = "large"

const stored = 10

func (v *victim) stores(ctx context.Context) {
	if !v.second {
		v.send(ctx, largeName, stored)
	}
	awaitIdle(ctx, v.house, false)
}

// checkStored: each large answer can be read again.
func checkStored(t *testing.T, h *house, w *witness) {
	for _, run := range h.runs(t) {
		var rows []paceline.StepRow
		err := h.store.Read(t.Context(), func(tx *store.Tx) (err error) {
			rows, err = tx.Steps(h.account.Scope(), run.Num, false)
			return err
		})
		if err != nil || run.State != paceline.RunCompleted || len(rows) < 2 || rows[1].Output.Blob == "" {
			t.Errorf("transaction %d has state %d and the rows %+v: %v", run.Num, run.State, rows, err)
		}
	}
}

// tellsAll fails whatever comes between, and waits until all errors are posted.
func (v *victim) tellsAll(ctx context.Context) {
	if !v.second {
		v.send(ctx, worstName, 30)
	}
	awaitIdle(ctx, v.house, false)
	v.awaitTold(ctx)
}

// checkToldAtLast is checkTold with a post that was refused.
func checkToldAtLast(t *testing.T, h *house, w *witness) {
	told, posts := 0, 0
	for at, list := range w.calls {
		if strings.HasPrefix(at, "notice ") {
			told++
			posts += len(list)
		}
	}
	if failed := len(h.runs(t)); told != failed || failed < 10 || posts > told+1 {
		t.Errorf("%d errors of %d were posted, in %d posts beside the refused one", told, failed, posts)
	}
}

// isForgotten fails while nobody takes messages, and then gives the address up.
func (v *victim) isForgotten(ctx context.Context) {
	if !v.second {
		v.send(ctx, badName, 5)
		awaitIdle(ctx, v.house, false)
		v.gone.Store(true)
		v.engine.Noticed(store.DeliveryQueue{Scope: v.account.Scope()})
	}
	v.awaitTold(ctx)
}

func checkForgotten(t *testing.T, h *house, w *witness) {
	for at := range w.calls {
		if strings.HasPrefix(at, "notice ") {
			t.Errorf("%s was taken", at)
		}
	}
	if n := h.incidentsOf(t); len(n) == 0 {
		t.Error("nothing failed")
	}
}

// throwingPlan has a script that refuses every delivery.
func throwingPlan() *paceline.Plan {
	p := usualPlan()
	p.Steps[0].Script = "function after_webhook() { throw new Error('no') }"
	return p
}

func (v *victim) throws(ctx context.Context) {
	if !v.second {
		v.send(ctx, "bad", 1)
	}
}

// checkNoted: the owner was told of the script, if that was durable, and nothing began.
func checkNoted(t *testing.T, h *house, w *witness) {
	want := 0
	if w.died == killpoint.Note.After() {
		want = 1
	}
	if n := h.incidentsOf(t); n[paceline.CodeScriptFailed] != want {
		t.Errorf("incidents %v, want %d", n, want)
	}
	checkAll(t, h, 0)
}

// clears fails, and then removes the incidents: once more after a crash, as who got no answer does.
func (v *victim) clears(ctx context.Context) {
	if !v.second {
		v.send(ctx, badName, 10)
		awaitIdle(ctx, v.house, false)
	}
	if err := v.engine.ClearIncidents(ctx, v.principal(), v.account, v.cycle.ID); err != nil {
		panic(err)
	}
}

func checkCleared(t *testing.T, h *house, _ *witness) {
	if n := h.incidentsOf(t); len(n) > 0 {
		t.Errorf("incidents are left: %v", n)
	}
	if n := h.state(t.Context()).Counters.Errors; n != 0 {
		t.Errorf("%d errors are counted", n)
	}
}
