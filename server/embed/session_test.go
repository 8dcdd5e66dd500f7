package embed_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/storefront"
	"paceline/tenant"
)

// entry is a sign-in link for a user of an account.
func (h *house) entry(account, rest string) string {
	h.Helper()
	token, err := h.tenants.CreateSignInToken(h.Context(), h.p, account, "jo@northwind.example")
	h.must(err)
	return h.url + tenant.SignInPath + "?token=" + token.Token + rest
}

// TestSignInLeadsTo: where a link leads, and what it hands on.
func TestSignInLeadsTo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	for _, c := range []struct {
		name, rest, to string
		status         int
	}{
		{"without a page", "", "/account", 303},
		{"LAUNCH with what it is told", "&returnUrl=%2Flaunch&inline=false&tags=b&tags=a+b", "/launch?inline=false&tags=b&tags=a+b", 303},
		{"a marketplace", "&returnUrl=%2Flaunch/marketplace/7", "/launch/marketplace/7", 303},
		{"names in any letter case", "&RETURNURL=%2Forbit&x=1", "/orbit?x=1", 303},
		{"what the page says stays", "&returnUrl=%2Flaunch%3Fstart%3Dfalse&Start=true&once=true", "/launch?once=true&start=false", 303},
		{"nobody says whose page it is", "&returnUrl=%2Flaunch%3Fvisit%3D0123456789ab%26partner%3Dx&visit=0123456789ab&partner=x", "/launch", 303},
		{"nobody hands a token on", "&returnUrl=%2Flaunch&Token=x", "/launch", 303},
		{"another site", "&returnUrl=https%3A%2F%2Fevil.example", "", 400},
		{"another host", "&returnUrl=%2F%2Fevil.example", "", 400},
		{"another host in disguise", "&returnUrl=%2F%5Cevil.example", "", 400},
		{"a way out", "&returnUrl=%2Fa%2F..%2F%5Cevil.example", "", 400},
		{"a line end", "&returnUrl=%2Flaunch%0D%0ASet-Cookie:a=b", "", 400},
		{"no address of this site", "&returnUrl=launch", "", 400},
		{"a script", "&returnUrl=javascript:alert(1)", "", 400},
	} {
		status, to, body, head := h.browser().do("GET", h.entry("northwind", c.rest), nil)
		to, visit := apart(to)
		if status == 303 && visit == "" {
			t.Errorf("%s: no visit", c.name)
		}
		if strings.Contains(c.rest, "&Token=") && status == 403 {
			continue // which of the two tokens counts is not said; that none is handed on is
		}
		if status != c.status || to != c.to || head.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d to %q: %s", c.name, status, to, body)
		}
	}
	b := h.browser()
	link := h.entry("northwind", "&returnUrl=%2Flaunch")
	b.expect("a scanner", 204, "HEAD", link)
	b.expect("a browser that prepares", 204, "GET", link, "Sec-Purpose", "prefetch;prerender")
	b.expect("a form", 405, "POST", link)
	if _, body, _ := b.expect("a page that is none", 400, "GET", h.entry("northwind", "&returnUrl=x")); !strings.Contains(body, "This page cannot be shown") {
		t.Error(body)
	}
	b.expect("none of them used it up", 303, "GET", link)
	if _, body, _ := b.expect("once", 403, "GET", link); !strings.Contains(body, "403 – Forbidden: Access is denied.") {
		t.Error(body)
	}
	late := h.entry("northwind", "")
	h.clock.offset.Add(int64(5 * time.Minute))
	b.expect("after five minutes", 403, "GET", late)
}

var visitPart = regexp.MustCompile(`[?&]visit=([0-9a-f]{12})`)

// apart returns an address without its visit, and the visit.
func apart(address string) (rest, visit string) {
	if m := visitPart.FindStringSubmatch(address); m != nil {
		visit = m[1]
	}
	return visitPart.ReplaceAllString(address, ""), visit
}

