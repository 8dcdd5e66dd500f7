package engine_test

import (
	"testing"
	"time"

	"paceline"
	"paceline/store"
)

// setQuota sets what the account may store and use.
func (h *house) setQuota(t testing.TB, bytes, tasks *int) {
	t.Helper()
	h.account.Quota = paceline.AccountQuota{Bytes: bytes, Tasks: tasks}
	h.account.NextBillDate = paceline.ToMicros(time.Now().AddDate(0, 1, 0))
	err := h.store.InTx(t.Context(), paceline.Scope{Partner: h.partner}, func(tx *store.Tx) error {
		return tx.UpdateAccount(paceline.Scope{Partner: h.partner}, h.account)
	})
	if err != nil {
		t.Fatal(err)
	}
}
