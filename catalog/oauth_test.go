package catalog_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/cycle"
	"paceline/internal/egress"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
)

var quiet = slog.New(slog.DiscardHandler)

// oauthHouse is a house whose Hub uses OAuth 2 of a vendor, in two processes on one store.
type oauthHouse struct {
	*house
	vendor   *vendor
	clock    *moving
	shared   *keys
	runtimes [2]*connector.Runtime
	ac       catalog.AccountConnector
}

// bearerEntry is the hub's way of authentication, and consentEntry what takes its place.
const (
	bearerEntry  = `  - {id: token, type: bearer, default: true, label: Token}`
	consentEntry = `  - {id: consent, type: oauth2, default: true, grant: authorization_code, authorizeUrl: "{{BaseUrl}}/auth", tokenUrl: "{{BaseUrl}}/oauth/token",
     revokeUrl: "{{BaseUrl}}/revoke", scopes: {default: [openid, offline_access]}}`
)

func newOAuthHouse(t *testing.T, s *store.Store, more ...string) *oauthHouse {
	t.Helper()
	h := &oauthHouse{house: empty(t, s), vendor: newVendor(t), clock: &moving{}}
	shared := &keys{sealer: seal.New(seal.NewKey()), byNum: make(map[int64]*seal.Key)}
	h.shared = shared
	guard, err := egress.New(egress.Config{Allow: []string{strings.TrimPrefix(h.vendor.URL, "http://")}, Logger: quiet})
	must(t, err)
	t.Cleanup(guard.CloseIdle)
	for i := range h.runtimes {
		releases := cycle.NewReleases(s)
		cycles := cycle.New(cycle.Config{Store: s, Releases: releases, Clock: h.clock})
		cycles.Attach(h.engine)
		room := catalog.New(catalog.Config{Store: s, Releases: releases, Cycles: cycles, Clock: h.clock, Keys: shared, Broker: seal.NewBroker(shared, nil), Logger: quiet})
		h.runtimes[i] = connector.New(connector.Config{Transport: guard.Transport(), Clock: h.clock, Renewer: room})
		room.AttachVendors(h.runtimes[i])
		if i == 0 {
			h.house.Room, h.house.cycles = room, cycles
		}
	}
	hub, err := os.ReadFile("testdata/connectors/hub/connector.yaml")
	must(t, err)
	text := strings.Replace(string(hub), bearerEntry, consentEntry, 1)
	text = strings.Replace(text, "methods:\n", "methods:\n"+
		"  - {id: who, name: Who, scopes: [profile], request: {method: GET, path: /userinfo}}\n"+
		"  - {id: mail, name: Mail, scopes: [email, profile], request: {method: GET, path: /userinfo}}\n", 1)
	text += strings.Join(more, "")
	desk, err := os.ReadFile("testdata/connectors/desk/connector.yaml")
	must(t, err)
	kept, err := h.PublishAll(t.Context(), fstest.MapFS{"hub/connector.yaml": {Data: []byte(text)}, "desk/connector.yaml": {Data: desk}})
	must(t, err)
	if len(kept) > 0 {
		t.Fatal(kept)
	}
	if kept, err = h.PublishTemplates(t.Context(), h.p, os.DirFS("testdata/templates")); err != nil || len(kept) > 0 {
		t.Fatal(kept, err)
	}
	h.ac, err = h.InstallConnector(t.Context(), h.p, h.root, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{
		Properties: []catalog.PropertyInput{{Name: "BaseUrl", Value: ptr(h.vendor.URL)}, {Name: catalog.WebhookSecret, Value: ptr("the-secret")}},
	})
	must(t, err)
	_, err = h.SetOAuthApp(t.Context(), h.p, catalog.ConnectorRef{Name: "Hub"}, connector.Client{ID: "app", Secret: "app-secret"})
	must(t, err)
	return h
}

func (h *oauthHouse) instance(t *testing.T) *connector.Instance {
	t.Helper()
	inst, err := h.Instance(t.Context(), h.root.Scope(), h.ac.ID)
	must(t, err)
	return inst
}

