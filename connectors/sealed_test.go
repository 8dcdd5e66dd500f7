package connectors

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
)

// microsoft tells its signing keys.
type microsoft struct {
	keys  map[string]*rsa.PrivateKey
	asked int
}

func (m *microsoft) RoundTrip(req *http.Request) (*http.Response, error) {
	m.asked++
	if req.URL.String() != "https://login.microsoftonline.com/common/discovery/v2.0/keys" {
		return nil, fmt.Errorf("nobody is at %s", req.URL)
	}
	var keys []map[string]string
	for kid, key := range m.keys {
		e := binary.BigEndian.AppendUint32(nil, uint32(key.E))
		keys = append(keys, map[string]string{"kty": "RSA", "use": "sig", "kid": kid, "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(e[1:])})
	}
	text, err := json.Marshal(map[string]any{"keys": keys})
	return &http.Response{StatusCode: 200, Status: "200 OK", Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(text)), Request: req}, err
}

func (m *microsoft) token(t *testing.T, kid, alg string, claims map[string]any) string {
	t.Helper()
	part := func(doc any) string {
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(map[string]string{"typ": "JWT", "alg": alg, "kid": kid}) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, m.keys[kid], crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// slow is an address of signing keys that answers when it likes.
type slow struct {
	*microsoft
	reached, answer chan bool
}

func (s *slow) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "login.slow.example" {
		close(s.reached)
		<-s.answer
		return nil, fmt.Errorf("it never answers")
	}
	return s.microsoft.RoundTrip(req)
}

// TestSigningKeysOfOneAccountKeepNoOtherWaiting: an account may name an address of its own to sign in at.
func TestSigningKeysOfOneAccountKeepNoOtherWaiting(t *testing.T) {
	t.Parallel()
	compiled, err := connector.Compile(definition(t, "microsoft-graph"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	vendor := &slow{&microsoft{keys: map[string]*rsa.PrivateKey{"k1": key}}, make(chan bool), make(chan bool)}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	runtime := connector.New(connector.Config{Transport: vendor, Clock: &standing{now}})
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	token := vendor.token(t, "k1", "RS256", map[string]any{"aud": "our-app", "appid": "0bf30f3b-4a52-48df-9a82-234910c4a086", "exp": now.Unix() + 60})
	open := func(login string) error {
		text, err := json.Marshal(map[string]any{"value": []any{map[string]any{"encryptedContent": sealFor(t, &key.PublicKey, "{}")}}, "validationTokens": []string{token}})
		if err != nil {
			return err
		}
		_, err = runtime.Unseal(t.Context(), compiled.Trigger("resource-changed-with-data"), &connector.Instance{
			Compiled: compiled, Auth: compiled.Auth("app"), Client: connector.Client{ID: "our-app", Secret: "s"},
			Properties: map[string]string{"LoginUrl": login, "EncryptionKey": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))},
		}, text)
		return err
	}
	ended := make(chan error)
	go func() { ended <- open("https://login.slow.example") }()
	<-vendor.reached
	if err := open("https://login.microsoftonline.com"); err != nil {
		t.Error(err)
	}
	close(vendor.answer)
	if err := <-ended; paceline.CodeOf(err) != paceline.CodeWebhookSignature {
		t.Error(err)
	}
}

// sealFor seals as Microsoft's guide to notifications with resource data describes it.
func sealFor(t *testing.T, key *rsa.PublicKey, text string) map[string]any {
	t.Helper()
	symmetric := make([]byte, 32)
	rand.Read(symmetric)
	dataKey, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, key, symmetric, nil)
	if err != nil {
		t.Fatal(err)
	}
	pad := aes.BlockSize - len(text)%aes.BlockSize
	data := append([]byte(text), bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(symmetric)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, symmetric[:16]).CryptBlocks(data, data)
	mac := hmac.New(sha256.New, symmetric)
	mac.Write(data)
	return map[string]any{
		"data": base64.StdEncoding.EncodeToString(data), "dataSignature": base64.StdEncoding.EncodeToString(mac.Sum(nil)),
		"dataKey": base64.StdEncoding.EncodeToString(dataKey), "encryptionCertificateId": "c1",
	}
}

// TestGraphNotificationsWithData opens what Graph seals, for the app that a token is for, and nothing that somebody else has
// sealed, signed or changed.
func TestGraphNotificationsWithData(t *testing.T) {
	t.Parallel()
	compiled, err := connector.Compile(definition(t, "microsoft-graph"))
	if err != nil {
		t.Fatal(err)
	}
	newKey := func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	own, stranger := newKey(), newKey()
	vendor := &microsoft{keys: map[string]*rsa.PrivateKey{"k1": newKey()}}
	forger := &microsoft{keys: map[string]*rsa.PrivateKey{"k1": stranger, "k9": stranger}}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	runtime := connector.New(connector.Config{Transport: vendor, Clock: &standing{now}})
	pkcs8, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	key := strings.ReplaceAll(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})), "\n", " ")
	instance := &connector.Instance{Compiled: compiled, Auth: compiled.Auth("app"), Properties: map[string]string{"EncryptionKey": key, "Tenant": "t-1"}, Client: connector.Client{ID: "our-app", Secret: "s"}}
	claims := func(change func(map[string]any)) map[string]any {
		c := map[string]any{"aud": "our-app", "iss": "https://login.microsoftonline.com/t-1/v2.0", "azp": "0bf30f3b-4a52-48df-9a82-234910c4a086", "iat": now.Unix() - 5, "nbf": now.Unix() - 5, "exp": now.Unix() + 3600}
		if change != nil {
			change(c)
		}
		return c
	}
	good := vendor.token(t, "k1", "RS256", claims(nil))
	const resource = `{"id":"1","body":{"content":"Gate B is dark"},"number":9007199254740993}`
	trigger := compiled.Trigger("resource-changed-with-data")
	open := func(content any, tokens ...string) (string, error) {
		doc := map[string]any{"value": []any{
			map[string]any{"clientState": "s3cret", "changeType": "created", "encryptedContent": content},
			map[string]any{"clientState": "s3cret", "lifecycleEvent": "reauthorizationRequired"},
		}}
		if len(tokens) > 0 {
			doc["validationTokens"] = tokens
		}
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		out, err := runtime.Unseal(t.Context(), trigger, instance, text)
		return string(out), err
	}
	for range 2 {
		out, err := open(sealFor(t, &own.PublicKey, resource), good, good)
		if err != nil || !strings.Contains(out, `"encryptedContent":`+resource) || !strings.Contains(out, "reauthorizationRequired") {
			t.Fatal(out, err)
		}
	}
	if vendor.asked != 1 {
		t.Errorf("the keys were asked for %d times", vendor.asked)
	}
	changed := sealFor(t, &own.PublicKey, resource)
	changed["data"] = sealFor(t, &own.PublicKey, resource)["data"]
	for name, c := range map[string]struct {
		content any
		tokens  []string
	}{
		"no token":                {sealFor(t, &own.PublicKey, resource), nil},
		"one of two is forged":    {sealFor(t, &own.PublicKey, resource), []string{good, forger.token(t, "k1", "RS256", claims(nil))}},
		"of an unknown key":       {sealFor(t, &own.PublicKey, resource), []string{forger.token(t, "k9", "RS256", claims(nil))}},
		"signed by nobody":        {sealFor(t, &own.PublicKey, resource), []string{vendor.token(t, "k1", "none", claims(nil))}},
		"for another app":         {sealFor(t, &own.PublicKey, resource), []string{vendor.token(t, "k1", "RS256", claims(func(c map[string]any) { c["aud"] = "other" }))}},
		"of another sender":       {sealFor(t, &own.PublicKey, resource), []string{vendor.token(t, "k1", "RS256", claims(func(c map[string]any) { c["azp"] = "other" }))}},
		"over":                    {sealFor(t, &own.PublicKey, resource), []string{vendor.token(t, "k1", "RS256", claims(func(c map[string]any) { c["exp"] = now.Unix() - 3600 }))}},
		"sealed for somebody":     {sealFor(t, &stranger.PublicKey, resource), []string{good}},
		"data of another message": {changed, []string{good}},
		"no JSON inside":          {sealFor(t, &own.PublicKey, "gate"), []string{good}},
		"nothing inside":          {map[string]any{"data": "", "dataKey": "", "dataSignature": ""}, []string{good}},
	} {
		if out, err := open(c.content, c.tokens...); paceline.CodeOf(err) != paceline.CodeWebhookSignature || strings.Contains(out, "Gate B") {
			t.Errorf("%s: %v %s", name, err, out)
		}
	}
	if out, err := open(nil); err != nil || !strings.Contains(out, "reauthorizationRequired") {
		t.Error("words about the subscription itself:", out, err)
	}
	if vendor.asked > 2 {
		t.Errorf("a token of an unknown key has the keys asked for each time: %d", vendor.asked)
	}
}
