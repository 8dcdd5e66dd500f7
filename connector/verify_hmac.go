package connector

import (
	"crypto/hmac"
	"encoding/base64"
	"hash"
	"strings"
)

// Type hmac expects a keyed hash of the raw body, or of what payload makes of it, in a header.
var _ = registerVerifier("hmac", func(b *builder, def *VerifyDef, at string) verifier {
	b.onlyKeys(def, at, "alg", "header", "prefix", "encoding", "payload", "timestamp", "pairs", "secretEncoding")
	b.alg(def, at, "sha1", "sha256", "sha512")
	return &verifyHMAC{signedText: b.signedText(def, at), alg: hashes[firstOf(def.Alg, "sha256")], encoding: def.SecretEncoding}
})

type verifyHMAC struct {
	*signedText
	alg      func() hash.Hash
	encoding string
}

func (v *verifyHMAC) verify(secret []byte, d *Delivery) error {
	key, err := decodeKey(string(secret), v.encoding)
	if err != nil {
		return err
	}
	return v.check(d, func(text, signature []byte) bool {
		mac := hmac.New(v.alg, key)
		mac.Write(text)
		return hmac.Equal(signature, mac.Sum(nil))
	})
}

// Type standard is the scheme of Standard Webhooks: id, time and body are signed, and the secret begins with
// whsec_.
var _ = registerVerifier("standard", func(b *builder, def *VerifyDef, at string) verifier {
	b.onlyKeys(def, at, "header")
	// The header's beginning is the vendor's own in older forms of the scheme, such as svix-.
	name := firstOf(strings.TrimSuffix(strings.ToLower(def.Header), "-signature"), "webhook")
	inner := *def
	inner.Header, inner.Encoding = name+"-signature", "base64"
	inner.Payload = "{{header." + name + "-id}}.{{header." + name + "-timestamp}}.{{rawBody}}"
	inner.Timestamp = &Timestamp{Header: name + "-timestamp"}
	s := b.signedText(&inner, at)
	s.separator, s.prefix = " ", "v1,"
	return &verifyStandard{verifyHMAC{signedText: s, alg: hashes["sha256"], encoding: "base64"}}
})

type verifyStandard struct{ verifyHMAC }

func (v *verifyStandard) verify(secret []byte, d *Delivery) error {
	text := strings.TrimPrefix(string(secret), "whsec_")
	if _, err := base64.StdEncoding.DecodeString(text); err != nil {
		return errWrongKey
	}
	return v.verifyHMAC.verify([]byte(text), d)
}
