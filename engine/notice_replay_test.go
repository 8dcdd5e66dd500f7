package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store"
)

// deliveries lists the error webhooks of the account in a state.
func (h *noticeHouse) deliveries(t *testing.T, state store.DeliveryState) []engine.NoticeDelivery {
	t.Helper()
	list, err := h.engine.NoticeDeliveries(t.Context(), paceline.SystemPrincipalOf(h.partner), h.account, state, paceline.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func (h *noticeHouse) replay(t *testing.T, id int64, want paceline.Code) {
	t.Helper()
	_, err := h.engine.ReplayNotice(t.Context(), paceline.SystemPrincipalOf(h.partner), h.account, id)
	if paceline.CodeOf(err) != want {
		t.Fatalf("replaying %d: %v, want %q", id, err, want)
	}
	synctest.Wait()
}

// TestErrorWebhookIsReplayed: one that was given up after three days is posted anew with all its tries, under the id and
// with the body that it had; so is one that was taken. A week after, neither is known.
func TestErrorWebhookIsReplayed(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, address string) {
		h.receivers.answers["one.example"] = []answer{{Status: 500}}
		h.fail(t, address)
		time.Sleep(4 * 24 * time.Hour)
		synctest.Wait()
		failed := h.deliveries(t, store.DeliveryFailed)
		if len(failed) != 1 || failed[0].Status != 500 || failed[0].CycleName == "" || failed[0].TransactionID == "" || len(h.deliveries(t, -1)) != 1 {
			t.Fatalf("given up: %+v", failed)
		}
		first, tries := h.receivers.posts[0], len(h.receivers.posts)

		h.receivers.answers["one.example"] = []answer{{Status: 503}, {Status: 204}}
		h.replay(t, failed[0].ID, "")
		time.Sleep(20 * time.Minute) // the receiver, which failed, has its rest
		synctest.Wait()
		done := h.deliveries(t, store.DeliveryDelivered)
		if len(done) != 1 || done[0].Status != 204 || done[0].Attempt != 1 || done[0].EndedAt == 0 || h.queued(t) != 0 {
			t.Fatalf("taken: %+v", done)
		}
		if n := len(h.receivers.posts); n != tries+2 {
			t.Fatalf("%d posts after the %d before", n-tries, tries)
		}
		again := h.receivers.posts[tries+1]
		if again.body != first.body || again.head.Get("Webhook-Id") != first.head.Get("Webhook-Id") {
			t.Errorf("posted %s as %s, before %s as %s", again.body, again.head.Get("Webhook-Id"), first.body, first.head.Get("Webhook-Id"))
		}

		h.replay(t, done[0].ID, "")
		if n := len(h.receivers.posts); n != tries+3 {
			t.Errorf("one that was taken was posted %d times more", n-tries-2)
		}
		h.point("", false)
		h.replay(t, done[0].ID, paceline.CodeNoErrorWebhook)
		h.replay(t, 1_000_000, paceline.CodeNotFound)
		time.Sleep(8 * 24 * time.Hour)
		if list := h.deliveries(t, -1); len(list) != 0 {
			t.Errorf("after a week: %+v", list)
		}
	})
}
