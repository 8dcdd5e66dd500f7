package api_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/connectors"
	"paceline/cycle"
	"paceline/engine"
	"paceline/internal/egress"
	"paceline/internal/seal"
	"paceline/script"
	"paceline/script/worker"
	"paceline/server"
	"paceline/server/api"
	"paceline/server/embed"
	"paceline/server/hook"
	"paceline/server/oauth"
	"paceline/store"
	"paceline/storefront"
	"paceline/tenant"
	"paceline/utility"
	"paceline/web"
)

// TestMain makes the test's program a script worker when a pool starts it as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == worker.Argument {
		os.Exit(worker.Main(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// house is a whole installation behind a real HTTP server, with two partners. The first has the account
// "northwind" with the sub account "northwind-berlin", and the account "contoso"; the second has the
// account "foreign".
type house struct {
	url    string
	rooms  api.Services
	sink   *httptest.Server // the remote system that the test connector calls
	tokens map[string]string
	// cookies are those of visitors of our pages, who have no token.
	cookies map[string]string
	// marketplaces are the ids of one of each partner's.
	marketplaces map[string]string
	// A client credential of the first partner.
	clientID, clientSecret string
	clock                  *testClock
	store                  *store.Store
	vendor                 *vendor
	p                      paceline.Principal // who may do everything of the first partner
}

// testClock is the machine's clock with an offset.
type testClock struct {
	paceline.SystemClock
	mu     sync.Mutex
	offset time.Duration
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.SystemClock.Now().Add(c.offset)
}

func (c *testClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

func newHouse(t *testing.T, s *store.Store) *house {
	t.Helper()
	ctx := t.Context()
	log := slog.New(slog.DiscardHandler)
	h := &house{store: s, clock: &testClock{}, tokens: map[string]string{}, cookies: map[string]string{}, marketplaces: map[string]string{}, sink: newSink(t), vendor: newVendor(t)}
	installation, err := tenant.OpenInstallation(ctx, s, seal.New(seal.NewKey()))
	must(t, err)
	tenants := tenant.New(tenant.Config{Store: s, Installation: installation, Clock: h.clock, Logger: log})
	releases := cycle.NewReleases(s)
	cycles := cycle.New(cycle.Config{Store: s, Releases: releases, Clock: h.clock, Logger: log})
	rooms := catalog.New(catalog.Config{Store: s, Releases: releases, Cycles: cycles, Keys: tenants, Broker: tenants.Broker(), Clock: h.clock, Logger: log})
	tenants.Attach(rooms)
	shop := storefront.New(storefront.Config{Store: s, Catalog: rooms, Cycles: cycles, Releases: releases, Clock: h.clock, Logger: log, Keys: tenants.KeyOf})
	guard, err := egress.New(egress.Config{Allow: []string{h.sink.Listener.Addr().String(), h.vendor.Listener.Addr().String()}, Logger: log})
	must(t, err)
	scripts := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}, Warm: 1, Logger: log})
	t.Cleanup(scripts.Close)
	calls := connector.New(connector.Config{Transport: guard.Transport(), Clock: h.clock, Logger: log, Renewer: rooms, Scripts: scripts})
	utility.Provide(calls, utility.Config{Store: s, Keys: tenants.KeyOf, Clock: h.clock})
	rooms.Attach(calls)
	rooms.AttachVendors(calls)
	rooms.AttachScripts(scripts)
	cycles.AttachScripts(scripts)
	e := engine.New(engine.Config{
		Store: s, Plans: cycles, Instances: rooms, Runtime: calls,
		Keys: tenants.KeyOf, Broker: tenants.Broker(), IDs: tenants.IDs(), Clock: h.clock, Logger: log, Notices: tenants, Outbound: guard.Transport(),
	})
	cycles.Attach(e)
	must(t, e.Start(ctx))
	t.Cleanup(func() {
		stop, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		e.Stop(stop)
	})

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	h.url = "http://" + listener.Addr().String()
	h.rooms = api.Services{Log: log, ServiceURL: h.url, EgressAddresses: []string{"192.0.2.7", "198.51.100.0/28"}, Tenant: tenants, Catalog: rooms, Cycle: cycles, Storefront: shop, Engine: e}
	srv := server.New(server.Config{
		Log: log, Clock: h.clock,
		API:   api.New(h.rooms),
		Embed: &embed.Handler{Tenant: tenants, Catalog: rooms, Storefront: shop, Files: web.Dist(), Log: log, ServiceURL: h.url},
		Token: &oauth.Handler{Tenant: tenants, Log: log}, Setup: &server.Setup{Tenant: tenants, Log: log},
		Hook: &hook.Handler{Intake: e, Log: log, Clock: h.clock, MaxBody: 1 << 20, ReadTimeout: 10 * time.Second, Origin: h.url},
	})
	srv.SetReady(true)
	go srv.Serve(listener, "", "")
	t.Cleanup(func() {
		stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		srv.Stop(stop)
	})
	h.populate(t, tenants, rooms)
	return h
}

