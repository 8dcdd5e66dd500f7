package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// longList is a remote with a list of rows, which counts what comes of each.
type longList struct {
	rows, padding int
	mu            sync.Mutex
	seen          map[string]int
	calls, lists  atomic.Int64
	onCall        func(n int64)
}

func (l *longList) RoundTrip(req *http.Request) (*http.Response, error) {
	var body io.Reader = strings.NewReader(`{"id":"crm-4711"}`)
	if req.URL.Path == "/list" {
		l.lists.Add(1)
		body = &listBody{rows: l.rows, padding: bytes.Repeat([]byte("x"), l.padding)}
	} else {
		text, _ := io.ReadAll(req.Body)
		l.mu.Lock()
		l.seen[string(text)]++
		l.mu.Unlock()
		if n := l.calls.Add(1); l.onCall != nil {
			l.onCall(n)
		}
	}
	return &http.Response{
		StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(body), ContentLength: -1, Request: req,
	}, nil
}

// listBody writes the rows as they are read.
type listBody struct {
	rows, row int
	padding   []byte
	text      []byte
}

func (b *listBody) Read(p []byte) (int, error) {
	for len(b.text) == 0 {
		switch {
		case b.row > b.rows:
			return 0, io.EOF
		case b.row == b.rows:
			b.text = []byte(`]}`)
		case b.row == 0:
			b.text = append(b.text, `{"items":[`...)
			fallthrough
		default:
			if b.row > 0 {
				b.text = append(b.text, ',')
			}
			b.text = fmt.Appendf(b.text, `{"id":%d,"name":"row %d","padding":"%s"}`, b.row, b.row, b.padding)
		}
		b.row++
	}
	n := copy(p, b.text)
	b.text = b.text[n:]
	return n, nil
}

func onBoth(t *testing.T, f func(t *testing.T, o store.Options)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); f(t, storetest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); f(t, storetest.Postgres(t)) })
}

// splitCycle installs W2: a webhook, a list that is split, a call per item.
func splitCycle(t testing.TB, h *house) (paceline.Cycle, string) {
	plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{
		{"received": {Webhook: "event"}},
		{"rows": {After: "received", Call: "list", Split: "[items]"}},
		{"item": {After: "rows", Call: "create", Map: map[string]string{"id": "rows/[items].id", "name": "received/name"}}},
	}})
	c, address := h.install(t.Context(), plan, 0)
	h.engine.CycleChanged(t.Context(), c)
	return c, address
}

func (h *house) settled(t testing.TB) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); h.inProgress(t) > 0; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d transactions are still in progress", h.inProgress(t))
		}
	}
}

// TestLongSplit splits a list that needs several commits and lies in a blob, with a restart while it is under
// way. Every item becomes one transaction, in order; lists tell parents from children, and the log tells of the split.
func TestLongSplit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, o store.Options) {
		const rows = 3200
		interrupt := make(chan struct{})
		remote := &longList{rows: rows, padding: 400, seen: map[string]int{}}
		remote.onCall = func(n int64) {
			if n == 300 {
				close(interrupt)
			}
		}
		h := furnish(t.Context(), storetest.Open(t, o), remote, "https://remote.example")
		h.start(t.Context())
		_, address := splitCycle(t, h)
		receipt, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		<-interrupt
		h.engine.Stop(noTime)
		h.start(t.Context())
		defer func() { h.engine.Stop(t.Context()) }()
		h.settled(t)
		again := 0
		for i := range rows {
			n := remote.seen[fmt.Sprintf(`{"name":"Ada","id":%d}`, i)]
			if n == 0 {
				t.Fatalf("row %d was not sent", i)
			}
			again += n - 1
		}
		if len(remote.seen) != rows || again > 50 {
			t.Errorf("%d different calls, %d repeated, want %d and few", len(remote.seen), again, rows)
		}
		count := func(split string) int {
			list, err := h.engine.Transactions(t.Context(), h.principal(), h.account, engine.TransactionFilter{Split: split}, paceline.Page{})
			if err != nil {
				t.Fatal(err)
			}
			for _, txn := range list.Items {
				if split == "Child" && (txn.ParentID != receipt.Transaction || txn.Status != engine.StatusCompleted) {
					t.Errorf("the child %s is %s, of %s", txn.ID, txn.Status, txn.ParentID)
				}
			}
			return list.Total
		}
		if p, c, u := count("parent"), count("Child"), count("Unsplit"); p != 1 || c != rows || u != 0 {
			t.Errorf("%d parents, %d children, %d others", p, c, u)
		}
		log, err := h.engine.TransactionItems(t.Context(), h.principal(), h.account, "", receipt.Transaction, "", paceline.Page{})
		if err != nil {
			t.Fatal(err)
		}
		last := log.Items[len(log.Items)-1]
		if last.Request != "Split From rows" || last.Response != fmt.Sprintf("%d transactions", rows) {
			t.Errorf("the log ends with %q, %q", last.Request, last.Response)
		}
		children, err := h.engine.Transactions(t.Context(), h.principal(), h.account, engine.TransactionFilter{Split: "Child"}, paceline.Page{Size: 1})
		if err != nil {
			t.Fatal(err)
		}
		log, err = h.engine.TransactionItems(t.Context(), h.principal(), h.account, "", children.Items[0].ID, "", paceline.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if first := log.Items[0]; first.Request != "Split From "+string(receipt.Transaction) || !strings.Contains(first.Response, `"id":0`) {
			t.Errorf("a child's log begins with %q, %q", first.Request, first.Response)
		}
	})
}

// BenchmarkW2 splits lists of 500 rows into a transaction each, which makes a call. items/s is the figure.
func BenchmarkW2(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		b.Run(database, func(b *testing.B) {
			o := storetest.SQLite(b)
			if database == "postgres" {
				o = storetest.Postgres(b)
			}
			h := furnish(b.Context(), storetest.Open(b, o), &longList{rows: 500, padding: 100, seen: map[string]int{}}, "https://remote.example")
			h.start(b.Context())
			defer h.engine.Stop(b.Context())
			_, address := splitCycle(b, h)
			b.ResetTimer()
			for range b.N {
				_, err := h.engine.Deliver(b.Context(), address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()})
				if err != nil {
					b.Fatal(err)
				}
			}
			h.settled(b)
			b.ReportMetric(float64(500*b.N)/b.Elapsed().Seconds(), "items/s")
		})
	}
}
