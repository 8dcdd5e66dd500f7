package engine_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidwall/gjson"

	"paceline"
	"paceline/engine"
	"paceline/store"
)

// told queues a notification of the marketplace 7 and wakes the sender.
func (h *noticeHouse) told(t *testing.T, n engine.Notification, held bool, wait time.Duration) {
	t.Helper()
	body, err := n.Sealed(h.key, h.account.Num, held)
	if err != nil {
		t.Fatal(err)
	}
	of := store.DeliveryQueue{Scope: h.account.Scope(), Marketplace: 7}
	err = h.store.InTx(t.Context(), of.Scope, func(tx *store.Tx) error {
		_, err := tx.InsertNotification(of, body, tx.Now().Add(wait))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.engine.Noticed(of)
}

func (h *noticeHouse) pointMarket(host, agent string) {
	h.settings.mu.Lock()
	defer h.settings.mu.Unlock()
	h.settings.markets = map[int32]engine.NoticeTarget{7: {
		Account: h.account, Owner: store.DeliveryQueue{Scope: paceline.Scope{Partner: h.account.Partner}, Marketplace: 7}, URL: "https://" + host + "/told",
		Secrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, UserAgent: agent,
	}}
}

// TestNotificationIsPosted: a marketplace's owner gets it signed, again when it was not taken, over a restart of the engine, and
// beside the error webhook of the account, which neither waits for the other.
func TestNotificationIsPosted(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, address string) {
		h.pointMarket("market.example", "Harbour/1")
		h.receivers.answers["market.example"] = []answer{{Status: 302, Headers: map[string]string{"Location": "https://evil.example/"}}, {Status: 500}, {Status: 204}}
		h.receivers.answers["one.example"] = []answer{{Status: 500}}
		h.fail(t, address)
		h.told(t, engine.Notification{Status: "installed", CompleteParameter: "order 7"}, false, 0)
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(h.receivers.at("market.example")); n != 1 {
			t.Fatalf("posted %d times", n)
		}
		h.engine.Stop(noTime)
		h.startNoticing(t.Context())
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := h.receivers.at("market.example"); len(got) != 3 || len(h.receivers.at("evil.example")) != 0 {
			t.Fatalf("posts at %v, %d redirected", got, len(h.receivers.at("evil.example")))
		}
		ids := map[string]bool{}
		for _, p := range h.receivers.posts {
			if p.host != "market.example" {
				continue
			}
			id := p.head.Get("Webhook-Id")
			ids[id] = true
			sent := h.receivers.begun.Add(p.at)
			_, want := engine.SignNotice([]string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, id, sent, []byte(p.body))
			if !strings.HasPrefix(id, "mkt_") || p.head.Get("Webhook-Signature") != want || p.head.Get("User-Agent") != "Harbour/1" || gjson.Get(p.body, "CompleteParameter").String() != "order 7" {
				t.Errorf("%v %s; want %s", p.head, p.body, want)
			}
		}
		if len(ids) != 1 {
			t.Errorf("one notification has the ids %v", ids)
		}
	})
}