// publish makes connectors that come with the program known.
func (h *house) publish(t *testing.T, folders []string) {
	t.Helper()
	if len(folders) == 0 {
		return
	}
	files := fstest.MapFS{}
	for _, name := range folders {
		for _, file := range []string{"/connector.yaml", "/icon.svg"} {
			text, err := connectors.Files.ReadFile(name + file)
			must(t, err)
			files[name+file] = &fstest.MapFile{Data: text}
		}
	}
	_, err := h.rooms.Catalog.PublishAll(t.Context(), files)
	must(t, err)
}

func (h *house) populate(t *testing.T, tenants *tenant.Tenant, rooms *catalog.Room) {
	t.Helper()
	ctx := t.Context()
	first, err := tenants.CreatePartner(ctx, "First")
	must(t, err)
	second, err := tenants.CreatePartner(ctx, "Second")
	must(t, err)
	p, other := paceline.SystemPrincipalOf(first.Num), paceline.SystemPrincipalOf(second.Num)
	h.p = p
	account := func(p paceline.Principal, id, parent string) {
		patch := tenant.AccountPatch{ID: tenant.Value(id), Name: tenant.Value(strings.ToUpper(id[:1]) + id[1:])}
		if parent != "" {
			patch.ParentAccountID = tenant.Value(parent)
		}
		_, err := tenants.CreateAccount(ctx, p, patch)
		must(t, err)
	}
	account(p, "northwind", "")
	account(p, "northwind-berlin", "northwind")
	account(p, "contoso", "")
	account(other, "foreign", "")
	for _, name := range []string{"sink.yaml", "grid.yaml"} {
		text, err := os.ReadFile("testdata/" + name)
		must(t, err)
		for _, who := range []paceline.Principal{p, other} {
			_, err = rooms.Publish(ctx, catalog.Publication{Partner: who.Partner, Name: name, Document: []byte(strings.ReplaceAll(string(text), "SINK", h.sink.Listener.Addr().String()))})
			must(t, err)
		}
	}
	for as, who := range map[string]paceline.Principal{"partner": p, "other": other} {
		m, err := h.rooms.Storefront.CreateMarketplace(ctx, who, storefront.Marketplace{Name: "Add-ons"})
		must(t, err)
		h.marketplaces[as] = fmt.Sprint(m.ID)
	}
	token := func(who string, p paceline.Principal, account string) {
		tok, err := tenants.GrantToken(ctx, p, account)
		must(t, err)
		h.tokens[who] = tok.AccessToken
	}
	client, err := tenants.CreateClient(ctx, p, tenant.ClientInput{Description: "test"})
	must(t, err)
	h.clientID, h.clientSecret = client.ClientID, client.Secret
	h.clock.move(-30 * 24 * time.Hour)
	token("expired", p, "")
	h.clock.move(30 * 24 * time.Hour)
	token("partner", p, "")
	token("other", other, "")
	token("restricted", p, "northwind")
	h.tokens["wrong"] = strings.Repeat("ab", 32)
}

// authorize sets the caller's token.
func (h *house) authorize(t *testing.T, q *http.Request, as string) {
	t.Helper()
	if cookie := h.cookies[as]; cookie != "" {
		q.Header.Set("Cookie", cookie)
		as = "none"
	}
	switch as {
	case "none":
	case "":
		q.Header.Set("Authorization", "Bearer "+h.tokens["partner"])
	default:
		token, known := h.tokens[as]
		if !known {
			t.Fatalf("unknown caller %q", as)
		}
		q.Header.Set("Authorization", "Bearer "+token)
	}
}

// settle lets the engine's goroutines work before a request is repeated.
func (*house) settle() {
	wait, stop := paceline.SystemClock{}.NewTimer(10 * time.Millisecond)
	defer stop()
	<-wait
	runtime.Gosched()
}

// newSink is a remote system that takes contacts: it wants the API key "letmein" and answers 201,
// or with a list of countries.
func newSink(t *testing.T) *httptest.Server {
	grid := new(gridRemote)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if q.URL.Path != "/portals" && q.Header.Get("X-Key") != "letmein" {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"error":"wrong key"}`)
			return
		}
		if q.URL.Path == "/contacts" && q.URL.Query().Get("Source") == "refused" {
			w.WriteHeader(http.StatusUnprocessableEntity)
			io.WriteString(w, `{"error":"no such source"}`)
			return
		}
		if q.URL.Path == "/echo" {
			io.Copy(w, q.Body)
			return
		}
		if q.URL.Path == "/file" {
			w.Header().Set("Content-Type", "application/pdf")
			w.Header().Set("Content-Disposition", `attachment; filename="a.pdf"`)
			io.WriteString(w, "%PDF of the sink")
			return
		}
		if q.URL.Path == "/portals" {
			io.WriteString(w, `{"portals":[{"id":777},{"id":888}]}`)
			return
		}
		if q.URL.Path == "/countries" {
			io.WriteString(w, `{"countries":[{"code":"de","name":"Germany"},{"code":"at","name":"Austria"},{"code":"de","name":"Germany"},{"name":"Nowhere"}]}`)
			return
		}
		if grid.answer(w, q) {
			return
		}
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"id":"c-1"}`)
	}))
	t.Cleanup(s.Close)
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
