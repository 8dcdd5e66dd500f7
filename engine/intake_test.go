package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/script"
	"paceline/script/worker"
	"paceline/store"
	"paceline/store/storetest"
)

// inTime runs f with a house whose remote is played, in a time of its own.
func inTime(t *testing.T, limits engine.Limits, f func(t *testing.T, st *stage)) {
	t.Helper()
	inTimeOn(t, storetest.SQLite(t), limits, f)
}

func inTimeOn(t *testing.T, options store.Options, limits engine.Limits, f func(t *testing.T, st *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		options.Clock = lazy{factor: 600}
		db := must(store.Open(t.Context(), options))
		defer db.Close()
		st := &stage{t: t, begun: time.Now(), remote: &played{answers: map[string][]answer{}}, options: options}
		st.house = furnish(t.Context(), db, st.remote, "https://remote.example")
		st.limits = limits
		st.house.start(t.Context())
		defer func() { st.engine.Stop(noTime) }()
		f(t, st)
	})
}

// cycleOf installs a cycle of the given steps and makes it known.
func (st *stage) cycleOf(doc cycleDoc) {
	st.plan, st.names = planOf(st.t, doc)
	st.cycle, st.address = st.install(st.t.Context(), st.plan, 0)
	st.engine.CycleChanged(st.t.Context(), st.cycle)
}

// send delivers a body as JSON.
func (st *stage) send(body string) (engine.Receipt, error) {
	return st.engine.Deliver(st.t.Context(), st.address, connector.Delivery{
		Method: "POST", Header: http.Header{"Content-Type": {"application/json"}}, RawBody: []byte(body), At: time.Now()})
}

// oneCall is a cycle of a webhook and a call.
var oneCall = cycleDoc{Steps: []map[string]node{
	{"received": {Webhook: "event"}},
	{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}}},
}}

// TestBadDeliveries: what cannot start a transaction is refused with its code, and nothing is stored.
func TestBadDeliveries(t *testing.T) {
	inTime(t, engine.Limits{Payload: 1000}, func(t *testing.T, st *stage) {
		st.cycleOf(oneCall)
		for _, tc := range []struct {
			name, address, body string
			want                paceline.Code
		}{
			{"unknown address", "no-such-address", `{}`, paceline.CodeWebhookUnknown},
			{"no address", "", `{}`, paceline.CodeWebhookUnknown},
			{"not JSON", st.address, `{"name":`, paceline.CodeNotJSON},
			{"too large", st.address, `{"name":"` + strings.Repeat("x", 1000) + `"}`, paceline.CodeBodyTooLarge},
			{"too deep", st.address, strings.Repeat("[", 400) + strings.Repeat("]", 400), paceline.CodeNotJSON},
		} {
			_, err := st.engine.Deliver(t.Context(), tc.address, connector.Delivery{
				Method: "POST", Header: http.Header{}, RawBody: []byte(tc.body), At: time.Now()})
			if paceline.CodeOf(err) != tc.want {
				t.Errorf("%s: the answer is %v, want %s", tc.name, err, tc.want)
			}
		}
		// HEAD only asks whether the address is there.
		for address, want := range map[string]paceline.Code{st.address: "", "no-such-address": paceline.CodeWebhookUnknown} {
			receipt, err := st.engine.Deliver(t.Context(), address, connector.Delivery{Method: "HEAD", Header: http.Header{}, At: time.Now()})
			if paceline.CodeOf(err) != want || receipt.Transaction != "" {
				t.Errorf("HEAD %s: the answer is %+v, %v", address, receipt, err)
			}
		}
		synctest.Wait()
		st.check(expectation{Calls: []string{}, Tasks: "0 0", Transactions: []txnWant{}})
	})
}

