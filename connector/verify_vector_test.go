package connector_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
)

// TestVerifyVectors holds published vectors, and what a forger would try with each.
func TestVerifyVectors(t *testing.T) {
	t.Parallel()
	const (
		// Standard Webhooks' own example.
		standard   = `verify: {type: standard}`
		svix       = `verify: {type: standard, header: svix-signature}`
		whsec      = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
		message    = `{"test": 2432232314}`
		messageSig = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
		// RFC 8032, 7.1, test 2.
		ed       = `verify: {type: ed25519, header: X-Sig}`
		edKey    = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
		edSig    = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
		edOfTime = `verify: {type: ed25519, header: X-Sig, payload: "{{header.X-Time}}{{rawBody}}", timestamp: {header: X-Time}}`
		// RFC 7515, A.1.
		hs    = `verify: {type: jwt, alg: HS256, header: Authorization, prefix: "Bearer ", secretEncoding: base64}`
		rs    = `verify: {type: jwt, alg: RS256, header: Authorization, prefix: "Bearer "}`
		hsKey = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
		hsJWT = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
			"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
		pairs  = `verify: {type: hmac, header: Acme-Signature, payload: "{{pair.t}}.{{rawBody}}", pairs: {signature: v1, timestamp: t, tolerance: 300s}}`
		colons = `verify: {type: hmac, header: Acme-Signature, payload: "{{pair.ts}}:{{rawBody}}", pairs: {signature: h1, timestamp: ts, separator: ";"}}`
	)
	at := func(seconds int64, d connector.Delivery) connector.Delivery {
		d.At = time.Unix(seconds, 0)
		return d
	}
	std := func(prefix, id, stamp, body, signature string, arrived int64) connector.Delivery {
		return at(arrived, delivery(body, prefix+"-Id: "+id, prefix+"-Timestamp: "+stamp, prefix+"-Signature: "+signature))
	}
	mac := func(key, text string) string {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(text))
		return hex.EncodeToString(h.Sum(nil))
	}
	now := newYear.Unix()
	stamp := fmt.Sprint(now)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + ".e30."
	const id, sent = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
	cases := []struct {
		name, trigger, secret string
		delivery              connector.Delivery
		genuine               bool
	}{
		{"standard", standard, whsec, std("Webhook", id, "1614265330", message, messageSig, sent), true},
		{"standard, of an older name", svix, whsec, std("Svix", id, "1614265330", message, messageSig, sent), true},
		{"standard, while keys change", standard, whsec, std("Webhook", id, "1614265330", message, "v1,AAAA v2,x "+messageSig, sent), true},
		{"standard, too old", standard, whsec, std("Webhook", id, "1614265330", message, messageSig, sent+301), false},
		{"standard, another id", standard, whsec, std("Webhook", id+"x", "1614265330", message, messageSig, sent), false},
		{"standard, another time", standard, whsec, std("Webhook", id, "1614265331", message, messageSig, sent), false},
		{"standard, another body", standard, whsec, std("Webhook", id, "1614265330", message+" ", messageSig, sent), false},
		{"standard, no version", standard, whsec, std("Webhook", id, "1614265330", message, messageSig[3:], sent), false},
		{"standard, a secret that is none", standard, "whsec_?", std("Webhook", id, "1614265330", message, messageSig, sent), false},

		{"ed25519", ed, edKey, delivery("\x72", "X-Sig: "+edSig), true},
		{"ed25519, another body", ed, edKey, delivery("\x73", "X-Sig: "+edSig), false},
		{"ed25519, a key that is none", ed, "abc", delivery("\x72", "X-Sig: "+edSig), false},
		{"ed25519, an empty key", ed, "", delivery("\x72", "X-Sig: "+edSig), false},
		{"ed25519, half a signature", ed, edKey, delivery("\x72", "X-Sig: "+edSig[:64]), false},
		{"ed25519, the body as time", edOfTime, edKey, delivery("", "X-Sig: "+edSig, "X-Time: \x72"), false},

		{"JWT", hs, hsKey, at(1300819379, delivery("", "Authorization: Bearer "+hsJWT)), true},
		{"JWT, over", hs, hsKey, at(1300819380+61, delivery("", "Authorization: Bearer "+hsJWT)), false},
		{"JWT, another key", hs, hsKey[1:], at(1300819379, delivery("", "Authorization: Bearer "+hsJWT)), false},
		{"JWT, without its prefix", hs, hsKey, at(1300819379, delivery("", "Authorization: "+hsJWT)), false},
		{"JWT of no algorithm", hs, hsKey, delivery("", "Authorization: Bearer "+none), false},
		{"JWT of another algorithm than declared", rs, hsKey, at(1300819379, delivery("", "Authorization: Bearer "+hsJWT)), false},
		{"JWT cut short", hs, hsKey, at(1300819379, delivery("", "Authorization: Bearer "+hsJWT[:len(hsJWT)-2])), false},
		{"no JWT", hs, hsKey, delivery("", "Authorization: Bearer a.b.c"), false},

		{"pairs", pairs, "s", delivery("{}", "Acme-Signature: t="+stamp+",v1="+mac("s", stamp+".{}")), true},
		{"pairs with an older signature and another scheme", pairs, "s", delivery("{}", "Acme-Signature: t="+stamp+", v1=00,v0=x, v1="+mac("s", stamp+".{}")), true},
		{"pairs, too old", pairs, "s", delivery("{}", fmt.Sprintf("Acme-Signature: t=%d,v1=%s", now-301, mac("s", fmt.Sprintf("%d.{}", now-301)))), false},
		{"pairs, the time changed", pairs, "s", delivery("{}", fmt.Sprintf("Acme-Signature: t=%d,v1=%s", now-1, mac("s", stamp+".{}"))), false},
		{"pairs, the time twice", pairs, "s", delivery("{}", fmt.Sprintf("Acme-Signature: t=%d,t=%s,v1=%s", now-301, stamp, mac("s", fmt.Sprintf("%d.{}", now-301)))), false},
		{"pairs without a time", pairs, "s", delivery("{}", "Acme-Signature: v1="+mac("s", ".{}")), false},
		{"pairs of another separator", colons, "s", delivery("{}", "Acme-Signature: ts="+stamp+";h1="+mac("s", stamp+":{}")), true},
		{"an HMAC with a key in hex", `verify: {type: hmac, header: X-Sig, secretEncoding: hex}`, "73", delivery("{}", "X-Sig: "+mac("s", "{}")), true},
	}
	for _, c := range cases {
		err := parseTrigger(t, c.trigger).Verify(c.secret, c.delivery)
		if (err == nil) != c.genuine {
			t.Errorf("%s: got %v, want genuine %t", c.name, err, c.genuine)
		}
		if err != nil && paceline.CodeOf(err) != paceline.CodeWebhookSignature {
			t.Errorf("%s: code is %s", c.name, paceline.CodeOf(err))
		}
	}
}

