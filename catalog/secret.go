package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/internal/seal"
)

// The names of sealed values; together with the account connector's SealID they bind a value to its place.
const (
	sealedAuth     = "auth"
	sealedProperty = "property"
)

// sealAuth checks and stores an AuthValue in ac. "" changes nothing, and a connector that needs no value
// ignores it.
func (r *Room) sealAuth(ctx context.Context, rel *cycle.Release, ac *paceline.AccountConnector, value string) error {
	if value == "" || needsNoValue(rel, ac.Authentication) {
		return nil
	}
	auth := authOf(rel, ac.Authentication)
	value = auth.Given(value)
	if err := auth.Check(value); err != nil {
		return err
	}
	sealed, err := r.seal(ctx, *ac, sealedAuth, "", value)
	if err != nil {
		return err
	}
	ac.AuthSealed, ac.Authenticated, ac.HintSealed = sealed, true, nil
	ac.SignedInAt = paceline.ToMicros(r.clock.Now())
	if hasHint(auth) {
		ac.HintSealed, err = r.sealHint(ctx, ac.Partner, ac.Account, value, sealed)
	}
	return err
}

// hasHint reports whether the credential is one value, whose end tells which one it is.
func hasHint(auth *connector.Auth) bool {
	return auth != nil && !auth.OAuth2() && len(auth.AllFields()) == 1
}

// hint is the end of a secret by which people tell which one is stored, "" for one that is so short, or of so many lines,
// that its end would tell too much or nothing.
func hint(secret string) string {
	const shown, least = 4, 16
	text := []rune(strings.TrimSpace(secret))
	if len(text) < least || slices.ContainsFunc(text, unicode.IsSpace) {
		return ""
	}
	return string(text[len(text)-shown:])
}

// hints adds to the secret values that an account sees of its own connector by what they end. No secret is opened for it. One
// that cannot be opened has none: who lists connectors needs no key.
func (r *Room) hints(ctx context.Context, ac paceline.AccountConnector, rel *cycle.Release, out *AccountConnector) {
	for i := range ac.Properties {
		out.Properties[i].Hint = r.hintOf(ctx, ac, ac.Properties[i])
	}
	if rel != nil && hasHint(rel.Compiled.Auth(ac.Authentication)) {
		out.AuthHint = r.openHint(ctx, ac, ac.HintSealed, ac.AuthSealed)
	}
}

// hintOf is the hint of a property, "" for one that is not secret.
func (r *Room) hintOf(ctx context.Context, ac paceline.AccountConnector, p paceline.Property) string {
	if !p.Secret {
		return ""
	}
	return r.openHint(ctx, ac, p.HintSealed, p.Sealed)
}

// sealHint seals the end of a secret, nil for one that has none to show. It belongs to the sealed secret: with another one in
// its place it does not open.
func (r *Room) sealHint(ctx context.Context, partner, account int64, secret string, sealed []byte) ([]byte, error) {
	end := hint(secret)
	if end == "" {
		return nil, nil
	}
	key, err := r.keys.KeyOf(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("key of account %d: %w", account, err)
	}
	return key.SealSecret([]byte(end), hintPlace(sealed), partner, account), nil
}

func (r *Room) openHint(ctx context.Context, ac paceline.AccountConnector, sealed, of []byte) string {
	if len(sealed) == 0 || len(of) == 0 {
		return ""
	}
	key, err := r.keys.KeyOf(ctx, ac.Account)
	if err != nil {
		return ""
	}
	end, err := key.OpenOwn(sealed, hintPlace(of), ac.Partner, ac.Account)
	if err != nil {
		return ""
	}
	return string(end)
}

func hintPlace(of []byte) string {
	sum := sha256.Sum256(of)
	return seal.FieldHint + hex.EncodeToString(sum[:])
}

// openAuth returns the stored AuthValue, "" when there is none.
func (r *Room) openAuth(ctx context.Context, ac paceline.AccountConnector) (string, error) {
	return r.open(ctx, ac, sealedAuth, "", ac.AuthSealed)
}

func (r *Room) seal(ctx context.Context, ac paceline.AccountConnector, kind, name, value string) ([]byte, error) {
	key, err := r.keys.KeyOf(ctx, ac.Account)
	if err != nil {
		return nil, fmt.Errorf("key of account %d: %w", ac.Account, err)
	}
	return key.SealSecret([]byte(value), sealPlace(ac, kind, name), ac.Partner, ac.Account), nil
}

func (r *Room) open(ctx context.Context, ac paceline.AccountConnector, kind, name string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	value, err := r.broker.Open(ctx, sealed, sealPlace(ac, kind, name), ac.Partner, ac.Account)
	if err != nil {
		return "", fmt.Errorf("open %s of account connector %d: %w", kind, ac.ID, err)
	}
	return string(value), nil
}

func sealPlace(ac paceline.AccountConnector, kind, name string) string {
	return string(ac.SealID) + "/" + kind + "/" + name
}
