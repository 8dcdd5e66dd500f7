package load

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Sink plays the systems that the platform calls:
//
//	POST /crm           answers 201 {"id":"crm-ID","status":"created"}
//	POST /rows          answers 200 with a list of the rows that the webhook stands for: [{"cid":ID},...]
//	POST /final/{name}  answers 200 {"ok":true} and ends the webhook that the body's cid names
//
// Every body must hold the field cid with the correlation id, at any depth.
type Sink struct {
	Addr    string // host:port that it listens on
	server  *http.Server
	book    atomic.Pointer[ledger]
	traffic traffic
	kept    atomic.Pointer[sync.Map] // path -> body of the last request; nil while nothing is kept
	delay   atomic.Int64             // before each answer, in nanoseconds
}

// StartSink listens on addr; port 0 takes a free one.
func StartSink(addr string) (*Sink, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Sink{Addr: listener.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /crm", s.crm)
	mux.HandleFunc("POST /rows", s.rows)
	mux.HandleFunc("POST /final/{name}", s.final)
	s.server = &http.Server{Handler: mux}
	go s.server.Serve(listener)
	return s, nil
}

// URL is the base URL of the systems.
func (s *Sink) URL() string { return "http://" + s.Addr }

// Close stops listening and waits a second for calls in progress.
func (s *Sink) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		s.server.Close()
	}
}

// Slow makes each answer come so much later, as systems elsewhere do; 0 ends it.
func (s *Sink) Slow(delay time.Duration) { s.delay.Store(int64(delay)) }

// InFlight is the number of webhooks of the present run that were accepted and are not done.
func (s *Sink) InFlight() int {
	if book := s.book.Load(); book != nil {
		return int(book.accepted.Load() - book.settled.Load())
	}
	return 0
}

// Keep makes the sink keep the last body of each path, or stop that, which costs time.
func (s *Sink) Keep(on bool) {
	s.kept.Store(nil)
	if on {
		s.kept.Store(&sync.Map{})
	}
}

// Last returns the body that came to the path last, nil for none.
func (s *Sink) Last(path string) []byte {
	if kept := s.kept.Load(); kept != nil {
		body, _ := kept.Load(path)
		text, _ := body.([]byte)
		return text
	}
	return nil
}

func (s *Sink) follow(book *ledger) { s.book.Store(book) }

func (s *Sink) crm(w http.ResponseWriter, r *http.Request) {
	id, l := s.receive(r)
	s.traffic.crm.Add(1)
	if l != nil {
		l.crmCalls.Add(1)
		l.started.CompareAndSwap(0, s.book.Load().now())
	}
	s.answer(w, http.StatusCreated, `{"id":"crm-`+id+`","status":"created"}`)
}

// rows answers the rows of a webhook. Their ids are those of the ledger's lines.
func (s *Sink) rows(w http.ResponseWriter, r *http.Request) {
	id, _ := s.receive(r)
	list := []byte{'['}
	if book := s.book.Load(); book != nil {
		if first := book.number(id); first >= 0 {
			for i := range book.rows {
				list = append(list, `{"cid":"`+book.row(first+i)+`","country":"DE"},`...)
			}
		}
	}
	s.answer(w, http.StatusOK, string(bytes.TrimSuffix(list, []byte{','}))+"]")
}

func (s *Sink) final(w http.ResponseWriter, r *http.Request) {
	_, l := s.receive(r)
	if l != nil {
		s.book.Load().finish(l)
	}
	s.traffic.final(r.URL.Path)
	s.answer(w, http.StatusOK, `{"ok":true}`)
}

// receive reads the body and finds the line of its correlation id, nil when there is none.
func (s *Sink) receive(r *http.Request) (string, *line) {
	body, _ := io.ReadAll(r.Body)
	s.traffic.requests.Add(int64(len(body)))
	if kept := s.kept.Load(); kept != nil {
		kept.Store(r.URL.Path, body)
	}
	id := Correlation(body)
	book := s.book.Load()
	if book != nil {
		if l := book.find(id); l != nil {
			return id, l
		}
	}
	s.traffic.unmatched.Add(1)
	return id, nil
}

func (s *Sink) answer(w http.ResponseWriter, status int, body string) {
	if delay := s.delay.Load(); delay > 0 {
		time.Sleep(time.Duration(delay))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
	s.traffic.responses.Add(int64(len(body)))
}

// Correlation returns the text after the first "cid" key. It looks at bytes instead of parsing, since
// the tool shares the machine with what it measures; our ids hold nothing that JSON escapes.
func Correlation(body []byte) string {
	_, after, found := bytes.Cut(body, []byte(`"cid"`))
	if !found {
		return ""
	}
	after = bytes.TrimLeft(after, " \t\r\n:")
	if len(after) == 0 || after[0] != '"' {
		return ""
	}
	value, _, closed := bytes.Cut(after[1:], []byte{'"'})
	if !closed {
		return ""
	}
	return string(value)
}

// traffic counts what the sink has seen since the last reset.
type traffic struct {
	crm, unmatched, requests, responses atomic.Int64

	mu     sync.Mutex
	finals map[string]int64
}

func (t *traffic) reset() {
	t.crm.Store(0)
	t.unmatched.Store(0)
	t.requests.Store(0)
	t.responses.Store(0)
	t.mu.Lock()
	t.finals = nil
	t.mu.Unlock()
}

func (t *traffic) final(path string) {
	t.mu.Lock()
	if t.finals == nil {
		t.finals = map[string]int64{}
	}
	t.finals[path]++
	t.mu.Unlock()
}

func (t *traffic) calls() Calls {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Calls{CRM: t.crm.Load(), Unmatched: t.unmatched.Load(), Finals: maps.Clone(t.finals)}
}

func (t *traffic) bytes() Bytes {
	return Bytes{Requests: t.requests.Load(), Responses: t.responses.Load()}
}
