package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"paceline"
	"paceline/cycle"
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
	ac.AuthSealed, ac.Authenticated = sealed, true
	return nil
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

// hints adds to the secret values that an account sees of its own connector by what they end. One that cannot be opened has
// none: who lists connectors needs no key.
func (r *Room) hints(ctx context.Context, ac paceline.AccountConnector, rel *cycle.Release, out *AccountConnector) {
	for i := range ac.Properties {
		out.Properties[i].Hint = r.hintOf(ctx, ac, ac.Properties[i])
	}
	if rel == nil || len(ac.AuthSealed) == 0 {
		return
	}
	if auth := rel.Compiled.Auth(ac.Authentication); auth != nil && !auth.OAuth2() && len(auth.AllFields()) == 1 {
		if value, err := r.openAuth(ctx, ac); err == nil {
			out.AuthHint = hint(value)
		}
	}
}

// hintOf is the hint of a property, "" for one that is not secret.
func (r *Room) hintOf(ctx context.Context, ac paceline.AccountConnector, p paceline.Property) string {
	if !p.Secret || len(p.Sealed) == 0 {
		return ""
	}
	value, err := r.open(ctx, ac, sealedProperty, p.Name, p.Sealed)
	if err != nil {
		return ""
	}
	return hint(value)
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
	key, err := r.keys.KeyOf(ctx, ac.Account)
	if err != nil {
		return "", fmt.Errorf("key of account %d: %w", ac.Account, err)
	}
	value, err := key.OpenSecret(sealed, sealPlace(ac, kind, name), ac.Partner, ac.Account)
	if err != nil {
		return "", fmt.Errorf("open %s of account connector %d: %w", kind, ac.ID, err)
	}
	return string(value), nil
}

func sealPlace(ac paceline.AccountConnector, kind, name string) string {
	return string(ac.SealID) + "/" + kind + "/" + name
}
