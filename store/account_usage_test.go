package store

import (
	"testing"

	"paceline"
)

func TestAccountUsage(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		scope := paceline.Scope{Partner: 1, Account: 7}
		err := s.InTx(t.Context(), paceline.Scope{}, func(tx *Tx) error {
			for _, row := range [][]any{ // account, day, cycle, connector, method, partner, ok, incident
				{7, 99, 1, 1, 1, 1, 1, 0}, // the day before
				{7, 100, 1, 1, 1, 1, 10, 2},
				{7, 100, 2, 1, 1, 1, 20, 3},
				{7, 101, 1, 1, 1, 1, 40, 4},
				{7, 102, 1, 1, 1, 1, 80, 5},  // the day after
				{8, 100, 3, 1, 1, 1, 160, 6}, // its sub account
			} {
				if _, err := tx.exec(`INSERT INTO usage_day (account_id, day, cycle_num, connector, method, partner_id, ok, incident)
					VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, row...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			scope    paceline.Scope
			from, to int32
			want     paceline.Usage
		}{
			{scope, 100, 102, paceline.Usage{OK: 70, Incident: 9}},
			{scope, 100, 100, paceline.Usage{}},
			{scope, 0, 99, paceline.Usage{}},
			{paceline.Scope{Partner: 2, Account: 7}, 100, 102, paceline.Usage{}},
		} {
			var got paceline.Usage
			err := s.Read(t.Context(), func(tx *Tx) (err error) {
				got, err = tx.AccountUsage(c.scope, c.from, c.to)
				return err
			})
			if err != nil || got != c.want {
				t.Errorf("usage of %+v from %d to %d: %+v, %v; want %+v", c.scope, c.from, c.to, got, err, c.want)
			}
		}
	})
}
