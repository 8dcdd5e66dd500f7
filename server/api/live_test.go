package api_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/server/api"
	"paceline/store"
	"paceline/store/storetest"
)

// liveHouse serves live progress with short times.
type liveHouse struct {
	*house
	server  *httptest.Server
	account paceline.Account
}

func newLiveHouse(t *testing.T, s *store.Store, limits api.LiveLimits) *liveHouse {
	h := &liveHouse{house: newHouse(t, s)}
	rooms := h.rooms
	rooms.Live = limits
	h.server = httptest.NewServer(api.New(rooms))
	t.Cleanup(h.server.Close)
	partners, err := rooms.Tenant.Partners(t.Context())
	must(t, err)
	h.account, err = rooms.Tenant.GetAccount(t.Context(), paceline.SystemPrincipalOf(partners[0].Num), "northwind")
	must(t, err)
	return h
}

// stream opens the account's stream and returns its lines, and the answer.
func (h *liveHouse) stream(t *testing.T, as, last string) (*http.Response, <-chan string, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, h.server.URL+"/v1.0/account/live", nil)
	must(t, err)
	h.authorize(t, q, as)
	q.Header.Set("X-Cyclr-Account", "northwind")
	if last != "" {
		q.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(q)
	must(t, err)
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		defer resp.Body.Close()
		for scanner := bufio.NewScanner(resp.Body); scanner.Scan(); {
			if scanner.Text() != "" {
				lines <- scanner.Text()
			}
		}
	}()
	return resp, lines, cancel
}

// next waits for a line that begins with the text, and says whether there was one before the stream ended.
func next(t *testing.T, lines <-chan string, prefix string) (string, bool) {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case line, open := <-lines:
			if !open || strings.HasPrefix(line, prefix) {
				return line, open
			}
		case <-timeout:
			t.Fatalf("no line begins with %q", prefix)
		}
	}
}

func TestLiveStream(t *testing.T) {
	t.Parallel()
	h := newLiveHouse(t, storetest.Open(t, storetest.SQLite(t)), api.LiveLimits{Comment: 20 * time.Millisecond})
	change := func() {
		h.rooms.Engine.CycleChanged(t.Context(), paceline.Cycle{ID: paceline.NewID(time.Now()), Partner: h.account.Partner, Account: h.account.Num, Root: h.account.Root, State: paceline.CyclePaused})
	}
	resp, lines, leave := h.stream(t, "partner", "")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("%d, headers %v", resp.StatusCode, resp.Header)
	}
	next(t, lines, ": ready")
	before, _ := next(t, lines, "id: ")
	change()
	id := before
	for id == before { // comments say it again
		id, _ = next(t, lines, "id: ")
	}
	name, _ := next(t, lines, "event: ")
	data, _ := next(t, lines, "data: ")
	if name != "event: cycle" || !strings.Contains(data, `"Status":"Paused"`) || !strings.Contains(data, `"CycleId":"`) {
		t.Errorf("%s, %s, %s", id, name, data)
	}
	if _, open := next(t, lines, ": still here"); !open {
		t.Error("the stream ended")
	}
	if place, _ := next(t, lines, "id: "); place != id {
		t.Errorf("a comment behind %s has %s", id, place)
	}
	leave()
	for range lines { // until the server has let go
	}
	change()
	_, lines, _ = h.stream(t, "partner", strings.TrimPrefix(id, "id: "))
	if missed, _ := next(t, lines, "id: "); missed == id || missed == "" {
		t.Errorf("after %s came %s", id, missed)
	}
	_, lines, _ = h.stream(t, "partner", "an-9")
	if name, _ := next(t, lines, "event: "); name != "event: reset" {
		t.Errorf("after an unknown id came %s", name)
	}
}

// TestLiveStreamIsGuarded: nobody listens without a right, more than 20 times, or longer than the right lasts.
func TestLiveStreamIsGuarded(t *testing.T) {
	t.Parallel()
	h := newLiveHouse(t, storetest.Open(t, storetest.SQLite(t)), api.LiveLimits{PerCaller: 2, Authorise: 20 * time.Millisecond})
	for as, want := range map[string]int{"none": 401, "wrong": 401, "other": 401, "expired": 401} {
		if resp, _, _ := h.stream(t, as, ""); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", as, resp.StatusCode, want)
		}
	}
	_, first, leave := h.stream(t, "partner", "")
	next(t, first, ": ready")
	_, second, _ := h.stream(t, "partner", "")
	next(t, second, ": ready")
	if resp, _, _ := h.stream(t, "partner", ""); resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("a third stream of two: %d, headers %v", resp.StatusCode, resp.Header)
	}
	resp, restricted, _ := h.stream(t, "restricted", "")
	if resp.StatusCode != 200 {
		t.Errorf("another caller: %d", resp.StatusCode)
	}
	leave()
	for range first {
	}
	h.clock.move(15 * 24 * time.Hour) // tokens last 14 days
	for _, lines := range []<-chan string{second, restricted} {
		if line, open := next(t, lines, "never"); open {
			t.Errorf("it goes on with %q", line)
		}
	}
}
