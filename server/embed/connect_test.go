package embed_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/cycle"
	"paceline/internal/egress"
	"paceline/internal/seal"
	"paceline/server/embed"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/storefront"
	"paceline/tenant"
)

const acme = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["{{BaseUrl}}"]
properties: [{name: BaseUrl, scope: account}]
server: {baseUrl: "{{BaseUrl}}"}
auth:
  - {id: consent, type: oauth2, default: true, grant: authorization_code, authorizeUrl: "{{BaseUrl}}/auth", tokenUrl: "{{BaseUrl}}/oauth/token", scopes: {default: [openid, offline_access]}}
  - {id: machine, type: oauth2, grant: client_credentials, tokenUrl: "{{BaseUrl}}/oauth/token"}
  - {id: key, type: api_key}
methods: [{id: who, name: Who, request: {method: GET, path: /userinfo}}]
`

type clock struct {
	paceline.SystemClock
	offset atomic.Int64
}

func (c *clock) Now() time.Time { return c.SystemClock.Now().Add(time.Duration(c.offset.Load())) }

// house is the pages over a store, with a vendor that others wrote.
type house struct {
	*testing.T
	url, vendor string
	tenants     *tenant.Tenant
	rooms       *catalog.Room
	runtime     *connector.Runtime
	clock       *clock
	p           paceline.Principal
	a           paceline.Account
	shop        *storefront.Room
	door        *embed.Handler
	cycles      *cycle.Room
	agents      *sync.Map // by what name the vendor was called last, by the path
}

// application is the page of the embedded application before it is built, which is tried in a browser (package e2e).
var application = fstest.MapFS{"embed.html": {Data: applicationPage()}}

func applicationPage() []byte {
	page, err := os.ReadFile("../../web/embed.html")
	if err != nil {
		panic(err)
	}
	return append(page, `<script nonce="__NONCE__"></script>`...)
}

func newHouse(t *testing.T, s *store.Store) *house {
	t.Helper()
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	h := &house{T: t, clock: &clock{}, agents: &sync.Map{}}
	var pages, vendor http.Handler
	ours := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { pages.ServeHTTP(w, q) }))
	t.Cleanup(ours.Close)
	theirs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		h.agents.Store(q.URL.Path, q.UserAgent())
		vendor.ServeHTTP(w, q)
	}))
	t.Cleanup(theirs.Close)
	h.url, h.vendor = ours.URL, theirs.URL
	clients := map[string]*storage.Client{"app": storage.WebClient("app", "app-secret", h.url+embed.CallbackPath)}
	vendor = exampleop.SetupServer(h.vendor, storage.NewStorageWithClients(storage.NewUserStore(h.vendor), clients), nil, false)

	installation, err := tenant.OpenInstallation(ctx, s, seal.New(seal.NewKey()))
	h.must(err)
	h.tenants = tenant.New(tenant.Config{Store: s, Installation: installation, Clock: h.clock, Logger: log})
	releases := cycle.NewReleases(s)
	cycles := cycle.New(cycle.Config{Store: s, Releases: releases, Clock: h.clock, Logger: log})
	h.rooms = catalog.New(catalog.Config{Store: s, Releases: releases, Cycles: cycles, Keys: h.tenants, Broker: h.tenants.Broker(), Clock: h.clock, Logger: log})
	h.tenants.Attach(h.rooms)
	h.allow(t, h.vendor)
	h.shop = storefront.New(storefront.Config{Store: s, Catalog: h.rooms, Cycles: cycles, Releases: releases, Clock: h.clock, Logger: log, Keys: h.tenants.KeyOf})
	h.shop.ServeAt(h.url)
	h.cycles = cycles
	cycles.AttachFollower(h.shop)
	h.door = &embed.Handler{Tenant: h.tenants, Catalog: h.rooms, Storefront: h.shop, Files: application, Log: log, ServiceURL: h.url}
	pages = h.door

	partner, err := h.tenants.CreatePartner(ctx, "First")
	h.must(err)
	h.p = paceline.SystemPrincipalOf(partner.Num)
	_, err = h.tenants.UpdateSettings(ctx, h.p, tenant.SettingsPatch{Origins: tenant.Value([]string{"https://app.example.com"})})
	h.must(err)
	_, err = h.tenants.CreateAccount(ctx, h.p, tenant.AccountPatch{ID: tenant.Value("northwind"), Name: tenant.Value("Northwind")})
	h.must(err)
	h.a, err = h.tenants.ResolveAccount(ctx, h.p, []string{"northwind"})
	h.must(err)
	_, err = h.rooms.Publish(ctx, catalog.Publication{Partner: h.p.Partner, Name: "acme.yaml", Document: []byte(acme)})
	h.must(err)
	return h
}

// allow lets the house call a vendor on this machine, and no other there.
func (h *house) allow(t *testing.T, vendor string) {
	t.Helper()
	guard, err := egress.New(egress.Config{Allow: []string{strings.TrimPrefix(vendor, "http://")}, Logger: slog.New(slog.DiscardHandler)})
	h.must(err)
	t.Cleanup(guard.CloseIdle)
	h.runtime = connector.New(connector.Config{Transport: guard.Transport(), Clock: h.clock, Renewer: h.rooms})
	h.rooms.AttachVendors(h.runtime)
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// install makes an account connector with an app at the vendor.
func (h *house) install(authentication, clientID, secret string) int32 {
	h.Helper()
	var properties []catalog.PropertyInput
	for name, value := range map[string]string{"BaseUrl": h.vendor, "ClientId": clientID, "ClientSecret": secret} {
		properties = append(properties, catalog.PropertyInput{Name: name, Value: &value})
	}
	name := authentication + paceline.NewSecret(4)
	ac, err := h.rooms.InstallConnector(h.Context(), h.p, h.a, catalog.ConnectorRef{Name: "Acme"}, catalog.ConnectorInstall{Name: &name, Authentication: &authentication, Properties: properties})
	h.must(err)
	return ac.ID
}

func (h *house) authenticated(id int32) bool {
	h.Helper()
	ac, err := h.rooms.AccountConnector(h.Context(), h.p, h.a, id)
	h.must(err)
	return ac.Authenticated
}

// link is a link to the page with a new sign-in token.
func (h *house) link(id int32, target, message string) string {
	h.Helper()
	token, err := h.tenants.CreateSignInToken(h.Context(), h.p, string(h.a.ID), "jo@northwind.example")
	h.must(err)
	query := url.Values{"id": {strconv.Itoa(int(id))}, "token": {token.Token}, "targetOrigin": {target}}
	if message != "" {
		query.Set("callbackMessage", message)
	}
	return h.url + "/connectorauth/UpdateAccountConnectorOAuth?" + query.Encode()
}

type browser struct {
	*house
	client *http.Client
	told   string // what the address of its page tells, which the application sends along
}

func (h *house) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{house: h, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// do makes a request and returns its status, where it leads to, and its body.
func (b *browser) do(method, address string, form url.Values, headers ...string) (int, string, string, http.Header) {
	b.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.vendor + address
	}
	q, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	b.must(err)
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	r, err := b.client.Do(q)
	b.must(err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	b.must(err)
	if to, err := r.Location(); err == nil {
		b.told = to.Query().Get("told")
	}
	return r.StatusCode, r.Header.Get("Location"), string(body), r.Header
}

// begin follows a link and consents; it returns the address at which the vendor sends the person back.
func (b *browser) begin(link string) string {
	b.Helper()
	status, to, body, _ := b.do("GET", link, nil)
	if status != 303 || !strings.HasPrefix(to, b.vendor+"/auth?") {
		b.Fatalf("the link: %d %s %s", status, to, body)
	}
	_, login, _, _ := b.do("GET", to, nil)
	_, id, _ := strings.Cut(login, "authRequestID=")
	_, to, _, _ = b.do("POST", "/login/username", url.Values{"id": {id}, "username": {"test-user@127.0.0.1"}, "password": {"verysecure"}})
	_, to, _, _ = b.do("GET", to, nil)
	if !strings.HasPrefix(to, b.url+embed.CallbackPath+"?") {
		b.Fatalf("the vendor sends the person to %s", to)
	}
	return to
}

func (b *browser) expect(what string, want int, method, address string, headers ...string) (to, body string, head http.Header) {
	b.Helper()
	status, to, body, head := b.do(method, address, nil, headers...)
	if status != want {
		b.Errorf("%s: got %d %s, want %d", what, status, body, want)
	}
	return to, body, head
}

const target = "https://app.example.com/done?x=1"

func TestConnect(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id := h.install("consent", "app", "app-secret")
		b := h.browser()
		link := h.link(id, target, "")
		b.expect("a scanner", 204, "HEAD", link)
		b.expect("a browser that prepares", 204, "GET", link, "Sec-Purpose", "prefetch;prerender")
		callback := b.begin(link)
		_, body, _ := b.expect("the link again", 403, "GET", link)
		if !strings.Contains(body, "403 – Forbidden: Access is denied.") {
			t.Error(body)
		}
		h.browser().expect("another browser", 403, "GET", callback)
		b.expect("a scanner at the callback", 204, "HEAD", callback)
		if h.authenticated(id) {
			t.Error("authenticated before the person came back")
		}
		if to, _, _ := b.expect("the person", 303, "GET", callback); to != target {
			t.Errorf("sent to %s", to)
		}
		if !h.authenticated(id) {
			t.Error("not authenticated")
		}
		b.expect("the callback again", 403, "GET", callback)
		inst, err := h.rooms.Instance(t.Context(), h.a.Scope(), id)
		h.must(err)
		if _, err := h.runtime.Call(t.Context(), connector.Call{Instance: inst, Method: inst.Compiled.Method("who")}); err != nil {
			t.Error(err)
		}
	})
}

func TestConnectWithMessage(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id := h.install("consent", "app", "app-secret")
		b := h.browser()
		_, body, head := b.expect("the person", 200, "GET", b.begin(h.link(id, "https://App.example.com:443/x", `</script>"done"`)))
		if !strings.Contains(body, `.postMessage("\u003c/script\u003e\"done\"", "https://app.example.com")`) {
			t.Error(body)
		}
		if csp := head.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors https://app.example.com") || strings.Contains(csp, "unsafe") {
			t.Error(csp)
		}
	})
}

func TestConnectWithoutAPerson(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id, wrong, key := h.install("machine", "sid1", "verysecret"), h.install("machine", "sid1", "wrong"), h.install("key", "", "")
		b := h.browser()
		if to, _, _ := b.expect("client credentials", 303, "GET", h.link(id, target, "")); to != target || !h.authenticated(id) {
			t.Errorf("sent to %s", to)
		}
		if b.expect("a wrong secret", 502, "GET", h.link(wrong, target, "")); h.authenticated(wrong) {
			t.Error("authenticated with a wrong secret")
		}
		b.expect("another way of authentication", 400, "GET", h.link(key, target, ""))
		b.expect("no such connector", 404, "GET", h.link(id+1000, target, ""))
	})
}

func TestConnectRefuses(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id := h.install("consent", "app", "app-secret")
		b := h.browser()
		for _, to := range []string{"", "*", "https://evil.example", "javascript:alert(1)", "//app.example.com", "https://app.example.com@evil.example", "http://app.example.com", `https://app.example.com\@evil.example`} {
			b.expect("target "+to, 400, "GET", h.link(id, to, ""))
		}
		b.expect("no token", 403, "GET", h.url+embed.ConnectPath+"?id=1&targetOrigin="+target)
		b.expect("a callback out of nowhere", 403, "GET", h.url+embed.CallbackPath+"?code=x&state=y")
		b.expect("a callback by POST", 405, "POST", h.url+embed.CallbackPath)

		// A sign-in token opens what is its account's, for five minutes.
		other := *h
		_, err := h.tenants.CreateAccount(t.Context(), h.p, tenant.AccountPatch{ID: tenant.Value("contoso"), Name: tenant.Value("Contoso")})
		h.must(err)
		other.a, err = h.tenants.ResolveAccount(t.Context(), h.p, []string{"contoso"})
		h.must(err)
		b.expect("another account's connector", 404, "GET", other.link(id, target, ""))
		old := h.link(id, target, "")
		h.clock.offset.Store(int64(6 * time.Minute))
		b.expect("a sign-in token after six minutes", 403, "GET", old)
		h.clock.offset.Store(0)

		// A state is that of one account connector: with the code of another it authenticates nothing.
		second := h.install("consent", "app", "app-secret")
		one, _ := url.Parse(b.begin(h.link(id, target, "")))
		two, _ := url.Parse(b.begin(h.link(second, target, "")))
		mixed := one.Query()
		mixed.Set("code", two.Query().Get("code"))
		one.RawQuery = mixed.Encode()
		b.expect("the code of another consent", 502, "GET", one.String())
		if h.authenticated(id) || h.authenticated(second) {
			t.Error("authenticated with another's code")
		}

		refused, _ := url.Parse(b.begin(h.link(id, target, "")))
		query := refused.Query()
		query.Del("code")
		query.Set("error", "access_denied")
		query.Set("error_description", "<script>alert(1)</script>")
		refused.RawQuery = query.Encode()
		if _, body, _ := b.expect("the vendor refuses", 400, "GET", refused.String()); !strings.Contains(body, "access_denied") || strings.Contains(body, "<script>") {
			t.Error(body)
		}
		late := b.begin(h.link(id, target, ""))
		h.clock.offset.Store(int64(11 * time.Minute))
		b.expect("after ten minutes", 403, "GET", late)
		if h.authenticated(id) {
			t.Error("authenticated")
		}
	})
}
