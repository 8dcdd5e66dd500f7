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
