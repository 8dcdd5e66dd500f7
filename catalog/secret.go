package catalog

import (
	"context"
	"fmt"

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
