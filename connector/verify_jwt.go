package connector

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"paceline/mapping"
)

var errWrongJWT = errors.New("the token is missing, wrong or over")

// Type jwt expects a token of RFC 7515 in a header or parameter. The algorithm is the declared one, whatever
// the token says. It must say when it ends, by exp, or with maxAge when it was made, by iat: one that is good for
// ever could be sent again for ever. With bodyClaim, a claim must be the SHA-256 of the body, in hex; without, the
// token says who sent it, but not what.
var _ = registerVerifier("jwt", func(b *builder, def *VerifyDef, at string) verifier {
	if (def.Header == "") == (def.Query == "") {
		b.add(at, "verify of type jwt names either a header or a query parameter", "Add header: Authorization with prefix: \"Bearer \", or query: token.")
	}
	b.onlyKeys(def, at, "alg", "header", "query", "prefix", "secretEncoding", "bodyClaim", "maxAge")
	b.alg(def, at, "HS256", "RS256", "ES256")
	if def.Alg == "" {
		b.add(at, "verify of type jwt lacks the key \"alg\"", "Add alg: HS256, RS256 or ES256.")
	}
	v := &verifyJWT{token: verifyToken{header: http.CanonicalHeaderKey(def.Header), query: def.Query, prefix: def.Prefix}, alg: def.Alg, encoding: def.SecretEncoding}
	if v.maxAge = duration(def.MaxAge); def.MaxAge != "" && (v.maxAge <= 0 || v.maxAge > 24*time.Hour) {
		b.add(pointer(at, "maxAge"), fmt.Sprintf("the age %s is not between 1ms and 24h", def.MaxAge), "Example: 5m")
	}
	if def.BodyClaim != "" {
		v.claim = b.location(pointer(at, "bodyClaim"), def.BodyClaim)
	}
	return v
})

type verifyJWT struct {
	token         verifyToken
	alg, encoding string
	claim         mapping.Location
	maxAge        time.Duration // 0: the token says when it ends
}

var (
	claimAlg       = mustLocation("alg")
	claimExpires   = mustLocation("exp")
	claimNotBefore = mustLocation("nbf")
	claimIssued    = mustLocation("iat")
)

func (v *verifyJWT) verify(secret []byte, d *Delivery) error {
	text, ok := strings.CutPrefix(v.token.texts(d)[0], v.token.prefix)
	parts := strings.Split(text, ".")
	if !ok || len(parts) != 3 {
		return errWrongJWT
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return errWrongJWT
		}
	}
	if checkJSON(raw[0]) != nil || checkJSON(raw[1]) != nil {
		return errWrongJWT
	}
	if alg, _ := claimAlg.Get(raw[0]); mapping.Text(alg) != v.alg {
		return errWrongJWT
	}
	if err := v.signature(secret, parts[0]+"."+parts[1], raw[2]); err != nil {
		return err
	}
	return v.claims(raw[1], d)
}

func (v *verifyJWT) signature(secret []byte, text string, signature []byte) error {
	sum := sha256.Sum256([]byte(text))
	good := false
	if v.alg == "HS256" {
		key, err := decodeKey(string(secret), v.encoding)
		if err != nil {
			return err
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(text))
		good = hmac.Equal(mac.Sum(nil), signature)
	} else {
		switch key := publicKey(string(secret)).(type) {
		case *rsa.PublicKey:
			good = v.alg == "RS256" && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
		case *ecdsa.PublicKey:
			good = v.alg == "ES256" && len(signature) == 64 &&
				ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
		default:
			return errWrongKey
		}
	}
	if !good {
		return errWrongJWT
	}
	return nil
}

func (v *verifyJWT) claims(claims []byte, d *Delivery) error {
	ends := func(t time.Time) bool { return d.At.Before(t.Add(time.Minute)) }
	begins := func(t time.Time) bool { return !d.At.Before(t.Add(-time.Minute)) }
	young := func(t time.Time) bool { return begins(t) && d.At.Before(t.Add(v.maxAge+time.Minute)) }
	for _, c := range []struct {
		at     mapping.Location
		needed bool
		good   func(t time.Time) bool
	}{
		{claimExpires, v.maxAge == 0, ends},
		{claimNotBefore, false, begins},
		{claimIssued, v.maxAge != 0, func(t time.Time) bool { return v.maxAge == 0 || young(t) }},
	} {
		value, there := c.at.Get(claims)
		if !there && !c.needed {
			continue
		}
		t, ok := mapping.DateOf(value)
		if !ok || !c.good(t) {
			return errWrongJWT
		}
	}
	if v.claim.IsZero() {
		return nil
	}
	sum := sha256.Sum256(d.RawBody)
	value, _ := v.claim.Get(claims)
	if !sameSecret([]byte(strings.ToLower(mapping.Text(value))), []byte(hex.EncodeToString(sum[:]))) {
		return fmt.Errorf("the token is of another body")
	}
	return nil
}
