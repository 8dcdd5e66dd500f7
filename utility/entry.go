package utility

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"time"
	"unicode/utf8"

	"paceline"
	"paceline/connector"
	"paceline/internal/seal"
	"paceline/store"
)

// keeper keeps entries: one value under a name, in the store of an account connector or of one of its cycles, always
// of the account that runs.
type keeper struct {
	store  *store.Store
	keys   func(ctx context.Context, account int64) (*seal.Key, error)
	clock  paceline.Clock
	limits Limits
	// turns lets changes of one entry wait for each other here, so that they seldom meet in the store.
	turns [256]chan struct{}
	seed  maphash.Seed
}

func newKeeper(c Config) *keeper {
	k := &keeper{store: c.Store, keys: c.Keys, clock: c.Clock, limits: c.Limits.withDefaults(), seed: maphash.MakeSeed()}
	for i := range k.turns {
		k.turns[i] = make(chan struct{}, 1)
	}
	return k
}

// callKept is how long a repeat of a call is known: longer than any retry.
const callKept = 31 * 24 * time.Hour

// tries is how often a change begins anew when another node's was faster.
const tries = 20

// change is what becomes of an entry.
type change struct {
	value      []byte // nil: it is removed, where there was one
	keep       bool   // it stays as it is
	expires    paceline.Micros
	references [2]string
	answer     any
}

// where is the store that a call is about.
func (k *keeper) where(c connector.UtilityCall, ofCycle bool) (store.EntryStore, error) {
	in := store.EntryStore{Connector: c.Instance.ID}
	if ofCycle {
		if in.Cycle = c.Behalf.Cycle; in.Cycle == 0 {
			return in, refuse(paceline.CodeUtilityInput, "The storage belongs to a cycle, and none calls.")
		}
	}
	return in, nil
}

// key reads the key of an entry.
func (k *keeper) key(c connector.UtilityCall) (string, error) {
	key := c.Param("Key")
	return key, k.checkKey(key)
}

func (k *keeper) checkKey(key string) error {
	switch {
	case key == "":
		return refuse(paceline.CodeStorageKey, "It is empty.")
	case utf8.RuneCountInString(key) > k.limits.Key:
		return refuse(paceline.CodeStorageKey, fmt.Sprintf("It has more than %d characters.", k.limits.Key))
	case !utf8.ValidString(key) || strings.ContainsAny(key, "\x00\U0010FFFF"):
		return refuse(paceline.CodeStorageKey, "It has characters that cannot be stored.")
	}
	return nil
}

// expiry reads the parameter TTL, in seconds.
func (k *keeper) expiry(c connector.UtilityCall) (paceline.Micros, error) {
	const most = 10 * 366 * 24 * 3600
	seconds, err := whole(c, "TTL", 0)
	switch {
	case err != nil:
		return 0, err
	case seconds < 0 || seconds > most:
		return 0, refuse(paceline.CodeUtilityInput, fmt.Sprintf("TTL is between 0 and %d seconds.", most))
	case seconds == 0:
		return 0, nil
	}
	return k.now() + paceline.Micros(seconds*1e6), nil
}

// stays is when an entry ends that a call changes: what has a time to live keeps it where the call names none.
func (k *keeper) stays(c connector.UtilityCall, expires paceline.Micros, old []byte, was store.Entry) paceline.Micros {
	if expires == 0 && old != nil && c.Param("TTL") == "" {
		return was.Expires
	}
	return expires
}

func (k *keeper) now() paceline.Micros { return paceline.ToMicros(k.clock.Now()) }

// change reads an entry, lets f say what becomes of it, and writes that, unless the entry was changed meanwhile: then
// it begins anew. old is nil without an entry. A repeat of the call changes nothing and gets the first answer.
func (k *keeper) change(ctx context.Context, c connector.UtilityCall, in store.EntryStore, name string, f func(old []byte, was store.Entry) (change, error)) (json.RawMessage, error) {
	key, err := k.keys(ctx, c.Behalf.Account)
	if err != nil {
		return nil, later(err)
	}
	done, err := k.turn(ctx, c, in, name)
	if err != nil {
		return nil, err
	}
	defer done()
	call := callDigest(c)
	for range tries {
		answer, again, err := k.changeOnce(ctx, key, c, in, name, call, f)
		if !again {
			return answer, err
		}
	}
	return nil, later(nil)
}

