package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// remote is the third party that the relay connector calls. It checks the key, counts the calls of each event, and
// can hold calls back, so that they are in flight for as long as a test wants.
type remote struct {
	*httptest.Server
	key string

	mu    sync.Mutex
	calls map[string]int // by path and event
	held  map[string]int // the same, of calls in flight that wait for release
	gate  chan struct{}  // closed: calls pass
	order []string       // events, by their first call
	// before, when it is set, sees each call first, and answers it if it wants.
	before func(w http.ResponseWriter, q *http.Request, event string) (answered bool)
}

func newRemote(t *testing.T) *remote {
	r := &remote{key: "key of the remote", calls: map[string]int{}, held: map[string]int{}, gate: make(chan struct{})}
	close(r.gate)
	r.Server = httptest.NewServer(r)
	t.Cleanup(func() {
		r.release()
		r.Close()
	})
	return r
}

// addr is the host and port that egress must allow.
func (r *remote) addr() string { return strings.TrimPrefix(r.URL, "http://") }

// setKey makes another key the right one.
func (r *remote) setKey(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.key = key
}

// count is how often a path was called for an event: "/first EVENT".
func (r *remote) count(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[name]
}

// ServeHTTP answers POST /first and /second.
func (r *remote) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	var body struct{ Event, First string }
	r.mu.Lock()
	key := r.key
	r.mu.Unlock()
	if q.Header.Get("X-Key") != key {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if err := json.NewDecoder(q.Body).Decode(&body); err != nil || body.Event == "" || (q.URL.Path == "/second") != (body.First == "id of "+body.Event) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	if r.before != nil && r.before(w, q, body.Event) {
		return
	}
	name := q.URL.Path + " " + body.Event
	r.mu.Lock()
	if r.calls[name]++; q.URL.Path == "/first" && r.calls[name] == 1 {
		r.order = append(r.order, body.Event)
	}
	r.held[name]++
	gate := r.gate
	r.mu.Unlock()
	<-gate
	r.mu.Lock()
	if r.held[name]--; r.held[name] == 0 {
		delete(r.held, name)
	}
	r.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]string{"id": "id of " + body.Event})
}

// hold lets no further call be answered until release.
func (r *remote) hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gate = make(chan struct{})
}

func (r *remote) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.gate:
	default:
		close(r.gate)
	}
}

// inFlight is the number of calls that are held.
func (r *remote) inFlight() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.held)
}

// repeated is the number of calls that were made before, and missing the events that lack a call to either path.
func (r *remote) repeated(events []string) (repeated int, missing []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.calls {
		repeated += n - 1
	}
	for _, event := range events {
		if r.calls["/first "+event] == 0 || r.calls["/second "+event] == 0 {
			missing = append(missing, event)
		}
	}
	return repeated, missing
}
