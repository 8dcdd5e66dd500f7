package engine_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidwall/gjson"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store"
)

// pointPauses sets the notification webhook of the partner; "" is none.
func (h *noticeHouse) pointPauses(host string) {
	target := engine.NoticeTarget{Account: h.account, Owner: store.DeliveryQueue{Scope: paceline.Scope{Partner: h.account.Partner}, Marketplace: store.PauseQueue}, Secrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}
	if host != "" {
		target.URL = "https://" + host + "/paused"
	}
	h.settings.mu.Lock()
	defer h.settings.mu.Unlock()
	h.settings.markets = map[int32]engine.NoticeTarget{store.PauseQueue: target}
}

// stopping installs a cycle that its failing call stops, and returns the address that starts it.
func (h *noticeHouse) stopping(t *testing.T) string {
	plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{
		{"received": {Webhook: "event"}},
		{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}, OnError: "StopCycle"}},
	}})
	_, address := h.install(t.Context(), plan, 0)
	return address
}

// TestPausedCycleIsTold: a cycle that an error has paused is told to the notification webhook once, however many of its
// transactions failed; signed, without what the vendor has answered, again when it was not taken, and over a restart.
func TestPausedCycleIsTold(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, _ string) {
		h.pointPauses("ops.example")
		h.receivers.answers["ops.example"] = []answer{{Status: 302, Headers: map[string]string{"Location": "https://evil.example/"}}, {Status: 500}, {Status: 204}}
		address := h.stopping(t)
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				d := connector.Delivery{Method: "POST", Header: http.Header{"Content-Type": {"application/json"}}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()}
				h.engine.Deliver(t.Context(), address, d) // the last ones may find it paused
			})
		}
		all.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(h.receivers.at("ops.example")); n != 1 {
			t.Fatalf("posted %d times", n)
		}
		h.engine.Stop(noTime)
		h.startNoticing(t.Context())
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := h.receivers.at("ops.example"); len(got) != 3 || len(h.receivers.at("evil.example")) != 0 {
			t.Fatalf("posts at %v, %d redirected", got, len(h.receivers.at("evil.example")))
		}
		ids := map[string]bool{}
		for _, p := range h.receivers.posts {
			if p.host != "ops.example" {
				continue
			}
			id := p.head.Get("Webhook-Id")
			ids[id] = true
			_, want := engine.SignNotice([]string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, id, h.receivers.begun.Add(p.at), []byte(p.body))
			message := gjson.Get(p.body, "message").String()
			if !strings.HasPrefix(id, "cyc_") || p.head.Get("Webhook-Signature") != want || gjson.Get(p.body, "accountId").String() != string(h.account.ID) ||
				!strings.HasPrefix(gjson.Get(p.body, "title").String(), "Cycle Error: ") || len(gjson.Parse(p.body).Map()) != 3 ||
				!strings.Contains(message, "Failed to call the method") || !strings.Contains(message, `"create"`) || strings.Contains(p.body, "why") {
				t.Errorf("%v %s", p.head, p.body)
			}
		}
		if len(ids) != 1 {
			t.Errorf("one pause has the ids %v", ids)
		}
	})
}

// TestPausedCycleIsToldToNobody: without a notification webhook nothing stays queued.
func TestPausedCycleIsToldToNobody(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, _ string) {
		h.pointPauses("")
		h.fail(t, h.stopping(t))
		time.Sleep(time.Second)
		synctest.Wait()
		err := h.store.Read(t.Context(), func(tx *store.Tx) error {
			list, err := tx.Deliveries(store.DeliveryQueue{Scope: h.account.Scope(), Marketplace: store.PauseQueue}, 10)
			if len(list) != 0 {
				t.Errorf("%d are queued", len(list))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
