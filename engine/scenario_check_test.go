package engine_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store"
)

// expectation lists what must hold; what is left out is not looked at.
type expectation struct {
	Calls []string `yaml:"calls"` // "[at ]path body", in order
	// Truncate is the unit of the times of calls: what comes within it after a moment counts as that moment.
	Truncate time.Duration `yaml:"truncate"`
	// AnyOrder compares the calls without their order: transactions that begin at one moment run at the same time.
	AnyOrder     bool      `yaml:"any_order"`
	Keys         []string  `yaml:"keys"` // idempotency keys in order, without the transaction's id
	Transactions []txnWant `yaml:"transactions"`
	Incidents    []string  `yaml:"incidents"` // "level code step"
	Details      []string  `yaml:"details"`   // what the details of incidents contain, in their order
	Cycle        string    `yaml:"cycle"`
	Other        string    `yaml:"other"` // state of the second cycle
	Tasks        string    `yaml:"tasks"` // "ok incident"
	// Answers are "caller status header=value content type | body", or "caller waits".
	Answers []string `yaml:"answers"`
	// Outputs are "row output" of the oldest transaction.
	Outputs []string `yaml:"outputs"`
	Told    toldWant `yaml:",inline"`
}

type txnWant struct {
	Status string   `yaml:"status"`
	Rows   []string `yaml:"rows"` // "step state"
}

// checkSums: whatever happened, the counted bytes are those that are stored, and the tasks of the days those of the rows.
func (st *stage) checkSums() {
	var bytes, real, days, rows int64
	err := st.store.Read(st.t.Context(), func(tx *store.Tx) (err error) {
		scope := st.account.Scope()
		if bytes, err = tx.StoredBytes(scope); err != nil {
			return err
		}
		if real, err = tx.StoredBytesOfRows(scope); err != nil {
			return err
		}
		total, err := tx.UsageTotal(scope, 0, 1<<30)
		if err != nil {
			return err
		}
		days = total.OK + total.Incident
		list, err := tx.UsageOfRows(scope, 0)
		for _, u := range list {
			rows += u.OK + u.Incident
		}
		return err
	})
	if err != nil {
		st.t.Fatal(err)
	}
	if bytes != real {
		st.t.Errorf("%d bytes are counted, %d are stored", bytes, real)
	}
	if days != rows && time.Since(st.begun) < 37*24*time.Hour { // then rows are sealed and go
		st.t.Errorf("the days have %d tasks, the rows %d", days, rows)
	}
}

