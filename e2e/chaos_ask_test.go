package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// asking is a vendor that asks to wait, now and then, and notes who does not.
type asking struct {
	*remote
	mu    sync.Mutex
	until map[string]time.Time // by account
	asked int
	early int
}

// asksFor is how long.
const asksFor = 15 * time.Second

func newAsking(t *testing.T) *asking {
	v := &asking{remote: newRemote(t), until: map[string]time.Time{}}
	v.before = func(w http.ResponseWriter, _ *http.Request, event string) bool {
		account := event[:strings.LastIndex(event, "-")]
		v.mu.Lock()
		defer v.mu.Unlock()
		until, known := v.until[account]
		switch {
		case !known:
			v.asked++
			v.until[account] = time.Now().Add(asksFor)
			w.Header().Set("Retry-After", strconv.Itoa(int(asksFor.Seconds())))
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		case time.Now().Before(until):
			v.early++
			w.Header().Set("Retry-After", strconv.Itoa(int(time.Until(until).Seconds())+1))
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		return false
	}
	return v
}

// waits says for how many accounts it has asked to wait, and forgets that it has when again is set.
func (v *asking) waits(again bool) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := len(v.until)
	if again {
		clear(v.until)
	}
	return n
}
