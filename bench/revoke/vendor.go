package revoke

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Vendor answers requests to revoke a token after a delay, as a system elsewhere does.
type Vendor struct {
	Addr   string // host:port that it listens on
	server *http.Server

	lock  sync.Mutex
	told  map[string]bool // the tokens that it was asked to revoke
	want  int
	whole chan struct{} // closed once want of them are there
}

// StartVendor listens on a free port of the loopback interface until it has been asked to revoke want tokens, and longer.
func StartVendor(delay time.Duration, want int) (*Vendor, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	v := &Vendor{Addr: listener.Addr().String(), told: map[string]bool{}, want: want, whole: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /revoke", func(w http.ResponseWriter, r *http.Request) {
		token := r.FormValue("token")
		time.Sleep(delay)
		v.tell(token)
	})
	v.server = &http.Server{Handler: mux}
	go v.server.Serve(listener)
	return v, nil
}

func (v *Vendor) tell(token string) {
	v.lock.Lock()
	defer v.lock.Unlock()
	if token == "" || v.told[token] {
		return
	}
	v.told[token] = true
	if len(v.told) == v.want {
		close(v.whole)
	}
}

// URL is its base URL.
func (v *Vendor) URL() string { return "http://" + v.Addr }

// Told is the number of tokens that it was asked to revoke so far.
func (v *Vendor) Told() int {
	v.lock.Lock()
	defer v.lock.Unlock()
	return len(v.told)
}

// Wait returns once it was asked to revoke all that it was to be asked.
func (v *Vendor) Wait(ctx context.Context) error {
	select {
	case <-v.whole:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the vendor was asked to revoke %d of %d tokens: %w", v.Told(), v.want, context.Cause(ctx))
	}
}

// Close stops listening.
func (v *Vendor) Close() error { return v.server.Close() }