// TestNotificationsAreListed: the partner sees what its marketplace tells, of which account, and how it went, and posts it again
// under the same id; another marketplace, account or partner has none of it.
func TestNotificationsAreListed(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, address string) {
		h.pointMarket("market.example", "")
		h.receivers.answers["market.example"] = []answer{{Status: 500}}
		h.fail(t, address) // an error webhook is none
		h.told(t, engine.Notification{Status: "installed", MarketplaceCardId: "pack"}, false, 0)
		own := paceline.SystemPrincipalOf(h.partner)
		list := func(p paceline.Principal, marketplace int32, state store.DeliveryState) []engine.ToldNotification {
			t.Helper()
			got, err := h.engine.Notifications(t.Context(), p, marketplace, state, paceline.Page{})
			if err != nil || got.Total != len(got.Items) {
				t.Fatal(err, got.Total, len(got.Items))
			}
			return got.Items
		}
		time.Sleep(time.Second)
		synctest.Wait()
		waiting := list(own, 7, store.DeliveryWaiting)
		if len(waiting) != 1 || waiting[0].Told.Status != "installed" || waiting[0].AccountAPIID != h.account.APIID || waiting[0].ToldDelivery.Status != 500 || waiting[0].Attempt != 1 || waiting[0].DueAt == 0 {
			t.Fatalf("waiting: %+v", waiting)
		}
		time.Sleep(4 * 24 * time.Hour)
		synctest.Wait()
		failed := list(own, 7, store.DeliveryFailed)
		if len(failed) != 1 || len(list(own, 7, -1)) != 1 || len(list(own, 8, -1)) != 0 || len(list(paceline.SystemPrincipalOf(h.partner+1), 7, -1)) != 0 {
			t.Fatalf("given up: %+v", failed)
		}
		replay := func(marketplace int32, id int64, want paceline.Code) {
			t.Helper()
			if _, err := h.engine.ReplayNotification(t.Context(), own, h.account, marketplace, id); paceline.CodeOf(err) != want {
				t.Errorf("replaying %d of %d: %v, want %q", id, marketplace, err, want)
			}
			synctest.Wait()
		}
		replay(8, failed[0].ID, paceline.CodeNotFound)
		replay(7, failed[0].ID+1000, paceline.CodeNotFound)
		h.receivers.answers["market.example"] = []answer{{Status: 204}}
		first, posts := h.receivers.posts[0], len(h.receivers.at("market.example"))
		replay(7, failed[0].ID, "")
		time.Sleep(20 * time.Minute) // the receiver, which failed, has its rest
		synctest.Wait()
		done := list(own, 7, store.DeliveryDelivered)
		if len(done) != 1 || done[0].EndedAt == 0 || len(h.receivers.at("market.example")) != posts+1 {
			t.Fatalf("taken: %+v", done)
		}
		for _, p := range h.receivers.posts {
			if p.host == "market.example" {
				first = p
				break
			}
		}
		last := h.receivers.posts[len(h.receivers.posts)-1]
		if last.body != first.body || last.head.Get("Webhook-Id") != first.head.Get("Webhook-Id") {
			t.Errorf("posted %s as %s, before %s as %s", last.body, last.head.Get("Webhook-Id"), first.body, first.head.Get("Webhook-Id"))
		}
		h.pointMarket("", "")
		h.settings.mu.Lock()
		h.settings.markets = nil
		h.settings.mu.Unlock()
		replay(7, done[0].ID, paceline.CodeNoNotification)
		customer := own
		customer.RestrictedTo = h.account.Num
		if _, err := h.engine.Notifications(t.Context(), customer, 7, -1, paceline.Page{}); paceline.CodeOf(err) != paceline.CodeDenied {
			t.Errorf("a customer: %v", err)
		}
		time.Sleep(8 * 24 * time.Hour)
		if left := list(own, 7, -1); len(left) != 0 {
			t.Errorf("after a week: %+v", left)
		}
	})
}

// TestNotificationAfterACrash: one that was held while its cycles were started is told after a while with the states that they
// have.
func TestNotificationAfterACrash(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, address string) {
		h.pointMarket("market.example", "")
		var running paceline.ID
		err := h.store.Read(t.Context(), func(tx *store.Tx) error {
			list, err := tx.Cycles(h.account.Scope(), store.CycleFilter{}, paceline.Page{})
			running = list.Items[0].ID
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		none := paceline.NewID(time.Now())
		h.told(t, engine.Notification{Status: "installed", MarketplaceInstallDetails: []engine.NotifiedCycle{{CycleId: running, CycleStatus: "Stopped"}, {CycleId: none, CycleStatus: "Active"}}}, true, 30*time.Second)
		time.Sleep(29 * time.Second)
		synctest.Wait()
		if n := len(h.receivers.at("market.example")); n != 0 {
			t.Fatalf("posted %d times while it was held", n)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if len(h.receivers.posts) != 1 {
			t.Fatalf("%d posts", len(h.receivers.posts))
		}
		p := h.receivers.posts[0]
		if got := gjson.Get(p.body, "MarketplaceInstallDetails.#.CycleStatus").Raw; got != `["Active","Stopped"]` || p.head.Get("User-Agent") != "Paceline" {
			t.Errorf("%v %s", p.head, p.body)
		}
	})
}
