package connector_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"paceline/connector"
)

const assertionAuth = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["{{BaseUrl}}"]
properties: [{name: BaseUrl, scope: account}, {name: InstanceUrl, scope: account}, {name: TenantId, scope: account}, {name: Realm, scope: account}, {name: Scope, scope: account}]
server: {baseUrl: "{{BaseUrl}}"}
auth:
  - {id: key, type: oauth2, grant: client_credentials, tokenUrl: "{{BaseUrl}}/token", clientAuth: private_key_jwt, assertion: {alg: PS256, header: {kid: k1}}, scopes: {default: [a, b], property: Scope}}
  - {id: bearer, type: oauth2, grant: jwt_bearer, tokenUrl: "{{BaseUrl}}/token", clientAuth: none, assertion: {claims: {aud: https://login.example.com, sub: "{{auth.Username}}"}}}
  - {id: bare, type: oauth2, grant: jwt_bearer, tokenUrl: "{{BaseUrl}}/token", clientAuth: none, tokenFormat: none, assertion: {alg: RS256}}
  - id: odd
    type: oauth2
    grant: authorization_code
    authorizeUrl: "{{BaseUrl}}/authorize"
    tokenUrl: "{{BaseUrl}}/token"
    tokenFormat: json
    token: {accessToken: authed_user.access_token, refreshToken: authed_user.refresh, expiresIn: authed_user.life}
    refresh: {lifetime: 2h}
    capture: [{from: token, path: instance, into: InstanceUrl}, {from: id_token, path: tid, into: TenantId}, {from: redirect, path: realmId, into: Realm}]
methods: [{id: who, name: Who, request: {method: GET, path: /me}}]
`

// TestAssertions asks a token address with signed assertions, which it checks, and reads odd answers.
func TestAssertions(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var got url.Values
	var authorization string
	answer := `{"access_token": "t1", "expires_in": 60}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		authorization = q.Header.Get("Authorization")
		if got = (url.Values{}); q.Header.Get("Content-Type") == "application/json" {
			var fields map[string]string
			json.NewDecoder(q.Body).Decode(&fields)
			for name, value := range fields {
				got.Set(name, value)
			}
		} else {
			q.ParseForm()
			got = q.PostForm
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(answer))
	}))
	defer server.Close()
	def, problems := connector.Parse("acme", []byte(assertionAuth))
	if def == nil {
		t.Fatal(problems)
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	r := connector.New(connector.Config{Transport: http.DefaultTransport, Clock: &leap{newYear}})
	instance := func(auth, value string) *connector.Instance {
		return &connector.Instance{
			Compiled: compiled, Auth: compiled.Auth(auth), AuthValue: value, Client: connector.Client{ID: "app", Secret: pemOf(t, key)},
			Properties: map[string]string{"BaseUrl": server.URL, "Scope": "only-this"},
		}
	}
	claims := func(token string, pss bool) (header, claims map[string]any) {
		t.Helper()
		parts := strings.Split(token, ".")
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
		err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature)
		if pss {
			err = rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, sum[:], signature, nil)
		}
		if err != nil {
			t.Error(err)
		}
		for i, to := range []*map[string]any{&header, &claims} {
			raw, _ := base64.RawURLEncoding.DecodeString(parts[i])
			json.Unmarshal(raw, to)
		}
		return header, claims
	}

	if _, err := r.Obtain(t.Context(), instance("key", "{}")); err != nil {
		t.Fatal(err)
	}
	header, c := claims(got.Get("client_assertion"), true)
	if header["kid"] != "k1" || header["alg"] != "PS256" || c["iss"] != "app" || c["sub"] != "app" || c["aud"] != server.URL+"/token" || c["jti"] == "" || c["exp"].(float64)-float64(newYear.Unix()) != 300 {
		t.Errorf("the assertion says %v %v", header, c)
	}
	if got.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || got.Get("scope") != "only-this" || got.Has("client_secret") {
		t.Errorf("sent is %v", got)
	}

	if _, err := r.Obtain(t.Context(), instance("bare", "{}")); err != nil {
		t.Fatal(err)
	}
	if _, c := claims(strings.TrimPrefix(authorization, "Bearer "), false); c["iss"] != "app" || len(got) > 0 {
		t.Errorf("the bare assertion says %v beside %v", c, got)
	}

	if _, err := r.Obtain(t.Context(), instance("bearer", `{"Username": "jo@example.com"}`)); err != nil {
		t.Fatal(err)
	}
	_, c = claims(got.Get("assertion"), false)
	if got.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || c["sub"] != "jo@example.com" || c["aud"] != "https://login.example.com" || c["iss"] != "app" {
		t.Errorf("sent is %v with %v", got, c)
	}

	answer = `{"ok": true, "instance": "https://i.example.com", "id_token": "e30.` + base64.RawURLEncoding.EncodeToString([]byte(`{"tid": "tenant"}`)) + `.x", "authed_user": {"access_token": "t2", "refresh": "r2"}}`
	odd := instance("odd", "")
	grant, err := r.ExchangeCode(t.Context(), odd, "code", "verifier", "https://back")
	if err != nil {
		t.Fatal(err)
	}
	grant = odd.CaptureRedirect(grant, url.Values{"realmId": {"42"}, "code": {"x"}})
	if got.Get("code") != "code" || got.Get("code_verifier") != "verifier" {
		t.Errorf("sent is %v", got)
	}
	if grant.AccessToken != "t2" || grant.RefreshToken != "r2" || grant.Expires != "2027-01-01T02:00:00Z" ||
		grant.Captured["InstanceUrl"] != "https://i.example.com" || grant.Captured["TenantId"] != "tenant" || grant.Captured["Realm"] != "42" {
		t.Errorf("the grant is %+v", grant)
	}

	broken := instance("key", "{}")
	broken.Client.Secret = "no key"
	if _, err := r.Obtain(t.Context(), broken); err == nil || strings.Contains(err.Error(), "no key") {
		t.Errorf("without a key: %v", err)
	}
}

// TestRedirectDecidesNoHost: an address that a browser brings must not say where a credential goes.
func TestRedirectDecidesNoHost(t *testing.T) {
	t.Parallel()
	text := strings.Replace(assertionAuth, "path: realmId, into: Realm", "path: realmId, into: BaseUrl", 1)
	problems := connector.Lint("acme", []byte(text))
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "anybody can write") {
		t.Error(problems)
	}
}
