package embed_test

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/storefront"
	"paceline/tenant"
)

// page is an address of the API: for a user of an account, of a page with what it is told.
func (h *house) page(account, page string, told url.Values) string {
	h.Helper()
	_, token, err := h.tenants.Embed(h.Context(), h.p, tenant.Embedding{Account: account, Told: tenant.Told(page, told),
		User: &tenant.UserPatch{UserName: "jo@northwind.example", Password: tenant.Value("long enough!")}})
	h.must(err)
	query := url.Values{"token": {token.Token}, "returnUrl": {page}}
	for name, values := range told {
		query[name] = values
	}
	return h.url + tenant.SignInPath + "?" + query.Encode()
}

// TestPageKeepsToItsLink: a page is the one that the partner's server has asked for, and tells and installs what that said.
func TestPageKeepsToItsLink(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		notes := h.desks()
		other, err := h.rooms.ImportTemplate(t.Context(), h.p, catalog.TemplateImport{Document: []byte(`{"PacelineVersion":"1","Kind":"Template","Name":"Nightly","Tags":["night"],"Published":true,
			"Flow":{"Schema":1,"Steps":[{"ID":"7d0a52f4-53f5-4a40-9a25-00000000000a","Name":"Wait","Kind":"Delay","Left":0,"Top":0}],"Edges":[],"Variables":[],"Settings":{}},"Connectors":[]}`)})
		h.must(err)
		var markets []int
		for _, name := range []string{"One", "Two"} {
			m, err := h.shop.CreateMarketplace(t.Context(), h.p, storefront.Marketplace{Name: name, Content: storefront.Content{Cards: []storefront.Card{
				{ID: "pack", Kind: storefront.PackageCard, Title: "Notes", Templates: []paceline.ID{notes}}}}})
			h.must(err)
			markets = append(markets, int(m.ID))
		}
		pack := func(market int) object { return object{"Marketplace": market, "Card": "pack"} }

		link := h.page("northwind", "/launch", url.Values{"tags": {"crm"}, "complete": {"order 7"}, "single": {"true"}, "start": {"false"}})
		b := h.browser()
		for _, changed := range []string{
			strings.Replace(link, "order+7", "order+8", 1), strings.Replace(link, "tags=crm", "tags=night", 1), strings.Replace(link, "&tags=crm", "", 1),
			strings.Replace(link, "single=true", "single=false", 1), strings.Replace(link, "%2Flaunch", "%2Forbit", 1), link + "&template=x",
		} {
			b.expect("a changed link", 403, "GET", changed)
		}
		to, _, _ := b.expect("the link itself, of which none was used up", 303, "GET", link)
		if strings.Contains(to, "order") || !strings.Contains(to, "start=false") {
			t.Errorf("it leads to %s", to)
		}
		if got := b.ask("what LAUNCH offers", 200, "GET", "launch?tags=night", nil).Get("Offers.#.Name").Raw; got != `["Notes"]` {
			t.Errorf("LAUNCH offers %s", got)
		}
		b.ask("another template", 404, "POST", "install", object{"Template": other.ID})
		b.ask("a marketplace", 404, "GET", "marketplace/"+strconv.Itoa(markets[0]), nil)
		b.ask("a package", 404, "POST", "install", pack(markets[0]))
		forged := base64.RawURLEncoding.EncodeToString([]byte(tenant.Told("/launch", nil)))
		for _, told := range []string{"", forged, "=", "x"} {
			b.ask("what it was not told", 403, "POST", "install", object{"Template": notes}, "X-Embed-Told", told)
			b.ask("what it was not told", 403, "GET", "launch", nil, "X-Embed-Told", told)
		}
		install := b.ask("what it is for", 200, "POST", "install", object{"Template": notes}).Get("Install").String()
		b.ask("its set-up", 200, "GET", "setup/"+install, nil)

		b.expect("ORBIT", 303, "GET", h.page("northwind", "/orbit", nil))
		if got := b.ask("what is installed", 200, "GET", "orbit", nil); got.Get("Add").Bool() || got.Get("Integrations.#").Int() != 1 {
			t.Error(got.Raw)
		}
		b.ask("nothing is added there", 403, "POST", "install", object{"Template": notes})
		b.ask("nothing is offered there", 403, "GET", "launch", nil)
		b.ask("no package is", 404, "POST", "install", pack(markets[0]))
		b.expect("ORBIT that leads on", 303, "GET", h.page("northwind", "/orbit", url.Values{"add": {"true"}, "template": {string(other.ID)}}))
		if got := b.ask("what is installed", 200, "GET", "orbit", nil); !got.Get("Add").Bool() {
			t.Error(got.Raw)
		}
		if got := b.ask("what it leads to", 200, "GET", "launch", nil).Get("Offers.#.Name").Raw; got != `["Nightly"]` {
			t.Errorf("it leads to %s", got)
		}
		b.ask("what it does not lead to", 404, "POST", "install", object{"Template": notes})

		b.expect("a marketplace", 303, "GET", h.page("northwind", "/launch/marketplace/"+strconv.Itoa(markets[1]), nil))
		b.ask("it", 200, "GET", "marketplace/"+strconv.Itoa(markets[1]), nil)
		b.ask("its package", 200, "POST", "install", pack(markets[1]))
		b.ask("another", 404, "GET", "marketplace/"+strconv.Itoa(markets[0]), nil)
		b.ask("another's package", 404, "POST", "install", pack(markets[0]))
		b.ask("a template", 403, "POST", "install", object{"Template": notes})
	})
}

