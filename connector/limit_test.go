package connector_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/internal/egress"
	"paceline/internal/limiter"
	"paceline/mapping"
)

const limitedDefinition = head + `
limits:
  - {id: burst, requests: 2, per: 10s}
  - {id: search, scope: method, requests: 1, per: 1m, tags: [search]}
  - {id: whole, scope: app, requests: 1000, per: 1h, tags: [search]}
throttle: {remaining: X-Left, reset: X-Reset, resetFormat: seconds, retryAfter: X-Retry, statuses: [420], usage: X-Usage, pause: 2m}
methods:
  - {id: get, name: Get, request: {method: GET, path: /get}}
  - {id: find, name: Find, tags: [search], request: {method: GET, path: /find}}
  - {id: locate, name: Locate, tags: [search], request: {method: GET, path: /find}}
`

// hold calls a method and tells what became of it in one line.
func (b *bundle) hold(method string) string {
	_, failed := b.call(method)
	switch {
	case failed == nil:
		return "ok"
	case failed.Class != connector.ClassThrottled:
		return failed.Error()
	case failed.Waiting:
		return fmt.Sprintf("waits %v: %s", failed.RetryAfter, strings.TrimSuffix(failed.Detail, "."))
	}
	return fmt.Sprintf("refused %v", failed.RetryAfter)
}

// TestLimits plays calls, "+" steps of time and what becomes of each.
func TestLimits(t *testing.T) {
	t.Parallel()
	burst := "The call waits for the limit burst of the connector"
	held := "The connector takes no calls at the moment; the call waits"
	fine := connectortest.JSON(200, "{}")
	cases := []struct {
		name    string
		answers []connectortest.Behaviour
		play    string
		want    []string
		calls   int
	}{
		{"requests per window", nil, "get get get get +10s get", []string{"ok", "ok", "waits 10s: " + burst, "waits 15s: " + burst, "ok"}, 3},
		{"per method", nil, "find find locate +10s get", []string{"ok", "waits 1m0s: The call waits for the limit search of the connector", "ok", "ok"}, 3},
		{"a refusal holds all methods of the credential", []connectortest.Behaviour{connectortest.Throttle("7"), fine}, "get find +7s find", []string{"refused 7s", "waits 7s: " + held, "ok"}, 2},
		{"repeated refusals without a time", []connectortest.Behaviour{connectortest.Throttle("")}, "get +60s get +120s get", []string{"refused 1m0s", "refused 2m0s", "refused 5m0s"}, 3},
		{"none is left", []connectortest.Behaviour{connectortest.Raw(200, "application/json", "{}", "X-Left: 0", "X-Reset: 30"), fine}, "get get +30s get", []string{"ok", "waits 30s: " + held, "ok"}, 2},
		{"some are left", []connectortest.Behaviour{connectortest.Raw(200, "application/json", "{}", "X-Left: 1", "X-Reset: 30"), fine}, "get get", []string{"ok", "ok"}, 2},
		{"all are used", []connectortest.Behaviour{connectortest.Raw(200, "application/json", "{}", "X-Usage: api-usage=9/5000, per-app-api-usage=250/250(appName=x)"), fine}, "get get +2m get", []string{"ok", "waits 2m0s: " + held, "ok"}, 2},
		{"some are not used", []connectortest.Behaviour{connectortest.Raw(200, "application/json", "{}", "X-Usage: api-usage=249/250"), fine}, "get get", []string{"ok", "ok"}, 2},
		{"a refusal when all are used", []connectortest.Behaviour{connectortest.Raw(429, "application/json", "{}", "X-Usage: api-usage=250/250")}, "get", []string{"refused 2m0s"}, 1},
		{"a refusal with a time of reset", []connectortest.Behaviour{connectortest.Raw(429, "application/json", "{}", "X-Reset: 40")}, "get", []string{"refused 40s"}, 1},
		{"a header of its own", []connectortest.Behaviour{connectortest.Raw(429, "application/json", "{}", "X-Retry: 3", "Retry-After: 9")}, "get", []string{"refused 3s"}, 1},
		{"a status of its own", []connectortest.Behaviour{connectortest.Raw(420, "application/json", "{}", "Retry-After: 9")}, "get", []string{"refused 9s"}, 1},
		{"repeats of one try count", []connectortest.Behaviour{connectortest.JSON(500, "{}")}, "get", []string{"Failed to call the method (retry)"}, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setupText(t, limitedDefinition)
			for _, path := range []string{"/get", "/find"} {
				if c.answers == nil {
					b.remote.On(path, fine)
				} else if path == "/get" {
					b.remote.On(path, c.answers...)
				} else {
					b.remote.On(path, fine)
				}
			}
			var got []string
			for _, word := range strings.Fields(c.play) {
				if d, err := time.ParseDuration(strings.TrimPrefix(word, "+")); err == nil {
					b.clock.now = b.clock.now.Add(d)
					continue
				}
				got = append(got, b.hold(word))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := len(b.remote.Received()); n != c.calls {
				t.Errorf("%d calls were sent, want %d", n, c.calls)
			}
		})
	}
}

