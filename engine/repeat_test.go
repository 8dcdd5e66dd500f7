package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// repeating is what a scenario does with transactions that were.
type repeating struct {
	Of       int    `yaml:"of"`       // the transaction's number, the oldest is 0
	Resubmit string `yaml:"resubmit"` // start, failed
	Replay   bool   `yaml:"replay"`
	All      string `yaml:"all"` // start, failed
	Code     string `yaml:"code"`
	Like     string `yaml:"like"` // the signature of an error: "step shape"
	DryRun   bool   `yaml:"dry_run"`
	Summary  string `yaml:"summary"` // "matched resubmitted unavailable"
	Drop     *int64 `yaml:"drop"`
	Resolve  string `yaml:"resolve"` // done, failed, repeat: of an unknown outcome
	Output   string `yaml:"output"`  // of the step, with done
	Refused  string `yaml:"refused"`
}

var places = map[string]engine.RepeatFrom{"start": engine.FromStart, "failed": engine.FromFailed}

var resolutions = map[string]engine.Resolution{"done": engine.OutcomeDone, "failed": engine.OutcomeFailed, "repeat": engine.OutcomeRepeat}

// signature is that of an error of a step, such as "create POST 422".
func (st *stage) signature(like string) string {
	st.t.Helper()
	if like == "" {
		return ""
	}
	list, err := st.engine.Incidents(st.t.Context(), st.principal(), st.account, engine.IncidentFilter{Level: "error"}, paceline.Page{})
	if err != nil {
		st.t.Fatal(err)
	}
	for _, in := range list.Items {
		if in.StepName+" "+in.Shape == like {
			return in.Signature().String()
		}
	}
	st.t.Fatalf("there is no error like %q", like)
	return ""
}

func (st *stage) repeat(r repeating) {
	st.t.Helper()
	ctx, p := st.t.Context(), st.principal()
	list, err := st.engine.Transactions(ctx, p, st.account, engine.TransactionFilter{}, paceline.Page{})
	if err != nil || r.Of >= len(list.Items) {
		st.t.Fatalf("transaction %d of %d, %v", r.Of, len(list.Items), err)
	}
	of := list.Items[r.Of]
	var t engine.Transaction
	switch {
	case r.Resubmit != "":
		t, err = st.engine.Resubmit(ctx, p, st.account, st.cycle.ID, of.ID, places[r.Resubmit])
	case r.Replay:
		t, err = st.engine.Replay(ctx, p, st.account, st.cycle.ID, of.ID)
	case r.All != "":
		var sum engine.RepeatSummary
		sum, err = st.engine.ResubmitAll(ctx, p, st.account, st.cycle.ID, engine.RepeatFilter{From: places[r.All], Code: paceline.Code(r.Code), Signature: st.signature(r.Like), DryRun: r.DryRun})
		if got := fmt.Sprint(sum.Matched, sum.Resubmitted, sum.Unavailable); r.Summary != "" && got != r.Summary {
			st.t.Errorf("repeated %s, want %s", got, r.Summary)
		}
	case r.Resolve != "":
		t, err = st.engine.ResolveOutcome(ctx, p, st.account, st.cycle.ID, of.ID, resolutions[r.Resolve], []byte(r.Output))
	case r.Drop != nil:
		var n int64
		if n, err = st.engine.DropQueued(ctx, p, st.account, st.cycle.ID); n != *r.Drop {
			st.t.Errorf("%d were dropped, want %d", n, *r.Drop)
		}
	default:
		st.t.Fatal("a repetition without a meaning")
	}
	if string(paceline.CodeOf(err)) != r.Refused || r.Refused == "" && err != nil {
		st.t.Errorf("it gave %v, want refused %q", err, r.Refused)
	}
	if err == nil && (r.Replay || r.Resubmit != "") && (t.ParentID != of.ID || t.ID == of.ID) {
		st.t.Errorf("transaction %s repeats %s, want %s", t.ID, t.ParentID, of.ID)
	}
}