// turn waits until nobody else here changes what has the name.
func (k *keeper) turn(ctx context.Context, c connector.UtilityCall, in store.EntryStore, name string) (done func(), err error) {
	turn := k.turns[maphash.Comparable(k.seed, struct {
		account int64
		in      store.EntryStore
		name    string
	}{c.Behalf.Account, in, name})%uint64(len(k.turns))]
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, later(ctx.Err())
	}
}

// The ends of a transaction that writes nothing.
var (
	errChanged = errors.New("the entry was changed meanwhile")
	errFull    = errors.New("the storage is full")
)

func (k *keeper) changeOnce(ctx context.Context, key *seal.Key, c connector.UtilityCall, in store.EntryStore, name, call string,
	f func(old []byte, was store.Entry) (change, error)) (answer json.RawMessage, again bool, err error) {
	scope := c.Behalf.Scope()
	var was store.Entry
	var known []byte
	found, told := false, false
	err = k.store.Read(ctx, func(tx *store.Tx) (err error) {
		if known, told, err = answered(tx, scope, call); err != nil || told {
			return err
		}
		was, found, err = tx.Entry(scope, in, name, k.now())
		return err
	})
	if err != nil {
		return nil, false, later(err)
	}
	if told {
		answer, err = key.OpenOwn(known, entryCall, scope.Account)
		return answer, false, err
	}
	var old []byte
	if found {
		if old, err = open(key, scope, in, was); err != nil {
			return nil, false, err
		}
	}
	ch, err := f(old, was)
	if err != nil {
		return nil, false, err
	}
	if answer, err = encode(ch.answer); err != nil || ch.keep {
		return answer, false, err
	}
	next := store.Entry{Name: name, Revision: paceline.NewID(k.clock.Now()), Expires: ch.expires, References: ch.references}
	if ch.value != nil {
		next.Value = key.SealSecret(ch.value, entryField(name), scope.Account, int64(in.Connector), in.Cycle)
	}
	again, err = k.end(ctx, key, scope, call, answer, func(tx *store.Tx) error { return k.write(tx, scope, in, next, was.Revision) })
	if again || err != nil {
		return nil, again, err
	}
	return answer, false, nil
}

// answered is the answer that a call got before, sealed.
func answered(tx *store.Tx, scope paceline.Scope, call string) (known []byte, told bool, err error) {
	if call == "" {
		return nil, false, nil
	}
	return tx.EntryCall(scope, call)
}

// end writes a change, and with it the answer of the call, if it has a name. again says that the change has to begin
// anew: what it is made of was changed meanwhile.
func (k *keeper) end(ctx context.Context, key *seal.Key, scope paceline.Scope, call string, answer []byte, write func(tx *store.Tx) error) (again bool, err error) {
	kept := key.SealSecret(answer, entryCall, scope.Account)
	err = k.store.InTx(ctx, scope, func(tx *store.Tx) error {
		if err := write(tx); err != nil || call == "" {
			return err
		}
		first, err := tx.KeepEntryCall(scope, call, kept, tx.Now()+paceline.Micros(callKept.Microseconds()))
		if err == nil && !first {
			err = errChanged // the call itself, side by side: the next reading finds its answer
		}
		return err
	})
	switch {
	case errors.Is(err, errChanged):
		return true, nil
	case errors.Is(err, errFull):
		return false, k.full()
	case err != nil:
		return false, later(err)
	}
	return false, nil
}

func (k *keeper) full() error {
	return &connector.Error{Class: connector.ClassPermanent, Code: paceline.CodeStorageFull,
		Detail: fmt.Sprintf("A storage takes %d entries, and all storages of an account together %d bytes.", k.limits.Entries, k.limits.Bytes)}
}

