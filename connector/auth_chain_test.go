package connector_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/connector/connectortest"
)

const chainHead = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["{{BaseUrl}}"]
properties: [{name: BaseUrl, scope: account}]
server: {baseUrl: "{{BaseUrl}}"}
auth:
  - id: both
    type: chain
    label: App key and password
    parts:
      - {id: app, type: api_key, fields: [{name: AppKey, label: App key}], apply: [{in: header, name: X-App, value: "{{auth.AppKey}}"}, {in: query, name: app, value: "{{auth.AppKey}}"}]}
      - {id: person, type: basic}
`

// TestChain: the credentials of all parts are sent, and masked; one that is missing is told when it is given.
func TestChain(t *testing.T) {
	t.Parallel()
	b := setupText(t, chainHead+"methods: [{id: get, name: Get, request: {method: GET, path: /x}}]\n")
	auth := b.compiled.Auth("both")
	var names []string
	for _, f := range auth.AllFields() {
		names = append(names, f.Name)
	}
	if want := []string{"AppKey", "Username", "Password"}; !slices.Equal(names, want) || auth.WireType() != "AuthFields" {
		t.Errorf("fields %q, want %q; %s", names, want, auth.WireType())
	}
	value := auth.AuthValue(map[string]string{"AppKey": "app-key-1", "Username": "jo", "Password": "pass-word-1"})
	if err := auth.Check(value); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "x", "null", `{"AppKey":"app-key-1"}`, `{"Username":"jo","Password":"pass-word-1"}`} {
		if auth.Check(bad) == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	b.instance = &connector.Instance{Compiled: b.compiled, AuthValue: value, Properties: map[string]string{"BaseUrl": b.remote.URL}}
	b.remote.On("/x", connectortest.JSON(200, `{"echo":"pass-word-1 app-key-1"}`))
	result, failed := b.call("get")
	if failed != nil {
		t.Fatal(failed)
	}
	got := b.remote.Received()[0]
	if user, password, _ := (&http.Request{Header: got.Header}).BasicAuth(); got.Header.Get("X-App") != "app-key-1" || got.Path != "/x?app=app-key-1" || user != "jo" || password != "pass-word-1" {
		t.Errorf("sent %s %v", got.Path, got.Header)
	}
	for _, text := range []string{string(result.Exchanges[0].Request), string(result.Exchanges[0].Response)} {
		if strings.Contains(text, "app-key-1") || strings.Contains(text, "pass-word-1") {
			t.Errorf("logged is %s", text)
		}
	}
}

// TestChainWithSession: the call that logs in carries the other credential, and so does each call of the session.
func TestChainWithSession(t *testing.T) {
	t.Parallel()
	text := strings.Replace(chainHead, "{id: person, type: basic}", `{id: person, type: session, session: {login: log-in, capture: {Token: token}}, apply: {in: header, name: X-Session, value: "{{auth.Token}}"}}`, 1)
	b := setupText(t, text+`methods:
  - {id: get, name: Get, request: {method: GET, path: /x}}
  - {id: log-in, name: Log In, repeat: safe, request: {method: POST, path: /login, fields: [{loc: user, default: "{{auth.Username}}"}, {loc: password, default: "{{auth.Password}}"}]}}
`)
	value, _ := json.Marshal(map[string]string{"AppKey": "app-key-1", "Username": "jo", "Password": "pass-word-1"})
	b.instance = &connector.Instance{Compiled: b.compiled, AuthValue: string(value), Properties: map[string]string{"BaseUrl": b.remote.URL}}
	b.remote.On("/login", connectortest.JSON(200, `{"token":"s-1"}`))
	b.remote.On("/x", connectortest.JSON(200, `{}`), connectortest.JSON(200, `{}`))
	for range 2 {
		if _, failed := b.call("get"); failed != nil {
			t.Fatal(failed)
		}
	}
	got := b.remote.Received()
	if len(got) != 3 || got[0].Header.Get("X-App") != "app-key-1" || got[0].Header.Get("X-Session") != "" || string(got[0].Body) != `{"user":"jo","password":"pass-word-1"}` {
		t.Fatalf("%d calls, the login with %v %s", len(got), got[0].Header, got[0].Body)
	}
	for _, call := range got[1:] {
		if call.Header.Get("X-App") != "app-key-1" || call.Header.Get("X-Session") != "s-1" {
			t.Errorf("a call with %v", call.Header)
		}
	}
}

// TestChainWithSignature: the signature covers what the other part adds.
func TestChainWithSignature(t *testing.T) {
	t.Parallel()
	text := strings.Replace(chainHead, "{id: person, type: basic}", `{id: sign, type: hmac, sign: {payload: "{{request.query}}"}, apply: {in: header, name: X-Signature, value: "{{auth.Key}} {{signature}}"}}`, 1)
	b := setupText(t, text+"methods: [{id: get, name: Get, request: {method: GET, path: /x}}]\n")
	b.instance = &connector.Instance{Compiled: b.compiled, AuthValue: `{"AppKey":"a","Key":"k","Secret":"the-secret"}`, Properties: map[string]string{"BaseUrl": b.remote.URL}}
	b.remote.On("/x", connectortest.JSON(200, `{}`))
	if _, failed := b.call("get"); failed != nil {
		t.Fatal(failed)
	}
	mac := hmac.New(sha256.New, []byte("the-secret"))
	mac.Write([]byte("app=a"))
	if got := b.headers(0).Get("X-Signature"); got != "k "+hex.EncodeToString(mac.Sum(nil)) {
		t.Errorf("the signature is %s", got)
	}
}

func TestChainLint(t *testing.T) {
	t.Parallel()
	const part = "{id: person, type: basic}"
	for _, c := range []struct{ old, new, want string }{
		{part, "{id: person, type: oauth2, grant: client_credentials, tokenUrl: \"{{BaseUrl}}/token\"}", "can be no part of a chain"},
		{part, "{id: person, type: chain, parts: [" + part + ", {id: b, type: bearer}]}", "can be no part of a chain"},
		{part, "{id: person, type: api_key, fields: [{name: AppKey}], apply: {in: header, name: X-Other, value: \"{{auth.AppKey}}\"}}", "two parts of the chain have a field AppKey"},
		{part, "{id: person, type: bearer, apply: {in: header, name: X-App, value: \"{{auth.Token}}\"}}", "go to the header X-App"},
		{part, "{id: person, type: digest}\n      - {id: sign, type: sigv4, service: s3, region: eu}", "two parts of the chain make something"},
		{part, "{id: person, type: basic, default: true}", "a part of a chain has default"},
		{part, "{id: person, type: none}", "can be no part of a chain"},
		{"    parts:", "    apply: {in: header, name: X, value: \"{{auth.AppKey}}\"}\n    parts:", "has fields or apply"},
		{"type: chain", "type: basic", "does not use the key \"parts\""},
		{"      - " + part + "\n", "", "at least 2"},
	} {
		problems := connector.Lint("x", []byte(strings.Replace(chainHead, c.old, c.new, 1)+"methods: []\n"))
		if !slices.ContainsFunc(problems, func(p connector.Problem) bool {
			return strings.Contains(p.Message, c.want) && p.Line > 0 && p.Remedy != ""
		}) {
			t.Errorf("%s gives %v, want %q", c.new, problems, c.want)
		}
	}
}
