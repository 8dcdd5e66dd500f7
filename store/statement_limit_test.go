package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"paceline"
)

const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) `

// TestStatementsOfRequestsEnd is S-046: a statement of a request ends by itself, whoever waits for it, and takes nothing else along.
func TestStatementsOfRequestsEnd(t *testing.T) {
	t.Parallel()
	if limitOf(OfRequest(t.Context())) != 10*time.Second || limitOf(t.Context()) != 0 {
		t.Error("requests have another limit, or everything has")
	}
	eachStore(t, func(t *testing.T, s *Store) {
		all, cancel := context.WithTimeout(t.Context(), 30*time.Second) // so that a failure ends
		defer cancel()
		short := context.WithValue(all, limitKey{}, 20*time.Millisecond)
		ended := func(what string, err error) {
			t.Helper()
			if paceline.KindOf(err) != paceline.Unavailable || !errors.Is(err, errStatementLimit) || all.Err() != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		ended("a read", s.Read(short, func(tx *Tx) error {
			_, err := tx.one(endless+`SELECT count(*) FROM n`, nil, func(*Row) {})
			return err
		}))
		ended("a read in a transaction", s.InTx(short, system, func(tx *Tx) error {
			_, err := tx.one(endless+`SELECT count(*) FROM n`, nil, func(*Row) {})
			return err
		}))
		ended("a write", s.InTx(short, system, func(tx *Tx) error {
			_, err := tx.exec(`INSERT INTO farewell (id, partner_id, account_id, account_connector_id, sealed, due_at, tries, created_at) ` +
				endless + `SELECT 'x', 1, 1, 1, NULL, i, 0, 0 FROM n WHERE i < 0`)
			return err
		}))
		for _, ctx := range []context.Context{all, OfRequest(all)} { // on the same connections
			for range 5 {
				err := s.InTx(ctx, system, func(tx *Tx) error {
					_, err := tx.exec(`DELETE FROM farewell WHERE id = $1`, "x")
					return err
				})
				if err == nil {
					err = s.Read(ctx, func(tx *Tx) error {
						_, err := tx.one(`SELECT count(*) FROM farewell`, nil, func(*Row) {})
						return err
					})
				}
				if err != nil {
					t.Error(err)
				}
			}
		}
		gone, leave := context.WithCancel(OfRequest(all))
		leave()
		if err := s.Read(gone, func(*Tx) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("who has gone gets %v", err)
		}
	})
}
