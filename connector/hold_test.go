package connector_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/connector"
)

// refusing answers each call with 429 and the next of its times to wait.
type refusing struct{ after []string }

func (r *refusing) RoundTrip(request *http.Request) (*http.Response, error) {
	after := r.after[0]
	r.after = r.after[1:]
	return &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {after}}, Body: io.NopCloser(strings.NewReader("")), Request: request}, nil
}

// lostHolds fails as often as it is told to, and keeps the rest.
type lostHolds struct {
	fails int
	tried int
	kept  []paceline.ConnectorHold
}

func (l *lostHolds) SaveHold(_ context.Context, h paceline.ConnectorHold) error {
	if l.tried++; l.tried <= l.fails {
		return errors.New("the disk is away")
	}
	l.kept = append(l.kept, h)
	return nil
}

// TestHoldThatCannotBeWritten: a hold that could not be made durable holds all the same, and is written again until it is: also when
// the runtime ends before. What is durable in the end is the newest.
func TestHoldThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fails int
		after []string                          // what the remote asks for, one by one
		play  func(call func() string) []string // what comes of calls
		want  []string
		until []time.Duration // of what is durable
		tried int
	}{
		"until it can be": {3, []string{"60"}, func(call func() string) []string {
			first, second := call(), call()
			time.Sleep(5 * time.Second)
			return []string{first, second, call()}
		}, []string{"refused 1m0s", "waits 1m0s", "waits 55s"}, []time.Duration{time.Minute}, 4},
		"at the end":    {1, []string{"60"}, func(call func() string) []string { return []string{call()} }, []string{"refused 1m0s"}, []time.Duration{time.Minute}, 2},
		"not even then": {2, []string{"60"}, func(call func() string) []string { return []string{call()} }, []string{"refused 1m0s"}, nil, 2},
		"the newest": {63, []string{"60", "120"}, func(call func() string) []string {
			first := call()
			time.Sleep(time.Minute + time.Millisecond)
			second := call()
			time.Sleep(5 * time.Second)
			return []string{first, second, call()}
		}, []string{"refused 1m0s", "refused 3m0s", "waits 2m55s"}, []time.Duration{4*time.Minute + time.Millisecond}, 64},
		"no longer than it counts": {1 << 30, []string{"60"}, func(call func() string) []string {
			first := call()
			time.Sleep(connector.HoldRemembered + time.Hour)
			return []string{first}
		}, []string{"refused 1m0s"}, nil, 1 + int(connector.HoldRemembered/time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupText(t, head+`methods: [{id: get, name: Get, request: {method: GET, path: /get}}]`)
			b.instance.Properties["BaseUrl"] = "https://remote.example"
			synctest.Test(t, func(t *testing.T) {
				holds, begun := &lostHolds{fails: tc.fails}, time.Now()
				b.runtime = connector.New(connector.Config{Transport: &refusing{tc.after}, Clock: paceline.SystemClock{}, Holds: holds, Logger: quiet})
				got := tc.play(func() string {
					what, _, _ := strings.Cut(b.hold("get"), ":")
					return what
				})
				if !slices.Equal(got, tc.want) {
					t.Errorf("calls: %q, want %q", got, tc.want)
				}
				synctest.Wait()
				for range 2 {
					if err := b.runtime.Close(); err != nil {
						t.Fatal(err)
					}
				}
				var until []time.Duration
				for _, h := range holds.kept {
					until = append(until, h.Until.Time().Sub(begun))
				}
				if !slices.Equal(until, tc.until) || holds.tried != tc.tried {
					t.Errorf("holds until %v were made durable in %d tries, want %v in %d", until, holds.tried, tc.until, tc.tried)
				}
			})
		})
	}
}