// TestResetInSecondsOrNot: a time of reset counts in the unit that it can only be in.
func TestResetInSecondsOrNot(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"epoch_s", "epoch_ms"} {
		b := setupText(t, strings.Replace(limitedDefinition, "resetFormat: seconds", "resetFormat: "+format, 1))
		at := b.clock.now.Add(40 * time.Second).Truncate(time.Second)
		b.remote.On("/get", connectortest.Raw(429, "application/json", "{}", fmt.Sprint("X-Reset: ", at.UnixMilli())))
		if got := b.hold("get"); got != "refused "+at.Sub(b.clock.now).String() {
			t.Errorf("%s: %s", format, got)
		}
	}
}

// TestLimitOfAProperty takes the number of a limit from the account connector, and the definition's own for a value that is none.
func TestLimitOfAProperty(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("properties: [", "properties: [{name: Calls, scope: account}, ", "requests: 2, per: 10s", "requests: 2, per: 10s, property: Calls").Replace(limitedDefinition)
	for value, calls := range map[string]int{"3": 3, " 1 ": 1, "": 2, "many": 2, "0": 2, "-1": 2} {
		b := setupText(t, text)
		b.remote.On("/get", connectortest.JSON(200, "{}"))
		b.instance = &connector.Instance{Compiled: b.compiled, AuthValue: b.instance.AuthValue, Properties: map[string]string{"BaseUrl": b.remote.URL, "Calls": value}}
		for range 5 {
			b.hold("get")
		}
		if n := len(b.remote.Received()); n != calls {
			t.Errorf("%q: %d calls were sent, want %d", value, n, calls)
		}
	}
	for broken, want := range map[string]string{
		"requests: 2, per: 10s, property: Other":                 "not a property",
		"requests: 2, per: 10s, property: Calls, scope: app":     "shared by account connectors",
		"requests: 2, per: 10s, concurrency: 1, property: Calls": "has not one number",
	} {
		problems := connector.Lint("x", []byte(strings.Replace(text, "requests: 2, per: 10s, property: Calls", broken, 1)))
		if len(problems) != 1 || !strings.Contains(problems[0].Message, want) {
			t.Errorf("%s gives %v, want %q", broken, problems, want)
		}
	}
}

