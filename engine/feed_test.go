package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// told writes events as a line each, of which ids and times are left out.
func told(events ...engine.LiveEvent) (out []string) {
	for _, ev := range events {
		switch {
		case ev.Transaction != nil:
			out = append(out, "transaction "+string(ev.Transaction.Status))
		case ev.Step != nil:
			out = append(out, strings.TrimSpace(fmt.Sprintf("step %s %s %s", ev.Step.Name, stateNames[ev.Step.State], ev.Step.Problem)))
		case ev.Cycle != nil:
			out = append(out, "cycle "+ev.Cycle.State.Wire())
		}
	}
	return out
}

// heard takes what waits in the stream.
func heard(s *engine.LiveStream) (events []engine.LiveEvent) {
	for {
		select {
		case ev, open := <-s.Events:
			if !open {
				return events
			}
			events = append(events, ev)
		default:
			return events
		}
	}
}

func (h *noticeHouse) listen(t *testing.T, transaction paceline.ID, last string) *engine.LiveStream {
	t.Helper()
	s, err := h.engine.Listen(t.Context(), h.principal(), h.account, "", transaction, last)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLiveProgress(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, address string) {
		s := h.listen(t, "", "")
		h.fail(t, address)
		synctest.Wait()
		first := heard(s)
		want := []string{"transaction Queued", "step create failed Failed to call the method", "transaction Errored"}
		if got := told(first...); !slices.Equal(got, want) || s.Reset {
			t.Errorf("heard %q, want %q", got, want)
		}
		// One that was away hears what it missed, and only of the transaction that it asks for.
		id := first[0].Transaction.ID
		s.Close()
		h.fail(t, address)
		synctest.Wait()
		back := h.listen(t, "", first[0].ID)
		if got := told(back.Missed...); !slices.Equal(got, append(slices.Clone(want[1:]), want...)) || back.Reset {
			t.Errorf("missed %q, reset %v", got, back.Reset)
		}
		one := h.listen(t, id, first[0].ID)
		if got := told(one.Missed...); !slices.Equal(got, want[1:]) || one.Reset {
			t.Errorf("of one transaction it missed %q, reset %v", got, one.Reset)
		}
		h.fail(t, address)
		synctest.Wait()
		if got := told(heard(one)...); got != nil {
			t.Errorf("of one transaction it heard %q", got)
		}
		for name, last := range map[string]string{"nonsense": "x", "another process": "abc-1", "of the future": strings.Split(first[0].ID, "-")[0] + "-999"} {
			if s := h.listen(t, "", last); !s.Reset || s.Missed != nil {
				t.Errorf("%s: reset %v, missed %q", name, s.Reset, told(s.Missed...))
			}
		}
		time.Sleep(6 * time.Minute)
		if s := h.listen(t, "", first[0].ID); !s.Reset {
			t.Error("six minutes later events are still resumed")
		}
		if _, err := h.engine.Listen(t.Context(), h.principal(), h.account, "", paceline.NewID(time.Now()), ""); paceline.KindOf(err) != paceline.NotFound {
			t.Errorf("an unknown transaction: %v", err)
		}
	})
}

// TestSlowListenerIsDropped: who does not read is let go, and nobody waits for it.
func TestSlowListenerIsDropped(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, address string) {
		slow := h.listen(t, "", "")
		for range 100 { // three events each
			h.fail(t, address)
			synctest.Wait()
		}
		events := heard(slow)
		if _, open := <-slow.Events; open || len(events) != 256 {
			t.Errorf("it heard %d events, open %v", len(events), open)
		}
		slow.Close()
		back := h.listen(t, "", events[len(events)-1].ID)
		if len(back.Missed) != 300-256 || back.Reset {
			t.Errorf("back again it missed %d events, reset %v", len(back.Missed), back.Reset)
		}
		h.engine.Stop(noTime)
		if _, open := <-back.Events; open {
			t.Error("a stop leaves streams open")
		}
		if _, err := h.engine.Listen(t.Context(), h.principal(), h.account, "", "", ""); paceline.KindOf(err) != paceline.Unavailable {
			t.Errorf("a stream while the server stops: %v", err)
		}
	})
}

// TestLiveProgressOnBothDatabases: what is told is on the disk.
func TestLiveProgressOnBothDatabases(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := openNoticeHouse(t.Context(), open(t))
		h.startNoticing(t.Context())
		defer h.engine.Stop(noTime)
		s := h.listen(t, "", "")
		h.fail(t, h.failing(t))
		for range 3 {
			select {
			case ev := <-s.Events:
				if ev.Transaction == nil {
					continue
				}
				got, err := h.engine.Transaction(t.Context(), h.principal(), h.account, "", ev.Transaction.ID)
				if err != nil || ev.Transaction.Status == engine.StatusErrored && got.Status != engine.StatusErrored {
					t.Errorf("told %s, stored %s, %v", ev.Transaction.Status, got.Status, err)
				}
			case <-time.After(time.Minute):
				t.Fatal("nothing is told")
			}
		}
	})
}