func (k *keeper) write(tx *store.Tx, scope paceline.Scope, in store.EntryStore, next store.Entry, was paceline.ID) error {
	if next.Value == nil {
		_, err := tx.DeleteEntry(scope, in, next.Name)
		return err
	}
	written, full, err := tx.PutEntry(scope, in, next, was, store.EntryLimits{Entries: k.limits.Entries, Bytes: k.limits.Bytes})
	switch {
	case err != nil:
		return err
	case full:
		return errFull
	case !written:
		return errChanged
	}
	return nil
}

// get reads one entry, nil without one.
func (k *keeper) get(ctx context.Context, c connector.UtilityCall, in store.EntryStore, name string) (value []byte, err error) {
	key, err := k.keys(ctx, c.Behalf.Account)
	if err != nil {
		return nil, later(err)
	}
	var e store.Entry
	found := false
	err = k.store.Read(ctx, func(tx *store.Tx) (err error) {
		e, found, err = tx.Entry(c.Behalf.Scope(), in, name, k.now())
		return err
	})
	switch {
	case err != nil:
		return nil, later(err)
	case !found:
		return nil, nil
	}
	return open(key, c.Behalf.Scope(), in, e)
}

// The bounds of one answer with many entries.
const (
	listed      = 1000
	mostListed  = 10_000
	listedBytes = 8 << 20
	readAtOnce  = 500
)

// list reads entries a part at a time, until the bounds of an answer are reached: next is then the name behind which
// the following answer begins.
func (k *keeper) list(ctx context.Context, c connector.UtilityCall, in store.EntryStore, read func(tx *store.Tx, after string, n int) ([]store.Entry, error),
	each func(name string, value []byte) error) (next string, err error) {
	most, err := whole(c, "Limit", listed)
	if err != nil {
		return "", err
	}
	if most < 1 || most > mostListed {
		return "", refuse(paceline.CodeUtilityInput, fmt.Sprintf("Limit is between 1 and %d.", mostListed))
	}
	key, err := k.keys(ctx, c.Behalf.Account)
	if err != nil {
		return "", later(err)
	}
	after, n, size := c.Param("After"), 0, 0
	if after != "" {
		if err := k.checkKey(after); err != nil {
			return "", err
		}
	}
	for {
		var part []store.Entry
		err := k.store.Read(ctx, func(tx *store.Tx) (err error) {
			part, err = read(tx, after, readAtOnce)
			return err
		})
		if err != nil {
			return "", later(err)
		}
		for _, e := range part {
			if n == int(most) || n > 0 && size+len(e.Value) > listedBytes {
				return after, nil
			}
			value, err := open(key, c.Behalf.Scope(), in, e)
			if err == nil {
				err = each(e.Name, value)
			}
			if err != nil {
				return "", err
			}
			n, size, after = n+1, size+len(e.Value), e.Name
		}
		if len(part) < readAtOnce {
			return "", nil
		}
	}
}

// clear removes the entries whose names begin with prefix, a part at a time.
func (k *keeper) clear(ctx context.Context, c connector.UtilityCall, in store.EntryStore, prefix string) (n int64, err error) {
	for {
		var part int64
		err := k.store.InTx(ctx, c.Behalf.Scope(), func(tx *store.Tx) (err error) {
			part, err = tx.DeleteEntries(c.Behalf.Scope(), in, prefix, readAtOnce)
			return err
		})
		if err != nil {
			return n, later(err)
		}
		if n += part; part < readAtOnce {
			return n, nil
		}
	}
}

// entryCall is what the answers of calls are sealed for, entryField what an entry is.
const entryCall = seal.FieldEntry + " call"

func entryField(name string) string { return seal.FieldEntry + " " + name }

func open(key *seal.Key, scope paceline.Scope, in store.EntryStore, e store.Entry) ([]byte, error) {
	return key.OpenOwn(e.Value, entryField(e.Name), scope.Account, int64(in.Connector), in.Cycle)
}

// callDigest is under which the store knows a call; "" for one that is never repeated.
func callDigest(c connector.UtilityCall) string {
	if c.IdempotencyKey == "" {
		return ""
	}
	return digest(string(c.Behalf.Step), c.IdempotencyKey)
}

// digest is the SHA-256 of texts, which cannot run into each other.
func digest(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d:", len(t))
		h.Write([]byte(t))
	}
	return hex.EncodeToString(h.Sum(nil))
}
