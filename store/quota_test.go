package store

import "testing"

// TestTellQuota: of two that have read the same and tell a share, one is first; another month is told anew.
func TestTellQuota(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		scope := scopeOf(newFixture(t, s, 1).cycles[0])
		for i, c := range []struct {
			was, now QuotaTold
			first    bool
		}{
			{QuotaTold{}, QuotaTold{80, 5}, true},
			{QuotaTold{}, QuotaTold{100, 5}, false},
			{QuotaTold{80, 5}, QuotaTold{100, 5}, true},
			{QuotaTold{80, 5}, QuotaTold{100, 5}, false},
			{QuotaTold{100, 4}, QuotaTold{80, 6}, false},
			{QuotaTold{100, 5}, QuotaTold{80, 6}, true},
		} {
			var first bool
			err := s.InTx(t.Context(), scope, func(tx *Tx) (err error) {
				first, err = tx.TellQuota(scope, 1, c.was, c.now)
				return err
			})
			if err != nil || first != c.first {
				t.Errorf("%d: first %v, %v", i, first, err)
			}
		}
	})
}