// TestChangedCycleIsSeen: an address in memory says yes only. A cycle that was stopped is refused, and a
// new version counts at once, although the engine was not told.
func TestChangedCycleIsSeen(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.cycleOf(oneCall)
		if _, err := st.send(`{"name":"Ada"}`); err != nil {
			t.Fatal(err)
		}
		set := func(state paceline.CycleState, version int64) {
			c := st.cycle
			c.State, c.RunVersion = state, version
			plan := *st.plan
			plan.Version = version
			st.mu.Lock()
			st.plans[[2]int64{c.Num, version}] = &plan
			st.mu.Unlock()
			if err := st.store.InTx(t.Context(), st.account.Scope(), func(tx *store.Tx) error { return storetest.SetState(tx, c) }); err != nil {
				t.Fatal(err)
			}
		}
		set(paceline.CyclePaused, 1)
		if _, err := st.send(`{"name":"Eve"}`); paceline.CodeOf(err) != paceline.CodeWebhookUnknown {
			t.Errorf("a stopped cycle answered %v", err)
		}
		set(paceline.CycleActive, 7)
		if _, err := st.send(`{"name":"Grace"}`); err != nil {
			t.Errorf("a new version answered %v", err)
		}
		synctest.Wait()
		st.check(expectation{Calls: []string{`create {"name":"Ada"}`, `create {"name":"Grace"}`}})
	})
}

// TestSuspendedAccountTakesNothing: its deliveries are refused by the store itself.
func TestSuspendedAccountTakesNothing(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.cycleOf(oneCall)
		a := st.account
		a.State = paceline.AccountSuspended
		if err := st.store.InTx(t.Context(), a.Scope(), func(tx *store.Tx) error { return tx.UpdateAccount(a.Scope(), a) }); err != nil {
			t.Fatal(err)
		}
		if _, err := st.send(`{"name":"Ada"}`); paceline.CodeOf(err) != paceline.CodeWebhookUnknown {
			t.Errorf("the answer is %v", err)
		}
	})
}

// TestStoppingEngineTakesNothing: a delivery to a server that stops is told to come later.
func TestStoppingEngineTakesNothing(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.cycleOf(oneCall)
		st.engine.Stop(t.Context())
		_, err := st.send(`{"name":"Ada"}`)
		if paceline.CodeOf(err) != paceline.CodeShuttingDown || err.(*paceline.Error).RetryAfter <= 0 {
			t.Errorf("the answer is %v", err)
		}
	})
}

// TestNoAnswerWithoutCommit: while the store cannot write, no delivery is acknowledged; afterwards the
// same engine takes them again.
func TestNoAnswerWithoutCommit(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.cycleOf(oneCall)
		if _, err := st.send(`{"name":"first"}`); err != nil { // takes a block of numbers, which needs the writer
			t.Fatal(err)
		}
		synctest.Wait()
		release := make(chan struct{})
		held := make(chan struct{})
		done := make(chan error, 1)
		go func() { // a transaction that holds the only writer
			done <- st.store.InTx(context.WithoutCancel(t.Context()), st.account.Scope(), func(*store.Tx) error {
				close(held)
				<-release
				return nil
			})
		}()
		<-held
		begun := time.Now()
		_, err := st.send(`{"name":"Ada"}`)
		if paceline.KindOf(err) != paceline.Unavailable || err.(*paceline.Error).RetryAfter <= 0 {
			t.Errorf("the answer is %v", err)
		}
		if d := time.Since(begun); d != 2*time.Second {
			t.Errorf("the sender waited %s, want 2s", d)
		}
		close(release)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, err := st.send(`{"name":"Grace"}`); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		// The first one was not acknowledged, but it was stored: it runs.
		st.check(expectation{Calls: []string{`create {"name":"first"}`, `2s create {"name":"Ada"}`, `2s create {"name":"Grace"}`}})
	})
}

// TestStoreAway: when nothing can be read either, deliveries are told to come later, known addresses and
// unknown ones alike: only the store could refuse them.
func TestStoreAway(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.cycleOf(oneCall)
		if _, err := st.send(`{"name":"Ada"}`); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		known := st.address
		if err := st.store.Close(); err != nil {
			t.Fatal(err)
		}
		for _, st.address = range []string{known, "an-address-never-seen"} {
			_, err := st.send(`{"name":"Grace"}`)
			if paceline.KindOf(err) != paceline.Unavailable || err.(*paceline.Error).RetryAfter <= 0 {
				t.Errorf("the answer is %v", err)
			}
		}
	})
}

