package embed_test

import (
	"html"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// invite makes a set-up link, and returns its address and its token.
func (h *house) invite(id int32, life time.Duration) (page string, token tenant.SetupToken) {
	h.Helper()
	token, err := h.tenants.CreateSetupToken(h.Context(), h.p, h.a, id, "jo@northwind.example", life)
	h.must(err)
	return h.url + tenant.SetupPath + "?link=" + string(token.Link), token
}

func (h *house) state(id int32) tenant.SetupState {
	h.Helper()
	list, err := h.tenants.SetupTokens(h.Context(), h.p, h.a, id)
	h.must(err)
	return list[0].State
}

func (b *browser) submit(link paceline.ID, step string, form url.Values, headers ...string) (int, string, string) {
	b.Helper()
	form.Set("link", string(link))
	form.Set("step", step)
	status, to, body, _ := b.do("POST", b.url+tenant.SetupPath, form, headers...)
	return status, to, body
}

func TestSetupByKey(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id, other := h.install("key", "", ""), h.install("key", "", "")
		page, token := h.invite(id, tenant.SetupLife)
		b := h.browser()
		b.expect("a scanner", 204, "HEAD", page)
		b.expect("a browser that prepares", 204, "GET", page, "Purpose", "prefetch")
		if s := h.state(id); s != tenant.SetupCreated {
			t.Errorf("whoever only looks has opened it: %s", s)
		}
		_, body, head := b.expect("the link", 200, "GET", page)
		if !strings.Contains(body, `name="token"`) || strings.Contains(body, "Acme") || strings.Contains(body, "Northwind") || h.state(id) != tenant.SetupOpened {
			t.Error(body)
		}
		if head.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(head.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Error(head)
		}
		if status, _, body := b.submit(token.Link, "token", url.Values{"token": {"AAAA-BBBB-CCCC-DDDD"}}); status != 403 || !strings.Contains(body, "That is not the token of this link.") {
			t.Errorf("a mistyped token: %d %s", status, body)
		}
		_, foreign := h.invite(other, tenant.SetupLife)
		if status, _, body := b.submit(token.Link, "token", url.Values{"token": {foreign.Token}}); status != 403 || !strings.Contains(body, "not the token of this link") {
			t.Errorf("another link's token: %d %s", status, body)
		}
		if status, _, _ := b.submit(token.Link, "token", url.Values{"token": {token.Token}}, "Sec-Fetch-Site", "cross-site"); status != 403 {
			t.Errorf("a form of another site: %d", status)
		}
		if status, _, body := b.submit(token.Link, "connect", url.Values{"c.Key": {"x"}}); status != 200 || !strings.Contains(body, `name="token"`) {
			t.Errorf("without the token: %d %s", status, body)
		}
		typed := strings.ReplaceAll(strings.ToLower(token.Token), "-", " ")
		status, to, body := b.submit(token.Link, "token", url.Values{"token": {typed}})
		if status != 303 || to != tenant.SetupPath+"?link="+string(token.Link) || h.state(id) != tenant.SetupUsed {
			t.Fatalf("the token: %d %s %s", status, to, body)
		}
		if _, body, _ := h.browser().expect("another browser", 403, "GET", page); !strings.Contains(body, "The token of this link was used.") {
			t.Error(body)
		}
		if status, _, _ := h.browser().submit(token.Link, "token", url.Values{"token": {token.Token}}); status != 403 {
			t.Errorf("the token again: %d", status)
		}
		_, body, _ = b.expect("the form", 200, "GET", page)
		if !strings.Contains(body, "Acme for Northwind") || !strings.Contains(body, `name="p.BaseUrl"`) || strings.Contains(body, "ClientSecret") {
			t.Error(body)
		}
		field := between(body, `name="c.`, `"`)
		if status, _, body := b.submit(token.Link, "connect", url.Values{"c." + field: {""}, "p.BaseUrl": {h.vendor}}); status != 400 || h.authenticated(id) {
			t.Errorf("nothing typed: %d %s", status, body)
		}
		if status, _, body := b.submit(token.Link, "connect", url.Values{"c." + field: {"letmein"}, "p.BaseUrl": {h.vendor}}); status != 200 || !strings.Contains(body, "The connector is connected.") || !h.authenticated(id) || strings.Contains(body, "letmein") {
			t.Errorf("the key: %d %s", status, body)
		}
		if h.authenticated(other) || h.state(id) != tenant.SetupFinished {
			t.Errorf("state %s, the other one connected: %v", h.state(id), h.authenticated(other))
		}
		if status, _, _ := b.submit(token.Link, "connect", url.Values{"c." + field: {"again"}}); status != 403 {
			t.Errorf("after it was finished: %d", status)
		}
	})
}

