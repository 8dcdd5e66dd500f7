package connector_test

import (
	"strings"
	"testing"
	"time"

	"paceline/connector"
	"paceline/connector/connectortest"
)

// TestRetry: a definition lowers how often calls are sent, and changes how long is waited in between; it never has more
// sent than the program does.
func TestRetry(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		retry  string
		status int
		sends  int
		waits  time.Duration // at least, and at most half more
	}{
		"nothing is said":          {"", 503, 3, 2500 * time.Millisecond},
		"once":                     {"retry: {attempts: 1}", 503, 1, 0},
		"twice":                    {"retry: {attempts: 2}", 503, 2, 500 * time.Millisecond},
		"never more than three":    {"retry: {attempts: 10, backoff: {base: 1s}}", 503, 3, 3 * time.Second},
		"with short pauses":        {"retry: {backoff: {base: 100ms, max: 150ms}}", 503, 3, 250 * time.Millisecond},
		"with pauses of their own": {"retry: {backoff: {base: 100ms, jitter: none}}", 503, 3, 300 * time.Millisecond},
		"another method":           {"retry: {methods: [PUT]}", 503, 1, 0},
		"the method":               {"retry: {methods: [GET, PUT]}", 503, 3, 2500 * time.Millisecond},
		"another status":           {"retry: {statuses: [500, 502]}", 503, 1, 0},
		"the status":               {"retry: {statuses: [502-504]}", 503, 3, 2500 * time.Millisecond},
		"a status that is no such": {"retry: {statuses: [404]}", 404, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupText(t, strings.TrimSpace(head)+"\n"+c.retry+`
methods:
  - {id: get, name: Get, request: {method: GET, path: /x}}
`)
			b.remote.On("/x", connectortest.JSON(c.status, `{}`))
			began := b.clock.now
			b.runtime.Call(t.Context(), connector.Call{Instance: b.instance, Method: b.compiled.Method("get")})
			if n := len(b.remote.Received()); n != c.sends {
				t.Errorf("%d sends, want %d", n, c.sends)
			}
			if took := b.clock.now.Sub(began); took < c.waits || took > c.waits*3/2 {
				t.Errorf("it waited %v, want %v and a little", took, c.waits)
			}
		})
	}
}

// TestJitter: pauses that are spread fully are any part of the pause, by the call's key, and none are as they are said.
func TestJitter(t *testing.T) {
	t.Parallel()
	took := func(jitter, key string) time.Duration {
		b := setupText(t, strings.TrimSpace(head)+"\nretry: {attempts: 2, backoff: {base: 1s, jitter: "+jitter+"}}\nmethods:\n  - {id: get, name: Get, request: {method: GET, path: /x}}\n")
		b.remote.On("/x", connectortest.JSON(503, `{}`))
		began := b.clock.now
		b.runtime.Call(t.Context(), connector.Call{Instance: b.instance, Method: b.compiled.Method("get"), IdempotencyKey: key})
		return b.clock.now.Sub(began)
	}
	if exact := took("none", "a"); exact != time.Second {
		t.Errorf("without spread it waits %v", exact)
	}
	seen := map[time.Duration]bool{}
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		d := took("full", key)
		if seen[d] = true; d >= time.Second {
			t.Errorf("spread fully it waits %v", d)
		}
	}
	if len(seen) < 4 {
		t.Errorf("six calls wait %d different times", len(seen))
	}
}
