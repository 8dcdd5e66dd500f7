package connector_test

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
	"paceline/connector/connectortest"
)

// oauthSetup is a bundle with one entry of type oauth2; rest are its keys besides type and addresses.
func oauthSetup(t *testing.T, value, rest string) *bundle {
	t.Helper()
	text := strings.Replace(head, `auth: [{id: key, type: api_key, apply: {in: header, name: X-Api-Key, value: "{{auth.ApiKey}}"}}]`,
		`auth: [{id: o, type: oauth2, tokenUrl: "{{BaseUrl}}/token", `+rest+`}]`, 1)
	text = strings.Replace(text, "properties: [", "properties: [{name: Site, scope: account, default: none}, ", 1)
	b := setupText(t, text+"methods: [{id: get, name: Get, request: {method: GET, path: /get}}]\n")
	b.instance = &connector.Instance{
		Compiled: b.compiled, Auth: b.compiled.Auth(""), AuthValue: value, Client: connector.Client{ID: "my app", Secret: "s/cret-1"},
		Properties: map[string]string{"BaseUrl": b.remote.URL},
	}
	return b
}

const codeGrant = `grant: authorization_code, authorizeUrl: "{{BaseUrl}}/authorize?x=1", revokeUrl: "{{BaseUrl}}/revoke"`

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	// The verifier and its challenge are those of RFC 7636, appendix B.
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	b := oauthSetup(t, "", codeGrant+`, issuer: "{{BaseUrl}}", scopes: {default: [a, b], separator: ","}, authorizeParams: {prompt: consent, site: "{{Site}}"}`)
	got, err := b.instance.AuthorizeURL("st", verifier, "https://us.example/cb")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(got)
	want := url.Values{
		"x": {"1"}, "response_type": {"code"}, "client_id": {"my app"}, "redirect_uri": {"https://us.example/cb"}, "state": {"st"}, "scope": {"a,b"},
		"prompt": {"consent"}, "site": {"none"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	if diff := cmp.Diff(want, u.Query()); diff != "" || u.Path != "/authorize" {
		t.Error(u.Path, diff)
	}
	for issuer, want := range map[string]bool{"": true, b.remote.URL: true, "https://evil.example": false} {
		if b.instance.IssuedBy(issuer) != want {
			t.Errorf("issuer %q: got %v", issuer, !want)
		}
	}
	plain := oauthSetup(t, "", codeGrant+`, pkce: none`)
	if got, err := plain.instance.AuthorizeURL("st", verifier, "https://us.example/cb"); err != nil || strings.Contains(got, "code_challenge") {
		t.Error(got, err)
	}
	plain.instance = &connector.Instance{Compiled: plain.compiled, Auth: plain.compiled.Auth(""), Properties: map[string]string{"BaseUrl": plain.remote.URL}}
	if _, err := plain.instance.AuthorizeURL("st", verifier, "https://us.example/cb"); err == nil {
		t.Error("a person was sent to the vendor for no client")
	}
}

func TestTokenRequests(t *testing.T) {
	t.Parallel()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("my+app:s%2Fcret-1"))
	for _, c := range []struct {
		name, rest, value, code string
		form                    url.Values
		header                  string
		answer                  connectortest.Behaviour
		want                    connector.Grant
	}{
		{
			"code", codeGrant, "", "c1",
			url.Values{"grant_type": {"authorization_code"}, "code": {"c1"}, "redirect_uri": {"https://us.example/cb"}, "code_verifier": {"v1"}}, basic,
			connectortest.JSON(200, `{"access_token":"a1","refresh_token":"r1","expires_in":3600}`),
			connector.Grant{AccessToken: "a1", RefreshToken: "r1", Issued: "2027-01-01T00:00:00Z", Expires: "2027-01-01T01:00:00Z"},
		},
		{
			"client credentials in the body", `grant: client_credentials, clientAuth: body, scopes: {default: [x, y]}, tokenParams: {audience: "{{Site}}"}, capture: [{from: token, path: info.site, into: Site}]`, "{}", "",
			url.Values{"grant_type": {"client_credentials"}, "client_id": {"my app"}, "client_secret": {"s/cret-1"}, "scope": {"x y"}, "audience": {"none"}}, "",
			connectortest.JSON(200, `{"access_token":"a1","expires_in":"60","info":{"site":"https://eu.example"}}`),
			connector.Grant{AccessToken: "a1", Issued: "2027-01-01T00:00:00Z", Expires: "2027-01-01T00:01:00Z", Captured: map[string]string{"Site": "https://eu.example"}},
		},
		{
			"password of a public app", `grant: password, clientAuth: none`, `{"Username":"u","Password":"p"}`, "",
			url.Values{"grant_type": {"password"}, "client_id": {"my app"}, "username": {"u"}, "password": {"p"}}, "",
			connectortest.Raw(200, "application/x-www-form-urlencoded", "access_token=a1&expires_in=60"),
			connector.Grant{AccessToken: "a1", Issued: "2027-01-01T00:00:00Z", Expires: "2027-01-01T00:01:00Z", Username: "u", Password: "p"},
		},
		{
			"the secret alone, as a user without password", `grant: client_credentials, clientAuth: secret`, "{}", "",
			url.Values{"grant_type": {"client_credentials"}}, "Basic " + base64.StdEncoding.EncodeToString([]byte("s/cret-1:")),
			connectortest.JSON(200, `{"access_token":"a1","expires_in":60}`),
			connector.Grant{AccessToken: "a1", Issued: "2027-01-01T00:00:00Z", Expires: "2027-01-01T00:01:00Z"},
		},
		{
			"refresh without a new refresh token", codeGrant, `{"AccessToken":"a0","RefreshToken":"r0","Captured":{"Site":"s"}}`, "",
			url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r0"}}, basic,
			connectortest.JSON(200, `{"access_token":"a1"}`),
			connector.Grant{AccessToken: "a1", RefreshToken: "r0", Issued: "2027-01-01T00:00:00Z", Captured: map[string]string{"Site": "s"}},
		},
		{
			"refresh with rotation", codeGrant, `{"AccessToken":"a0","RefreshToken":"r0"}`, "",
			url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r0"}}, basic,
			connectortest.JSON(200, `{"access_token":"a1","refresh_token":"r1","refresh_token_expires_in":120}`),
			connector.Grant{AccessToken: "a1", RefreshToken: "r1", Issued: "2027-01-01T00:00:00Z", RefreshExpires: "2027-01-01T00:02:00Z"},
		},
		{
			"a refresh token that says nothing of its end", codeGrant + ", refresh: {refreshLifetime: 7d}", "", "c1",
			url.Values{"grant_type": {"authorization_code"}, "code": {"c1"}, "redirect_uri": {"https://us.example/cb"}, "code_verifier": {"v1"}}, basic,
			connectortest.JSON(200, `{"access_token":"a1","refresh_token":"r1"}`),
			connector.Grant{AccessToken: "a1", RefreshToken: "r1", Issued: "2027-01-01T00:00:00Z", RefreshExpires: "2027-01-08T00:00:00Z"},
		},
		{
			"the same refresh token again", codeGrant + ", refresh: {refreshLifetime: 7d}", `{"RefreshToken":"r0","RefreshExpires":"2027-01-02T00:00:00Z","EndTold":true}`, "",
			url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r0"}}, basic,
			connectortest.JSON(200, `{"access_token":"a1","refresh_token":"r0"}`),
			connector.Grant{AccessToken: "a1", RefreshToken: "r0", Issued: "2027-01-01T00:00:00Z", RefreshExpires: "2027-01-02T00:00:00Z", EndTold: true},
		},
		{
			"another one, which lives anew", codeGrant + ", refresh: {refreshLifetime: 7d}", `{"RefreshToken":"r0","RefreshExpires":"2027-01-02T00:00:00Z","EndTold":true}`, "",
			url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r0"}}, basic,
			connectortest.JSON(200, `{"access_token":"a1","refresh_token":"r1"}`),
			connector.Grant{AccessToken: "a1", RefreshToken: "r1", Issued: "2027-01-01T00:00:00Z", RefreshExpires: "2027-01-08T00:00:00Z"},
		},
		{
			"refresh that keeps the first token", codeGrant + ", refresh: {rotate: false}", `{"AccessToken":"a0","RefreshToken":"r0"}`, "",
			url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r0"}}, basic,
			connectortest.JSON(200, `{"access_token":"a1","refresh_token":"r1"}`),
			connector.Grant{AccessToken: "a1", RefreshToken: "r0", Issued: "2027-01-01T00:00:00Z"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := oauthSetup(t, c.value, c.rest)
			b.remote.On("/token", c.answer)
			var got connector.Grant
			var err error
			if c.code != "" {
				got, err = b.runtime.ExchangeCode(t.Context(), b.instance, c.code, "v1", "https://us.example/cb")
			} else {
				got, err = b.runtime.Obtain(t.Context(), b.instance)
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			sent := b.remote.Received()[0]
			form, _ := url.ParseQuery(string(sent.Body))
			if diff := cmp.Diff(c.form, form); diff != "" || sent.Header.Get("Authorization") != c.header {
				t.Error(sent.Header.Get("Authorization"), diff)
			}
			back, err := connector.ParseGrant(got.Text())
			if diff := cmp.Diff(got, back); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

// TestEndsSoon: a day before the end of a refresh token, once.
func TestEndsSoon(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]bool{
		`{"RefreshToken":"r","RefreshExpires":"2027-01-02T00:00:00Z"}`:                true,
		`{"RefreshToken":"r","RefreshExpires":"2027-01-02T00:00:00Z","EndTold":true}`: false,
		`{"RefreshToken":"r","RefreshExpires":"2027-01-02T00:00:01Z"}`:                false,
		`{"RefreshToken":"r"}`: false,
		`{"AccessToken":"a","RefreshExpires":"2027-01-01T00:00:00Z"}`: false,
	} {
		g, err := connector.ParseGrant(text)
		if err != nil || g.EndsSoon(now) != want {
			t.Errorf("%s: %t, %v", text, !want, err)
		}
	}
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answer  connectortest.Behaviour
		class   connector.Class
		invalid bool
		detail  string
	}{
		{"invalid grant", connectortest.JSON(400, `{"error":"invalid_grant","error_description":"r0-secret is used up"}`), connector.ClassAuth, true, "invalid_grant REDACTED is used up"},
		{"client", connectortest.JSON(401, `{"error":"invalid_client"}`), connector.ClassAuth, false, "invalid_client"},
		{"200 with an error", connectortest.JSON(200, `{"error":"invalid_grant"}`), connector.ClassAuth, true, "invalid_grant"},
		{"no token", connectortest.JSON(200, `[]`), connector.ClassAuth, false, ""},
		{"a page", connectortest.Raw(200, "text/html", "<p>"), connector.ClassAuth, false, ""},
		{"server error", connectortest.JSON(502, `{"error":"invalid_request"}`), connector.ClassRetry, false, "502"},
		{"throttled", connectortest.Throttle("1"), connector.ClassRetry, false, ""},
		{"no answer", connectortest.Reset(), connector.ClassRetry, false, ""},
		{"a redirect", connectortest.Redirect(302, "/elsewhere"), connector.ClassAuth, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := oauthSetup(t, `{"RefreshToken":"r0-secret"}`, codeGrant)
			b.remote.On("/token", c.answer)
			_, err := b.runtime.Obtain(t.Context(), b.instance)
			failed, ok := errors.AsType[*connector.Error](err)
			if !ok || failed.Class != c.class || errors.Is(err, connector.ErrGrantInvalid) != c.invalid || !strings.Contains(failed.Detail, c.detail) {
				t.Errorf("got %v, %+v", err, failed)
			}
			if n := len(b.remote.Received()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func TestGrantValues(t *testing.T) {
	t.Parallel()
	b := oauthSetup(t, "", codeGrant)
	p := oauthSetup(t, "", "grant: password")
	m := oauthSetup(t, "", "grant: client_credentials")
	for _, c := range []struct {
		b     *bundle
		value string
		ok    bool
	}{
		{b, "token", true}, {b, "two words", false}, {b, "{}", false}, {b, `{"RefreshToken":"r"}`, true}, {b, `{"AccessToken":"a"}`, true},
		{b, `{"AccessToken":"a","Expires":"2026-01-31T10:30:00"}`, true}, {b, `{"AccessToken":"a","Expires":"tomorrow"}`, false},
		{b, `{"AccessToken":1}`, false}, {b, `{"AccessToken":"a"} x`, false}, {b, "", false},
		{p, "{}", false}, {p, `{"Username":"u","Password":"p"}`, true}, {m, "{}", true},
	} {
		if err := c.b.compiled.Auth("").Check(c.value); (err == nil) != c.ok {
			t.Errorf("%s: got %v", c.value, err)
		}
	}
	if got := b.compiled.Auth("").Given(`{"AccessToken":"a","Captured":{"Site":"https://evil.example"}}`); got != `{"AccessToken":"a"}` {
		t.Errorf("a person has captured values: %s", got)
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value string
		due   bool
	}{
		{`{"RefreshToken":"r"}`, true}, {"token", false}, {`{"AccessToken":"a","RefreshToken":"r"}`, false},
		{`{"AccessToken":"a","Expires":"2027-01-01T00:01:01Z"}`, false}, {`{"AccessToken":"a","Expires":"2027-01-01T00:01:00Z"}`, true},
		{`{"AccessToken":"a","Expires":"2026-12-31T00:00:00Z"}`, true},
		// A token that lives for less than the skew is used for half of its life.
		{`{"AccessToken":"a","Issued":"2027-01-01T00:00:00Z","Expires":"2027-01-01T00:00:40Z"}`, false},
		{`{"AccessToken":"a","Issued":"2026-12-31T23:59:40Z","Expires":"2027-01-01T00:00:20Z"}`, true},
	} {
		if b := oauthSetup(t, c.value, codeGrant); b.runtime.Due(b.instance) != c.due {
			t.Errorf("%s: due is %v", c.value, !c.due)
		}
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	b := oauthSetup(t, `{"AccessToken":"a","RefreshToken":"r"}`, codeGrant)
	b.remote.On("/revoke", connectortest.JSON(200, ""), connectortest.JSON(503, ""))
	if err := b.runtime.Revoke(t.Context(), b.instance); err != nil {
		t.Error(err)
	}
	if got := string(b.remote.Received()[0].Body); got != "token=r&token_type_hint=refresh_token" {
		t.Error(got)
	}
	if err := b.runtime.Revoke(t.Context(), b.instance); err == nil {
		t.Error("a refusal was not told")
	}
}

// TestRevokeByName is for vendors who are told whose grant ends instead of the token.
func TestRevokeByName(t *testing.T) {
	t.Parallel()
	b := oauthSetup(t, `{"AccessToken":"a","Captured":{"Site":"s1"}}`, codeGrant+`, revokeParams: {site: "{{Site}}"}`)
	b.remote.On("/revoke", connectortest.JSON(200, ""))
	if err := b.runtime.Revoke(t.Context(), b.instance); err != nil {
		t.Error(err)
	}
	if got := string(b.remote.Received()[0].Body); got != "client_id=my+app&site=s1" {
		t.Error(got)
	}
}

// TestRevokeInTheVendorsWay is for vendors whose address is not that of RFC 7009: as GitHub has it.
func TestRevokeInTheVendorsWay(t *testing.T) {
	t.Parallel()
	const rest = `grant: authorization_code, clientAuth: body, authorizeUrl: "{{BaseUrl}}/authorize", revokeUrl: "{{BaseUrl}}/applications/{{app.id}}/token",
       revoke: {method: DELETE, format: json, clientAuth: basic, token: access_token}`
	b := oauthSetup(t, `{"AccessToken":"a","RefreshToken":"r"}`, rest)
	b.remote.On("/applications/my app/token", connectortest.JSON(204, ""), connectortest.JSON(404, "{}"), connectortest.JSON(401, "{}"))
	for _, want := range []bool{true, true, false} {
		if err := b.runtime.Revoke(t.Context(), b.instance); (err == nil) != want {
			t.Errorf("%v, not %t", err, want)
		}
	}
	got := b.remote.Received()[0]
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("my+app:s%2Fcret-1"))
	if string(got.Body) != `{"access_token":"a"}` || got.Method != "DELETE" || got.Header.Get("Authorization") != basic {
		t.Errorf("%s %s %v", got.Method, got.Body, got.Header)
	}
	none := oauthSetup(t, "{}", strings.Replace(rest, "authorization_code", "authorization_code, pkce: none", 1))
	if err := none.runtime.Revoke(t.Context(), none.instance); err != nil || len(none.remote.Received()) > 0 {
		t.Errorf("without a token: %v, %v", err, none.remote.Received())
	}
}

// TestCapturedValues shows that what a vendor said about its address decides where calls go.
func TestCapturedValues(t *testing.T) {
	t.Parallel()
	b := oauthSetup(t, "", `grant: client_credentials`)
	other := connectortest.NewRemote()
	t.Cleanup(other.Close)
	g := connector.Grant{AccessToken: "token-1", Captured: map[string]string{"BaseUrl": b.remote.URL}}
	b.instance = &connector.Instance{Compiled: b.compiled, Auth: b.compiled.Auth(""), AuthValue: g.Text(), Properties: map[string]string{"BaseUrl": other.URL}}
	b.remote.On("/get", connectortest.JSON(200, `{}`))
	if _, failed := b.call("get"); failed != nil {
		t.Fatal(failed)
	}
	if got := b.remote.Received()[0].Header.Get("Authorization"); got != "Bearer token-1" {
		t.Error(got)
	}
}

// TestAppOfTheDefinition: a definition may say which of its properties are the app, and that people edit the scopes.
func TestAppOfTheDefinition(t *testing.T) {
	t.Parallel()
	b := oauthSetup(t, `{"AccessToken":"a","RefreshToken":"r"}`, codeGrant+`, pkce: plain, clientAuth: body, clientId: "{{Site}}", clientSecret: "{{SigningKey}}", scopes: {default: [a, b], userEditable: true}`)
	if len(b.compiled.Definition.Properties) != 4 || b.compiled.Definition.Properties[3].Name != "Scope" {
		t.Fatalf("the properties are %+v", b.compiled.Definition.Properties)
	}
	b.instance.Properties = map[string]string{"BaseUrl": b.remote.URL, "Site": "own", "SigningKey": "own-secret", "Scope": "c d"}
	b.instance.Client = connector.Client{}
	got, err := b.instance.AuthorizeURL("st", "verifier", "https://us.example/cb")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(got)
	q := u.Query()
	if q.Get("client_id") != "own" || q.Get("scope") != "c d" || q.Get("code_challenge") != "verifier" || q.Get("code_challenge_method") != "plain" {
		t.Errorf("the person is sent to %s", got)
	}
	b.remote.On("/token", connectortest.JSON(200, `{"access_token":"b"}`))
	if _, err := b.runtime.Obtain(t.Context(), b.instance); err != nil {
		t.Fatal(err)
	}
	form, _ := url.ParseQuery(string(b.remote.Received()[0].Body))
	if form.Get("client_id") != "own" || form.Get("client_secret") != "own-secret" {
		t.Errorf("the token is asked for with %v", form)
	}
	// Without these properties the app is the partner's.
	partners := &connector.Instance{Compiled: b.compiled, Properties: map[string]string{"BaseUrl": b.remote.URL, "Site": ""}, Client: connector.Client{ID: "partner"}}
	if got, err := partners.AuthorizeURL("st", "v", "https://us.example/cb"); err != nil || !strings.Contains(got, "client_id=none") && !strings.Contains(got, "client_id=partner") {
		t.Error(got, err)
	}
}

// TestTokenExchange: grant token_exchange gives a secret property for a token, as RFC 8693 says, and tells nobody the one
// that was given. Without it nothing is asked.
func TestTokenExchange(t *testing.T) {
	t.Parallel()
	setup := func(rest string) *bundle {
		b := oauthSetup(t, "{}", "grant: token_exchange, tokenParams: {subject_token: \"{{SigningKey}}\", "+rest+"}")
		b.instance.Properties["SigningKey"] = "their-token"
		b.remote.On("/token", connectortest.JSON(200, `{"access_token":"ours","expires_in":60}`), connectortest.JSON(400, `{"error":"invalid_grant","error_description":"their-token has ended"}`))
		return b
	}
	for rest, want := range map[string]string{
		"audience: acme": "urn:ietf:params:oauth:token-type:access_token",
		`subject_token_type: "urn:ietf:params:oauth:token-type:jwt", audience: acme`: "urn:ietf:params:oauth:token-type:jwt",
	} {
		b := setup(rest)
		grant, err := b.runtime.Obtain(t.Context(), b.instance)
		if err != nil || grant.AccessToken != "ours" {
			t.Fatal(grant, err)
		}
		got, _ := url.ParseQuery(string(b.remote.Received()[0].Body))
		if diff := cmp.Diff(url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {"their-token"}, "subject_token_type": {want}, "audience": {"acme"},
		}, got); diff != "" {
			t.Error(diff)
		}
		if _, err = b.runtime.Obtain(t.Context(), b.instance); !errors.Is(err, connector.ErrGrantInvalid) || strings.Contains(err.Error()+err.(*connector.Error).Detail, "their-token") {
			t.Errorf("a token that has ended: %v", err)
		}
	}
	b := setup("audience: acme")
	delete(b.instance.Properties, "SigningKey")
	if _, err := b.runtime.Obtain(t.Context(), b.instance); err == nil || len(b.remote.Received()) != 0 {
		t.Errorf("%d requests without a token, %v", len(b.remote.Received()), err)
	}
	for _, params := range []string{"{audience: acme}", "{subject_token: abc}", `{subject_token: "{{BaseUrl}}"}`} {
		text := strings.Replace(head, "auth: [", `auth: [{id: o, type: oauth2, tokenUrl: "{{BaseUrl}}/token", grant: token_exchange, tokenParams: `+params+"}, ", 1)
		if problems := connector.Lint("x", []byte(text+"methods: []\n")); !connector.Failed(problems) || !strings.Contains(problems[0].Message, "which token is exchanged") {
			t.Errorf("%s: %v", params, problems)
		}
	}
}
