package engine_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store/storetest"
)

// hostile is a remote that answers every call in one bad way.
type hostile func(req *http.Request) *http.Response

func (f hostile) RoundTrip(req *http.Request) (*http.Response, error) { return f(req), nil }

// endless gives a beginning, and then the same for ever.
type endless struct{ begin, again string }

func (e *endless) Read(p []byte) (int, error) {
	if e.begin == "" {
		e.begin = e.again
	}
	n := copy(p, e.begin)
	e.begin = e.begin[n:]
	return n, nil
}

// unpacked is what the transport makes of a compressed body.
func unpacked(packed []byte) io.Reader {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	return r
}

// bomb is a gigabyte of rows in a megabyte.
func bomb() []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	io.WriteString(w, `{"items":[{"id":0}`)
	rows := []byte(strings.Repeat(`,{"id":1}`, 1<<14))
	for range 1 << 13 {
		w.Write(rows)
	}
	w.Close()
	return packed.Bytes()
}

// TestHostileAnswers: whatever a remote answers, the step fails with an incident that has a code of its own, the
// transaction ends, and the next one works.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	row := `,{"id":"` + strings.Repeat("x", 1000) + `"}`
	packed := bomb()
	answer := func(body io.Reader, length int64) hostile {
		return func(req *http.Request) *http.Response {
			return &http.Response{StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
				Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(body), ContentLength: length, Request: req}
		}
	}
	cases := []struct {
		name     string
		stepData int
		remote   hostile
		code     paceline.Code
	}{
		{"rows without end", 64 << 20, answer(&endless{`{"items":[{"id":0}`, row}, -1), paceline.CodeResponseTooLarge},
		{"rows without end, beyond the step's data", 2 << 20, answer(&endless{`{"items":[{"id":0}`, row}, -1), paceline.CodeStepDataTooLarge},
		{"one text without end", 64 << 20, answer(&endless{`{"items":[{"id":"`, "xxxxxxxx"}, -1), paceline.CodeResponseTooLarge},
		{"space without end", 64 << 20, answer(&endless{" ", "        "}, -1), paceline.CodeResponseTooLarge},
		{"brackets without end", 64 << 20, answer(&endless{"[", "[[[[[[[["}, -1), paceline.CodeResponseTooLarge},
		{"a length that promises too much", 64 << 20, answer(strings.NewReader("{}"), 1<<40), paceline.CodeResponseTooLarge},
		{"a length that promises too little", 64 << 20, answer(&endless{`{"items":[{"id":0}`, row}, 10), paceline.CodeResponseTooLarge},
		{"a gigabyte in a megabyte", 64 << 20, answer(unpacked(packed), int64(len(packed))), paceline.CodeResponseTooLarge},
		{"rows that end in the middle", 64 << 20, answer(strings.NewReader(`{"items":[{"id":0}`+strings.Repeat(row, 3000)), -1), paceline.CodeResponseFormat},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bad := true
			remote := hostile(func(req *http.Request) *http.Response {
				if bad && req.URL.Path == "/list" {
					return c.remote(req)
				}
				return answer(strings.NewReader(`{"items":[{"id":7}]}`), -1)(req)
			})
			h := furnish(t.Context(), storetest.Open(t, storetest.SQLite(t)), remote, "https://remote.example")
			h.limits.StepData, h.calls.Response = c.stepData, 8<<20
			h.start(t.Context())
			defer func() { h.engine.Stop(t.Context()) }()
			_, address := splitCycle(t, h)
			deliver := func() {
				_, err := h.engine.Deliver(t.Context(), address, connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()})
				if err != nil {
					t.Fatal(err)
				}
				h.settled(t)
			}
			deliver()
			list, err := h.engine.Incidents(t.Context(), h.principal(), h.account, engine.IncidentFilter{}, paceline.Page{})
			if err != nil || len(list.Items) == 0 || list.Items[0].Code != c.code || list.Items[0].Warning {
				t.Fatalf("incidents %+v, %v, want %s", list.Items, err, c.code)
			}
			bad = false
			deliver()
			if n := h.inProgress(t); n != 0 {
				t.Errorf("%d transactions are in progress", n)
			}
			children, err := h.engine.Transactions(t.Context(), h.principal(), h.account, engine.TransactionFilter{Split: "Child"}, paceline.Page{})
			if err != nil || len(children.Items) != 1 || children.Items[0].Status != engine.StatusCompleted {
				t.Errorf("afterwards: %+v, %v", children.Items, err)
			}
		})
	}
}