// TestVisitsSideBySide: windows of one browser each keep to the customer whose link opened them, whichever came last.
func TestVisitsSideBySide(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	h.other()
	b := h.browser()
	enter := func(account string) (page, visit string) {
		t.Helper()
		page, _, _ = b.expect("the link", 303, "GET", h.entry(account, "&returnUrl=%2Forbit"))
		_, visit = apart(page)
		return h.url + page, visit
	}
	north, n := enter("northwind")
	south, s := enter("southwind")
	if n == s {
		t.Fatal("two visits have one name")
	}
	for range 2 {
		b.expect("one window", 200, "GET", north)
		b.expect("the other", 200, "GET", south)
		for visit, account := range map[string]string{n: "northwind", s: "southwind", "": "southwind"} {
			if got := b.ask(account, 200, "GET", "orbit", nil, "X-Embed-Visit", visit).Get("Visitor.AccountAPIID").String(); got != account {
				t.Errorf("the window of %s shows %s", account, got)
			}
		}
	}
	b.ask("a change", 404, "POST", "integration/0195d7a0-0000-7000-8000-000000000000/pause", object{}, "X-Embed-Visit", n)
	for _, visit := range []string{"0123456789ab", "x", n + "0", strings.ToUpper(n), "session", "../x"} {
		b.ask("a visit that is none", 403, "GET", "orbit", nil, "X-Embed-Visit", visit)
		b.expect("its page", 403, "GET", h.url+"/orbit?visit="+url.QueryEscape(visit))
	}
	h.browser().expect("another browser", 403, "GET", north)

	// A page without a visit gets that of the last link, and keeps it.
	_, body, head := b.expect("without a visit", 200, "GET", h.url+"/orbit")
	if !strings.Contains(body, `"Visit":"`+s+`"`) || !strings.Contains(strings.Join(head.Values("Set-Cookie"), " "), "embed-"+s+"=") {
		t.Errorf("the page names another visit than %s: %s", s, body)
	}
	// Only the newest are kept.
	for range 8 {
		enter("southwind")
	}
	b.expect("the oldest", 403, "GET", north)
	if n := len(b.cookies()); n > 10 {
		t.Errorf("the browser has %d cookies", n)
	}
}

