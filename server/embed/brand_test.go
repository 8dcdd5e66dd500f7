package embed_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/server/embed"
	"paceline/store/storetest"
	"paceline/storefront"
	"paceline/tenant"
)

const dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// brand sets the branding of the first partner.
func (h *house) brand(b storefront.Branding) {
	h.Helper()
	_, err := h.shop.UpdateBranding(h.Context(), h.p, nil, func(storefront.Branding) (storefront.Branding, error) { return b, nil })
	h.must(err)
}

// TestBrandOfPages: each page that customers see is the partner's, and none names the product: in its text, title and headers.
func TestBrandOfPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	h.brand(storefront.Branding{
		Name: "Harbour & Sons", Logo: dot, Icon: dot, HeaderHTML: `<p class="hello" onclick="x()">Hello</p><script>x()</script>`, FooterHTML: "<p>Bye</p>",
		Look: storefront.Look{Brand: "#1a6b4f", Font: "Serif"}, CSS: ".button { letter-spacing: 1px }",
		CompleteHTML: `<h1>Done</h1><script>parent.x = 1</script>`, ErrorHTML: `<p>{{error}}</p>`,
		Wording: map[string]string{"setUp.title": "Join <us>", "launch.title": "Pick one"},
	})
	key := h.install("key", "", "")
	link, token := h.invite(key, tenant.SetupLife)
	b := h.browser()
	setUp := func(name string, body string, head http.Header) {
		t.Helper()
		for _, want := range []string{"--pl-primary:#1a6b4f", "Charter", `src="` + strings.ReplaceAll(dot, "+", "&#43;"), `alt="Harbour &amp; Sons"`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s has no %s:\n%s", name, want, body)
			}
		}
		if policy := head.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
			t.Errorf("%s: %s", name, policy)
		}
		if strings.Contains(body, "letter-spacing") {
			t.Errorf("%s takes credentials, and has the partner's CSS", name)
		}
		nameless(t, name, body, head)
	}
	_, body, head := b.expect("the set-up page", 200, "GET", link)
	setUp("the set-up page", body, head)
	if !strings.Contains(body, "<title>Join &lt;us&gt;</title>") {
		t.Error(body)
	}
	if status, _, body := b.submit(token.Link, "token", map[string][]string{"token": {token.Token}}); status != 303 {
		t.Fatal(body)
	}
	_, body, head = b.expect("its form", 200, "GET", link)
	setUp("its form", body, head)
	if _, body, head = b.expect("a link that is none", 403, "GET", link[:len(link)-12]+"000000000000"); strings.Contains(body, "Harbour") {
		t.Error("a link that is nobody's names somebody")
	}
	nameless(t, "a link that is none", body, head)
	_, body, head = b.expect("a token that is none", 403, "GET", h.url+"/account/signinwithtoken?token=x")
	nameless(t, "a token that is none", body, head)

	_, body, head = b.expect("the way in", 303, "GET", h.entry("northwind", "&returnUrl=%2Flaunch"))
	nameless(t, "the way in", body, head)
	for _, page := range []string{"/launch", "/orbit", "/launch/marketplace/1"} {
		_, body, head = b.expect(page, 200, "GET", h.url+page)
		nameless(t, page, body, head)
		for _, want := range []string{"<title>Harbour &amp; Sons</title>", "--pl-primary:#1a6b4f", ".branded .button{letter-spacing:1px;}", `"Wording":{`, `\u003cp class=\"hello\"\u003eHello\u003c/p\u003e`, `/embed/page/complete?partner=`, `href="` + dot} {
			if !strings.Contains(body, want) {
				t.Errorf("%s has no %s:\n%s", page, want, body)
			}
		}
		if strings.Contains(body, "onclick") || strings.Contains(body, "x()") {
			t.Errorf("%s runs what is the partner's:\n%s", page, body)
		}
	}
	own := regexp.MustCompile(`/embed/page/complete\?partner=[\w-]+`).FindString(body)
	_, body, head = h.browser().expect("the partner's own page", 200, "GET", h.url+own)
	policy := head.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "sandbox allow-scripts ") || strings.Contains(policy, "allow-same-origin") || strings.Contains(policy, "allow-top") || !strings.Contains(policy, "frame-ancestors 'self'") || !strings.Contains(policy, "default-src 'none'") {
		t.Error(policy)
	}
	if strings.Contains(body, "<h1>Done") || !strings.Contains(body, `\u003ch1\u003eDone`) {
		t.Errorf("the partner's HTML is no part of the page that asks for the result:\n%s", body)
	}
	nameless(t, "the partner's own page", body, head)
	h.browser().expect("of a partner without one", 404, "GET", h.url+"/embed/page/complete?partner=7d0a52f4-53f5-4a40-9a25-0000000000ff")
	h.browser().expect("another page", 404, "GET", h.url+strings.Replace(own, "complete", "index", 1))
	_, body, head = h.browser().expect("the console's preview", 200, "GET", h.url+"/embed/preview")
	if strings.Contains(body, "Harbour") || !strings.Contains(head.Get("Content-Security-Policy"), "frame-ancestors 'self'") {
		t.Error("the preview shows nobody's branding, and to the console alone")
	}
	nameless(t, "the preview", body, head)
}

