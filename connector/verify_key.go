package connector

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"
)

// The types ed25519, rsa and ecdsa expect a signature that the vendor makes with a private key; the secret
// is the public key: a PEM, or its bytes in base64 or hex.
var (
	_ = registerVerifier("ed25519", func(b *builder, def *VerifyDef, at string) verifier {
		b.onlyKeys(def, at, "header", "prefix", "encoding", "payload", "timestamp", "pairs")
		return &verifyKey{b.signedText(def, at), func(key crypto.PublicKey, text, signature []byte) bool {
			k, ok := key.(ed25519.PublicKey)
			return ok && ed25519.Verify(k, text, signature)
		}}
	})
	_ = registerVerifier("rsa", func(b *builder, def *VerifyDef, at string) verifier {
		b.onlyKeys(def, at, "alg", "header", "prefix", "encoding", "payload", "timestamp", "pairs")
		b.alg(def, at, "sha1", "sha256", "sha512", "pss-sha256", "pss-sha512")
		alg, pss := strings.CutPrefix(firstOf(def.Alg, "sha256"), "pss-")
		return &verifyKey{b.signedText(def, at), func(key crypto.PublicKey, text, signature []byte) bool {
			k, ok := key.(*rsa.PublicKey)
			if !ok {
				return false
			}
			kind, sum := digestOf(alg, text)
			if pss {
				return rsa.VerifyPSS(k, kind, sum, signature, nil) == nil
			}
			return rsa.VerifyPKCS1v15(k, kind, sum, signature) == nil
		}}
	})
	_ = registerVerifier("ecdsa", func(b *builder, def *VerifyDef, at string) verifier {
		b.onlyKeys(def, at, "alg", "header", "prefix", "encoding", "payload", "timestamp", "pairs")
		b.alg(def, at, "sha256", "sha512")
		return &verifyKey{b.signedText(def, at), func(key crypto.PublicKey, text, signature []byte) bool {
			k, ok := key.(*ecdsa.PublicKey)
			_, sum := digestOf(firstOf(def.Alg, "sha256"), text)
			return ok && ecdsa.VerifyASN1(k, sum, signature)
		}}
	})
)

type verifyKey struct {
	*signedText
	good func(key crypto.PublicKey, text, signature []byte) bool
}

func (v *verifyKey) verify(secret []byte, d *Delivery) error {
	key := publicKey(string(secret))
	if key == nil {
		return errWrongKey
	}
	return v.check(d, func(text, signature []byte) bool { return v.good(key, text, signature) })
}

func digestOf(alg string, text []byte) (crypto.Hash, []byte) {
	switch alg {
	case "sha1":
		sum := sha1.Sum(text)
		return crypto.SHA1, sum[:]
	case "sha512":
		sum := sha512.Sum512(text)
		return crypto.SHA512, sum[:]
	}
	sum := sha256.Sum256(text)
	return crypto.SHA256, sum[:]
}

// publicKey reads a public key or the one of a certificate; nil for what is none.
func publicKey(text string) crypto.PublicKey {
	text = strings.TrimSpace(text)
	var raw []byte
	if block, _ := pem.Decode(pemText(text)); block != nil {
		raw = block.Bytes
	} else if b, err := hex.DecodeString(text); err == nil {
		raw = b
	} else if b, err := base64.StdEncoding.DecodeString(text); err == nil {
		raw = b
	}
	if len(raw) == ed25519.PublicKeySize {
		return ed25519.PublicKey(raw)
	}
	if key, err := x509.ParsePKIXPublicKey(raw); err == nil {
		return key
	}
	if key, err := x509.ParsePKCS1PublicKey(raw); err == nil {
		return key
	}
	if certificate, err := x509.ParseCertificate(raw); err == nil {
		return certificate.PublicKey
	}
	return nil
}