// check compares what came of the scenario with what was expected.
func (st *stage) check(want expectation) {
	st.t.Helper()
	equal := func(what string, got, want []string) {
		st.t.Helper()
		if want != nil && !slices.Equal(got, want) {
			st.t.Errorf("%s:\n  %s\nwant:\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
	}
	var calls, keys []string
	for _, c := range st.remote.made() {
		at := ""
		if d := c.At.Sub(st.begun).Truncate(want.Truncate); d != 0 {
			at = d.String() + " "
		}
		calls = append(calls, strings.TrimSpace(at+c.Path+" "+c.Body))
		keys = append(keys, strings.TrimPrefix(c.Key[min(len(c.Key), 36):], "-"))
	}
	if want.AnyOrder {
		slices.Sort(calls)
		slices.Sort(want.Calls)
	}
	equal("calls", calls, want.Calls)
	equal("idempotency keys", keys, want.Keys)
	equal("incidents", st.incidents(), want.Incidents)
	for i, text := range want.Details {
		if got := st.details(); i >= len(got) || !strings.Contains(got[i], text) {
			st.t.Errorf("the details of incidents are\n  %s\nwhere %d has no %q", strings.Join(got, "\n  "), i+1, text)
		}
	}
	equal("answers", st.waiting.list(), want.Answers)
	if want.Transactions != nil {
		equal("transactions", st.transactions(want.Transactions), lines(want.Transactions))
	}
	equal("outputs", st.outputs(want.Outputs), want.Outputs)
	st.checkTold(want.Told)
	st.checkCycle(want)
}

// outputs reads the outputs of those rows of the oldest transaction that are wanted.
func (st *stage) outputs(want []string) (out []string) {
	for _, w := range want {
		row, _, _ := strings.Cut(w, " ")
		run := must(st.engine.Transactions(st.t.Context(), st.principal(), st.account, engine.TransactionFilter{}, paceline.Page{Size: 1})).Items[0]
		doc, err := st.engine.OutputOf(st.t.Context(), st.key, st.account, run.Num, int32(must(strconv.Atoi(row))))
		if err != nil {
			st.t.Error(err)
		}
		out = append(out, row+" "+string(doc))
	}
	return out
}

func lines(want []txnWant) (out []string) {
	for _, w := range want {
		out = append(out, w.Status)
		for _, r := range w.Rows {
			out = append(out, "  "+r)
		}
	}
	return out
}

// transactions writes the transactions, the oldest first, with the rows of those whose rows are wanted.
func (st *stage) transactions(want []txnWant) (out []string) {
	list, err := st.engine.Transactions(st.t.Context(), st.principal(), st.account, engine.TransactionFilter{}, paceline.Page{})
	if err != nil {
		st.t.Fatal(err)
	}
	for i, txn := range list.Items {
		out = append(out, string(txn.Status))
		if i < len(want) && want[i].Rows == nil {
			continue
		}
		err := st.store.Read(st.t.Context(), func(tx *store.Tx) error {
			rows, err := tx.Steps(st.account.Scope(), txn.Num, false)
			for _, r := range rows {
				of := st
				if st.other != nil && txn.CycleID == st.other.cycle.ID {
					of = st.other
				}
				out = append(out, "  "+of.row(r))
			}
			return err
		})
		if err != nil {
			st.t.Fatal(err)
		}
	}
	return out
}

var stateNames = map[paceline.StepState]string{
	paceline.StepDone: "done", paceline.StepFailed: "failed", paceline.StepParked: "parked",
	paceline.StepSkipped: "skipped", paceline.StepStarted: "started",
}

func (st *stage) row(r paceline.StepRow) string {
	text := st.names[r.StepRef] + " " + stateNames[r.State]
	if kind := st.plan.Steps[r.StepRef].Kind; (kind == paceline.StepDecision || kind == paceline.StepSwitch) && r.State == paceline.StepDone {
		text = st.names[r.StepRef] + " " + strings.ToLower(string(r.Exit))
	}
	if r.Exit == paceline.ExitSplit && r.State == paceline.StepDone {
		text = st.names[r.StepRef] + " split"
	}
	if r.State == paceline.StepParked {
		text += " until " + r.DueAt.Time().Sub(st.begun).String()
	}
	return text
}

func (st *stage) incidents() []string {
	list, err := st.engine.Incidents(st.t.Context(), st.principal(), st.account, engine.IncidentFilter{}, paceline.Page{})
	if err != nil {
		st.t.Fatal(err)
	}
	out := []string{}
	for _, in := range list.Items {
		level := "error"
		if in.Warning {
			level = "warning"
		}
		out = append(out, fmt.Sprintf("%s %s %s", level, in.Code, in.StepName))
	}
	return out
}

// details are the full messages of the incidents.
func (st *stage) details() (out []string) {
	list := must(st.engine.Incidents(st.t.Context(), st.principal(), st.account, engine.IncidentFilter{}, paceline.Page{}))
	for _, in := range list.Items {
		out = append(out, in.Full)
	}
	return out
}

func (st *stage) checkCycle(want expectation) {
	var c paceline.Cycle
	var usage paceline.Usage
	err := st.store.Read(st.t.Context(), func(tx *store.Tx) (err error) {
		if c, _, err = tx.CycleByNum(st.cycle.Num); err != nil {
			return err
		}
		usage, err = tx.UsageTotal(st.account.Scope(), 0, 1<<30)
		return err
	})
	if err != nil {
		st.t.Fatal(err)
	}
	if want.Cycle != "" && c.State.Wire() != want.Cycle {
		st.t.Errorf("the cycle is %s, want %s", c.State.Wire(), want.Cycle)
	}
	if want.Other != "" {
		st.other.checkCycle(expectation{Cycle: want.Other})
	}
	if got := fmt.Sprintf("%d %d", usage.OK, usage.Incident); want.Tasks != "" && got != want.Tasks {
		st.t.Errorf("tasks are %s, want %s", got, want.Tasks)
	}
}
