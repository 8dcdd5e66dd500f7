package e2e

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// TestServiceDomain: whatever address the server hands out of pages, webhooks and set-up links, and names to vendors, begins with the
// service domain, whatever host the caller has named; what it hands out of the API does not. A partner may have one of its own.
func TestServiceDomain(t *testing.T) {
	t.Parallel()
	const api, service, own = "https://api.example.com", "https://flows.harbour.example", "https://integrations.aster.example"
	v := serve(t, start{flags: []string{"--demo", "--public-url", api, "--service-url", service, "--connectors", repository + "/e2e/testdata/vendor"}})
	c := v.client()
	secret := filepath.Join(v.start.dir, "secret.txt")
	if err := os.WriteFile(secret, []byte("loopback-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		out, code := runCommand(t, v.start.dir, nil, append(args, "--data", "data")...)
		if code != 0 {
			t.Fatalf("%v: %s", args, out)
		}
		return strings.TrimSpace(out)
	}
	run("connector", "app", "Acme", "--client-id", "loopback", "--secret-file", secret)
	template := c.importTemplate("e2e/testdata/vendor/template.json")
	leadsTo(t, c, v.Address, template, "aster", service)
	if got := run("partner", "service-url", own+"/"); got != own {
		t.Errorf("set, it is %q", got)
	}
	if got := run("partner", "service-url"); got != own {
		t.Errorf("shown, it is %q", got)
	}
	leadsTo(t, c, v.Address, template, "birch", own)
	for _, wrong := range []string{"ftp://a.example", "https://a.example/path", "a.example", "https://u:p@a.example"} {
		if out, code := runCommand(t, v.start.dir, nil, "partner", "service-url", wrong, "--data", "data"); code == 0 {
			t.Errorf("%s is taken: %s", wrong, out)
		}
	}
	for host, there := range map[string]bool{"integrations.aster.example": false, "flows.harbour.example": false, "api.example.com": true} {
		q, err := http.NewRequest("GET", v.Address+"/docs/index", nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Host = host
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if (r.StatusCode == 200) != there {
			t.Errorf("the documentation at %s: %s", host, r.Status)
		}
	}
	if got := run("partner", "service-url", "--none"); got != "" {
		t.Errorf("taken away, it is %q", got)
	}
	leadsTo(t, c, v.Address, template, "cedar", service)
}

// leadsTo looks at each address that the server hands out for an account.
func leadsTo(t *testing.T, c *client, server, template, account, service string) {
	t.Helper()
	ours := func(what, address string) {
		t.Helper()
		if !strings.HasPrefix(address, service+"/") {
			t.Errorf("%s is at %q, want %s", what, address, service)
		}
	}
	ask := func(c *client, method, path, body string) gjson.Result {
		t.Helper()
		a := c.send(method, path, strings.NewReader(body), http.Header{"Content-Type": {"application/json"}, "X-Forwarded-Host": {"evil.example"}})
		if a.status >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
		}
		return gjson.ParseBytes(a.body)
	}
	market := ask(c, "POST", "/v1.0/marketplaces", `{"Name":"Add-ons of `+account+`"}`).Get("Id").Raw
	ours("LAUNCH", ask(c, "POST", "/v1.0/accounts/"+account+"/launch", "{}").Get("LaunchUrl").String())
	ours("ORBIT", ask(c, "POST", "/v1.0/accounts/"+account+"/orbit", "{}").Get("OrbitUrl").String())
	ours("the marketplace", ask(c, "POST", "/v1.0/accounts/"+account+"/marketplace", `{"MarketplaceId":`+market+`}`).Get("MarketplaceUrl").String())

	a := c.as(account)
	installed := ask(a, "POST", "/v1.0/templates/"+template+"/install", "{}")
	cycle := installed.Get("Id").String()
	ours("the webhook", ask(a, "GET", "/v1.0/cycles/"+cycle+"/steps", "").Get("0.WebhookUrl").String())
	connector := ask(a, "GET", "/v1.0/account/connectors", "").Get("0.Id").Raw
	ours("the set-up link", ask(a, "POST", "/v1.0/account/connectors/"+connector+"/setuptokens", "{}").Get("Link").String())

	ask(a, "POST", "/v1.0/account/connectors/"+connector+"/properties", `{"Name":"BaseUrl","Value":"https://acme.example"}`)
	token := ask(c, "POST", "/v1.0/accounts/"+account+"/signintoken", `{"Username":"jo@`+account+`.example"}`).Get("Token").String()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := browser.Get(server + "/connectorauth/updateaccountconnectoroauth?" + url.Values{"id": {connector}, "token": {token}, "targetOrigin": {service}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	to, err := r.Location()
	if err != nil || to.Host != "acme.example" {
		t.Fatalf("%d to %v: %v", r.StatusCode, to, err)
	}
	if got := to.Query().Get("redirect_uri"); got != service+"/connector/callback" {
		t.Errorf("the vendor is told to come back to %s", got)
	}
	for _, cookie := range r.Cookies() {
		if !strings.HasPrefix(cookie.Name, "__Host-connect-") || !cookie.Secure || !cookie.Partitioned {
			t.Errorf("the cookie is %v", cookie)
		}
	}
}
