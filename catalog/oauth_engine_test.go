package catalog_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	running "paceline/engine"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
)

// whoTemplate asks the vendor who it is for each event.
const whoTemplate = `{"PacelineVersion":"1","Kind":"Template","Name":"Who","Published":true,
"Flow":{"Schema":1,"Steps":[
{"ID":"7d0a52f4-53f5-4a40-9a25-000000000021","Name":"Event","Kind":"Webhook","Connector":{"Key":"hub","Version":"1.0.0"},"Method":"event","Left":0,"Top":0},
{"ID":"7d0a52f4-53f5-4a40-9a25-000000000022","Name":"Who","Kind":"Action","Connector":{"Key":"hub","Version":"1.0.0"},"Method":"who","Left":200,"Top":0}],
"Edges":[{"ID":"7d0a52f4-53f5-4a40-9a25-000000000029","Tail":"7d0a52f4-53f5-4a40-9a25-000000000021","Head":"7d0a52f4-53f5-4a40-9a25-000000000022","Type":"Forward"}],
"Variables":[],"Settings":{"StepErrorAction":"Ignore","MaxRetries":0,"LogRequests":true,"CollectionSplit":"First"}},
"Connectors":[]}`

// runs starts an engine, and returns it with the address of a running cycle.
func (h *oauthHouse) runs(t *testing.T) (e *running.Engine, c paceline.ID, address string) {
	t.Helper()
	ctx := t.Context()
	made, err := h.ImportTemplate(ctx, h.p, catalog.TemplateImport{Document: []byte(whoTemplate)})
	must(t, err)
	_, ids := seal.New(seal.NewKey()).NewIDKey()
	e = running.New(running.Config{
		Store: h.store, Plans: h.cycles, Instances: h.Room, Runtime: h.runtimes[0], Keys: h.shared.KeyOf, Broker: seal.NewBroker(h.shared, nil), IDs: ids, Clock: h.clock, Logger: quiet,
	})
	h.cycles.Attach(e)
	must(t, e.Start(ctx))
	t.Cleanup(func() { e.Stop(t.Context()) })
	v, err := h.InstallTemplate(ctx, h.p, h.root, made.ID, catalog.TemplateInstall{})
	must(t, err)
	v, err = h.cycles.Activate(ctx, h.p, h.root, v.ID, cycleActivation)
	must(t, err)
	must(t, h.store.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.WebhookIdentifiers(h.root.Scope(), v.Num)
		for _, a := range all {
			address = a
		}
		return err
	}))
	return e, v.ID, address
}

// send sends n events at the same time.
func (h *oauthHouse) send(t *testing.T, e *running.Engine, address string, n int) {
	t.Helper()
	failed := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			body := fmt.Sprintf(`{"action":"opened","event":{"number":%d}}`, i)
			mac := hmac.New(sha256.New, []byte("the-secret"))
			mac.Write([]byte(body))
			_, failed[i] = e.Deliver(t.Context(), address, connector.Delivery{
				Method: "POST", Header: http.Header{"X-Signature": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}, RawBody: []byte(body), At: h.clock.Now(),
			})
		})
	}
	all.Wait()
	for _, err := range failed {
		must(t, err)
	}
}

// deliver sends n events at the same time, and returns the transactions once all have ended.
func (h *oauthHouse) deliver(t *testing.T, e *running.Engine, cycle paceline.ID, address string, n int) []running.Transaction {
	t.Helper()
	h.send(t, e, address, n)
	for range 600 {
		list, err := e.Transactions(t.Context(), h.p, h.root, running.TransactionFilter{Cycle: cycle}, paceline.Page{Number: 1, Size: 1000})
		must(t, err)
		ended := 0
		for _, x := range list.Items {
			if x.EndedAt != 0 {
				ended++
			}
		}
		if ended == n {
			return list.Items
		}
		settle(100 * time.Millisecond)
	}
	t.Fatal("the transactions did not end in a minute")
	return nil
}

// settle lets the engine's goroutines work.
func settle(d time.Duration) {
	wait, stop := paceline.SystemClock{}.NewTimer(d)
	defer stop()
	<-wait
}

// TestOneRefreshForManyTransactions: 200 transactions at the same time need a token that has ended, at a vendor
// that rotates refresh tokens and takes each once. One request renews it, and none of them fails.
func TestOneRefreshForManyTransactions(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*connector.Grant){
		"before its end":  func(g *connector.Grant) { g.Expires = "2026-01-31T10:30:30Z" }, // within the skew
		"after a refusal": func(g *connector.Grant) { g.AccessToken, g.Expires = "not-a-token", "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
				h := newOAuthHouse(t, open(t))
				first := h.authenticate(t, end)
				e, cycle, address := h.runs(t)
				const n = 200
				for _, x := range h.deliver(t, e, cycle, address, n) {
					if x.State != paceline.RunCompleted || x.Errors > 0 {
						t.Fatalf("a transaction ended as %+v", x)
					}
				}
				if got := h.vendor.refreshes.Load(); got != 1 {
					t.Errorf("the vendor was asked %d times, want 1", got)
				}
				if now := h.instance(t).Grant(); now.RefreshToken == first.RefreshToken || now.AccessToken == first.AccessToken {
					t.Errorf("stored is %+v", now)
				}
			})
		})
	}
}

// TestEndedGrantStopsTheCycle: when the vendor no longer accepts the refresh token, the cycle stops, and of all
// its transactions one incident tells the owner.
func TestEndedGrantStopsTheCycle(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		h.authenticate(t, func(g *connector.Grant) { g.RefreshToken, g.AccessToken, g.Expires = "of-nobody", "not-a-token", "" })
		e, cycle, address := h.runs(t)
		h.deliver(t, e, cycle, address, 1)
		v, err := h.cycles.Get(t.Context(), h.p, h.root, cycle)
		must(t, err)
		ac, err := h.AccountConnector(t.Context(), h.p, h.root, h.ac.ID)
		must(t, err)
		if v.State != paceline.CycleError || ac.Authenticated {
			t.Errorf("the cycle is %d, the account connector authenticated %t", v.State, ac.Authenticated)
		}
		var queued []paceline.Incident
		must(t, h.store.Read(t.Context(), func(tx *store.Tx) error {
			list, err := tx.Incidents(h.root.Scope(), store.IncidentFilter{Level: 1}, paceline.Page{}, true)
			for _, in := range list.Items {
				if in.Run == 0 {
					queued = append(queued, in)
				}
			}
			return err
		}))
		if len(queued) != 1 || queued[0].Code != paceline.CodeAuthFailed {
			t.Errorf("the owner was told %+v", queued)
		}
	})
}