// TestLeavesForRegisteredOrigins: the partner's own page at the end of a set-up sends people to the partner's places alone.
func TestLeavesForRegisteredOrigins(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	b := h.browser()
	b.expect("LAUNCH", 303, "GET", h.page("northwind", "/launch", nil))
	for address, want := range map[string]int{
		target: 204, h.url + "/orbit": 204, "https://evil.example/": 400, "javascript:alert(1)": 400, "//app.example.com/": 400, "/orbit": 400, "": 400,
		"https://app.example.com@evil.example/": 400, "https://app.example.com.evil.example/": 400, "http://app.example.com/": 400, "data:text/html,x": 400,
	} {
		b.ask(address, want, "POST", "leave", object{"Address": address})
	}
	b.ask("no address", 400, "POST", "leave", object{"Address": 7})
	h.browser().ask("without a session", 403, "POST", "leave", object{"Address": target})
}

// TestConsentBeginsNoSession: the address of a vendor's consent prolongs nobody's visit.
func TestConsentBeginsNoSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	b := h.browser()
	b.expect("the link", 303, "GET", h.entry("northwind", ""))
	p, err := h.tenants.CreateSignInToken(t.Context(), h.p, "northwind", "jo@northwind.example")
	h.must(err)
	who, a, err := h.tenants.UseConsentToken(t.Context(), p.Token) // what partners' own screens use
	h.must(err)
	id := h.install("consent", "app", "app-secret")
	token, err := h.tenants.CreateConsentToken(t.Context(), who, a)
	h.must(err)
	b.expect("a session", 403, "GET", h.url+tenant.SignInPath+"?token="+token.Token)
	query := url.Values{"id": {strconv.Itoa(int(id))}, "targetOrigin": {h.url}, "token": {token.Token}}
	to, _, _ := b.expect("the consent", 303, "GET", h.url+"/connectorauth/updateaccountconnectoroauth?"+query.Encode())
	if !strings.HasPrefix(to, h.vendor) {
		t.Errorf("led to %s", to)
	}
	b.expect("once", 403, "GET", h.url+"/connectorauth/updateaccountconnectoroauth?"+query.Encode())
}

// TestRefusalIsSeen: who is refused in a frame is told so there, if the frame is in the pages of the partner whose link or session it was.
func TestRefusalIsSeen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	frames := func(b *browser, what, address string) {
		t.Helper()
		_, _, head := b.expect(what, 403, "GET", address, "Sec-Fetch-Dest", "iframe")
		if policy := head.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'self' https://app.example.com") {
			t.Errorf("%s: %s", what, policy)
		}
	}
	b := h.browser()
	link := h.entry("northwind", "&returnUrl=%2Forbit")
	to, _, _ := b.expect("the link", 303, "GET", link, "Sec-Fetch-Dest", "iframe")
	page, _, _ := strings.Cut(h.url+to, "#")
	frames(b, "the link again", link)
	late := h.entry("northwind", "")
	consent := h.link(h.install("consent", "app", "app-secret"), target, "")
	h.clock.offset.Add(int64(tenant.EmbedSessionLife))
	frames(h.browser(), "a link that is too old", late)
	frames(h.browser(), "a consent that is too late", consent)
	bare := strings.NewReplacer("partner=", "x=").Replace(page)
	frames(b, "a session that is over", bare)
	// Used up, and with no cookie: nobody knows whose the token was, but where the page is.
	frames(h.browser(), "the link again, without a cookie", link+"&origin=https%3A%2F%2Fapp.example.com")
	for _, origin := range []string{"https://evil.example", "https://app.example.com%20https://evil.example", "https://APP.example.com", "https://app.example.com/x", "*", ""} {
		_, _, head := h.browser().expect("the link again", 403, "GET", link+"&origin="+url.QueryEscape(origin), "Sec-Fetch-Dest", "iframe")
		if policy := head.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
			t.Errorf("in %q: %s", origin, policy)
		}
	}
	_, _, head := h.browser().expect("nobody's", 403, "GET", h.url+"/orbit", "Sec-Fetch-Dest", "iframe")
	if policy := head.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
		t.Error(policy)
	}
}

// TestPageOfAnotherPartner: an address that names another partner than the session's, so that it could be framed there, shows nothing.
func TestPageOfAnotherPartner(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	second, err := h.tenants.CreatePartner(t.Context(), "Second")
	h.must(err)
	first, err := h.tenants.PartnerOf(t.Context(), h.p.Partner)
	h.must(err)
	b := h.browser()
	b.expect("the link", 303, "GET", h.entry("northwind", "&returnUrl=%2Forbit"))
	b.expect("its own", 200, "GET", h.url+"/orbit?partner="+string(first.ID), "Sec-Fetch-Dest", "iframe")
	b.expect("another's", 403, "GET", h.url+"/orbit?partner="+string(second.ID), "Sec-Fetch-Dest", "iframe")
	b.ask("its own", 200, "GET", "orbit", nil, "X-Embed-Partner", string(first.ID))
	b.ask("another's", 403, "GET", "orbit", nil, "X-Embed-Partner", string(second.ID))
}