// authenticate gets a grant of the vendor, changes it, and sets it as AuthValue.
func (h *oauthHouse) authenticate(t *testing.T, change func(*connector.Grant)) connector.Grant {
	t.Helper()
	inst := h.instance(t)
	address, err := inst.AuthorizeURL("state", "verifier-of-forty-three-characters-or-more-", sentBack)
	must(t, err)
	grant, err := h.runtimes[0].ExchangeCode(t.Context(), inst, h.vendor.consent(t, address).Get("code"), "verifier-of-forty-three-characters-or-more-", sentBack)
	must(t, err)
	if grant.AccessToken == "" || grant.RefreshToken == "" || grant.Expires == "" {
		t.Fatalf("the vendor gave %+v", grant)
	}
	if change != nil {
		change(&grant)
	}
	_, err = h.UpdateAccountConnector(t.Context(), h.p, h.root, h.ac.ID, catalog.AccountConnectorUpdate{AuthValue: ptr(grant.Text())})
	must(t, err)
	return grant
}

func (h *oauthHouse) call(t *testing.T, runtime *connector.Runtime, inst *connector.Instance) error {
	_, err := runtime.Call(t.Context(), connector.Call{Instance: inst, Method: inst.Compiled.Method("who")})
	return err
}

// TestOneRefresh is requirement S-016: however many calls need a token, in two processes, one asks.
func TestOneRefresh(t *testing.T) {
	t.Parallel()
	const calls = 200
	for name, end := range map[string]func(h *oauthHouse) func(*connector.Grant){
		"before its end": func(*oauthHouse) func(*connector.Grant) {
			return func(g *connector.Grant) { g.Expires = "2026-01-31T10:30:30Z" } // within the skew
		},
		"after a refusal": func(*oauthHouse) func(*connector.Grant) {
			return func(g *connector.Grant) { g.AccessToken, g.Expires = "not-a-token", "" }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
				h := newOAuthHouse(t, open(t))
				first := h.authenticate(t, end(h))
				inst := h.instance(t)
				failed := make([]error, calls)
				var all sync.WaitGroup
				for i := range calls {
					all.Go(func() { failed[i] = h.call(t, h.runtimes[i%2], inst) })
				}
				all.Wait()
				for _, err := range failed {
					if err != nil {
						t.Fatalf("a call failed: %v", err)
					}
				}
				if n := h.vendor.refreshes.Load(); n != 1 {
					t.Errorf("the vendor was asked %d times, want 1", n)
				}
				// Whoever goes on with what it has, as for the next page, sends nothing in vain.
				result, err := h.runtimes[0].Call(t.Context(), connector.Call{Instance: inst, Method: inst.Compiled.Method("who")})
				if err != nil || result.TasksOK != 1 || result.TasksIncident != 0 {
					t.Errorf("the call after: %+v, %v", result, err)
				}
				// What is stored is what the vendor gave last: it can be used to renew again.
				now := h.instance(t).Grant()
				if now.RefreshToken == "" || now.RefreshToken == first.RefreshToken || now.AccessToken == first.AccessToken {
					t.Errorf("stored is %+v", now)
				}
				next, err := h.Renew(t.Context(), h.instance(t))
				must(t, err)
				must(t, h.call(t, h.runtimes[0], next))
				if n := h.vendor.refreshes.Load(); n != 2 {
					t.Errorf("the vendor was asked %d times, want 2", n)
				}
			})
		})
	}
}

