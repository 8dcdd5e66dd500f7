package connector

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"paceline"
	"paceline/mapping"
)

// Type jwt sends a token that the program signs itself. AuthValue is the key, or a JSON object with the
// declared fields, of which one is Key: a PEM for RS256, PS256 and ES256, the secret for HS256.
var _ = registerAuth("jwt", authType{
	wire:    "AuthFields",
	fields:  []AuthField{{Name: "Key", Label: "Key"}},
	derived: []AuthField{{Name: "Jwt"}},
	keys:    []string{"jwt"},
	signed:  true,
	apply:   Applies{{In: "header", Name: "Authorization", Value: "Bearer {{auth.Jwt}}"}},
	read:    readFields,
	compile: func(b *builder, a *Auth, at string) signer {
		s := &jwtSigner{lifetime: 10 * time.Minute}
		if a.JWT == nil {
			b.add(at, "auth of type jwt lacks the key \"jwt\"", "Example: jwt: {alg: RS256, lifetime: 10m, claims: {iss: \"{{auth.AppId}}\"}}")
			return s
		}
		s.alg, s.encoding = firstOf(a.JWT.Alg, "RS256"), a.JWT.KeyEncoding
		if !slices.ContainsFunc(a.AllFields(), func(f AuthField) bool { return f.Name == "Key" }) {
			b.add(pointer(at, "fields"), "no field has the name Key", "Add {name: Key}, which holds the key of the signature.")
		}
		if a.JWT.Lifetime != "" {
			s.lifetime = duration(a.JWT.Lifetime)
			if s.lifetime < time.Minute || s.lifetime > 24*time.Hour {
				b.add(pointer(at, "jwt", "lifetime"), fmt.Sprintf("the lifetime %s is not between 1m and 24h", a.JWT.Lifetime), "Example: 10m")
			}
		}
		known := &scopeNames{properties: b.def.Properties, auth: a.AllFields()}
		for _, p := range a.JWT.Header {
			s.header = append(s.header, named{p.Name, b.template(pointer(at, "jwt", "header", p.Name), p.Value, known, plainEscape)})
		}
		for _, p := range a.JWT.Claims {
			s.claims = append(s.claims, named{p.Name, b.template(pointer(at, "jwt", "claims", p.Name), p.Value, known, plainEscape)})
		}
		known = &scopeNames{properties: b.def.Properties, auth: a.names()}
		for i, apply := range a.applies() {
			here := pointer(at, "apply")
			if len(a.Apply) > 1 {
				here = pointer(here, i)
			}
			if apply.In != "header" {
				b.add(pointer(here, "in"), "a token that changes goes in a header", "Write in: header.")
			}
			s.apply = append(s.apply, b.apply(apply, here, known))
		}
		return s
	},
})

type jwtSigner struct {
	alg, encoding  string
	lifetime       time.Duration
	header, claims []named
	apply          []compiledApply
}

func (s *jwtSigner) sign(p *prepared, o *outgoing, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var text string
	if now.Before(p.jwt.until) {
		p.jwt.text.open(&text)
	} else {
		var err error
		if text, err = s.make(p, now, ""); err != nil {
			return err
		}
		p.jwt = jwtToken{keep(text), now.Add(s.lifetime * 3 / 4)}
	}
	for _, a := range s.apply {
		value, _, err := a.value.text(withJWT{p, text})
		if err != nil {
			return err
		}
		o.setHidden(a.name, value)
	}
	return nil
}

// withJWT answers auth.Jwt besides what the instance knows.
type withJWT struct {
	*prepared
	jwt string
}

func (w withJWT) lookup(r *ref) val {
	if r.root == rootAuth && r.name == "Jwt" {
		return textVal(w.jwt)
	}
	return w.prepared.lookup(r)
}