// TestBacklogIsBounded: from the high water mark on, deliveries are refused before anything is done for them.
func TestBacklogIsBounded(t *testing.T) {
	inTime(t, engine.Limits{Backlog: 3, AcceptWait: time.Hour}, func(t *testing.T, st *stage) {
		st.cycleOf(oneCall)
		if _, err := st.send(`{"name":"first"}`); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		release, held := make(chan struct{}), make(chan struct{})
		go st.store.InTx(context.WithoutCancel(t.Context()), st.account.Scope(), func(*store.Tx) error {
			close(held)
			<-release
			return nil
		})
		<-held
		answers := make(chan error, 20)
		for i := range 20 {
			go func() {
				_, err := st.send(fmt.Sprintf(`{"name":"%d"}`, i))
				answers <- err
			}()
			synctest.Wait()
		}
		close(release)
		taken, busy := 0, 0
		for range 20 {
			switch err := <-answers; {
			case err == nil:
				taken++
			case paceline.CodeOf(err) == paceline.CodeBusy:
				busy++
			default:
				t.Error(err)
			}
		}
		if taken < 3 || taken > 6 || taken+busy != 20 {
			t.Errorf("%d were taken and %d refused, want about 4 taken", taken, busy)
		}
		synctest.Wait()
		if got := len(st.remote.made()); got != taken+1 {
			t.Errorf("%d calls were made for %d acknowledged deliveries", got, taken+1)
		}
	})
}

// TestLargePayloads: what is above 256 KiB goes through blobs, both ways, and reads back as it came.
func TestLargePayloads(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 160<<10/16)
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.remote.answers["create"] = []answer{{Body: map[string]any{"id": 7, "note": strings.Repeat(big, 16)}}} // 2.5 MiB: three chunks
		st.cycleOf(cycleDoc{Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}}},
			{"pause": {After: "create", Delay: time.Hour}},
			{"tell": {After: "pause", Call: "notify", Map: map[string]string{"id": "create/id", "name": "received/tail"}}},
		}})
		body := `{"name":"Ada","note":"` + big + big + `","tail":"the end"}`
		receipt, err := st.send(body)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		st.engine.Stop(noTime) // so that all is read back
		st.start(t.Context())
		time.Sleep(time.Hour)
		synctest.Wait()
		st.check(expectation{Calls: []string{`create {"name":"Ada"}`, `1h0m0s notify {"name":"the end","id":7}`}})

		items, err := st.engine.TransactionItems(t.Context(), st.principal(), st.account, st.cycle.ID, receipt.Transaction, "", paceline.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if got := items.Items[0].Response; got != body {
			t.Errorf("the payload reads back with %d bytes, want %d", len(got), len(body))
		}
		if got := items.Items[1].Response; len(got) < 256<<10 || len(got) > 257<<10 || !strings.HasSuffix(got, "256 KiB)") {
			t.Errorf("the logged response has %d bytes and ends in %q", len(got), got[max(0, len(got)-20):])
		}
	})
}

// TestPanicFailsTheStep: a panic in a step is an incident of that step, and the engine goes on.
func TestPanicFailsTheStep(t *testing.T) {
	inTime(t, engine.Limits{}, func(t *testing.T, st *stage) {
		st.remote.answers["create"] = []answer{{Panic: true}}
		st.cycleOf(oneCall)
		for _, name := range []string{"Ada", "Grace"} {
			if _, err := st.send(`{"name":"` + name + `"}`); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		st.check(expectation{
			Calls:     []string{`create {"name":"Ada"}`, `create {"name":"Grace"}`},
			Incidents: []string{"error step_panicked create"},
			Transactions: []txnWant{
				{Status: "Completed", Rows: []string{"received done", "create skipped"}},
				{Status: "Completed", Rows: []string{"received done", "create done"}},
			},
		})
	})
}

// TestDrain: a stop waits for calls in flight and records them; nothing new begins. What was not begun
// runs after the next start.
func TestDrain(t *testing.T) {
	inTime(t, engine.Limits{AccountRunning: 1}, func(t *testing.T, st *stage) {
		st.remote.answers["create"] = []answer{{Takes: 10 * time.Second}}
		st.cycleOf(cycleDoc{Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}}},
			{"tell": {After: "create", Call: "notify", Map: map[string]string{"name": "received/name"}}},
		}})
		for _, name := range []string{"Ada", "Grace"} {
			if _, err := st.send(`{"name":"` + name + `"}`); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		begun := time.Now()
		st.engine.Stop(t.Context())
		if d := time.Since(begun); d != 10*time.Second {
			t.Errorf("the stop took %s, want the 10s of the call", d)
		}
		st.check(expectation{Calls: []string{`create {"name":"Ada"}`}})
		st.start(t.Context())
		synctest.Wait()
		st.check(expectation{Calls: []string{
			`create {"name":"Ada"}`, `10s notify {"name":"Ada"}`, `10s create {"name":"Grace"}`, `10s notify {"name":"Grace"}`,
		}})
	})
}