// TestVerifyPublicKeys signs with fresh keys and tries each kind with the keys of the others.
func TestVerifyPublicKeys(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	body := "the body"
	sum := sha256.Sum256([]byte(body))
	plain, _ := rsa.SignPKCS1v15(nil, rsaKey, crypto.SHA256, sum[:])
	pss, _ := rsa.SignPSS(rand.Reader, rsaKey, crypto.SHA256, sum[:], nil)
	curve, _ := ecdsa.SignASN1(rand.Reader, ecKey, sum[:])
	rsaDER, _ := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	ecDER, _ := x509.MarshalPKIXPublicKey(&ecKey.PublicKey)
	rsaPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: rsaDER}))
	pkcs1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)}))
	ecBase64 := base64.StdEncoding.EncodeToString(ecDER)
	hash := hex.EncodeToString(sum[:])
	jwt := func(times string) string {
		token, err := connector.SignJWT("ES256", "", pemOf(t, ecKey), []byte(`{"alg":"ES256"}`), []byte(`{`+times+`"body_sha256":"`+hash+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	claimed := func(name string, after time.Duration) string {
		return fmt.Sprintf(`"%s":%d,`, name, newYear.Add(after).Unix())
	}
	ends := claimed("exp", time.Minute)
	token, early, endless := jwt(claimed("nbf", 0)+ends), jwt(claimed("nbf", time.Hour)+ends), jwt(claimed("nbf", 0)+claimed("iat", 0))
	const (
		claim = `verify: {type: jwt, alg: ES256, query: token, bodyClaim: body_sha256}`
		young = `verify: {type: jwt, alg: ES256, query: token, bodyClaim: body_sha256, maxAge: 5m}`
	)
	with := func(d connector.Delivery, token string) connector.Delivery {
		d.Query.Set("token", token)
		return d
	}
	b64 := base64.StdEncoding.EncodeToString
	for _, c := range []struct {
		name, trigger, key string
		delivery           connector.Delivery
		genuine            bool
	}{
		{"rsa", `verify: {type: rsa, header: X, encoding: base64}`, rsaPEM, delivery(body, "X: "+b64(plain)), true},
		{"rsa of an older PEM", `verify: {type: rsa, alg: sha256, header: X, encoding: base64}`, pkcs1, delivery(body, "X: "+b64(plain)), true},
		{"rsa, another hash", `verify: {type: rsa, alg: sha512, header: X, encoding: base64}`, rsaPEM, delivery(body, "X: "+b64(plain)), false},
		{"rsa, another body", `verify: {type: rsa, header: X, encoding: base64}`, rsaPEM, delivery(body+".", "X: "+b64(plain)), false},
		{"pss", `verify: {type: rsa, alg: pss-sha256, header: X, encoding: base64}`, rsaPEM, delivery(body, "X: "+b64(pss)), true},
		{"pss is not the older scheme", `verify: {type: rsa, header: X, encoding: base64}`, rsaPEM, delivery(body, "X: "+b64(pss)), false},
		{"ecdsa", `verify: {type: ecdsa, header: X, encoding: base64}`, ecBase64, delivery(body, "X: "+b64(curve)), true},
		{"ecdsa, another body", `verify: {type: ecdsa, header: X, encoding: base64}`, ecBase64, delivery("", "X: "+b64(curve)), false},
		{"ecdsa with a key of rsa", `verify: {type: ecdsa, header: X, encoding: base64}`, rsaPEM, delivery(body, "X: "+b64(curve)), false},
		{"rsa with a key of ecdsa", `verify: {type: rsa, header: X, encoding: base64}`, ecBase64, delivery(body, "X: "+b64(plain)), false},
		{"jwt with the body's hash", claim, ecBase64, with(delivery(body), token), true},
		{"jwt of another body", claim, ecBase64, with(delivery(body+"."), token), false},
		{"jwt before its time", claim, ecBase64, with(delivery(body), early), false},
		{"jwt with a key of rsa", claim, rsaPEM, with(delivery(body), token), false},
		{"jwt without an end", claim, ecBase64, with(delivery(body), endless), false},
		{"jwt without an end, young enough", young, ecBase64, with(delivery(body), endless), true},
		{"jwt without an end, too old", young, ecBase64, with(delivery(body), jwt(claimed("iat", -7*time.Minute))), false},
		{"jwt of the future", young, ecBase64, with(delivery(body), jwt(claimed("iat", time.Hour))), false},
		{"jwt without any time", young, ecBase64, with(delivery(body), jwt("")), false},
		{"jwt that has ended, young enough", young, ecBase64, with(delivery(body), jwt(claimed("iat", 0)+claimed("exp", -2*time.Minute))), false},
	} {
		if err := parseTrigger(t, c.trigger).Verify(c.key, c.delivery); (err == nil) != c.genuine {
			t.Errorf("%s: got %v, want genuine %t", c.name, err, c.genuine)
		}
	}
}
