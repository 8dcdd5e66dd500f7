package limiter

import (
	"testing"
	"testing/synctest"
	"time"

	"paceline"
)

// TestBreaker walks through the life of one: closed, open, tried in vain, closed again.
func TestBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBreakers(paceline.SystemClock{})
		dead, alive := Key{Scope: "reach", Name: "dead"}, Key{Scope: "reach", Name: "alive"}
		may := func(key Key, want bool) {
			t.Helper()
			if _, ok := b.Allow(key); ok != want {
				t.Errorf("a call of %s may be made: %t", key.Name, ok)
			}
		}
		early := time.Now()
		for range breakAfter - 1 {
			may(dead, true)
			b.Done(dead, time.Now(), Silent)
		}
		b.Done(dead, time.Now(), Answered)
		for range breakAfter {
			may(dead, true)
			b.Done(dead, time.Now(), Silent)
		}
		may(dead, false)
		may(alive, true)
		b.Done(dead, early, Silent) // was on its way when the pause began
		if until, _ := b.Allow(dead); !until.Equal(time.Now().Add(firstBreak)) {
			t.Errorf("it ends at %v", until)
		}
		time.Sleep(firstBreak)
		may(dead, true) // the one that tries
		may(dead, false)
		b.Done(dead, time.Now(), Unknown) // given up
		may(dead, true)
		b.Done(dead, time.Now(), Silent)
		time.Sleep(firstBreak)
		may(dead, false) // the pause is twice as long
		time.Sleep(firstBreak)
		may(dead, true)
		b.Done(dead, time.Now(), Answered)
		for range 3 {
			may(dead, true)
		}
		for range 20 {
			b.Done(dead, time.Now(), Silent)
		}
		time.Sleep(2 * time.Hour)
		may(alive, true)
		if len(b.byKey) != 0 {
			t.Errorf("%d are remembered", len(b.byKey))
		}
	})
}
