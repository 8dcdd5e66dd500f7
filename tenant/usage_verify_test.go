package tenant_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"paceline"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// running writes an active cycle of the account.
func (h *house) running(t *testing.T, a paceline.Account) (c paceline.Cycle) {
	t.Helper()
	err := h.store.InTx(t.Context(), a.Scope(), func(tx *store.Tx) error {
		c = paceline.Cycle{ID: paceline.NewID(tx.Time()), Partner: a.Partner, Account: a.Num, Root: a.Root, Name: "C", State: paceline.CyclePaused,
			Flow: paceline.Flow{Schema: 1, Settings: paceline.DefaultFlowSettings()}, CreatedAt: tx.Now()}
		if err := tx.InsertCycle(&c); err != nil {
			return err
		}
		c.State, c.RunVersion, c.ActivatedAt = paceline.CycleActive, c.Version, tx.Now()
		return storetest.SetState(tx, c)
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (h *house) submit(t *testing.T, op store.Op) {
	t.Helper()
	done := make(chan store.Result, 1)
	op.Done = func(r store.Result) { done <- r }
	h.store.Submit(&op)
	if r := <-done; r.Err != nil || r.Refused {
		t.Fatalf("%+v", r)
	}
}

// begin accepts a transaction now, whose delivery is a task.
func (h *house) begin(t *testing.T, c paceline.Cycle) int64 {
	t.Helper()
	num, err := h.store.RunNum(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := paceline.ToMicros(h.clock.Now())
	h.submit(t, store.Op{Root: c.Root, Accept: &store.Accept{
		Run:     paceline.Run{Num: num, Partner: c.Partner, Account: c.Account, Root: c.Root, Cycle: c.Num, Version: c.RunVersion, CreatedAt: at},
		Trigger: paceline.StepRow{Run: num, From: -1, TasksOK: 1, Connector: 1, Method: 2, StartedAt: at, EndedAt: at},
	}})
	return num
}

// step writes an execution of the run's second row now.
func (h *house) step(t *testing.T, c paceline.Cycle, run int64, state paceline.StepState, ok, incident int32) {
	t.Helper()
	at := paceline.ToMicros(h.clock.Now())
	a := &store.Advance{Run: run, Partner: c.Partner, Account: c.Account, Cycle: c.Num, At: at, Rows: []paceline.StepRow{{
		Run: run, Seq: 1, StepRef: 1, State: state, TasksOK: ok, TasksIncident: incident, Connector: 1, Method: 3, StartedAt: at, EndedAt: at,
	}}}
	if state == paceline.StepDone {
		a.State = paceline.RunCompleted
	} else {
		a.DueAt = at.Add(time.Hour)
	}
	h.submit(t, store.Op{Root: c.Root, Advance: a})
}

// TestVerifyUsage: the sums are what the rows say, tries on several days and sub accounts included; rows
// that are missing are told.
func TestVerifyUsage(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		verify := func() tenant.UsageReport {
			t.Helper()
			report, err := h.VerifyUsage(t.Context(), h.p)
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		parent := h.account(t, "northwind", "")
		c := h.running(t, parent)
		sub := h.running(t, h.account(t, "northwind-berlin", "northwind"))
		h.step(t, sub, h.begin(t, sub), paceline.StepDone, 4, 0)
		run := h.begin(t, c)
		for range 3 { // two tries that fail, on two days, and one that succeeds on the next
			h.step(t, c, run, paceline.StepParked, 0, 2)
			h.clock.add(20 * time.Hour)
		}
		h.step(t, c, run, paceline.StepDone, 1, 0)
		for range 3 {
			h.step(t, c, h.begin(t, c), paceline.StepDone, 2, 1)
		}
		if r := verify(); len(r.Differences) != 0 || r.Accounts != 2 || r.Sums < 6 {
			t.Errorf("%+v", r)
		}
		stranger := h.stranger(t)
		if r, err := h.VerifyUsage(t.Context(), stranger); err != nil || r.Accounts != 0 {
			t.Errorf("another partner's report: %+v, %v", r, err)
		}
		last := h.begin(t, c)
		h.step(t, c, last, paceline.StepDone, 1, 0)
		// A machine whose clock was wrong has removed rows too early.
		for {
			done, err := h.store.Prune(t.Context(), paceline.ToMicros(h.clock.Now().Add(100*24*time.Hour)), 50)
			if err != nil {
				t.Fatal(err)
			}
			if !done.Any() {
				break
			}
		}
		var got []string
		for _, d := range verify().Differences {
			if d.AccountID == "northwind" && d.Cycle == c.ID && d.Method == 2 {
				got = append(got, fmt.Sprintf("incident %v: %d, not %d to %d", d.Incident, d.Stored, d.Least, d.Most))
			}
		}
		if want := []string{"incident false: 1, not 0 to 0", "incident false: 4, not 0 to 0"}; !slices.Equal(got, want) {
			t.Errorf("differences %q, want %q", got, want)
		}
		h.clock.add(tenant.VerifiedDays * 24 * time.Hour)
		if r := verify(); len(r.Differences) != 0 {
			t.Errorf("sealed days are still compared: %+v", r.Differences)
		}
		restricted := h.p
		restricted.RestrictedTo = parent.Num
		_, err := h.VerifyUsage(t.Context(), restricted)
		wantCode(t, "a restricted caller", err, paceline.CodeDenied)
	})
}

// output writes the run's second row with an output of so many bytes.
func (h *house) output(t *testing.T, c paceline.Cycle, run int64, bytes int) {
	t.Helper()
	at := paceline.ToMicros(h.clock.Now())
	h.submit(t, store.Op{Root: c.Root, Advance: &store.Advance{Run: run, Partner: c.Partner, Account: c.Account, Cycle: c.Num, At: at, Rows: []paceline.StepRow{{
		Run: run, Seq: 1, StepRef: 1, State: paceline.StepDone, TasksOK: 1, Connector: 1, Method: 3, StartedAt: at, EndedAt: at,
		Output: paceline.Output{Data: make([]byte, bytes)},
	}}}})
}

// TestVerifyStoredBytes: the stored bytes of each account are recomputed as well, and one that is counted wrong is named.
func TestVerifyStoredBytes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		c := h.running(t, h.account(t, "northwind", ""))
		sub := h.running(t, h.account(t, "northwind-berlin", "northwind"))
		h.output(t, sub, h.begin(t, sub), 7)
		run := h.begin(t, c)
		h.output(t, c, run, 30)
		report, err := h.VerifyUsage(t.Context(), h.p)
		if err != nil || len(report.Differences) != 0 || report.Bytes != 37 {
			t.Errorf("%+v, %v", report, err)
		}
		h.output(t, c, run, 30) // which no engine does: an output in place of another one, counted twice
		report, err = h.VerifyUsage(t.Context(), h.p)
		want := tenant.UsageDifference{AccountID: "northwind", Bytes: true, Stored: 60, Least: 30, Most: 30}
		if err != nil || len(report.Differences) != 1 || report.Differences[0] != want || report.Bytes != 67 {
			t.Errorf("%+v, %v; want %+v", report, err, want)
		}
	})
}

// TestSubAccountsCountForThemselves: neither tasks nor stored bytes of a sub account are in its parent's figures, nor the
// parent's in the sub account's.
func TestSubAccountsCountForThemselves(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		c := h.running(t, h.account(t, "northwind", ""))
		sub := h.running(t, h.account(t, "northwind-berlin", "northwind"))
		check := func(id string, ok, incident, bytes int64) {
			t.Helper()
			u, err := h.Usage(t.Context(), h.p, id, 0, 0)
			if err != nil || u.OK != ok || u.Incident != incident || u.StoredBytes != bytes {
				t.Errorf("%s: %+v, %v; want %d tasks, %d incident tasks, %d bytes", id, u, err, ok, incident, bytes)
			}
		}
		h.output(t, sub, h.begin(t, sub), 7)
		h.step(t, sub, h.begin(t, sub), paceline.StepDone, 4, 3)
		check("northwind", 0, 0, 0)
		check("northwind-berlin", 7, 3, 7)
		h.output(t, c, h.begin(t, c), 30)
		check("northwind", 2, 0, 30)
		check("northwind-berlin", 7, 3, 7)
	})
}