// TestSessionShowsItsAccount: a visitor sees what is in its account and nothing of others, as long as it may.
func TestSessionShowsItsAccount(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		_, err := h.tenants.CreateAccount(t.Context(), h.p, tenant.AccountPatch{ID: tenant.Value("contoso"), Name: tenant.Value("Contoso <b>")})
		h.must(err)
		m, err := h.shop.CreateMarketplace(t.Context(), h.p, storefront.Marketplace{Name: "Add-ons & more"})
		h.must(err)
		other, err := h.tenants.CreatePartner(t.Context(), "Second")
		h.must(err)
		_, err = h.shop.CreateMarketplace(t.Context(), paceline.SystemPrincipalOf(other.Num), storefront.Marketplace{Name: "Theirs"})
		h.must(err)
		_, err = h.rooms.ImportTemplate(t.Context(), h.p, catalog.TemplateImport{Document: []byte(`{"PacelineVersion":"1","Kind":"Template","Name":"Nightly","Tags":["crm"],"Published":true,
			"Flow":{"Schema":1,"Steps":[{"ID":"7d0a52f4-53f5-4a40-9a25-000000000001","Name":"Wait","Kind":"Delay","Left":0,"Top":0}],"Edges":[],"Variables":[],"Settings":{}},"Connectors":[]}`)})
		h.must(err)

		b := h.browser()
		for _, page := range []string{"/launch", "/orbit", "/account", "/launch/marketplace/1"} {
			b.expect("without a session: "+page, 403, "GET", h.url+page)
		}
		b.expect("the link", 303, "GET", h.entry("northwind", "&returnUrl=%2Forbit"))
		see := func(page string) {
			t.Helper()
			_, body, head := b.expect(page, 200, "GET", h.url+page)
			nonce, _, _ := strings.Cut(strings.TrimPrefix(body[strings.Index(body, "nonce="):], `nonce="`), `"`)
			policy := head.Get("Content-Security-Policy")
			if !strings.Contains(policy, "frame-ancestors 'self' https://app.example.com") || len(nonce) < 16 || !strings.Contains(policy, "'nonce-"+nonce+"'") {
				t.Errorf("%s: %s, and %s", page, policy, body)
			}
		}
		for _, page := range []string{"/account", "/orbit", "/LAUNCH/?tags=crm", "/launch/marketplace/1", "/launch/marketplace/2"} {
			see(page)
		}
		tell := func(page string, has ...string) {
			t.Helper()
			_, body, _ := b.expect(page, 200, "GET", h.url+"/embed/data/"+page)
			for _, text := range append(has, `"Account":"Northwind"`, `"User":"jo@northwind.example"`) {
				if !strings.Contains(body, text) {
					t.Errorf("%s lacks %s: %s", page, text, body)
				}
			}
		}
		tell("account")
		tell("orbit", `"Integrations":null`)
		tell("launch", `"Name":"Nightly"`)
		tell("launch?tags=none&tags=crm", `"Name":"Nightly"`)
		tell("launch?tags=CRM", `"Offers":null`)
		tell("marketplace/1", `"Title":"Add-ons \u0026 more"`, `"Title":"Nightly"`)
		if m.ID != 1 {
			t.Errorf("the marketplace is number %d", m.ID)
		}
		for _, page := range []string{"2", "0", "-1", "abc", "99999999999999999999", "1/x"} {
			b.expect("a marketplace that is not its partner's: "+page, 404, "GET", h.url+"/embed/data/marketplace/"+page)
		}
		b.expect("a form", 405, "POST", h.url+"/orbit")
		if _, _, head := b.expect("another site's page", 403, "GET", h.url+"/embed/data/orbit", "Sec-Fetch-Site", "cross-site"); head.Get("X-Embed-Session") != "" {
			t.Error("a refusal says that the session is over, which it is not")
		}
		if _, _, head := h.browser().expect("without a session", 403, "GET", h.url+"/embed/data/orbit"); head.Get("X-Embed-Session") != "over" {
			t.Error("nothing says that there is no session")
		}

		// The last link of a browser counts; the first browser's session of another account shows that one alone.
		b.expect("another account's link", 303, "GET", h.entry("contoso", ""))
		if _, body, _ := b.expect("its page", 200, "GET", h.url+"/embed/data/orbit"); !strings.Contains(body, `"Contoso \u003cb\u003e"`) || strings.Contains(body, "Northwind") {
			t.Error(body)
		}
		for _, end := range []struct {
			name string
			do   func() error
		}{
			{"time", func() error { h.clock.offset.Add(int64(tenant.EmbedSessionLife)); return nil }},
			{"a new password", func() error {
				return h.tenants.SetPassword(t.Context(), h.p, tenant.UserPatch{UserName: "jo@northwind.example", Password: tenant.Value("long enough!")})
			}},
			{"no access any more", func() error {
				return h.tenants.RemoveAccountUser(t.Context(), h.p, "contoso", "jo@northwind.example")
			}},
			{"a suspended account", func() error { _, err := h.tenants.SuspendAccount(t.Context(), h.p, "contoso"); return err }},
			{"a deleted account", func() error {
				_, err := h.tenants.ResumeAccount(t.Context(), h.p, "contoso")
				h.must(err)
				b.expect("it goes on", 200, "GET", h.url+"/orbit")
				_, err = h.tenants.DeleteAccount(t.Context(), h.p, "contoso")
				return err
			}},
		} {
			if end.name != "a deleted account" {
				b.expect("a new session", 303, "GET", h.entry("contoso", "&returnUrl=%2Forbit"))
				b.expect("its page", 200, "GET", h.url+"/orbit")
			}
			h.must(end.do())
			b.expect("ended by "+end.name, 403, "GET", h.url+"/orbit")
		}
	})
}

