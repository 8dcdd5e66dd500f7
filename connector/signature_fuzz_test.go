package connector_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"paceline/connector"
)

// FuzzSignature feeds every way of checking deliveries with what a forger may send; none may accept it, or panic.
func FuzzSignature(f *testing.F) {
	for _, s := range []string{"", "v1=00", "t=1767225600,v1=00", "v1,AAAA v1a,BBBB", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30.", "Basic Og==", "h1=zz;ts=1", ",=,;", "\xff"} {
		f.Add(s, `{"a":1}`, "1767225600")
	}
	ways := []string{
		`verify: {type: hmac, header: X-Sig}`, `verify: {type: hmac, header: X-Sig, prefix: "v1=", encoding: base64}`,
		`verify: {type: hmac, header: X-Sig, payload: "{{pair.t}}.{{rawBody}}", pairs: {signature: v1, timestamp: t, tolerance: 300s}}`,
		`verify: {type: standard}`, `verify: {type: standard, header: svix-signature}`, `verify: {type: token, header: X-Sig}`,
		`verify: {type: jwt, alg: HS256, header: X-Sig, prefix: "Bearer "}`, `verify: {type: basic}`,
		`verify: {type: ed25519, header: X-Sig}`, `verify: {type: ecdsa, header: X-Sig, encoding: base64}`, `verify: {type: rsa, header: X-Sig, encoding: base64}`,
		`verify: {type: rsa, alg: pss-sha256, header: X-Sig}`, `verify: {type: jwt, alg: ES256, header: X-Sig, maxAge: 5m}`, `verify: {type: jwt, alg: RS256, header: X-Sig}`,
	}
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	keys := []string{secret} // the public ones of nobody's private keys
	edKey, _, _ := ed25519.GenerateKey(rand.Reader)
	ecKey, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.Fatal(err)
	}
	for _, key := range []any{edKey, &ecKey.PublicKey, &rsaKey.PublicKey} {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			f.Fatal(err)
		}
		keys = append(keys, base64.StdEncoding.EncodeToString(der))
	}
	var triggers []*connector.Trigger
	for _, way := range ways {
		triggers = append(triggers, parseTrigger(f, way))
	}
	f.Fuzz(func(t *testing.T, signature, body, stamp string) {
		d := connector.Delivery{Method: "POST", Query: url.Values{}, RawBody: []byte(body), At: newYear, Header: http.Header{
			"X-Sig": {signature}, "Authorization": {signature}, "Webhook-Id": {"1"}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {signature},
			"Svix-Id": {"1"}, "Svix-Timestamp": {stamp}, "Svix-Signature": {signature},
		}}
		for i, trigger := range triggers {
			for _, key := range keys {
				if trigger.Verify(key, d) == nil && signature != key { // a token that is the key itself is right
					t.Fatalf("%s accepts %q", ways[i], signature)
				}
			}
			trigger.Verify("", d)
		}
	})
}

// FuzzForm reads forms; what is accepted as a payload is JSON.
func FuzzForm(f *testing.F) {
	for _, s := range []string{"a=1&a=2", "a[b]=c&a[]=d", "%zz", "a;b=c", "=&=", "payload=%7B%22a%22%3A1%7D", "a=\xff", "+=%00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		d := connector.Delivery{Method: "POST", Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, RawBody: []byte(body), At: newYear}
		if payload, err := connector.PlainPayload(d); err == nil && !json.Valid(payload) {
			t.Fatalf("%q of %q", payload, body)
		}
	})
}
