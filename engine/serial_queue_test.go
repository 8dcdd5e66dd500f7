package engine_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/engine/core"
	"paceline/store/storetest"
)

// queuedEnv is how many transactions of a serial cycle are queued; make chaos queues many more than make test.
const queuedEnv = "PACELINE_SERIAL_QUEUED"

// inTurn is a remote that notes the transactions whose calls come, and how many come at once.
type inTurn struct {
	mu    sync.Mutex
	ids   []paceline.ID
	now   atomic.Int32
	most  atomic.Int32
	limit int
	full  chan struct{} // closed when limit calls have come; later ones wait until they are given up
}

func (r *inTurn) RoundTrip(req *http.Request) (*http.Response, error) {
	r.most.Store(max(r.most.Load(), r.now.Add(1)))
	defer r.now.Add(-1)
	key := req.Header.Get("Idempotency-Key") + req.Header.Get("X-Key")
	r.mu.Lock()
	n := len(r.ids)
	if n < r.limit {
		r.ids = append(r.ids, paceline.ID(key[:36]))
	}
	if n+1 == r.limit {
		close(r.full)
	}
	r.mu.Unlock()
	if n >= r.limit {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	return &http.Response{StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"id":1}`)), ContentLength: 8, Request: req}, nil
}

// TestSerialCycleWithManyQueued: however many transactions of a serial cycle are queued, a start knows few of them in
// memory, begins at once, and carries them one by one in the order in which they were accepted.
func TestSerialCycleWithManyQueued(t *testing.T) {
	queued := 2_000
	if n, err := strconv.Atoi(os.Getenv(queuedEnv)); err == nil {
		queued = n
	}
	const heads, calls = 64, 300
	remote := &inTurn{limit: calls, full: make(chan struct{})}
	h := furnish(t.Context(), storetest.Open(t, storetest.SQLite(t)), remote, "https://remote.example")
	h.limits = engine.Limits{AcceptWait: time.Minute, Core: core.Config{Heads: heads, AllHeads: 2 * heads}}
	h.start(t.Context())
	plan, _ := planOf(t, cycleDoc{Serial: true, Steps: oneCall.Steps})
	cycle, address := h.install(t.Context(), plan, 0)
	h.setState(t.Context(), &cycle, paceline.CycleActivating) // deliveries are taken and held
	var senders sync.WaitGroup
	var next atomic.Int64
	for range 64 {
		senders.Go(func() {
			for i := next.Add(1); i <= int64(queued); i = next.Add(1) {
				_, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: fmt.Appendf(nil, `{"name":"%d"}`, i), At: time.Now()})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	senders.Wait()
	h.engine.Stop(t.Context())
	if remote.now.Load() != 0 || t.Failed() {
		t.Fatal("a held transaction has begun")
	}

	h.start(t.Context())
	defer func() { h.engine.Stop(noTime) }()
	h.engine.CycleChanged(t.Context(), cycle) // as a start tells it
	begun := time.Now()
	h.setState(t.Context(), &cycle, paceline.CycleActive)
	known, give := 0, time.After(5*time.Minute)
	for wait := true; wait; {
		select {
		case <-remote.full:
			wait = false
		case <-time.After(2 * time.Millisecond): // another goroutine's work; nothing depends on how often it looks
		case <-give:
			t.Fatalf("%d calls came, %d known, %d running", len(remote.ids), known, h.engine.Running())
		}
		known = max(known, h.engine.Known())
	}
	t.Logf("%d queued: %d calls within %s, at most %d transactions in memory", queued, calls, time.Since(begun), known)
	if known > 4*heads {
		t.Errorf("%d transactions were in memory at once, want few", known)
	}
	if n := remote.most.Load(); n != 1 {
		t.Errorf("%d calls came at once", n)
	}
	last := int64(0)
	for i, id := range remote.ids {
		num, genuine := h.ids.Decode(id)
		if !genuine || num <= last {
			t.Fatalf("call %d is of transaction %d, behind that of %d", i, num, last)
		}
		last = num
	}
}
