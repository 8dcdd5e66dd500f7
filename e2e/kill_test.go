package e2e

import (
	"net/http"
	"slices"
	"testing"
)

// few bounds the steps that run at once, so that all calls in flight can be held.
var few = []string{"--workers", "8"}

// holdCalls holds calls back until nothing moves any more but deliveries, and returns how many are in flight. Results
// of earlier calls are stored by then, because later deliveries are, and commits keep their order.
func holdCalls(t *testing.T, r *remote, f *flood) int {
	t.Helper()
	r.hold()
	n := 0
	await(t, "calls in flight", func() (bool, any) {
		before := n
		f.awaitAcks(20)
		n = r.inFlight()
		return n > 1 && n == before, n
	})
	return n
}

// TestKill ends the server with kill -9 while webhooks arrive and calls are in flight. Every acknowledged webhook
// completes after the next start, and no more calls are repeated than were in flight.
func TestKill(t *testing.T) {
	onBoth(t, func(t *testing.T, settings []string) {
		r := newRemote(t)
		v, in := relay(t, start{settings: settings, flags: few}, r)
		f := startFlood(in, "kill", 4)
		f.awaitAcks(40)
		inFlight := holdCalls(t, r, f)
		v.kill()
		log := f.end()
		r.release()

		events, transactions := acknowledged(log)
		v = v.again()
		in.on(v).awaitStatus("Completed", transactions...)
		repeated, missing := r.repeated(events)
		if len(missing) > 0 {
			t.Errorf("%d acknowledged webhooks lack a call: %v", len(missing), missing)
		}
		if repeated > inFlight {
			t.Errorf("%d calls were repeated, although %d were in flight at the kill", repeated, inFlight)
		}
		if code := v.stop(); code != 0 {
			t.Errorf("the stop ended with code %d", code)
		}
	})
}

// TestStop ends the server with SIGTERM while webhooks arrive and calls are in flight. It waits for these, takes
// nothing more in, and nothing is lost or repeated.
func TestStop(t *testing.T) {
	onBoth(t, func(t *testing.T, settings []string) {
		r := newRemote(t)
		v, in := relay(t, start{settings: settings, flags: few}, r)
		f := startFlood(in, "stop", 4)
		f.awaitAcks(20)
		inFlight := holdCalls(t, r, f)
		end := make(chan int, 1)
		go func() { end <- v.stop() }()
		await(t, "the end of intake", func() (bool, any) {
			i := slices.IndexFunc(f.seen(), func(s sent) bool { return s.err != nil || s.status != http.StatusOK })
			return i >= 0, nil
		})
		if n := r.inFlight(); n < inFlight {
			t.Errorf("%d of %d calls are left while the server drains", n, inFlight)
		}
		log := f.end()
		r.release()
		if code := <-end; code != 0 {
			t.Errorf("the stop ended with code %d", code)
		}
		for _, s := range log {
			if s.err == nil && s.status != http.StatusOK && (s.status != http.StatusServiceUnavailable || s.header.Get("Retry-After") == "") {
				t.Errorf("while draining a delivery got %d %v %s", s.status, s.header, s.body)
			}
		}

		events, transactions := acknowledged(log)
		v = v.again()
		in.on(v).awaitStatus("Completed", transactions...)
		if repeated, missing := r.repeated(events); repeated > 0 || len(missing) > 0 {
			t.Errorf("%d calls were repeated; these events lack one: %v", repeated, missing)
		}
	})
}
