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
