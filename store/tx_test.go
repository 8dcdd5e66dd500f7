package store

import (
	"bytes"
	"testing"

	"paceline"
)

func TestMetaRoundTrip(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		for range 2 {
			err := s.InTx(t.Context(), paceline.Scope{}, func(tx *Tx) error { return tx.SetMeta("a", []byte{0, 1, 2}) })
			if err != nil {
				t.Fatal(err)
			}
		}
		err := s.Read(t.Context(), func(tx *Tx) error {
			got, found, err := tx.Meta("a")
			if err != nil || !found || !bytes.Equal(got, []byte{0, 1, 2}) {
				t.Errorf("Meta = %v, %v, %v", got, found, err)
			}
			return tx.SetMeta("b", nil)
		})
		if err == nil {
			t.Error("a write inside Read succeeded")
		}
	})
}