// TestAccountInFrame: the account interface stands in a frame where the partner has allowed it, and over TLS; until then a link to it is
// not used up, and one that was made for another page never leads to it.
func TestAccountInFrame(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	h.other()
	allow := func(yes bool) {
		_, err := h.tenants.UpdateSettings(t.Context(), h.p, tenant.SettingsPatch{AccountInFrames: tenant.Value(yes)})
		h.must(err)
	}
	open := func(service, link string) (status int, to string, token string) {
		t.Helper()
		door := *h.door
		door.ServiceURL = service
		door.BeginFrame = func(w http.ResponseWriter, _ *http.Request, token string, seconds int) {
			http.SetCookie(w, &http.Cookie{Name: "frame", Value: token, MaxAge: seconds})
		}
		q := httptest.NewRequest("GET", strings.TrimPrefix(link, h.url), nil)
		q.Header.Set("Sec-Fetch-Dest", "iframe")
		w := httptest.NewRecorder()
		door.ServeHTTP(w, q)
		for _, c := range w.Result().Cookies() {
			if c.Name == "frame" {
				token = c.Value
			}
		}
		return w.Code, w.Header().Get("Location"), token
	}
	const tls, plain = "https://flows.example", "http://flows.example"
	orbit := strings.Replace(h.page("northwind", "/orbit", nil), "%2Forbit", "%2Fa%2Fnorthwind%2Fcycles", 1)
	link := h.entry("northwind", "&returnUrl=%2Fa%2Fnorthwind%2Fcycles")
	if status, _, token := open(tls, link); status != 403 || token != "" {
		t.Errorf("nobody has allowed it: %d", status)
	}
	allow(true)
	if status, _, token := open(plain, link); status != 403 || token != "" {
		t.Errorf("without TLS: %d", status)
	}
	status, to, token := open(tls, link)
	if status != 303 || to != "/a/northwind/cycles" {
		t.Fatalf("%d to %s", status, to)
	}
	s, err := h.tenants.SessionOf(t.Context(), token)
	h.must(err)
	if s.Account.Num != h.a.Num || s.Principal.RestrictedTo != h.a.Num || s.Principal.MayPartner() {
		t.Errorf("it is the session of %+v", s)
	}
	if _, err := h.tenants.ResolveAccount(t.Context(), s.Principal, []string{"southwind"}); err == nil {
		t.Error("it opens another account")
	}
	if status, _, token := open(tls, link); status != 403 || token != "" {
		t.Errorf("a second time: %d", status)
	}
	if _, to, _ := open(tls, h.entry("northwind", "&returnUrl=%2Fa")); to != "/a/northwind/cycles" {
		t.Errorf("without a page it leads to %s", to)
	}
	if status, _, token := open(tls, orbit); status != 403 || token != "" {
		t.Errorf("the link of ORBIT opens the account: %d", status)
	}
	if status, to, token := open(tls, h.entry("northwind", "&returnUrl=%2Faccounts")); token != "" || status != 303 || strings.HasPrefix(to, "/a/") {
		t.Errorf("the console: %d to %s", status, to)
	}
}

// TestCookiesFollowThePartnersDomain: what browsers keep over TLS alone is said by the address that the page is at, be it the
// installation's or the partner's own.
func TestCookiesFollowThePartnersDomain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	for _, at := range []struct {
		installation, own, host string
		secure                  bool
	}{
		{"http://flows.example", "https://own.example", "own.example", true},
		{"http://flows.example", "https://own.example", "flows.example", false},
		{"https://flows.example", "http://own.example", "own.example", false},
		{"https://flows.example", "http://own.example", "flows.example", true},
	} {
		_, err := h.tenants.UpdateSettings(t.Context(), h.p, tenant.SettingsPatch{ServiceURL: tenant.Value(at.own)})
		h.must(err)
		link, err := url.Parse(h.entry("northwind", ""))
		h.must(err)
		door := *h.door
		door.ServiceURL = at.installation
		q, w := httptest.NewRequest("GET", link.RequestURI(), nil), httptest.NewRecorder()
		q.Host = at.host
		door.ServeHTTP(w, q)
		cookies := w.Result().Cookies()
		if len(cookies) == 0 || w.Code != http.StatusSeeOther {
			t.Fatalf("%+v: %d %v", at, w.Code, cookies)
		}
		for _, c := range cookies {
			if c.Secure != at.secure || c.Partitioned != at.secure || strings.HasPrefix(c.Name, "__Host-") != at.secure {
				t.Errorf("%+v: %s", at, c)
			}
		}
	}
}
