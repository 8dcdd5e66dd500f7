package engine_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/goccy/go-yaml"

	"paceline"
	"paceline/store"
	"paceline/store/storetest"
)

// metered is one line of testdata/tasks.yaml.
type metered struct {
	About   string              `yaml:"about"`
	Scripts bool                `yaml:"scripts"`
	Cycle   cycleDoc            `yaml:"cycle"`
	Other   *cycleDoc           `yaml:"other"`
	Remote  map[string][]answer `yaml:"remote"`
	Play    []event             `yaml:"play"`
	Tasks   string              `yaml:"tasks"`
	Usage   []string            `yaml:"usage"`
}

// TestTaskTable plays each line of the table of what costs a task, and looks at every sum that is kept of it.
func TestTaskTable(t *testing.T) {
	var table []metered
	if err := yaml.NewDecoder(strings.NewReader(string(must(os.ReadFile("testdata/tasks.yaml")))), yaml.Strict()).Decode(&table); err != nil {
		t.Fatal(err)
	}
	for _, m := range table {
		t.Run(m.About, func(t *testing.T) {
			t.Parallel()
			options := storetest.SQLite(t)
			s := scenario{Cycle: m.Cycle, Other: m.Other, Remote: m.Remote, Scripts: m.Scripts, Play: m.Play, Expect: expectation{Tasks: m.Tasks}}
			scripts := scriptsOf(t, s)
			synctest.Test(t, func(t *testing.T) { play(t, s, options, scripts) })
			db := storetest.Open(t, options)
			h := furnish(t.Context(), db, nil, "")
			if got := m.sums(t, db, h.account); !slices.Equal(got, m.Usage) {
				t.Errorf("usage is %q, want %q", got, m.Usage)
			}
		})
	}
}

// sums writes the usage of the account as the table does.
func (m metered) sums(t *testing.T, db *store.Store, a paceline.Account) []string {
	t.Helper()
	begun := paceline.ToMicros(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).Day() // as synctest has it
	var rows []store.UsageRow
	err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
		rows, err = tx.Usage(a.Scope(), 0, 1<<30)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, r := range rows {
		text, steps := "", m.Cycle.Steps
		if r.Cycle != rows[0].Cycle {
			text, steps = "other ", m.Other.Steps
		}
		name := "tool"
		if r.Method != 0 {
			for n, s := range steps[r.Method-1] {
				name = n
				if connector := accountConnectorOf(s); connector != 0 && r.Connector != connector {
					t.Errorf("%s counts for connector %d, want %d", n, r.Connector, connector)
				}
			}
		}
		text += name
		if r.Day != begun {
			text += fmt.Sprintf(" +%d", r.Day-begun)
		}
		out = append(out, fmt.Sprintf("%s %d %d", text, r.OK, r.Incident))
	}
	slices.SortStableFunc(out, func(a, b string) int { return strings.Compare(tail(a), tail(b)) })
	return out
}

// tail sorts tools behind the steps of connectors.
func tail(s string) string {
	if strings.HasPrefix(s, "tool") {
		return "1"
	}
	return "0"
}

// accountConnectorOf is what stands for the connector of a step in tests, 0 where it is one of many.
func accountConnectorOf(n node) int32 {
	switch {
	case n.Link != "":
		return linkInstance
	case n.Use != "":
		return 0
	}
	return 1
}

// TestTasksOfSubAccount: the tasks of a sub account are its own, also those of calls with a connector of its parent.
func TestTasksOfSubAccount(t *testing.T) {
	for name, on := range map[string]func(testing.TB) store.Options{"sqlite": storetest.SQLite, "postgres": timelessPostgres} {
		t.Run(name, func(t *testing.T) { tasksOfSubAccount(t, on(t)) })
	}
}

func tasksOfSubAccount(t *testing.T, options store.Options) {
	doc := cycleDoc{Steps: []map[string]node{
		{"received": {Webhook: "event"}}, {"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}}},
	}}
	synctest.Test(t, func(t *testing.T) {
		options.Clock = lazy{factor: 600}
		db := must(store.Open(t.Context(), options))
		defer db.Close()
		remote := &played{answers: map[string][]answer{"create": {{Status: 200}, {Status: 400}, {Status: 200}}}}
		h := furnish(t.Context(), db, remote, "https://remote.example")
		h.start(t.Context())
		defer func() { h.engine.Stop(t.Context()) }()
		parent := &stage{t: t, house: h, remote: remote, begun: time.Now()}
		parent.stand(doc)
		of := []paceline.Account{h.account, h.subAccount(t)}
		h.account = of[1]
		sub := &stage{t: t, house: h, remote: remote, begun: time.Now()}
		sub.stand(doc)
		for _, st := range []*stage{parent, sub, sub} {
			synctest.Wait()
			st.deliver(delivery{Body: map[string]any{"name": "Ada"}})
		}
		synctest.Wait()
		for i, want := range [][]string{{"received 1 0", "create 1 0"}, {"received 2 0", "create 1 1"}} {
			if got := (metered{Cycle: doc}).sums(t, db, of[i]); !slices.Equal(got, want) {
				t.Errorf("account %d used %q, want %q", i+1, got, want)
			}
		}
	})
}

// subAccount makes an account below that of the house.
func (h *house) subAccount(t *testing.T) (a paceline.Account) {
	t.Helper()
	err := h.store.InTx(t.Context(), paceline.Scope{Partner: h.partner}, func(tx *store.Tx) (err error) {
		wrapped, _ := installation.NewAccountKey()
		a, err = tx.InsertAccount(paceline.Scope{Partner: h.partner}, paceline.Account{
			ID: paceline.NewID(tx.Time()), APIID: "northwind-berlin", Name: "Berlin", CreatedAt: tx.Now(), Parent: h.account.Num, Root: h.account.Root,
		}, wrapped)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
