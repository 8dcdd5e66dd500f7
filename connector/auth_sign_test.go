package connector_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/internal/egress"
)

// signed sets up a connector whose one entry of auth is the YAML mapping.
func signed(t *testing.T, auth, value string) *bundle {
	t.Helper()
	text := head[:strings.Index(head, "auth:")] + "auth: [" + auth + `]
methods:
  - {id: get, name: Get, params: [{name: Q, in: query}], request: {method: GET, path: /get}}
  - {id: post, name: Post, repeat: safe, request: {method: POST, path: /post, fields: [{loc: a}]}}
`
	b := setupText(t, text)
	b.instance.AuthValue = value
	b.remote.On("/get", connectortest.JSON(200, "{}"))
	b.remote.On("/post", connectortest.JSON(200, "{}"))
	return b
}

func (b *bundle) headers(n int) http.Header { return b.remote.Received()[n].Header }

func pemOf(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestOAuth1Call(t *testing.T) {
	t.Parallel()
	b := signed(t, `{id: tba, type: oauth1, signature: HMAC-SHA256, realm: "{{SigningKey | upper}}"}`, `{"ConsumerKey":"ck","ConsumerSecret":"cs-secret","Token":"tk-secret","TokenSecret":"ts-secret"}`)
	b.instance.Properties["SigningKey"] = "123_sb1"
	result, failed := b.call("get", `query:Q="a b"`)
	if failed != nil {
		t.Fatal(failed.Detail)
	}
	b.call("get")
	first, second := b.headers(0).Get("Authorization"), b.headers(1).Get("Authorization")
	if !strings.HasPrefix(first, `OAuth realm="123_SB1", oauth_consumer_key="ck", oauth_nonce="`) || !strings.Contains(first, `oauth_timestamp="1798761600"`) || !strings.Contains(first, `oauth_token="tk-secret"`) || first == second {
		t.Errorf("%s\n%s", first, second)
	}
	if log := string(result.Exchanges[0].Request); !strings.Contains(log, "\r\nAuthorization: REDACTED\r\n") {
		t.Errorf("the log is\n%s", log)
	}
	b = signed(t, `{id: one, type: oauth1}`, `{"ConsumerKey":"ck","ConsumerSecret":"cs"}`)
	b.call("get")
	if got := b.headers(0).Get("Authorization"); strings.Contains(got, "oauth_token") || strings.Contains(got, "realm") || !strings.Contains(got, `"HMAC-SHA1"`) {
		t.Error(got)
	}
	b = signed(t, `{id: one, type: oauth1}`, `{"ConsumerKey":"ck"}`)
	if _, failed := b.call("get"); failed == nil || failed.Class != connector.ClassAuth || failed.Detail != "the field ConsumerSecret is missing" {
		t.Error(failed)
	}
}

func TestSigV4Call(t *testing.T) {
	t.Parallel()
	b := signed(t, `{id: aws, type: sigv4, service: s3, region: "{{SigningKey}}"}`, `{"AccessKeyId":"AKID","SecretAccessKey":"secret-2","SessionToken":"session-3"}`)
	b.instance.Properties["SigningKey"] = "eu-west-1"
	if _, failed := b.callFields("post", []string{`a="x"`}); failed != nil {
		t.Fatal(failed.Detail)
	}
	h := b.headers(0)
	sum := sha256.Sum256([]byte(`{"a":"x"}`))
	if h.Get("X-Amz-Content-Sha256") != hex.EncodeToString(sum[:]) || h.Get("X-Amz-Security-Token") != "session-3" || h.Get("X-Amz-Date") != "20270101T000000Z" ||
		!strings.HasPrefix(h.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKID/20270101/eu-west-1/s3/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=") {
		t.Error(h)
	}
}

func TestHMACCall(t *testing.T) {
	t.Parallel()
	b := signed(t, `{id: sig, type: hmac, sign: {alg: sha256, encoding: base64, payload: "{{request.time | date: 'unix'}}.{{request.method}}.{{request.path}}?{{request.query}}.{{request.body | sha256}}.{{request.body}}"},
  apply: [{in: header, name: X-Key, value: "{{auth.Key}}"}, {in: header, name: X-Sig, value: "v1={{signature}}"}, {in: header, name: X-Nonce, value: "{{request.nonce}}"}, {in: header, name: X-Time, value: "{{request.time | date: 'unix'}}"}]}`,
		`{"Key":"k","Secret":"s"}`)
	b.callFields("post", []string{`a="x"`})
	h := b.headers(0)
	sum := sha256.Sum256([]byte(`{"a":"x"}`))
	mac := hmac.New(sha256.New, []byte("s"))
	io.WriteString(mac, "1798761600.POST./post?."+hex.EncodeToString(sum[:])+`.{"a":"x"}`)
	if want := "v1=" + base64.StdEncoding.EncodeToString(mac.Sum(nil)); h.Get("X-Sig") != want || h.Get("X-Key") != "k" || h.Get("X-Time") != "1798761600" || len(h.Get("X-Nonce")) != 32 {
		t.Errorf("%v, want %s", h, want)
	}
}

func TestJWTCall(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check := map[string]func(sum, signature []byte) bool{
		"RS256": func(sum, s []byte) bool {
			return rsa.VerifyPKCS1v15(&rsaKey.PublicKey, crypto.SHA256, sum, s) == nil
		},
		"ES256": func(sum, s []byte) bool {
			return len(s) == 64 && ecdsa.Verify(&ecKey.PublicKey, sum, new(big.Int).SetBytes(s[:32]), new(big.Int).SetBytes(s[32:]))
		},
		"HS256": nil,
	}
	for alg, key := range map[string]string{"RS256": strings.ReplaceAll(pemOf(t, rsaKey), "\n", `\n`), "ES256": pemOf(t, ecKey), "HS256": "00ff"} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			encoding := ""
			if alg == "HS256" {
				encoding = "keyEncoding: hex, "
			}
			value, _ := json.Marshal(map[string]string{"AppId": "app-1", "Key": key})
			b := signed(t, `{id: app, type: jwt, fields: [{name: AppId, secret: false}, {name: Key}], jwt: {alg: `+alg+`, `+encoding+`lifetime: 10m, header: {kid: k1}, claims: {iss: "{{auth.AppId}}", aud: x}}}`, string(value))
			for range 2 {
				if _, failed := b.call("get"); failed != nil {
					t.Fatal(failed.Detail)
				}
			}
			b.clock.now = b.clock.now.Add(8 * time.Minute)
			b.call("get")
			first, again, later := b.headers(0).Get("Authorization"), b.headers(1).Get("Authorization"), b.headers(2).Get("Authorization")
			if first != again || first == later {
				t.Error("a token is not kept for three quarters of its life")
			}
			parts := strings.Split(strings.TrimPrefix(first, "Bearer "), ".")
			raw := func(i int) []byte {
				out, err := base64.RawURLEncoding.DecodeString(parts[i])
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			got := string(raw(0)) + string(raw(1))
			if want := `{"alg":"` + alg + `","typ":"JWT","kid":"k1"}{"iat":1798761570,"exp":1798762200,"iss":"app-1","aud":"x"}`; got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
			text := parts[0] + "." + parts[1]
			sum := sha256.Sum256([]byte(text))
			if alg == "HS256" {
				mac := hmac.New(sha256.New, []byte{0, 255})
				io.WriteString(mac, text)
				if !hmac.Equal(mac.Sum(nil), raw(2)) {
					t.Error("the signature is wrong")
				}
			} else if !check[alg](sum[:], raw(2)) {
				t.Error("the signature is wrong")
			}
		})
	}
	b := signed(t, `{id: app, type: jwt, jwt: {alg: ES256}}`, pemOf(t, rsaKey))
	if _, failed := b.call("get"); failed == nil || failed.Class != connector.ClassAuth || failed.Detail != "the key is not one of the curve P-256" || len(b.remote.Received()) > 0 {
		t.Error(failed)
	}
}