// TestGrantEnds shows what happens when the vendor no longer accepts the refresh token: here, because
// somebody else has used it.
func TestGrantEnds(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		ctx := t.Context()
		h.authenticate(t, func(g *connector.Grant) { g.AccessToken, g.Expires = "not-a-token", "" })
		_, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Desk"}, catalog.ConnectorInstall{AuthValue: ptr("key")})
		must(t, err)
		c, err := h.InstallTemplate(ctx, h.p, h.root, h.template(t), catalog.TemplateInstall{})
		must(t, err)
		_, err = h.cycles.Activate(ctx, h.p, h.root, c.ID, cycleActivation)
		must(t, err)
		inst := h.instance(t)

		// A vendor that is away for a while ends nothing.
		h.vendor.refuse.Store(true)
		if failed := asError(h.call(t, h.runtimes[0], inst)); failed == nil || failed.Class != connector.ClassRetry {
			t.Errorf("while the vendor is away: %v", failed)
		}
		h.vendor.refuse.Store(false)
		if ac, err := h.AccountConnector(ctx, h.p, h.root, h.ac.ID); err != nil || !ac.Authenticated {
			t.Errorf("after an outage of the vendor: %+v, %v", ac.Authenticated, err)
		}

		lost, err := h.runtimes[0].Obtain(ctx, inst) // its answer is lost
		must(t, err)
		if !h.vendor.accepts(t, lost.AccessToken) {
			t.Error("the vendor does not accept what it gave")
		}
		before := h.vendor.refreshes.Load()
		var all sync.WaitGroup
		var told atomic.Int32
		for i := range 50 {
			all.Go(func() {
				if failed := asError(h.call(t, h.runtimes[i%2], inst)); failed == nil || failed.Class != connector.ClassAuth {
					t.Errorf("a call with a used refresh token: %v", failed)
				} else if failed.Told {
					told.Add(1)
				}
			})
		}
		all.Wait()
		if n := h.vendor.refreshes.Load() - before; n != 1 {
			t.Errorf("the vendor was asked %d times, want 1", n)
		}
		if h.vendor.accepts(t, lost.AccessToken) {
			t.Error("the vendor did not see that its refresh token came twice")
		}
		if n := told.Load(); n != 50 {
			t.Errorf("%d calls say that the owner was told, want 50", n)
		}
		ac, err := h.AccountConnector(ctx, h.p, h.root, h.ac.ID)
		must(t, err)
		v, err := h.cycles.Get(ctx, h.p, h.root, c.ID)
		must(t, err)
		if ac.Authenticated || v.State != paceline.CycleError {
			t.Errorf("authenticated %v, cycle %d", ac.Authenticated, v.State)
		}
		must(t, h.store.Read(ctx, func(tx *store.Tx) error {
			list, err := tx.Incidents(h.root.Scope(), store.IncidentFilter{}, paceline.Page{}, false)
			if len(list.Items) != 1 || list.Items[0].Code != paceline.CodeAuthFailed || list.Items[0].Cycle != c.Num {
				t.Errorf("the incidents are %+v", list.Items)
			}
			return err
		}))
	})
}

// TestEndOfGrantIsToldBefore: with the last renewal but a day before a refresh token ends the owner of a running cycle is
// warned, and nothing stops.
func TestEndOfGrantIsToldBefore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		ctx := t.Context()
		h.vendor.keeps.Store(true)
		h.authenticate(t, func(g *connector.Grant) {
			g.AccessToken, g.Expires = "not-a-token", ""
			g.RefreshExpires = h.clock.Now().Add(23 * time.Hour).UTC().Format(time.RFC3339)
		})
		_, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Desk"}, catalog.ConnectorInstall{AuthValue: ptr("key")})
		must(t, err)
		c, err := h.InstallTemplate(ctx, h.p, h.root, h.template(t), catalog.TemplateInstall{})
		must(t, err)
		_, err = h.cycles.Activate(ctx, h.p, h.root, c.ID, cycleActivation)
		must(t, err)
		must(t, h.call(t, h.runtimes[0], h.instance(t)))
		if now := h.instance(t).Grant(); !now.EndTold || now.AccessToken == "not-a-token" {
			t.Errorf("stored is %+v", now)
		}
		v, err := h.cycles.Get(ctx, h.p, h.root, c.ID)
		must(t, err)
		if v.State == paceline.CycleError {
			t.Error("the cycle was stopped")
		}
		must(t, h.store.Read(ctx, func(tx *store.Tx) error {
			list, err := tx.Incidents(h.root.Scope(), store.IncidentFilter{}, paceline.Page{}, false)
			if len(list.Items) != 1 || list.Items[0].Code != paceline.CodeAuthEnds || !list.Items[0].Warning || list.Items[0].Cycle != c.Num {
				t.Errorf("the incidents are %+v", list.Items)
			}
			return err
		}))
	})
}

