package tenant

import (
	"context"
	"errors"
	"fmt"

	"paceline/internal/seal"
	"paceline/store"
)

// Installation is an open database together with the key that it was made with.
type Installation struct {
	IDs *seal.IDKey // encodes transaction ids
	// Again reads the installation key where the start found it, for when another process has rotated it;
	// nil: it can't be read again. Only before the rooms are made.
	Again func() (*seal.Sealer, error)

	ring ring
}

// Errors of opening an installation. All of them must end the start: no new key is ever made for a
// database that knows one.
var (
	ErrKeyMissing = errors.New("this database was made with an installation key, and none was given: " +
		"set PACELINE_KEY_FILE (or PACELINE_KEY) to the key that it was made with")
	ErrKeyWrong = errors.New("the installation key is not the one that this database was made with: " +
		"set PACELINE_KEY_FILE (or PACELINE_KEY) to that key")
	ErrKeyNeeded = errors.New("an installation key is needed: make one with `paceline key new`, " +
		"keep it apart from the database, and set PACELINE_KEY_FILE to it")
)

// HasInstallationKey reports whether the database already was used with an installation key, so that a
// new key must not be made for it.
func HasInstallationKey(ctx context.Context, s *store.Store) (has bool, err error) {
	err = s.Read(ctx, func(tx *store.Tx) error {
		_, has, err = tx.Installation()
		return err
	})
	return has, err
}

// OpenInstallation checks the installation key against the database; in a new database it stores the
// key's check value and makes the id key. sealer is nil when the operator gave no key. Errors:
// ErrKeyMissing, ErrKeyWrong, ErrKeyNeeded.
func OpenInstallation(ctx context.Context, s *store.Store, sealer *seal.Sealer) (*Installation, error) {
	var in store.Installation
	var found bool
	err := s.Read(ctx, func(tx *store.Tx) (err error) {
		in, found, err = tx.Installation()
		return err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the check value of the installation key: %w", err)
	case sealer == nil && found:
		return nil, ErrKeyMissing
	case sealer == nil:
		return nil, ErrKeyNeeded
	case !found:
		if in, err = createInstallation(ctx, s, sealer); err != nil {
			return nil, fmt.Errorf("store the check value of the installation key: %w", err)
		}
	}
	if !sealer.VerifyCheckValue(in.KeyCheck) {
		return nil, ErrKeyWrong
	}
	ids, err := sealer.UnwrapID(in.IDKeySealed)
	if err != nil {
		return nil, fmt.Errorf("open the id key: %w", err)
	}
	return &Installation{IDs: ids, ring: ring{sealer: sealer}}, nil
}

// createInstallation returns what stands in the database afterwards: its own proposal, or that of a
// process that started at the same time.
func createInstallation(ctx context.Context, s *store.Store, sealer *seal.Sealer) (store.Installation, error) {
	wrapped, _ := sealer.NewIDKey()
	proposal := store.Installation{KeyCheck: sealer.CheckValue(), IDKeySealed: wrapped}
	var in store.Installation
	err := s.InTx(ctx, everywhere, func(tx *store.Tx) error {
		var found bool
		var err error
		if in, found, err = tx.Installation(); err != nil || found {
			return err
		}
		in = proposal
		return tx.SetInstallation(proposal)
	})
	return in, err
}
