package engine_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/store"
	"paceline/store/storetest"
)

// TestHangingRemoteDelaysNobodyElse: a remote that never answers holds hundreds of calls of one account. Another
// account's transaction goes through at once, also while each of those calls runs into its time limit.
func TestHangingRemoteDelaysNobodyElse(t *testing.T) {
	t.Parallel()
	options := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		options.Clock = lazy{factor: 600}
		db := must(store.Open(t.Context(), options))
		defer db.Close()
		hangs := make([]answer, 10_000)
		for i := range hangs {
			hangs[i].Hang = true
		}
		remote := &played{answers: map[string][]answer{"create": hangs}}
		h := furnish(t.Context(), db, remote, "https://remote.example")
		h.start(t.Context())
		defer func() { h.engine.Stop(noTime) }()
		flow := func(call string) *paceline.Plan {
			plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{
				{"received": {Webhook: "event"}},
				{"call": {After: "received", Call: call, Map: map[string]string{"name": "received/name"}, OnError: "StopTransaction"}},
			}})
			return plan
		}
		_, hanging := h.install(t.Context(), flow("create"), 0)
		first := h.account
		h.account = h.neighbourOf(t)
		_, healthy := h.install(t.Context(), flow("notify"), 0)
		h.account = first
		deliver := func(address string) {
			t.Helper()
			d := connector.Delivery{Method: "POST", Header: http.Header{"Content-Type": {"application/json"}}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()}
			if _, err := h.engine.Deliver(t.Context(), address, d); err != nil {
				t.Fatal(err)
			}
		}
		for range 300 {
			deliver(hanging)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for range 5 { // over several rounds of time limits
			at := time.Now()
			deliver(healthy)
			time.Sleep(time.Second)
			synctest.Wait()
			var last callMade
			for _, c := range remote.made() {
				if c.Path == "notify" {
					last = c
				}
			}
			if wait := last.At.Sub(at); last.At.IsZero() || wait < 0 || wait > 100*time.Millisecond {
				t.Errorf("the neighbour's call came after %v", wait)
			}
			time.Sleep(50 * time.Second)
		}
	})
}

// TestHangingRemote is the same with the time of the machine, on both databases: while every call of one account that is
// let out hangs, the neighbour's goes through before any of them has ended.
func TestHangingRemote(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		hangs := make([]answer, 1000)
		for i := range hangs {
			hangs[i].Hang = true
		}
		remote := &played{answers: map[string][]answer{"create": hangs}}
		h := furnish(t.Context(), open(t), remote, "https://remote.example")
		h.start(t.Context())
		t.Cleanup(func() { h.engine.Stop(noTime) })
		flow := func(call string) *paceline.Plan {
			plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{
				{"received": {Webhook: "event"}},
				{"call": {After: "received", Call: call, Map: map[string]string{"name": "received/name"}, OnError: "StopTransaction"}},
			}})
			return plan
		}
		_, hanging := h.install(t.Context(), flow("create"), 0)
		h.account = h.neighbourOf(t)
		_, healthy := h.install(t.Context(), flow("notify"), 0)
		deliver := func(address string) {
			t.Helper()
			d := connector.Delivery{Method: "POST", Header: http.Header{"Content-Type": {"application/json"}}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()}
			if _, err := h.engine.Deliver(t.Context(), address, d); err != nil {
				t.Fatal(err)
			}
		}
		// called waits until the remote has been called so many times at a path.
		called := func(path string, n int) {
			t.Helper()
			for {
				seen := 0
				for _, c := range remote.made() {
					if c.Path == path {
						seen++
					}
				}
				if seen >= n {
					return
				}
				pause, stop := paceline.SystemClock{}.NewTimer(10 * time.Millisecond)
				select {
				case <-pause:
				case <-t.Context().Done():
				}
				stop()
			}
		}
		const atOnce = 50 // calls of one account
		for range 3 * atOnce {
			deliver(hanging)
		}
		called("create", atOnce)
		for n := range 5 {
			deliver(healthy)
			called("notify", n+1)
		}
		if left := remote.left("create"); left != len(hangs)-atOnce {
			t.Errorf("%d calls were made, so some of the first %d have ended", len(hangs)-left, atOnce)
		}
	})
}

// left is the number of answers that are not used up.
func (p *played) left(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.answers[path])
}

func (h *house) neighbourOf(t *testing.T) paceline.Account {
	t.Helper()
	return (&noticeHouse{house: h}).neighbour(t)
}
