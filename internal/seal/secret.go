package seal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SealSecret seals a credential for its place: the name of its field, and the numbers of whoever owns it
// (partner, account, account connector), in an order that the caller keeps. A Key opens none: that is the Broker's.
func (k *Key) SealSecret(plain []byte, field string, owner ...int64) []byte {
	w := workPool.Get().(*work)
	w.ad = appendSecretAD(w.ad[:0], field, owner)
	out := k.seal(w, make([]byte, 0, len(plain)+Overhead), plain, false)
	workPool.Put(w)
	return out
}

func (k *Key) openSecret(sealed []byte, field string, owner []int64) ([]byte, error) {
	w := workPool.Get().(*work)
	w.ad = appendSecretAD(w.ad[:0], field, owner)
	out, err := k.open(w, nil, sealed)
	workPool.Put(w)
	return out, err
}

// The fields that hold nothing with which anybody could call a third party: whoever serves the console opens them.
const (
	FieldEntry  = "entry"          // what utilities keep for accounts
	FieldFactor = "second_factor/" // what codes of a person's app are checked with
	FieldHint   = "hint/"          // the end of a secret, by which people tell which one is stored
)

var ownFields = []string{FieldEntry, FieldFactor, FieldHint}

// OpenOwn opens what SealSecret sealed for a field that begins with one of the names above. Any other is refused.
func (k *Key) OpenOwn(sealed []byte, field string, owner ...int64) ([]byte, error) {
	if !slices.ContainsFunc(ownFields, func(name string) bool { return strings.HasPrefix(field, name) }) {
		return nil, fmt.Errorf("%s is a secret, which the broker opens", field)
	}
	return k.openSecret(sealed, field, owner)
}

// Keys are the data keys of accounts and partners, by number.
type Keys interface {
	KeyOf(ctx context.Context, account int64) (*Key, error)
	// PartnerKeyOf is the key of what belongs to a partner and to none of its accounts.
	PartnerKeyOf(ctx context.Context, partner int64) (*Key, error)
}

// Broker opens secrets, and nothing else does. Whoever makes a call to a third party asks it for each and keeps what it
// gives no longer than the call. It is safe for concurrent use.
type Broker struct {
	keys  Keys
	check func(context.Context) error
}

// NewBroker returns the broker over the keys. check refuses, with the error that whoever asks then gets; nil never does.
func NewBroker(keys Keys, check func(context.Context) error) *Broker {
	if check == nil {
		check = func(context.Context) error { return nil }
	}
	return &Broker{keys: keys, check: check}
}

// Check refuses as Open would now, for who still holds what it opened for another call.
func (b *Broker) Check(ctx context.Context) error {
	if ctx.Value(toCheck{}) != nil {
		return nil
	}
	return b.check(ctx)
}

type toCheck struct{}

// ToCheck returns a context for who opens secrets to check what came from outside, and calls nobody with them: the broker
// does not refuse it.
func ToCheck(ctx context.Context) context.Context { return context.WithValue(ctx, toCheck{}, true) }

// Open opens what SealSecret sealed for the field and the owner: a partner, its account or 0, and what further numbers there
// are. It returns ErrWrongKey for another place.
func (b *Broker) Open(ctx context.Context, sealed []byte, field string, partner, account int64, more ...int64) ([]byte, error) {
	if err := b.Check(ctx); err != nil {
		return nil, err
	}
	var key *Key
	var err error
	if account != 0 {
		key, err = b.keys.KeyOf(ctx, account)
	} else {
		key, err = b.keys.PartnerKeyOf(ctx, partner)
	}
	if err != nil {
		return nil, err
	}
	if key == nil {
		return nil, errNoKey
	}
	return key.openSecret(sealed, field, append([]int64{partner, account}, more...))
}

var errNoKey = errors.New("there is no key")

func appendSecretAD(b []byte, field string, owner []int64) []byte {
	b = append(b, adSecret)
	b = binary.BigEndian.AppendUint32(b, uint32(len(field)))
	b = append(b, field...)
	for _, n := range owner {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}
