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
// service domain, whatever host the caller has named; what it hands out of the API does not.
func TestServiceDomain(t *testing.T) {
	t.Parallel()
	const api, service = "https://api.example.com", "https://flows.harbour.example"
	v := serve(t, start{flags: []string{"--demo", "--public-url", api, "--service-url", service, "--connectors", repository + "/e2e/testdata/vendor"}})
	c := v.client()
	ours := func(what, address string) {
		t.Helper()
		if !strings.HasPrefix(address, service+"/") {
			t.Errorf("%s is at %q", what, address)
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
	market := ask(c, "POST", "/v1.0/marketplaces", `{"Name":"Add-ons"}`).Get("Id").Raw
	ours("LAUNCH", ask(c, "POST", "/v1.0/accounts/aster/launch", "{}").Get("LaunchUrl").String())
	ours("ORBIT", ask(c, "POST", "/v1.0/accounts/aster/orbit", "{}").Get("OrbitUrl").String())
	ours("the marketplace", ask(c, "POST", "/v1.0/accounts/aster/marketplace", `{"MarketplaceId":`+market+`}`).Get("MarketplaceUrl").String())

	a := c.as("aster")
	installed := ask(a, "POST", "/v1.0/templates/"+c.importTemplate("e2e/testdata/vendor/template.json")+"/install", "{}")
	cycle := installed.Get("Id").String()
	ours("the webhook", ask(a, "GET", "/v1.0/cycles/"+cycle+"/steps", "").Get("0.WebhookUrl").String())
	connector := ask(a, "GET", "/v1.0/account/connectors", "").Get("0.Id").Raw
	ours("the set-up link", ask(a, "POST", "/v1.0/account/connectors/"+connector+"/setuptokens", "{}").Get("Link").String())

	ask(a, "POST", "/v1.0/account/connectors/"+connector+"/properties", `{"Name":"BaseUrl","Value":"https://acme.example"}`)
	secret := filepath.Join(v.start.dir, "secret.txt")
	if err := os.WriteFile(secret, []byte("loopback-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := runCommand(t, v.start.dir, nil, "connector", "app", "Acme", "--client-id", "loopback", "--secret-file", secret, "--data", "data"); code != 0 {
		t.Fatal(out)
	}
	token := ask(c, "POST", "/v1.0/accounts/aster/signintoken", `{"Username":"jo@aster.example"}`).Get("Token").String()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := browser.Get(v.Address + "/connectorauth/updateaccountconnectoroauth?" + url.Values{"id": {connector}, "token": {token}, "targetOrigin": {service}}.Encode())
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
