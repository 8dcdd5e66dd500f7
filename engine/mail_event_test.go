package engine_test

import (
	"context"
	"testing"
	"time"

	"paceline"
	"paceline/store"
	"paceline/store/storetest"
)

// TestWhatEmailsTellIsWrittenDown: errors and pauses are written down with the commit in which they happen, on both databases, and
// only where a rule of the partner wants them.
func TestWhatEmailsTellIsWrittenDown(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		for _, tc := range []struct {
			name  string
			kinds paceline.MailKinds
			want  map[paceline.MailKinds]int
		}{
			{"all", paceline.MailAll, map[paceline.MailKinds]int{paceline.MailErrors: 4, paceline.MailPaused: 1}},
			{"pauses", paceline.MailPaused, map[paceline.MailKinds]int{paceline.MailPaused: 1}},
			{"nothing", 0, map[paceline.MailKinds]int{}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				h := openNoticeHouse(t.Context(), open(t))
				h.receivers.told = make(chan struct{}, 10)
				h.pointPauses("ops.example")
				scope := paceline.Scope{Partner: h.account.Partner}
				rule := store.MailRule{ID: paceline.NewID(time.Now()), Name: "Rule", Kinds: tc.kinds, Document: "{}"}
				if err := h.store.InTx(t.Context(), scope, func(tx *store.Tx) error { return tx.PutMailRule(scope, rule) }); err != nil {
					t.Fatal(err)
				}
				h.startNoticing(t.Context())
				failing := h.failing(t)
				for range 3 {
					h.fail(t, failing)
				}
				h.fail(t, h.stopping(t))
				for range 5 {
					h.receivers.await(t)
				}
				h.engine.Stop(context.Background())
				got := map[paceline.MailKinds]int{}
				err := h.store.Read(t.Context(), func(tx *store.Tx) error {
					list, err := tx.MailEvents(scope, 100)
					for _, e := range list {
						got[e.Kind]++
						if e.Account != h.account.Num || e.Cycle == 0 || e.Code != paceline.CodeCallFailed {
							t.Errorf("%+v", e)
						}
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, kind := range []paceline.MailKinds{paceline.MailErrors, paceline.MailUsage, paceline.MailPaused} {
					if got[kind] != tc.want[kind] {
						t.Errorf("%d of kind %d, want %d", got[kind], kind, tc.want[kind])
					}
				}
			})
		}
	})
}