func asError(err error) *connector.Error {
	if err == nil {
		return nil
	}
	return err.(*connector.Error)
}

// TestGrantsAreRevoked shows that the vendor is told when a credential is dropped.
func TestGrantsAreRevoked(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		ctx := t.Context()
		for n, drop := range []func() error{
			func() error { _, err := h.DeauthenticateConnector(ctx, h.p, h.root, h.ac.ID); return err },
			func() error { return h.DeleteAccountConnector(ctx, h.p, h.root, h.ac.ID) },
		} {
			h.authenticate(t, nil)
			inst := h.instance(t)
			must(t, h.call(t, h.runtimes[0], inst))
			must(t, drop())
			if got := h.vendor.revoked.Load(); int(got) != n+1 {
				t.Errorf("%d revocations, want %d", got, n+1)
			}
			if _, err := h.runtimes[0].Obtain(ctx, inst); err == nil {
				t.Error("the refresh token still works")
			}
		}
	})
}

// TestTokenThatNobodyWantsIsRevoked: a token that comes when the credential has been dropped meanwhile is revoked as the one
// before it was, and is not kept.
func TestTokenThatNobodyWantsIsRevoked(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		for name, drop := range map[string]func(h *oauthHouse) error{
			"de-authenticated": func(h *oauthHouse) error {
				_, err := h.DeauthenticateConnector(context.Background(), h.p, h.root, h.ac.ID)
				return err
			},
			"deleted": func(h *oauthHouse) error {
				return h.DeleteAccountConnector(context.Background(), h.p, h.root, h.ac.ID)
			},
			"another authentication": func(h *oauthHouse) error {
				_, err := h.UpdateAccountConnector(context.Background(), h.p, h.root, h.ac.ID, catalog.AccountConnectorUpdate{Authentication: ptr("login"), AuthValue: ptr("dTpw")})
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h := newOAuthHouse(t, open(t))
				h.authenticate(t, nil)
				var came string
				h.vendor.onRenewed = func(refresh string) {
					came = refresh
					if err := drop(h); err != nil {
						t.Errorf("drop: %v", err)
					}
				}
				inst := h.instance(t)
				_, err := h.Renew(t.Context(), inst)
				if n := h.vendor.revoked.Load(); n != 2 || h.vendor.toldOf.Load() != came || came == "" {
					t.Errorf("%d revocations, the last of %v, want 2 with that of the new token; %v", n, h.vendor.toldOf.Load(), err)
				}
				if now, err := h.Instance(t.Context(), h.root.Scope(), h.ac.ID); err == nil && strings.Contains(now.AuthValue, came) {
					t.Error("the token is kept")
				}
			})
		}
	})
}

// TestGrantThatProvesNothingIsRevoked: what a person has consented to is revoked where the method that proves it fails, and
// nothing was there before.
func TestGrantThatProvesNothingIsRevoked(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t), "\nonConnect: {test: who}\nerrors: [{status: [200], methods: [who], as: error, message: not today}]\n")
		h.Attach(h.runtimes[0])
		ctx := t.Context()
		address, state, err := h.BeginConsent(ctx, h.p, h.root, h.ac.ID, "session", catalog.Consent{Redirect: sentBack})
		must(t, err)
		back := h.vendor.consent(t, address)
		_, err = h.FinishConsent(ctx, state, "session", catalog.ConsentAnswer{Code: back.Get("code"), Query: back})
		ac, failed := h.AccountConnector(ctx, h.p, h.root, h.ac.ID)
		must(t, failed)
		if n := h.vendor.revoked.Load(); err == nil || ac.Authenticated || n != 1 {
			t.Errorf("%v, authenticated %t, %d revocations", err, ac.Authenticated, n)
		}
	})
}

