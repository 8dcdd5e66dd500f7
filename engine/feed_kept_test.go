package engine

import (
	"testing"
	"time"

	"paceline"
)

// TestFeedKeepsFiveMinutes is D-33: who comes back within five minutes hears all that was missed, however much it was within
// the bounds; else it is told to read anew.
func TestFeedKeepsFiveMinutes(t *testing.T) {
	now := paceline.ToMicros(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	f := newFeed(now.Time())
	listen := func(account int64, last string) *LiveStream {
		s := &LiveStream{feed: &f, account: account, events: make(chan LiveEvent, feedAhead), clock: paceline.SystemClock{}}
		if !f.join(s, last, now) {
			t.Fatal("the feed is closed")
		}
		return s
	}
	publish := func(account int64, n int) {
		f.publish(account, now, func() []LiveEvent { return make([]LiveEvent, n) })
	}
	back := func(account int64, last string) (int, bool) {
		s := listen(account, last)
		s.leave(now)
		return len(s.Missed), s.Reset
	}
	s := listen(1, "")
	publish(1, 1)
	first := (<-s.events).ID
	s.leave(now)
	publish(1, 20_000)
	now = now.Add(feedKept)
	if n, reset := back(1, first); n != 20_000 || reset {
		t.Errorf("after five minutes: %d of 20,000 events, reset %v", n, reset)
	}
	now = now.Add(time.Second)
	publish(1, 1)
	if n, reset := back(1, first); n != 0 || !reset {
		t.Errorf("later: %d events, reset %v", n, reset)
	}
	if f.kept != 1 || len(f.topics[1].events) != 1 {
		t.Errorf("%d events are kept beyond five minutes", f.kept)
	}

	// A bound is reached: memory stays, and who asks for what is gone reads anew.
	s = listen(2, "")
	publish(2, 1)
	first = (<-s.events).ID
	s.leave(now)
	publish(2, feedEvents-1)
	if n, reset := back(2, first); n != feedEvents-1 || reset {
		t.Errorf("at the bound: %d events, reset %v", n, reset)
	}
	publish(2, 1)
	if n, reset := back(2, first); n != 0 || !reset {
		t.Errorf("beyond the bound: %d events, reset %v", n, reset)
	}
	for account := int64(3); account < 40; account++ {
		listen(account, "").leave(now)
		publish(account, feedEvents/2)
	}
	kept := 0
	for _, topic := range f.topics {
		kept += len(topic.events)
	}
	if kept != f.kept || kept > feedAll {
		t.Errorf("%d events are kept, %d counted, of %d", kept, f.kept, feedAll)
	}
	now = now.Add(feedKept + time.Second)
	listen(99, "")
	if f.kept != 0 || len(f.topics) != 1 {
		t.Errorf("%d events of %d accounts are kept for nobody", f.kept, len(f.topics))
	}
}

// TestFeedOfAQuietTransaction: what others did, however long ago, does not make the listener of one transaction read anew.
func TestFeedOfAQuietTransaction(t *testing.T) {
	t.Parallel()
	now := paceline.Micros(1 << 50)
	old := now.Add(-feedKept - time.Second)
	topic := topic{last: 3, events: []LiveEvent{{seq: 1, run: 7, At: old}, {seq: 2, run: 8, At: old}, {seq: 3, run: 7, At: now}}}
	if missed, lost := topic.since("e", "e-1", 7, now); lost || len(missed) != 1 || missed[0].seq != 3 {
		t.Errorf("missed %v, lost %v", missed, lost)
	}
	if _, lost := topic.since("e", "e-1", 8, now); !lost {
		t.Error("an old event of the transaction itself is told after its time")
	}
}

// TestPlaceOfAQuietListener: who listens to one transaction while others are busy has a place that moves with them, so that it
// need not read anew when it comes back.
func TestPlaceOfAQuietListener(t *testing.T) {
	now := paceline.ToMicros(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	f := newFeed(now.Time())
	listen := func(last string) *LiveStream {
		s := &LiveStream{feed: &f, account: 1, events: make(chan LiveEvent, feedAhead), clock: paceline.SystemClock{}}
		if !f.join(s, last, now) {
			t.Fatal("the feed is closed")
		}
		return s
	}
	quiet := &LiveStream{feed: &f, account: 1, run: 7, events: make(chan LiveEvent, feedAhead), clock: paceline.SystemClock{}}
	f.join(quiet, "", now)
	was := quiet.Place()
	for range 3 {
		f.publish(1, now, func() []LiveEvent { return make([]LiveEvent, feedEvents) })
		now = now.Add(feedKept)
	}
	place := quiet.Place()
	for from, want := range map[string]bool{was: true, place: false} {
		if s := listen(from); s.Reset != want || len(s.Missed) > 0 {
			t.Errorf("back from %s: reset %v, want %v, %d events", from, s.Reset, want, len(s.Missed))
		}
	}
	f.publish(1, now, func() []LiveEvent { return []LiveEvent{{run: 7}} })
	if got := quiet.Place(); got != "" {
		t.Errorf("its place is %s before it has heard what waits", got)
	}
	ev := <-quiet.events
	if got := quiet.Place(); got != ev.ID {
		t.Errorf("its place is %s behind %s", got, ev.ID)
	}
	if quiet.leave(now); quiet.Place() != "" {
		t.Error("a closed stream has a place")
	}
}