// TestDigestCall answers a challenge once, remembers it, and gives up when the answer is refused.
func TestDigestCall(t *testing.T) {
	t.Parallel()
	b := signed(t, `{id: digest, type: digest}`, base64.StdEncoding.EncodeToString([]byte("u:p")))
	b.remote.On("/get", func(w http.ResponseWriter, r *http.Request) {
		got := r.Header.Get("Authorization")
		if !strings.Contains(got, `nonce="n1"`) || !strings.Contains(got, `uri="/get"`) {
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n1", qop="auth"`)
			w.WriteHeader(401)
			return
		}
		io.WriteString(w, "{}")
	})
	first, failed := b.call("get")
	second, _ := b.call("get")
	if failed != nil || first.TasksOK != 2 || len(first.Exchanges) != 2 || second.TasksOK != 1 {
		t.Fatal(failed, first.TasksOK, second.TasksOK)
	}
	if got := b.headers(2).Get("Authorization"); !strings.Contains(got, "nc=00000002") {
		t.Error(got)
	}
	b.remote.On("/get", connectortest.Raw(401, "", "", `WWW-Authenticate: Digest realm="r", nonce="n2"`))
	if r, failed := b.call("get"); failed == nil || failed.Class != connector.ClassAuth || len(r.Exchanges) != 2 {
		t.Error(failed, len(r.Exchanges))
	}
}