// TestRevocationIsTriedAgain: a vendor that is away when a credential is dropped hears of it later, also when the
// account and its key are gone; what is kept until then shows no secret.
func TestRevocationIsTriedAgain(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		ctx := t.Context()
		drops := []func(){
			func() { _, err := h.DeauthenticateConnector(ctx, h.p, h.root, h.ac.ID); must(t, err) },
			func() {
				must(t, h.StopAccount(ctx, h.p, h.root))
				must(t, h.SweepOnce(ctx))
				if n := h.vendor.revoked.Load(); n != 1 {
					t.Errorf("%d revocations while the account is there", n-1)
				}
				must(t, h.store.InTx(ctx, h.p.PartnerScope(), func(tx *store.Tx) error {
					if err := tx.EraseAccount(h.p.PartnerScope(), h.root.Num); err != nil {
						return err
					}
					return h.EraseAccount(tx, h.root)
				}))
			},
		}
		for n, drop := range drops {
			grant := h.authenticate(t, nil)
			inst := h.instance(t)
			h.vendor.away.Store(true)
			drop()
			must(t, h.store.Read(ctx, func(tx *store.Tx) error {
				rows, err := tx.DueFarewells(paceline.ToMicros(h.clock.Now().Add(time.Hour)), store.Farewell{}, 10)
				if len(rows) != 1 || strings.Contains(string(rows[0].Sealed), grant.RefreshToken) {
					t.Errorf("kept is %+v", rows)
				}
				return err
			}))
			h.vendor.away.Store(false)
			must(t, h.SweepOnce(ctx))
			if got := h.vendor.revoked.Load(); int(got) != n {
				t.Errorf("%d revocations before the time of the next try", got)
			}
			h.clock.pass(2 * time.Minute)
			must(t, h.SweepOnce(ctx))
			must(t, h.SweepOnce(ctx))
			if got := h.vendor.revoked.Load(); int(got) != n+1 {
				t.Errorf("%d revocations, want %d", got, n+1)
			}
			if _, err := h.runtimes[0].Obtain(ctx, inst); err == nil {
				t.Error("the refresh token still works")
			}
		}
	})
}

// TestOAuthClient shows whose app is used.
func TestOAuthClient(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		ctx := t.Context()
		check := func(want connector.Client) {
			t.Helper()
			if got := h.instance(t).Client; got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		check(connector.Client{ID: "app", Secret: "app-secret"})
		_, err := h.SetProperty(ctx, h.p, h.root, h.ac.ID, catalog.PropertyInput{Name: "ClientId", Value: ptr("mine")})
		must(t, err)
		check(connector.Client{ID: "mine"}) // never with the secret of another app
		_, err = h.SetProperty(ctx, h.p, h.root, h.ac.ID, catalog.PropertyInput{Name: "ClientSecret", Value: ptr("my-secret")})
		must(t, err)
		check(connector.Client{ID: "mine", Secret: "my-secret"})
		must(t, h.DeleteProperty(ctx, h.p, h.root, h.ac.ID, propertyID(t, h, "ClientId")))
		must(t, h.RemoveOAuthApp(ctx, h.p, catalog.ConnectorRef{Name: "Hub"}))
		check(connector.Client{})
		fails(t, "remove twice", h.RemoveOAuthApp(ctx, h.p, catalog.ConnectorRef{Name: "Hub"}), paceline.CodeNotFound)
		restricted := h.p
		restricted.RestrictedTo = h.root.Num
		_, err = h.SetOAuthApp(ctx, restricted, catalog.ConnectorRef{Name: "Hub"}, connector.Client{ID: "x"})
		fails(t, "an account's token", err, paceline.CodeDenied)
	})
}

func propertyID(t *testing.T, h *oauthHouse, name string) int32 {
	t.Helper()
	list, err := h.Properties(t.Context(), h.p, h.root, h.ac.ID)
	must(t, err)
	for _, p := range list {
		if p.Name == name {
			return p.ID
		}
	}
	t.Fatalf("no property %s", name)
	return 0
}

