package catalog_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/internal/limiter"
	"paceline/store"
	"paceline/store/storetest"
)

// TestSharedLimits: several nodes together never make more calls in a window than the vendor allows the app.
func TestSharedLimits(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		s, clock := open(t), &moving{}
		nodes := []*catalog.SharedLimits{catalog.NewSharedLimits(s, clock), catalog.NewSharedLimits(s, clock)}
		limit := limiter.Limit{Key: limiter.Key{Scope: "partner", Owner: 1, Name: "app acme"}, Requests: 50, Per: time.Hour}
		other := limit
		other.Key.Owner = 2
		var made atomic.Int32
		var all sync.WaitGroup
		for i := range 80 {
			all.Go(func() {
				at, err := nodes[i%2].Take(t.Context(), limit)
				switch {
				case err != nil:
					t.Error(err)
				case at.IsZero():
					made.Add(1)
				case !at.Equal(start.Truncate(time.Hour).Add(time.Hour)):
					t.Errorf("asked to come back at %v", at)
				}
			})
		}
		all.Wait()
		// What one node has taken and not used by then is not there for the other.
		if n := made.Load(); n < 47 || n > 50 {
			t.Errorf("%d calls of 50 were made", n)
		}
		if at, err := nodes[0].Take(t.Context(), other); err != nil || !at.IsZero() {
			t.Errorf("another partner waits until %v, %v", at, err)
		}
		clock.pass(time.Hour)
		if at, err := catalog.NewSharedLimits(s, clock).Take(t.Context(), limit); err != nil || !at.IsZero() {
			t.Errorf("the next window: %v, %v", at, err)
		}
	})
}

// TestForecast: thirty transactions want a vendor that takes ten calls a minute; the forecast says when the last one
// will have been served.
func TestForecast(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t), "limits: [{id: slow, requests: 10, per: 1m}]\n")
		h.Attach(h.runtimes[0])
		h.authenticate(t, nil)
		e, _, address := h.runs(t)
		now, err := h.Forecast(t.Context(), h.p, h.root, h.ac.ID)
		must(t, err)
		if now.Calls != 0 || now.ThroughAt != paceline.ToMicros(h.clock.Now()) {
			t.Errorf("without a backlog: %+v", now)
		}
		h.send(t, e, address, 30)
		for range 300 { // ten are served at once, the others wait
			if f, err := h.Forecast(t.Context(), h.p, h.root, h.ac.ID); err != nil || f.Calls == 20 {
				must(t, err)
				if want := paceline.ToMicros(start.Add(2 * time.Minute)); f.ThroughAt != want {
					t.Errorf("through at %v, want %v", f.ThroughAt.Time(), want.Time())
				}
				return
			}
			settle(50 * time.Millisecond)
		}
		f, err := h.Forecast(t.Context(), h.p, h.root, h.ac.ID)
		t.Errorf("the backlog is %+v, %v", f, err)
	})
}