// nameless fails when a page says whose product it is made with.
func nameless(t *testing.T, name, body string, head http.Header) {
	t.Helper()
	if i := strings.Index(strings.ToLower(body), "paceline"); i >= 0 {
		t.Errorf("%s names the product: %s", name, body[max(0, i-60):min(len(body), i+60)])
	}
	for key, values := range head {
		if strings.Contains(strings.ToLower(key+": "+strings.Join(values, ", ")), "paceline") {
			t.Errorf("%s names the product in %s: %v", name, key, values)
		}
	}
}

// TestErrorPageIsThePartners: who is refused by a vendor sees the partner's own page, in a frame of no origin.
func TestErrorPageIsThePartners(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	h.brand(storefront.Branding{Name: "Harbour", Look: storefront.Look{Brand: "#1a6b4f"}})
	refuse := func() string {
		t.Helper()
		b := h.browser()
		id := h.install("consent", "app", "app-secret")
		_, to, _, _ := b.do("GET", h.link(id, h.url, "x"), nil)
		state := regexp.MustCompile(`state=([^&]+)`).FindStringSubmatch(to)
		if state == nil {
			t.Fatalf("led to %s", to)
		}
		_, body, _ := b.expect("the vendor says no", 400, "GET", h.url+embed.CallbackPath+"?state="+state[1]+"&error=access_denied&error_description=%3Cb%3Eno%3C/b%3E")
		return body
	}
	body := refuse()
	if !strings.Contains(body, "--pl-primary:#1a6b4f") || !strings.Contains(body, "access_denied") || strings.Contains(body, "<b>no") {
		t.Error(body)
	}
	h.brand(storefront.Branding{Name: "Harbour", ErrorHTML: "<p>{{error_description}}</p>"})
	body = refuse()
	if !strings.Contains(body, `sandbox="allow-scripts`) || !strings.Contains(body, "/embed/page/error?partner=") || strings.Contains(body, "<b>no") || strings.Contains(body, "allow-same-origin") {
		t.Error(body)
	}
}

// TestVendorsHearThePartnersName: what a vendor's log says of who called it, at the token address and at its API; a change counts at once.
func TestVendorsHearThePartnersName(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	for _, c := range []struct {
		b    storefront.Branding
		want string
	}{{storefront.Branding{}, "Paceline"}, {storefront.Branding{Name: "Harbour"}, "Integrations"}, {storefront.Branding{Name: "Harbour", UserAgent: "Harbour/1"}, "Harbour/1"}} {
		h.brand(c.b)
		id := h.install("consent", "app", "app-secret")
		b := h.browser()
		b.expect("the person", 303, "GET", b.begin(h.link(id, target, "")))
		for i, next := range []string{c.want, "Later/" + c.want} {
			if i > 0 {
				h.brand(storefront.Branding{Name: "Later", UserAgent: next})
			}
			inst, err := h.rooms.Instance(t.Context(), h.a.Scope(), id)
			h.must(err)
			if _, err := h.runtime.Call(t.Context(), connector.Call{Instance: inst, Method: inst.Compiled.Method("who")}); err != nil {
				t.Fatal(err)
			}
			if got, _ := h.agents.Load("/userinfo"); got != next {
				t.Errorf("the vendor was called by %v, want %s", got, next)
			}
		}
		if got, _ := h.agents.Load("/oauth/token"); got != c.want {
			t.Errorf("the token was asked for by %v, want %s", got, c.want)
		}
	}
}