// TestCertificateCall presents a client certificate to a server that demands one.
// certified makes a client certificate and its key.
func certified(t *testing.T) (key *ecdsa.PrivateKey, certificate string) {
	t.Helper()
	key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "client"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// TestCertificateBesideACredential: an app that signs in with its certificate gets a token by it, and presents it with each
// call; without the certificate nobody is asked.
func TestCertificateBesideACredential(t *testing.T) {
	t.Parallel()
	key, certificate := certified(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			if r.FormValue("client_id") != "app" || r.Form.Has("client_secret") || r.Header.Get("Authorization") != "" {
				t.Errorf("the token is asked for with %v and %q", r.Form, r.Header.Get("Authorization"))
			}
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(`{"access_token":"bound"}`))
			return
		}
		json.NewEncoder(w).Encode(map[string]string{"name": r.TLS.PeerCertificates[0].Subject.CommonName, "token": r.Header.Get("Authorization")})
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	text := strings.NewReplacer("properties: [", "properties: [{name: Cert, scope: account}, {name: Key, scope: account, secret: true}, ",
		"AUTH", `{id: bank, type: oauth2, grant: client_credentials, tokenUrl: "{{BaseUrl}}/token", clientAuth: mtls, certificate: {certificate: "{{Cert}}", privateKey: "{{Key}}"}}`).Replace(head[:strings.Index(head, "auth:")] + "auth: [AUTH]\nmethods: [{id: get, name: Get, request: {method: GET, path: /get}}]\n")
	b := setupText(t, text)
	b.instance.Properties = map[string]string{"BaseUrl": server.URL, "Cert": certificate, "Key": pemOf(t, key)}
	b.instance.AuthValue, b.instance.Client = "{}", connector.Client{ID: "app"}
	sends := 0
	b.runtime = connector.New(connector.Config{Clock: b.clock, Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
		sends++
		transport := server.Client().Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.Certificates = []tls.Certificate{*egress.CertificateOf(req.Context())}
		return transport.RoundTrip(req)
	})})
	grant, err := b.runtime.Obtain(t.Context(), b.instance)
	if err != nil || grant.AccessToken != "bound" {
		t.Fatal(grant, err)
	}
	with := func(properties map[string]string) *connector.Instance {
		return &connector.Instance{Compiled: b.compiled, AuthValue: grant.Text(), Client: b.instance.Client, Properties: properties}
	}
	result, err := b.runtime.Call(t.Context(), connector.Call{Instance: with(b.instance.Properties), Method: b.compiled.Method("get"), LogRequest: true})
	if err != nil || strings.TrimSpace(string(result.Output)) != `{"name":"client","token":"Bearer bound"}` {
		t.Fatal(string(result.Output), err)
	}
	before := sends
	for about, properties := range map[string]map[string]string{
		"not set": {"BaseUrl": server.URL, "Cert": certificate},
		"no pair": {"BaseUrl": server.URL, "Cert": certificate, "Key": certificate},
	} {
		_, err := b.runtime.Call(t.Context(), connector.Call{Instance: with(properties), Method: b.compiled.Method("get")})
		if failed, _ := errors.AsType[*connector.Error](err); failed == nil || failed.Class != connector.ClassAuth {
			t.Errorf("%s: %v", about, err)
		}
		if _, err := b.runtime.Obtain(t.Context(), with(properties)); err == nil {
			t.Errorf("%s: a token is asked for", about)
		}
	}
	if sends != before {
		t.Errorf("%d requests without a certificate", sends-before)
	}
}

