package connector

import (
	"encoding/base64"
	"errors"
	"strings"
)

var errWrongBasic = errors.New("the user name or password is missing or wrong")

// Type basic expects HTTP Basic authentication; the secret is "user:password".
var _ = registerVerifier("basic", func(b *builder, def *VerifyDef, at string) verifier {
	b.onlyKeys(def, at)
	return verifyBasic{}
})

type verifyBasic struct{}

func (verifyBasic) verify(secret []byte, d *Delivery) error {
	scheme, text, _ := strings.Cut(d.Header.Get("Authorization"), " ")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || !strings.EqualFold(scheme, "Basic") || !sameSecret(raw, secret) {
		return errWrongBasic
	}
	return nil
}
