package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"paceline/connector"
	"paceline/store"
	"paceline/store/storetest"
)

// instant answers every call at once, so that the benchmark measures what is ours.
type instant struct{}

func (instant) RoundTrip(req *http.Request) (*http.Response, error) {
	io.Copy(io.Discard, req.Body)
	body := []byte(`{"id":"crm-4711","status":"created"}`)
	return &http.Response{
		StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}, nil
}

// BenchmarkW1 carries webhooks through a call, a decision and a call, on SQLite, with everything sealed
// and logged, 32 senders at a time. cpu-µs/op is the processor time of the whole process per transaction.
func BenchmarkW1(b *testing.B) {
	s := storetest.Open(b, storetest.SQLite(b))
	h := furnish(b.Context(), s, instant{}, "https://remote.example")
	h.start(b.Context())
	defer h.engine.Stop(b.Context())
	plan, _ := planOf(b, cycleDoc{Steps: []map[string]node{
		{"received": {Webhook: "event"}},
		{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name", "country": "received/country"}}},
		{"german": {After: "create", If: "received/country Equals DE"}},
		{"eu": {After: "german/true", Call: "notify", Map: map[string]string{"id": "create/id", "from": "=eu"}}},
		{"row": {After: "german/false", Call: "notify", Map: map[string]string{"id": "create/id", "from": "=row"}}},
	}})
	c, address := h.install(b.Context(), plan, 0)
	h.engine.CycleChanged(b.Context(), c)
	padding := bytes.Repeat([]byte("x"), 900)

	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime()
	var n atomic.Int64
	var senders sync.WaitGroup
	for range 32 {
		senders.Go(func() {
			for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
				body := fmt.Appendf(nil, `{"name":"Mira%d","country":"DE","company":{"name":"Kestrel"},"notes":"%s"}`, i, padding)
				_, err := h.engine.Deliver(b.Context(), address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: body, At: time.Now()})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	senders.Wait()
	for h.inProgress(b) > 0 {
		time.Sleep(time.Millisecond)
	}
	b.StopTimer()
	b.ReportMetric(float64((processorTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// inProgress reads the cycle's count of live transactions.
func (h *house) inProgress(t testing.TB) (n int64) {
	err := h.store.Read(t.Context(), func(tx *store.Tx) error {
		c, _, err := tx.CycleByNum(1)
		n = c.Counters.InProgress
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
