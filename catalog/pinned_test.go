package catalog_test

import (
	"strings"
	"testing"
	"time"

	"paceline/catalog"
	"paceline/store"
	"paceline/store/storetest"
)

// TestSubscriptionsKeepTheirRelease: a step's subscription is made, renewed and removed as the release says that the
// step is pinned to, though the account connector was moved to another one, and though its credential is gone.
func TestSubscriptionsKeepTheirRelease(t *testing.T) {
	onHooks(t, nil, func(t *testing.T, h *hookHouse) {
		id := h.install(t)
		text := strings.Replace(hookHub(t, nil), "version: 1.0.0", "version: 2.0.0", 1)
		_, err := h.Publish(t.Context(), catalog.Publication{Name: "hub/connector.yaml", Document: []byte(strings.ReplaceAll(text, "/hooks", "/others"))})
		must(t, err)
		up, err := h.UpgradeConnector(t.Context(), h.p, h.root, h.ac.ID)
		must(t, err)
		if up.AccountConnector.Release.Version != "2.0.0" {
			t.Fatalf("the account connector has %s", up.AccountConnector.Release.Version)
		}
		calls := func(when, method string) {
			t.Helper()
			_, calls := h.vendor.state()
			for _, c := range calls {
				if !strings.HasPrefix(c, method+" /hooks") {
					t.Errorf("%s: %s", when, c)
				}
			}
			if len(calls) != 2 {
				t.Errorf("%s there were %d calls, want one for each event", when, len(calls))
			}
		}
		must(t, h.activate(t, id))
		calls("at the start", "POST")
		if _, rows := h.stateOf(t, id); len(rows) != 2 || rows[0].Release != "1.0.0" {
			t.Fatalf("stored is %+v", rows)
		}
		h.clock.pass(61 * time.Hour)
		must(t, h.SweepOnce(t.Context()))
		calls("before their end", "PATCH")
		_, err = h.DeauthenticateConnector(t.Context(), h.p, h.root, h.ac.ID)
		must(t, err)
		h.clock.pass(time.Minute)
		must(t, h.SweepOnce(t.Context()))
		calls("with the credential", "DELETE")

		_, err = h.UpdateAccountConnector(t.Context(), h.p, h.root, h.ac.ID, catalog.AccountConnectorUpdate{AuthValue: ptr("token")})
		must(t, err)
		must(t, h.activate(t, id))
		h.vendor.state()
		_, err = h.cycles.Deactivate(t.Context(), h.p, h.root, id, false)
		must(t, err)
		must(t, h.SweepOnce(t.Context()))
		calls("at the stop", "DELETE")
	})
}

// TestDeliveriesKeepTheirRelease: what comes to a step's address is judged by the release that the step is pinned to.
func TestDeliveriesKeepTheirRelease(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		h.authenticate(t, nil)
		e, cycle, address := h.runs(t)
		_, err := h.Publish(t.Context(), edition(t, "2.0.0", bearerEntry, consentEntry, "header: X-Signature", "header: X-Other"))
		must(t, err)
		_, err = h.UpgradeConnector(t.Context(), h.p, h.root, h.ac.ID)
		must(t, err)
		if inst := h.instance(t); inst.Compiled.Version() != "2.0.0" {
			t.Fatalf("the account connector has %s", inst.Compiled.Version())
		}
		h.deliver(t, e, cycle, address, 1)
	})
}
