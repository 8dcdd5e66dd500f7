package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline"
)

// TestHolds: a hold is as long as the longest that was told, and goes once the remote takes calls again.
func TestHolds(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		newFixture(t, s, 1)
		now := paceline.ToMicros(s.clock.Now())
		hold := paceline.ConnectorHold{Partner: 1, Root: 1, Connector: 7, Until: now + 60e6, Since: now, Refusals: 1}
		shorter := hold
		shorter.Until, shorter.Refusals = now+30e6, 2
		for _, h := range []paceline.ConnectorHold{hold, shorter} {
			if err := s.SaveHold(t.Context(), h); err != nil {
				t.Fatal(err)
			}
		}
		holds := func(at, since paceline.Micros) []paceline.ConnectorHold {
			t.Helper()
			list, err := s.Holds(t.Context(), at, since)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		want := []paceline.ConnectorHold{hold}
		want[0].Refusals = 2
		if diff := cmp.Diff(want, holds(now, now)); diff != "" {
			t.Error(diff)
		}
		if list := holds(now+60e6, now-1); len(list) != 1 {
			t.Error("a row of refusals is forgotten when the hold is over")
		}
		if list := holds(now+60e6, now); len(list) != 0 {
			t.Errorf("a hold that is over counts: %v", list)
		}
		if err := s.SaveHold(t.Context(), paceline.ConnectorHold{Partner: hold.Partner, Root: hold.Root, Connector: 7, Since: now}); err != nil {
			t.Fatal(err)
		}
		if list := holds(0, 0); len(list) != 0 {
			t.Errorf("what holds nothing is kept: %v", list)
		}
	})
}
