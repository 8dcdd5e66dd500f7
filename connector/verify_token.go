package connector

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
)

var errWrongToken = errors.New("the token is missing or wrong")

// Type token compares a header or query parameter with the secret.
var _ = registerVerifier("token", func(b *builder, def *VerifyDef, at string) verifier {
	if (def.Header == "") == (def.Query == "") {
		b.add(at, "verify of type token names either a header or a query parameter", "Add header: X-Token, or query: token.")
	}
	b.onlyKeys(def, at, "header", "query", "prefix")
	return &verifyToken{header: http.CanonicalHeaderKey(def.Header), query: def.Query, prefix: def.Prefix}
})

type verifyToken struct{ header, query, prefix string }

// text returns the token and whether it is there.
func (v *verifyToken) text(d *Delivery) (string, bool) {
	got := d.Query.Get(v.query)
	if v.query == "" {
		got = d.Header.Get(v.header)
	}
	return strings.CutPrefix(got, v.prefix)
}

func (v *verifyToken) verify(secret []byte, d *Delivery) error {
	got, ok := v.text(d)
	if !ok || !sameSecret([]byte(got), secret) {
		return errWrongToken
	}
	return nil
}

// sameSecret compares in a time that depends on neither text, not even on their lengths.
func sameSecret(a, b []byte) bool {
	x, y := sha256.Sum256(a), sha256.Sum256(b)
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
