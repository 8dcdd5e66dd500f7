package standin

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Fault makes the next matching requests fail before the system sees them. It is how a demo or a test
// asks for a bad day: POST /_faults.
type Fault struct {
	Status     int    // 400 to 599
	Times      int    // how many requests; 0 means one
	RetryAfter int    // seconds, sent when positive
	Method     string // "" for any
	PathPrefix string // "" for any
}

// faults are the faults that wait, in the order in which they were asked for.
type faults struct {
	mu   sync.Mutex
	list []Fault
}

func (f *faults) add(fault Fault) bool {
	if fault.Times == 0 {
		fault.Times = 1
	}
	if fault.Status < 400 || fault.Status > 599 || fault.Times < 1 || fault.Times > maxFaults || fault.RetryAfter < 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.list) == maxFaults {
		return false
	}
	f.list = append(f.list, fault)
	return true
}

// take uses up one failure of the first fault that matches the request.
func (f *faults) take(r *http.Request) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		fault := &f.list[i]
		if fault.Method != "" && fault.Method != r.Method || !strings.HasPrefix(r.URL.Path, fault.PathPrefix) {
			continue
		}
		fault.Times--
		taken := *fault
		if fault.Times == 0 {
			f.list = append(f.list[:i], f.list[i+1:]...)
		}
		return taken, true
	}
	return Fault{}, false
}

func (f Fault) write(w http.ResponseWriter) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	WriteJSON(w, f.Status, map[string]string{"message": "This failure was asked for: " + http.StatusText(f.Status) + "."})
}
