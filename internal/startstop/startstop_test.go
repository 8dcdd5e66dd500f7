package startstop

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServiceStopWaits(t *testing.T) {
	t.Parallel()
	running, ended := make(chan struct{}), false
	s := &Service{Name: "loop", Run: func(ctx context.Context) error {
		close(running)
		<-ctx.Done()
		ended = true
		return ctx.Err()
	}, Failed: func(string, error) { t.Error("a stop is no failure") }}
	start, cancel := context.WithCancel(t.Context())
	if err := s.Start(start); err != nil {
		t.Fatal(err)
	}
	cancel() // bounds the start, not the run
	<-running
	if err := s.Start(t.Context()); err == nil {
		t.Error("a second start was taken")
	}
	s.Stop()
	if !ended {
		t.Error("Stop returned before Run")
	}
	s.Stop()
	(&Service{}).Stop()
}

func TestServiceThatEndsByItself(t *testing.T) {
	t.Parallel()
	boom, told := errors.New("boom"), make(chan error, 1)
	s := &Service{Name: "loop", Run: func(context.Context) error { return boom },
		Failed: func(name string, err error) { told <- err }}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-told; !errors.Is(err, boom) {
		t.Errorf("told %v, want boom", err)
	}
	s.Stop()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&Service{}).Start(ended); err == nil {
		t.Error("a start after the end of its context was taken")
	}
}

func TestGroup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		fail string
		want string
	}{
		{"all", "", "+a +b +c -c -b -a"},
		{"second fails", "b", "+a +b -b -a"},
		{"first fails", "a", "+a -a"},
	} {
		var trace []string
		var g Group
		for _, name := range []string{"a", "b", "c"} {
			g.Add(Func(name, func(context.Context) error {
				trace = append(trace, "+"+name)
				if name == c.fail {
					return errors.New("no")
				}
				return nil
			}, func() { trace = append(trace, "-"+name) }))
		}
		err := g.Start(t.Context())
		if (err != nil) != (c.fail != "") || err != nil && err.Error() != c.fail+": no" {
			t.Errorf("%s: got %v", c.name, err)
		}
		g.Stop()
		g.Stop()
		if want := strings.Fields(c.want); !slices.Equal(trace, want) {
			t.Errorf("%s: got %v, want %v", c.name, trace, want)
		}
	}
}