func TestSetupByConsent(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id := h.install("consent", "app", "app-secret")
		page, token := h.invite(id, time.Hour)
		b := h.browser()
		if status, _, body := b.submit(token.Link, "token", url.Values{"token": {token.Token}}); status != 303 {
			t.Fatal(status, body)
		}
		consent := func() string {
			t.Helper()
			status, _, body := b.submit(token.Link, "connect", url.Values{"p.BaseUrl": {h.vendor}})
			vendor := html.UnescapeString(between(body, `<a href="`, `"`))
			if status != 200 || !strings.HasPrefix(vendor, h.vendor+"/auth?") || h.state(id) != tenant.SetupUsed {
				t.Fatalf("to the vendor: %d %s", status, body)
			}
			return vendor
		}
		address, err := url.Parse(consent())
		h.must(err)
		refused := h.url + "/connector/callback?" + url.Values{"state": {address.Query().Get("state")}, "error": {"access_denied"}}.Encode()
		to, _, _ := b.expect("the person does not agree", 303, "GET", refused)
		if _, body, _ := b.expect("and may try again", 400, "GET", h.url+to); !strings.Contains(body, "was not connected") {
			t.Error(body)
		}
		_, login, _, _ := b.do("GET", consent(), nil)
		_, request, _ := strings.Cut(login, "authRequestID=")
		_, to, _, _ = b.do("POST", "/login/username", url.Values{"id": {request}, "username": {"test-user@127.0.0.1"}, "password": {"verysecure"}})
		_, to, _, _ = b.do("GET", to, nil)
		if _, body, _ := b.expect("the person comes back", 200, "GET", to); !strings.Contains(body, "The connector is connected.") {
			t.Error(body)
		}
		if !h.authenticated(id) || h.state(id) != tenant.SetupFinished {
			t.Errorf("state %s", h.state(id))
		}
		b.expect("the link afterwards", 403, "GET", page)
	})
}

// TestSetupConsentEnds: who is at the vendor when the link is ended, or when another tab has finished, connects nothing.
func TestSetupConsentEnds(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id := h.install("consent", "app", "app-secret")
		_, token := h.invite(id, time.Hour)
		b := h.browser()
		if status, _, body := b.submit(token.Link, "token", url.Values{"token": {token.Token}}); status != 303 {
			t.Fatal(status, body)
		}
		_, _, body := b.submit(token.Link, "connect", url.Values{"p.BaseUrl": {h.vendor}})
		_, login, _, _ := b.do("GET", html.UnescapeString(between(body, `<a href="`, `"`)), nil)
		_, request, _ := strings.Cut(login, "authRequestID=")
		_, to, _, _ := b.do("POST", "/login/username", url.Values{"id": {request}, "username": {"test-user@127.0.0.1"}, "password": {"verysecure"}})
		_, to, _, _ = b.do("GET", to, nil)
		h.must(h.tenants.DeleteSetupToken(t.Context(), h.p, h.a, id, token.Link))
		b.expect("the person comes back too late", 303, "GET", to)
		if h.authenticated(id) {
			t.Error("a link that was ended connected the connector")
		}
	})
}

func TestSetupTimes(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id := h.install("key", "", "")
		page, token := h.invite(id, tenant.SetupLife)
		later := func(d time.Duration) { h.clock.offset.Add(int64(d)) }
		later(5*time.Minute + time.Second)
		_, body, _ := h.browser().expect("after five minutes", 403, "GET", page)
		if status, _, _ := h.browser().submit(token.Link, "token", url.Values{"token": {token.Token}}); status != 403 || !strings.Contains(body, "has expired") {
			t.Errorf("an expired token: %d %s", status, body)
		}
		page, token = h.invite(id, tenant.SetupLife)
		b := h.browser()
		if status, _, _ := b.submit(token.Link, "token", url.Values{"token": {token.Token}}); status != 303 {
			t.Fatal(status)
		}
		later(11 * time.Hour)
		b.expect("within twelve hours", 200, "GET", page)
		later(time.Hour + time.Second)
		b.expect("after twelve hours", 403, "GET", page)
		if h.state(id) != tenant.SetupAbandoned {
			t.Error(h.state(id))
		}
		for _, life := range []time.Duration{time.Second, tenant.MaxSetupLife + time.Minute, -time.Minute} {
			if _, err := h.tenants.CreateSetupToken(t.Context(), h.p, h.a, id, "", life); paceline.KindOf(err) != paceline.Invalid {
				t.Errorf("a life of %s: %v", life, err)
			}
		}
		page, token = h.invite(id, tenant.SetupLife)
		h.must(h.tenants.DeleteSetupToken(t.Context(), h.p, h.a, id, token.Link))
		if _, body, _ := h.browser().expect("a link that was ended", 403, "GET", page); !strings.Contains(body, "This link is not valid.") {
			t.Error(body)
		}
		page, token = h.invite(id, tenant.SetupLife)
		b = h.browser()
		b.submit(token.Link, "token", url.Values{"token": {token.Token}})
		h.must(h.rooms.DeleteAccountConnector(t.Context(), h.p, h.a, id))
		b.expect("its connector was deleted", 403, "GET", page)
	})
}

// TestSetupTogether: of fifty who use a token at once one is admitted, and nobody may guess for ever.
func TestSetupTogether(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id := h.install("key", "", "")
		_, token := h.invite(id, tenant.SetupLife)
		together := func(typed string) int64 {
			var group sync.WaitGroup
			var admitted atomic.Int64
			for range 50 {
				group.Go(func() {
					if _, err := h.tenants.UseSetupToken(t.Context(), token.Link, typed); err == nil {
						admitted.Add(1)
					} else if paceline.KindOf(err) != paceline.Forbidden {
						t.Error(err)
					}
				})
			}
			group.Wait()
			return admitted.Load()
		}
		if n := together(token.Token); n != 1 {
			t.Errorf("%d were admitted", n)
		}
		_, token = h.invite(id, tenant.SetupLife)
		together("AAAA-BBBB-CCCC-DDDD")
		if h.state(id) != tenant.SetupLocked {
			t.Error(h.state(id))
		}
		if _, err := h.tenants.UseSetupToken(t.Context(), token.Link, token.Token); paceline.CodeOf(err) != paceline.CodeSetupLocked {
			t.Errorf("after fifty wrong tokens: %v", err)
		}
	})
}

func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}
