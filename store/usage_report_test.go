package store

import (
	"fmt"
	"strings"
	"testing"

	"paceline"
)

func TestUsageReport(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		err := s.InTx(t.Context(), paceline.Scope{}, func(tx *Tx) error {
			for _, row := range [][]any{ // account, day, cycle, connector, method, partner, ok, incident
				{7, 99, 1, 1, 1, 1, 1, 0}, // the day before
				{7, 100, 1, 1, 1, 1, 10, 2},
				{7, 100, 2, 1, 2, 1, 20, 3},
				{8, 101, 3, 2, 3, 1, 40, 4},
				{7, 102, 1, 1, 1, 1, 80, 5},  // the day after
				{9, 100, 4, 1, 1, 2, 160, 6}, // another partner's
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
			account int64
			by      []UsageBy
			want    string // day/account/cycle/connector/method ok+incident
		}{
			{0, []UsageBy{UsageByDay}, "100/0/0/0/0 30+5, 101/0/0/0/0 40+4"},
			{0, []UsageBy{UsageByAccount}, "0/7/0/0/0 30+5, 0/8/0/0/0 40+4"},
			{7, []UsageBy{UsageByDay, UsageByCycle}, "100/0/1/0/0 10+2, 100/0/2/0/0 20+3"},
			{0, []UsageBy{UsageByConnector, UsageByMethod}, "0/0/0/1/1 10+2, 0/0/0/1/2 20+3, 0/0/0/2/3 40+4"},
			{6, []UsageBy{UsageByDay}, ""},
		} {
			var rows []UsageRow
			err := s.Read(t.Context(), func(tx *Tx) (err error) {
				rows, err = tx.UsageReport(paceline.Scope{Partner: 1, Account: c.account}, c.by, 100, 101, UsageInOrder)
				return err
			})
			var got []string
			for _, r := range rows {
				got = append(got, fmt.Sprintf("%d/%d/%d/%d/%d %d+%d", r.Day, r.Account, r.Cycle, r.Connector, r.Method, r.OK, r.Incident))
			}
			if err != nil || strings.Join(got, ", ") != c.want {
				t.Errorf("account %d by %v: %q, %v; want %q", c.account, c.by, got, err, c.want)
			}
		}
	})
}
