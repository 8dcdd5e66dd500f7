package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store"
)

// TestTransactionsAreListed: pages, cursors, filters and statuses of one account's transactions.
func TestTransactionsAreListed(t *testing.T) {
	inTime(t, engine.Limits{AccountRunning: 1}, func(t *testing.T, st *stage) {
		st.remote.answers["create"] = []answer{{}, {Status: 400}, {Takes: time.Hour}}
		st.cycleOf(cycleDoc{Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"create": {After: "received", Call: "create", OnError: "StopTransaction", Map: map[string]string{"name": "received/name"}}},
			{"pause": {After: "create", Delay: 24 * time.Hour}},
		}})
		var ids []paceline.ID
		for i := range 4 { // waits, fails, is in progress, is queued
			r, err := st.send(fmt.Sprintf(`{"name":"%d"}`, i))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, r.Transaction)
			time.Sleep(time.Second)
			synctest.Wait()
		}
		list := func(f engine.TransactionFilter, page paceline.Page) (got []string, l paceline.List[engine.Transaction]) {
			l, err := st.engine.Transactions(t.Context(), st.principal(), st.account, f, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, txn := range l.Items {
				for i, id := range ids {
					if id == txn.ID {
						got = append(got, fmt.Sprintf("%d %s", i, txn.Status))
					}
				}
			}
			return got, l
		}
		begun := paceline.ToMicros(st.begun)
		for _, tc := range []struct {
			name   string
			filter engine.TransactionFilter
			page   paceline.Page
			want   string
		}{
			{"oldest first", engine.TransactionFilter{}, paceline.Page{}, "0 Waiting, 1 Errored, 2 InProgress, 3 Queued"},
			{"newest first", engine.TransactionFilter{}, paceline.Page{Descending: true}, "3 Queued, 2 InProgress, 1 Errored, 0 Waiting"},
			{"second page", engine.TransactionFilter{}, paceline.Page{Number: 2, Size: 3}, "3 Queued"},
			{"most errors first", engine.TransactionFilter{}, paceline.Page{OrderBy: "errorCount", Descending: true}, "1 Errored, 3 Queued, 2 InProgress, 0 Waiting"},
			{"by status", engine.TransactionFilter{}, paceline.Page{OrderBy: "Status"}, "0 Waiting, 2 InProgress, 3 Queued, 1 Errored"},
			{"past the end", engine.TransactionFilter{}, paceline.Page{Number: 9, Size: 3}, ""},
			{"of the cycle", engine.TransactionFilter{Cycle: st.cycle.ID}, paceline.Page{Size: 1}, "0 Waiting"},
			{"waiting", engine.TransactionFilter{Status: "waiting"}, paceline.Page{}, "0 Waiting"},
			{"errored", engine.TransactionFilter{Status: "Errored"}, paceline.Page{}, "1 Errored"},
			{"queued", engine.TransactionFilter{Status: "Queued"}, paceline.Page{Size: 1}, "3 Queued"},
			{"in progress", engine.TransactionFilter{Status: "inprogress"}, paceline.Page{Size: 1, Descending: true}, "2 InProgress"},
			{"cancelled", engine.TransactionFilter{Status: "Cancelled"}, paceline.Page{}, ""},
			{"completed", engine.TransactionFilter{Status: "Completed"}, paceline.Page{}, ""},
			{"an unknown word", engine.TransactionFilter{Status: "Sideways"}, paceline.Page{}, ""},
			{"unsplit", engine.TransactionFilter{Split: "Unsplit", Status: "Waiting"}, paceline.Page{}, "0 Waiting"},
			{"children", engine.TransactionFilter{Split: "Child"}, paceline.Page{}, ""},
			{"after", engine.TransactionFilter{After: begun.Add(2 * time.Second)}, paceline.Page{}, "2 InProgress, 3 Queued"},
			{"before", engine.TransactionFilter{Before: begun.Add(time.Second)}, paceline.Page{}, "0 Waiting"},
			{"before that is earlier than after", engine.TransactionFilter{Before: 5, After: 6}, paceline.Page{}, ""},
		} {
			got, l := list(tc.filter, tc.page)
			if tc.filter.Status != "" && l.Total != len(got) {
				t.Errorf("%s: a total of %d, want %d", tc.name, l.Total, len(got))
			}
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, strings.Join(got, ", "), tc.want)
			}
		}
		// Cursors walk through everything once.
		var walked []string
		page := paceline.Page{Size: 2, Descending: true}
		for range 5 {
			got, l := list(engine.TransactionFilter{}, page)
			walked = append(walked, got...)
			if page.After = l.Next; l.Next == "" {
				break
			}
		}
		if got := strings.Join(walked, ", "); got != "3 Queued, 2 InProgress, 1 Errored, 0 Waiting" {
			t.Errorf("the cursors lead to %s", got)
		}
		// Those of a sorted list too, and in no other list.
		first := paceline.Page{Size: 2, OrderBy: "ErrorCount", Descending: true}
		_, l := list(engine.TransactionFilter{}, first)
		first.After = l.Next
		if got, _ := list(engine.TransactionFilter{}, first); strings.Join(got, ", ") != "2 InProgress, 0 Waiting" {
			t.Errorf("the cursor of a sorted list leads to %s", got)
		}
		for _, wrong := range []paceline.Page{{After: l.Next}, {After: l.Next, OrderBy: "Status"}, {OrderBy: "ErrorCount", After: page.After + "x"}, {OrderBy: "nonsense"}} {
			if _, err := st.engine.Transactions(t.Context(), st.principal(), st.account, engine.TransactionFilter{}, wrong); paceline.KindOf(err) != paceline.Invalid {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
	})
}