// TestATokenIsStoredBeforeItIsUsed: a crash after a renewal never leaves a credential that the vendor has replaced.
func TestATokenIsStoredBeforeItIsUsed(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		h.authenticate(t, func(g *connector.Grant) { g.AccessToken, g.Expires = "not-a-token", "" })
		stored := func() (sealed string) {
			must(t, h.store.Read(t.Context(), func(tx *store.Tx) error {
				ac, _, err := tx.AccountConnector(h.root, h.ac.ID)
				sealed = string(ac.AuthSealed)
				return err
			}))
			return sealed
		}
		before, used := stored(), 0
		h.vendor.onUse = func(bearer string) {
			if bearer == "not-a-token" {
				return
			}
			if used++; stored() == before {
				t.Error("the new token is used before it is stored")
			}
		}
		must(t, h.call(t, h.runtimes[0], h.instance(t)))
		if used != 1 {
			t.Errorf("the new token was used %d times", used)
		}
	})
}

// TestARenewalThatWasCutOff: a process that ends while it renews a token keeps others waiting until its turn has ended,
// and no longer. Whether the vendor had given the next token they learn from the vendor.
func TestARenewalThatWasCutOff(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		for name, c := range map[string]struct {
			asked bool
			want  connector.Class
		}{"before the vendor was asked": {}, "before the answer was stored": {true, connector.ClassAuth}} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h := newOAuthHouse(t, open(t))
				ctx := t.Context()
				h.authenticate(t, func(g *connector.Grant) { g.AccessToken, g.Expires = "not-a-token", "" })
				inst := h.instance(t)
				var until paceline.Micros
				must(t, h.store.InTx(ctx, h.root.Scope(), func(tx *store.Tx) error {
					until = tx.Now().Add(500 * time.Millisecond)
					taken, err := tx.TakeOAuthLease(h.root.Scope(), h.ac.ID, "dead", until)
					if !taken {
						t.Error("nobody holds the turn, and it was not given")
					}
					return err
				}))
				if c.asked {
					_, err := h.runtimes[0].Obtain(ctx, inst)
					must(t, err)
				}
				h.vendor.onUse = func(bearer string) {
					if bearer != "not-a-token" && paceline.ToMicros(time.Now()) < until {
						t.Error("renewed while another process has its turn")
					}
				}
				failed := h.call(t, h.runtimes[1], inst)
				if c.asked != (failed != nil) || failed != nil && asError(failed).Class != c.want {
					t.Errorf("the call after it: %v", failed)
				}
				ac, err := h.AccountConnector(ctx, h.p, h.root, h.ac.ID)
				must(t, err)
				if ac.Authenticated == c.asked || h.vendor.ended.Load() != c.asked {
					t.Errorf("authenticated %t, refused %t", ac.Authenticated, h.vendor.ended.Load())
				}
				if !c.asked {
					must(t, h.call(t, h.runtimes[0], h.instance(t)))
				}
			})
		}
	})
}

// TestARefreshTokenThatIsNotGivenAgainStays: a vendor that keeps its refresh tokens names none when it gives the next
// access token. The one that is stored goes on.
func TestARefreshTokenThatIsNotGivenAgainStays(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		h.vendor.keeps.Store(true)
		_, err := h.SetOAuthApp(t.Context(), h.p, catalog.ConnectorRef{Name: "Hub"}, connector.Client{ID: "keeper", Secret: "keeper-secret"})
		must(t, err)
		first := h.authenticate(t, func(g *connector.Grant) { g.AccessToken, g.Expires = "not-a-token", "" })
		for n := range int32(3) {
			inst, err := h.Renew(t.Context(), h.instance(t))
			must(t, err)
			must(t, h.call(t, h.runtimes[0], inst))
			now := h.instance(t).Grant()
			if now.RefreshToken != first.RefreshToken || now.AccessToken == first.AccessToken {
				t.Errorf("stored is %+v", now)
			}
			if got := h.vendor.refreshes.Load(); got != n+1 {
				t.Errorf("the vendor was asked %d times, want %d", got, n+1)
			}
		}
	})
}