func TestCertificateCall(t *testing.T) {
	t.Parallel()
	key, certificate := certified(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"name": r.TLS.PeerCertificates[0].Subject.CommonName, "key": r.Header.Get("X-Api-Key")})
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	value, _ := json.Marshal(map[string]string{"Certificate": certificate, "PrivateKey": pemOf(t, key), "ApiKey": "k"})
	b := signed(t, `{id: cert, type: mtls, fields: [{name: Certificate, secret: false}, {name: PrivateKey}, {name: ApiKey}], apply: {in: header, name: X-Api-Key, value: "{{auth.ApiKey}}"}}`, string(value))
	b.instance.Properties["BaseUrl"] = server.URL
	// The guard knows no certificate authority of this test, so the context is read by a transport that does.
	b.runtime = connector.New(connector.Config{Clock: b.clock, Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
		transport := server.Client().Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.Certificates = []tls.Certificate{*egress.CertificateOf(req.Context())}
		return transport.RoundTrip(req)
	})})
	result, failed := b.call("get")
	if failed != nil {
		t.Fatal(failed, failed.Detail)
	}
	if diff := cmp.Diff(`{"key":"k","name":"client"}`, strings.TrimSpace(string(result.Output))); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(string(result.Exchanges[0].Request), "PRIVATE") {
		t.Error("the key is in the log")
	}
	a := b.compiled.Auth("cert")
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	wrong, _ := json.Marshal(map[string]string{"Certificate": certificate, "PrivateKey": pemOf(t, other), "ApiKey": "k"})
	if err := a.Check(string(wrong)); err == nil || strings.Contains(err.Error(), "PRIVATE") {
		t.Error(err)
	}
	if err := a.Check(string(value)); err != nil {
		t.Error(err)
	}
}

// TestKeysAreTypedOverSeveralLines: also where a definition lists the fields itself.
func TestKeysAreTypedOverSeveralLines(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]*connector.Auth{
		"Certificate PrivateKey": {Type: "mtls"},
		"PrivateKey":             {Type: "mtls", Fields: []connector.AuthField{{Name: "PrivateKey"}, {Name: "ApiKey"}}},
		"SshPrivateKey":          {Type: "db"},
		" PrivateKey":            {Type: "ssh"},
		"":                       {Type: "basic", Fields: []connector.AuthField{{Name: "PrivateKey"}}},
	} {
		var several []string
		for _, f := range a.AllFields() {
			if f.Multiline() {
				several = append(several, f.Name)
			}
		}
		if got := strings.Join(several, " "); got != strings.TrimSpace(want) {
			t.Errorf("%s: %s, want %s", a.Type, got, want)
		}
	}
}
