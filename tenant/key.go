package tenant

import (
	"context"
	"errors"
	"fmt"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
)

// everywhere is the scope of what belongs to the installation as a whole.
var everywhere = paceline.Scope{}

// ErrKeyDestroyed says that an account was deleted and its data key with it.
var ErrKeyDestroyed = errors.New("the account is deleted: its data key no longer exists")

// IDs returns the key that turns run numbers into public transaction ids and back.
func (t *Tenant) IDs() *seal.IDKey { return t.ids }

// KeyOf returns the data key of an account by its number. It is on every payload's path, so keys stay in
// memory. Errors: ErrKeyDestroyed.
func (t *Tenant) KeyOf(ctx context.Context, account int64) (*seal.Key, error) {
	key, epoch, ok := t.keys.get(account)
	if ok {
		return key, nil
	}
	key, err := t.unwrapped(ctx, func(tx *store.Tx) ([]byte, bool, error) { return tx.AccountKey(account) })
	if err != nil {
		return nil, fmt.Errorf("open the data key of account %d: %w", account, err)
	}
	if key == nil {
		return nil, ErrKeyDestroyed
	}
	t.keys.put(account, key, epoch)
	return key, nil
}

// PartnerKeyOf returns the data key of what belongs to a partner and to none of its accounts.
func (t *Tenant) PartnerKeyOf(ctx context.Context, partner int64) (*seal.Key, error) {
	// Partners' keys share the cache with accounts' under negative numbers.
	key, epoch, ok := t.keys.get(-partner)
	if ok {
		return key, nil
	}
	key, err := t.unwrapped(ctx, func(tx *store.Tx) ([]byte, bool, error) {
		return tx.PartnerKey(paceline.Scope{Partner: partner})
	})
	if err != nil {
		return nil, fmt.Errorf("open the data key of partner %d: %w", partner, err)
	}
	if key == nil {
		return nil, fmt.Errorf("partner %d does not exist", partner)
	}
	t.keys.put(-partner, key, epoch)
	return key, nil
}
