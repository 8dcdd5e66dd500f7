package engine_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"paceline"
	"paceline/engine/killpoint"
)

// witness is the remote of the kill tests: it counts what each key was used for.
type witness struct {
	mu    sync.Mutex
	calls map[string][]string // by "path name": the keys that came
	total int
	lists int
	pages int

	refuse    int // posts of errors that it refuses
	refusedAt time.Time
	early     bool // a call came while it had asked to wait
	died      killpoint.Point
}

func (w *witness) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	switch req.URL.Path {
	case "/list":
		w.list(rw)
		return
	case "/pages":
		w.page(rw, req.URL.Query().Get("after"))
		return
	case "/changed":
		rw.Header().Set("Content-Type", "application/json")
		fmt.Fprint(rw, `{"items":[{"id":1,"at":"2030-01-01T00:00:00Z"}]}`)
		return
	case "/notice":
		w.mu.Lock()
		if w.refuse--; w.refuse >= 0 {
			w.mu.Unlock()
			rw.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.calls["notice "+req.Header.Get("Webhook-Id")] = append(w.calls["notice "+req.Header.Get("Webhook-Id")], "")
		w.mu.Unlock()
		return
	}
	var in struct{ Name string }
	if err := json.Unmarshal(body, &in); err != nil {
		rw.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	key := req.Header.Get("Idempotency-Key") + req.Header.Get("X-Key")
	w.mu.Lock()
	w.total++
	id := w.total
	at := req.URL.Path[1:] + " " + in.Name
	w.calls[at] = append(w.calls[at], key)
	first := len(w.calls[at]) == 1
	w.mu.Unlock()
	if w.refuses(rw, at) {
		return
	}
	if first && strings.HasPrefix(at, "charge "+lostName) {
		panic(http.ErrAbortHandler)
	}
	if first && strings.HasPrefix(at, "charge "+heldName) {
		<-req.Context().Done() // its caller dies
		return
	}
	if strings.HasPrefix(at, "notify "+worstName) || first && strings.HasPrefix(at, "notify "+badName) {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	pad := ""
	if strings.HasPrefix(at, "create "+largeName) {
		pad = strings.Repeat("x", 300<<10)
	}
	fmt.Fprintf(rw, `{"id":%d,"pad":%q}`, id, pad)
}

// lostName begins the names of which the answer to the first charge is lost.
const lostName = "lost"

// heldName begins the names of which the first charge is never answered.
const heldName = "held"

// badName begins the names whose first notify fails.
const badName = "bad"

// worstName begins the names whose every notify fails.
const worstName = "worst"

// listed is the number of rows in each answer to list. Their names say which answer they come from.
const listed = 1200

func (w *witness) list(rw http.ResponseWriter) {
	w.mu.Lock()
	w.lists++
	n := w.lists
	w.mu.Unlock()
	rw.Header().Set("Content-Type", "application/json")
	fmt.Fprint(rw, `{"items":[`)
	for i := range listed {
		if i > 0 {
			fmt.Fprint(rw, ",")
		}
		fmt.Fprintf(rw, `{"id":%d,"name":"%d of %d"}`, i, i, n)
	}
	fmt.Fprint(rw, `]}`)
}

// pagesEach is how many pages there are for each transaction.
const pagesEach = 4

func (w *witness) page(rw http.ResponseWriter, after string) {
	w.mu.Lock()
	w.pages++
	w.mu.Unlock()
	n, _ := strconv.Atoi(after)
	rw.Header().Set("Content-Type", "application/json")
	if n+1 == pagesEach {
		fmt.Fprintf(rw, `{"items":[{"id":%d}]}`, n)
		return
	}
	fmt.Fprintf(rw, `{"items":[{"id":%d}],"next":"%d"}`, n, n+1)
}

// check judges what the remote saw against what was acknowledged: each delivery reached all of the paths.
func (w *witness) check(t *testing.T, acked map[string]paceline.ID, paths []string) {
	t.Helper()
	for name, id := range acked {
		for _, path := range paths {
			if keys := w.calls[path+" "+name]; len(keys) == 0 {
				t.Errorf("%s was acknowledged as %s, and %s was never called", name, id, path)
			} else if !strings.HasPrefix(keys[0], string(id)) {
				t.Errorf("the key %s of %s is not of transaction %s", keys[0], name, id)
			}
		}
	}
	repeats := 0
	for at, keys := range w.calls {
		if strings.HasPrefix(at, "notify "+badName) || strings.HasPrefix(at, "notify "+slowName) {
			continue // called again by another transaction, after it failed
		}
		repeats += len(keys) - 1
		for _, k := range keys {
			if k != keys[0] {
				t.Errorf("%s came under the keys %s", at, strings.Join(keys, ", "))
				break
			}
		}
	}
	if repeats > inFlight {
		t.Errorf("%d calls came again, %d were in flight at most", repeats, inFlight)
	}
}
