package engine_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"paceline"
)

// witness is the remote of the kill tests: it counts what each key was used for.
type witness struct {
	mu    sync.Mutex
	calls map[string][]string // by "path name": the keys that came
	total int
}

func (w *witness) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
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
	w.mu.Unlock()
	rw.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(rw, `{"id":%d}`, id)
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