// make signs a token with the key, or with the one of the credential.
func (s *jwtSigner) make(p *prepared, now time.Time, key string, own ...Pair) (string, error) {
	header := appendString([]byte(`{"alg":`), s.alg)
	header = append(header, `,"typ":"JWT"`...)
	// A clock that is a little ahead of the remote's must not make the token one of the future.
	claims := strconv.AppendInt([]byte(`{"iat":`), now.Add(-30*time.Second).Unix(), 10)
	claims = strconv.AppendInt(append(claims, `,"exp":`...), now.Add(s.lifetime).Unix(), 10)
	for _, c := range own { // unless the definition says otherwise
		if !slices.ContainsFunc(s.claims, func(n named) bool { return n.name == c.Name }) {
			claims = appendString(append(appendString(append(claims, ','), c.Name), ':'), c.Value)
		}
	}
	for _, part := range []struct {
		list []named
		to   *[]byte
	}{{s.header, &header}, {s.claims, &claims}} {
		for _, n := range part.list {
			v, missing, err := n.value.value(p)
			if err != nil {
				return "", err
			}
			if !missing {
				*part.to = append(append(appendString(append(*part.to, ','), n.name), ':'), v...)
			}
		}
	}
	return SignJWT(s.alg, s.encoding, firstOf(key, p.fields["Key"]), append(header, '}'), append(claims, '}'))
}

// SignJWT signs header and claims, JSON objects, in the compact form of RFC 7515. key is a PEM for RS256,
// PS256 and ES256; for HS256 the secret as text, or in hex or base64 as encoding says.
func SignJWT(alg, encoding, key string, header, claims mapping.Value) (string, error) {
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims)
	var signature []byte
	sum := sha256.Sum256([]byte(text))
	switch alg {
	case "HS256":
		secret, err := decodeKey(key, encoding)
		if err != nil {
			return "", err
		}
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		signature = mac.Sum(nil)
	case "RS256":
		private, err := privateKey(key)
		if err != nil {
			return "", err
		}
		k, ok := private.(*rsa.PrivateKey)
		if !ok {
			return "", fmt.Errorf("the key is not an RSA key")
		}
		if signature, err = rsa.SignPKCS1v15(nil, k, crypto.SHA256, sum[:]); err != nil {
			return "", err
		}
	case "PS256":
		private, err := privateKey(key)
		if err != nil {
			return "", err
		}
		k, ok := private.(*rsa.PrivateKey)
		if !ok {
			return "", fmt.Errorf("the key is not an RSA key")
		}
		if signature, err = rsa.SignPSS(randomness{}, k, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}); err != nil {
			return "", err
		}
	case "ES256":
		private, err := privateKey(key)
		if err != nil {
			return "", err
		}
		k, ok := private.(*ecdsa.PrivateKey)
		if !ok || k.Curve != elliptic.P256() {
			return "", fmt.Errorf("the key is not one of the curve P-256")
		}
		der, err := k.Sign(nil, sum[:], crypto.SHA256) // without randomness, as RFC 6979 says
		if err != nil {
			return "", err
		}
		var pair struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &pair); err != nil {
			return "", err
		}
		signature = make([]byte, 64)
		pair.R.FillBytes(signature[:32])
		pair.S.FillBytes(signature[32:])
	default:
		return "", fmt.Errorf("the algorithm %q is unknown", alg)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// randomness are random bytes for the salt of a signature.
type randomness struct{}

// Read fills b.
func (randomness) Read(b []byte) (int, error) {
	raw, err := hex.DecodeString(paceline.NewHexSecret(len(b)))
	return copy(b, raw), err
}

func decodeKey(key, encoding string) ([]byte, error) {
	var raw []byte
	var err error
	switch encoding {
	case "hex":
		raw, err = hex.DecodeString(key)
	case "base64":
		// Either alphabet, with or without padding.
		raw, err = base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(key, "=")))
	default:
		raw = []byte(key)
	}
	if err != nil || len(raw) == 0 {
		return nil, fmt.Errorf("the key is not text in %s", firstOf(encoding, "clear"))
	}
	return raw, nil
}

// privateKey reads a PEM; line breaks may have become \n on the way through a form.
func privateKey(text string) (crypto.PrivateKey, error) {
	block, _ := pem.Decode(pemText(text))
	if block == nil {
		return nil, fmt.Errorf("the key is not a PEM")
	}
	if k, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return k, nil
	}
	if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return k, nil
	}
	if k, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return k, nil
	}
	return nil, fmt.Errorf("the key can not be read")
}