// TestRepeatOnBothDatabases: a transaction that failed in its last step is repeated from there, and reads
// what came before through the one that it repeats; another account sees nothing of it.
func TestRepeatOnBothDatabases(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		db := open(t)
		remote := &played{answers: map[string][]answer{"notify": {{Status: 400}, {Status: 400}}}}
		h := furnish(t.Context(), db, remote, "https://remote.example")
		h.start(t.Context())
		defer func() { h.engine.Stop(context.Background()) }()
		plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}, OnError: "StopTransaction"}},
			{"notify": {After: "create", Call: "notify", Map: map[string]string{"id": "create/id"}, OnError: "StopTransaction"}},
		}})
		c, address := h.install(t.Context(), plan, 0)
		h.engine.CycleChanged(t.Context(), c)
		d := connector.Delivery{Method: "POST", RawBody: []byte(`{"name":"Ada"}`), At: time.Now()}
		receipt, err := h.engine.Deliver(t.Context(), address, d)
		if err != nil {
			t.Fatal(err)
		}
		id := receipt.Transaction
		for _, want := range []engine.TransactionStatus{engine.StatusErrored, engine.StatusErrored, engine.StatusCompleted} {
			ended := h.ended(t, id)
			if ended.Status != want {
				t.Fatalf("the transaction is %s, want %s", ended.Status, want)
			}
			if want == engine.StatusCompleted {
				break
			}
			again, err := h.engine.Resubmit(t.Context(), h.principal(), h.account, c.ID, id, engine.FromFailed)
			if err != nil || again.ParentID != id {
				t.Fatalf("%+v, %v", again, err)
			}
			id = again.ID
		}
		for i, want := range []string{`create {"name":"Ada"}`, `notify {"id":1}`, `notify {"id":1}`, `notify {"id":1}`} {
			if made := remote.made(); len(made) != 4 || made[i].Path+" "+made[i].Body != want {
				t.Fatalf("calls %+v, want %s at %d", made, want, i)
			}
		}
		items, err := h.engine.TransactionItems(t.Context(), h.principal(), h.account, c.ID, id, "", paceline.Page{})
		if err != nil || len(items.Items) != 3 || items.Items[0].Response != `{"name":"Ada"}` || items.Items[1].Response != `{"id":1}` {
			t.Errorf("the log: %+v, %v", items.Items, err)
		}
		_, err = h.engine.Resubmit(t.Context(), h.principal(), h.account, c.ID, id, engine.FromFailed)
		if paceline.CodeOf(err) != paceline.CodeNothingFailed {
			t.Errorf("repeating the failed step of one that completed: %v", err)
		}
		stranger := h.principal()
		stranger.RestrictedTo = 99
		if _, err := h.engine.Resubmit(t.Context(), stranger, h.account, c.ID, id, engine.FromStart); paceline.KindOf(err) != paceline.Unauthorized {
			t.Errorf("a stranger: %v", err)
		}
		elsewhere := h.account
		elsewhere.Num = 99
		if _, err := h.engine.Replay(t.Context(), h.principal(), elsewhere, "", id); paceline.KindOf(err) != paceline.NotFound {
			t.Errorf("from another account: %v", err)
		}
	})
}

// ended waits for the end of a transaction.
func (h *house) ended(t *testing.T, id paceline.ID) engine.Transaction {
	t.Helper()
	s, err := h.engine.Listen(t.Context(), h.principal(), h.account, "", id, "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for {
		txn, err := h.engine.Transaction(t.Context(), h.principal(), h.account, "", id)
		if err != nil || txn.State != paceline.RunLive {
			if err != nil {
				t.Fatal(err)
			}
			return txn
		}
		select {
		case <-s.Events:
		case <-time.After(time.Minute):
			t.Fatal("it does not end")
		}
	}
}