// TestReadsStayInTheirAccount: another account, another partner, an invented id and another cycle all
// read as not found, or as nothing.
func TestReadsStayInTheirAccount(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.cycleOf(oneCall)
		receipt, err := st.send(`{"name":"Ada"}`)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		wrapped, _ := installation.NewAccountKey()
		var other paceline.Account
		var otherCycle paceline.Cycle
		err = st.store.InTx(t.Context(), paceline.Scope{Partner: st.partner}, func(tx *store.Tx) (err error) {
			other, err = tx.InsertAccount(paceline.Scope{Partner: st.partner}, paceline.Account{
				ID: paceline.NewID(tx.Time()), APIID: "other", Name: "Other", CreatedAt: tx.Now()}, wrapped)
			if err != nil {
				return err
			}
			otherCycle = paceline.Cycle{ID: paceline.NewID(tx.Time()), Partner: st.partner, Account: st.account.Num, Root: st.account.Root, Name: "second"}
			return tx.InsertCycle(&otherCycle)
		})
		if err != nil {
			t.Fatal(err)
		}
		forged := receipt.Transaction[:35] + "0"
		if forged == receipt.Transaction {
			forged = receipt.Transaction[:35] + "1"
		}
		restricted := paceline.Principal{Kind: paceline.ClientPrincipal, Partner: st.partner, RestrictedTo: other.Num}
		for _, tc := range []struct {
			name      string
			principal paceline.Principal
			account   paceline.Account
			cycle, id paceline.ID
			want      paceline.Code
		}{
			{"itself", st.principal(), st.account, st.cycle.ID, receipt.Transaction, ""},
			{"of any cycle", st.principal(), st.account, "", receipt.Transaction, ""},
			{"another account", st.principal(), other, "", receipt.Transaction, paceline.CodeNotFound},
			{"another cycle", st.principal(), st.account, otherCycle.ID, receipt.Transaction, paceline.CodeNotFound},
			{"an unknown cycle", st.principal(), st.account, paceline.ZeroID, receipt.Transaction, paceline.CodeNotFound},
			{"an invented id", st.principal(), st.account, "", forged, paceline.CodeNotFound},
			{"no id", st.principal(), st.account, "", "1", paceline.CodeNotFound},
			{"a token of the other account", restricted, st.account, "", receipt.Transaction, paceline.CodeAccountHeader},
			{"another partner", paceline.SystemPrincipalOf(99), st.account, "", receipt.Transaction, paceline.CodeAccountHeader},
			{"nobody", paceline.Principal{Partner: st.partner}, st.account, "", receipt.Transaction, paceline.CodeAccountHeader},
		} {
			_, err := st.engine.Transaction(t.Context(), tc.principal, tc.account, tc.cycle, tc.id)
			if paceline.CodeOf(err) != tc.want {
				t.Errorf("%s: the transaction answers %v", tc.name, err)
			}
			_, err = st.engine.TransactionItems(t.Context(), tc.principal, tc.account, tc.cycle, tc.id, "", paceline.Page{})
			if paceline.CodeOf(err) != tc.want {
				t.Errorf("%s: the items answer %v", tc.name, err)
			}
		}
		l, err := st.engine.Transactions(t.Context(), st.principal(), other, engine.TransactionFilter{}, paceline.Page{})
		if err != nil || len(l.Items) != 0 {
			t.Errorf("the other account lists %d transactions, %v", len(l.Items), err)
		}
		_, err = st.engine.Transactions(t.Context(), st.principal(), other, engine.TransactionFilter{Cycle: st.cycle.ID}, paceline.Page{})
		if paceline.CodeOf(err) != paceline.CodeNotFound {
			t.Errorf("the cycle of an account answers %v in another", err)
		}
	})
}