// TestSecretsStaySealed: nothing of a payload, an answer or an incident stands in the database in the clear.
func TestSecretsStaySealed(t *testing.T) {
	options := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		db := must(store.Open(t.Context(), options))
		st := &stage{t: t, begun: time.Now(), remote: &played{answers: map[string][]answer{
			"create": {{Status: 400, Body: "the-answer-of-the-remote"}},
		}}}
		st.house = furnish(t.Context(), db, st.remote, "https://remote.example")
		st.house.start(t.Context())
		st.cycleOf(oneCall)
		receipt, err := st.send(`{"name":"the-name-of-a-person"}`)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		items, err := st.engine.TransactionItems(t.Context(), st.principal(), st.account, "", receipt.Transaction, "HTTP/1.1", paceline.Page{})
		if err != nil || len(items.Items) != 1 || !strings.Contains(items.Items[0].Request, "the-name-of-a-person") {
			t.Fatalf("%+v, %v", items, err)
		}
		if strings.Contains(items.Items[0].Request, "token-of-the-test") {
			t.Error("the log shows the credential")
		}
		st.engine.Stop(t.Context())
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
	file := must(readAll(options.Path))
	for _, text := range []string{"the-name-of-a-person", "the-answer-of-the-remote", "token-of-the-test"} {
		if bytes.Contains(file, []byte(text)) {
			t.Errorf("the database holds %q in the clear", text)
		}
	}
}

// TestOriginOfDeliveries: a hook is known by the address at which it comes, be it that of the installation or that of its partner, as it is
// or as it was when the cycle was started, and by no address that a sender makes up.
func TestOriginOfDeliveries(t *testing.T) {
	t.Parallel()
	const installation, own = "https://hooks.example", "https://integrations.example.com"
	h := furnish(t.Context(), storetest.Open(t, storetest.SQLite(t)), &played{}, "https://remote.example")
	h.scripts = script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}, Warm: 1})
	t.Cleanup(h.scripts.Close)
	h.start(t.Context())
	defer func() { h.engine.Stop(t.Context()) }()
	const moved = "https://flows.example.com"
	for _, c := range []struct{ started, now, host, want string }{
		{own, own, "Integrations.example.com", own},
		{own, own, "hooks.example", installation}, // registered before the partner had its own
		{own, own, "made-up.example", own},
		{"", "", "integrations.example.com", installation},
		{"", own, "integrations.example.com", own}, // it runs since before
		{own, moved, "flows.example.com", moved},
		{own, moved, "integrations.example.com", own}, // which still leads here
		{own, moved, "made-up.example", moved},
		{own, "", "integrations.example.com", own},
		{own, "", "hooks.example", installation},
		{own, "", "made-up.example", installation},
	} {
		plan, _ := planOf(t, oneCall)
		plan.ServiceURL = c.started
		h.service = c.now
		plan.Steps[0].Script = "function before_webhook() { method_response = method_endpoint; return false }"
		_, address := h.install(t.Context(), plan, 0)
		receipt, err := h.engine.Deliver(t.Context(), address, connector.Delivery{
			Method: "POST", Header: http.Header{}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now(),
			Origin: installation, URI: "/api/webhook/x?a=b", Host: c.host})
		if got := string(receipt.Ack.Body); err != nil || !strings.Contains(got, c.want+"/api/webhook/x?a=b") {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}
