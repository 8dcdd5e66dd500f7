package standin

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is one recorded request and its answer. Credentials are left out of Header.
type Request struct {
	N        int64 // counts from 1
	At       time.Time
	Method   string
	Path     string // with the query
	Header   map[string]string
	Body     json.RawMessage `json:",omitempty"` // as sent; a text that is no JSON is quoted
	Status   int             // 0 while in progress
	Response json.RawMessage `json:",omitempty"`
}

// hidden is what stands in a record where a credential was.
const hidden = "(hidden)"

var credentials = []string{"Authorization", "Cookie", "Proxy-Authorization", "X-Harbour-Key"}

// recorder keeps the newest requests.
type recorder struct {
	mu   sync.Mutex
	most int
	n    int64
	list []*Request // oldest first
}

func newRecorder(most int) *recorder { return &recorder{most: most} }

// begin records a request, so that one that is never answered is seen too.
func (rec *recorder) begin(now time.Time, r *http.Request, body []byte) *Request {
	seen := &Request{At: now, Method: r.Method, Path: r.URL.RequestURI(), Header: map[string]string{}, Body: quoted(body)}
	for name, values := range r.Header {
		seen.Header[name] = strings.Join(values, ", ")
		if slices.Contains(credentials, name) {
			seen.Header[name] = hidden
		}
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.n++
	seen.N = rec.n
	if len(rec.list) == rec.most {
		rec.list = append(rec.list[:0], rec.list[1:]...)
	}
	rec.list = append(rec.list, seen)
	return seen
}

func (rec *recorder) end(seen *Request, status int, body []byte) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	seen.Status, seen.Response = status, quoted(body)
}

func (rec *recorder) newestFirst() []Request {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	out := make([]Request, 0, len(rec.list))
	for _, r := range slices.Backward(rec.list) {
		out = append(out, *r)
	}
	return out
}

func (rec *recorder) clear() {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.list = nil
}

// maxRecorded is how much of a body is kept, in bytes.
const maxRecorded = 64 << 10

// quoted returns JSON as it is and any other text as a JSON string; of a large body, the beginning as text.
func quoted(body []byte) json.RawMessage {
	cut := len(body) > maxRecorded
	switch {
	case len(body) == 0:
		return nil
	case !cut && json.Valid(body):
		return slices.Clone(body)
	case cut:
		body = append(slices.Clip(body[:maxRecorded]), "... (cut)"...)
	}
	text, _ := json.Marshal(string(body)) // a string is always JSON
	return text
}