// TestItemsTellTheStory: the log of a transaction, with texts, levels, tries and messages.
func TestItemsTellTheStory(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.remote.answers["create"] = []answer{{Status: 409, Body: map[string]any{"message": "taken"}}, {Body: map[string]any{"id": 5}}}
		st.cycleOf(cycleDoc{Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"create": {After: "received", Call: "create", OnError: "Retry", Map: map[string]string{"name": "received/name"}}},
			{"known": {After: "create", If: "create/id Exists"}},
		}})
		receipt, err := st.send(`{"name":"Ada"}`)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		items := func(query string) (out []string) {
			l, err := st.engine.TransactionItems(t.Context(), st.principal(), st.account, st.cycle.ID, receipt.Transaction, query, paceline.Page{})
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range l.Items {
				request, _, _ := strings.Cut(i.Request, "\r\n")
				out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s %d [%s] %s %s", i.ID, i.StepName, i.Level, i.HTTPStatus, request, i.Response, i.Message)))
			}
			return out
		}
		want := []string{
			`0 received Information 0 [] {"name":"Ada"}`,
			`1.1 create Information 409 [POST https://remote.example/create HTTP/1.1] {"message":"taken"}`,
			`1.2 create Warning 200 [POST https://remote.example/create HTTP/1.1] {"id":5} Failed to call the method`,
			`2 known Information 0 []`,
		}
		if got := items(""); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("the log is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got := items("taken"); len(got) != 1 || !strings.HasPrefix(got[0], "1.1") {
			t.Errorf("a search finds %v", got)
		}
	})
}

// TestIncidentsAreReadAndCleared: levels, full messages, and the cycle's counters, which a clear resets.
func TestIncidentsAreReadAndCleared(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.remote.answers["create"] = []answer{{Status: 404, Body: map[string]any{"message": "gone"}}, {Status: 429}}
		st.cycleOf(oneCall)
		for range 2 {
			if _, err := st.send(`{"name":"Ada"}`); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		list := func(f engine.IncidentFilter) []engine.Incident {
			l, err := st.engine.Incidents(t.Context(), st.principal(), st.account, f, paceline.Page{})
			if err != nil {
				t.Fatal(err)
			}
			return l.Items
		}
		errors := list(engine.IncidentFilter{Level: "Error"})
		if len(errors) != 1 || len(list(engine.IncidentFilter{Level: "warning"})) != 1 || len(list(engine.IncidentFilter{Level: "both"})) != 0 {
			t.Fatalf("the levels are wrong: %+v", list(engine.IncidentFilter{}))
		}
		e := errors[0]
		status, rest, _ := strings.Cut(e.Full, "\r\n")
		_, request, found := strings.Cut(rest, "HTTP Request:\r\n")
		if e.Short != "Failed to call the method" || status != "HTTP/1.1 404 Not Found" || !found ||
			!strings.HasPrefix(request, "POST https://remote.example/create HTTP/1.1") || strings.Contains(e.Full, "token-of-the-test") {
			t.Errorf("short %q, full %q", e.Short, e.Full)
		}
		if e.CycleID != st.cycle.ID || e.StepName != "create" || e.TransactionID == "" {
			t.Errorf("the incident is of %q, %q, %q", e.CycleID, e.StepName, e.TransactionID)
		}
		counters := func() string {
			var c paceline.Cycle
			err := st.store.Read(t.Context(), func(tx *store.Tx) (err error) {
				c, _, err = tx.Cycle(st.account.Scope(), st.cycle.ID)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("%+v", c.Counters)
		}
		if got := counters(); got != "{Tasks:4 Errors:1 Warnings:1 InProgress:1}" {
			t.Errorf("the counters are %s", got)
		}
		if err := st.engine.ClearIncidents(t.Context(), st.principal(), st.account, paceline.ZeroID); paceline.CodeOf(err) != paceline.CodeNotFound {
			t.Errorf("clearing an unknown cycle answers %v", err)
		}
		if err := st.engine.ClearIncidents(t.Context(), st.principal(), st.account, st.cycle.ID); err != nil {
			t.Fatal(err)
		}
		if got := counters(); len(list(engine.IncidentFilter{})) != 0 || got != "{Tasks:4 Errors:0 Warnings:0 InProgress:1}" {
			t.Errorf("after the clear the counters are %s", got)
		}
	})
}