// TestLimitsAreSharedByCredential holds instances that are the same account connector together, and others not.
func TestLimitsAreSharedByCredential(t *testing.T) {
	t.Parallel()
	b := setupText(t, limitedDefinition)
	b.remote.On("/get", connectortest.Throttle("60"), connectortest.JSON(200, "{}"))
	same := &connector.Instance{Compiled: b.compiled, AuthValue: "new", Properties: b.instance.Properties}
	other := &connector.Instance{Compiled: b.compiled, AuthValue: "new", Properties: b.instance.Properties, ID: 7}
	b.hold("get")
	if got := b.runtime.Forecast(same, map[string]int{"get": 3}); got.Sub(b.clock.now) != 70*time.Second {
		t.Error("forecast", got.Sub(b.clock.now))
	}
	b.instance = same
	if got := b.hold("get"); !strings.HasPrefix(got, "waits 1m0s") {
		t.Error(got)
	}
	b.instance = other
	if got := b.hold("get"); got != "ok" {
		t.Error(got)
	}
}

// quota is shared by nodes: it lets two calls through.
type quota struct {
	taken []limiter.Limit
	err   error
	at    time.Time
}

func (q *quota) Take(_ context.Context, l limiter.Limit) (time.Time, error) {
	q.taken = append(q.taken, l)
	if len(q.taken) > 1 {
		return q.at, q.err
	}
	return time.Time{}, nil
}

func TestQuotaOfManyNodes(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	for name, c := range map[string]struct {
		err  error
		want string
	}{"full": {nil, "waits 1m0s: The call waits for the limit whole of the connector"}, "away": {away, "waits 5s: The call waits for the limit whole of the connector"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupText(t, limitedDefinition)
			b.remote.On("/find", connectortest.JSON(200, "{}"))
			q := &quota{at: b.clock.now.Add(time.Minute), err: c.err}
			guard, _ := egress.New(egress.Config{Allow: []string{strings.TrimPrefix(b.remote.URL, "http://")}, Logger: quiet})
			b.runtime = connector.New(connector.Config{Transport: guard.Transport(), Clock: b.clock, Quota: q})
			if got := []string{b.hold("find"), b.hold("locate")}; got[0] != "ok" || got[1] != c.want {
				t.Error(got)
			}
			want := limiter.Limit{Key: limiter.Key{Scope: "app", Name: "whole 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10"}, Requests: 1000, Per: time.Hour}
			if diff := cmp.Diff([]limiter.Limit{want, want}, q.taken); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestQuotaOfALentCredential: a call with another connector's credential counts for that one's limits, however many each has.
func TestQuotaOfALentCredential(t *testing.T) {
	t.Parallel()
	b := setupText(t, limitedDefinition+"  - {id: lend, name: Lend, tags: [search], params: [{name: As, in: credential}], request: {method: GET, path: /find}}\n")
	b.remote.On("/find", connectortest.JSON(200, "{}"))
	other := setupText(t, strings.Replace(head, "6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10", "0b8e3b52-6a37-4a0f-9b0c-6f8f6d0c6a12", 1)+"limits: [{id: theirs, scope: partner, requests: 5, per: 1m}]\nmethods: []\n")
	lent := &connector.Instance{Compiled: other.compiled, AuthValue: "secret-key-2", Properties: map[string]string{"BaseUrl": b.remote.URL}}
	q := &quota{}
	guard, _ := egress.New(egress.Config{Allow: []string{strings.TrimPrefix(b.remote.URL, "http://")}, Logger: quiet})
	b.runtime = connector.New(connector.Config{Transport: guard.Transport(), Clock: b.clock, Quota: q})
	_, err := b.runtime.Call(context.Background(), connector.Call{
		Instance: b.instance, Method: b.compiled.Method("lend"), Inputs: mapping.Inputs{Params: []mapping.Param{{In: "credential", Name: "As", Value: mapping.Value(`"theirs"`)}}},
		Lend: func(context.Context, string) (*connector.Instance, error) { return lent, nil },
	})
	want := limiter.Key{Scope: "partner", Name: "theirs 0b8e3b52-6a37-4a0f-9b0c-6f8f6d0c6a12"}
	if err != nil || len(q.taken) != 1 || q.taken[0].Key != want {
		t.Errorf("taken is %+v, %v", q.taken, err)
	}
}
