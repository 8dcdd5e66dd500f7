package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"sync"

	"paceline"
)

// IDKey turns run ids into public transaction ids and back. It never rotates, for ids are kept by
// clients. It is safe for concurrent use.
type IDKey struct {
	round cipher.Block // the Feistel rounds' function
	peers []byte
	tags  sync.Pool // *tagger
}

type tagger struct {
	mac   hash.Hash
	sum   [sha256.Size]byte
	block [aes.BlockSize]byte
}

// NewIDKey returns a new id key and its wrapped form for the store.
func (s *Sealer) NewIDKey() (wrapped []byte, key *IDKey) {
	raw := make([]byte, KeySize)
	rand.Read(raw)
	return s.wrapKey(kindID, raw), newIDKey(raw)
}

// UnwrapID opens the wrapped id key. It returns ErrWrongKey otherwise.
func (s *Sealer) UnwrapID(wrapped []byte) (*IDKey, error) {
	kind, raw, err := s.unwrapKey(wrapped)
	if err != nil {
		return nil, err
	}
	if kind != kindID {
		return nil, fmt.Errorf("key kind %d is no id key: %w", kind, ErrWrongKey)
	}
	return newIDKey(raw), nil
}

func newIDKey(raw []byte) *IDKey {
	block, err := aes.NewCipher(derive(raw, "paceline id rounds 1"))
	if err != nil {
		panic("seal: " + err.Error()) // the key always has 32 bytes
	}
	tagKey := derive(raw, "paceline id tag 1")
	k := &IDKey{round: block, peers: derive(raw, "paceline nodes 1")}
	k.tags.New = func() any { return &tagger{mac: hmac.New(sha256.New, tagKey)} }
	return k
}

// Peers returns the secret that servers of one installation know each other by. Like the id key, it never rotates: all
// that can open the installation have it.
func (k *IDKey) Peers() []byte { return k.peers }

// Encode returns the public id of a run: a version 8 UUID whose 122 free bits are the run id, enciphered
// (64), and a tag over it (58). It can be neither guessed nor counted.
func (k *IDKey) Encode(run int64) paceline.ID {
	t := k.tags.Get().(*tagger)
	id := layout(k.feistel(t, uint64(run), false), t.tag(uint64(run)))
	k.tags.Put(t)
	return paceline.FormatID(id)
}

// Decode returns the run of a public id, and false for any id that Encode did not make.
func (k *IDKey) Decode(id paceline.ID) (run int64, ok bool) {
	b, ok := id.Bytes()
	if !ok || b[6]>>4 != 8 || b[8]>>6 != 2 {
		return 0, false
	}
	t := k.tags.Get().(*tagger)
	n := k.feistel(t, cipherOf(b), true)
	want := layout(cipherOf(b), t.tag(n))
	k.tags.Put(t)
	if !hmac.Equal(want[:], b[:]) {
		return 0, false
	}
	return int64(n), true
}

const rounds = 4

// feistel enciphers the 64 bits of n in four rounds on two halves of 32, or deciphers them.
func (k *IDKey) feistel(t *tagger, n uint64, back bool) uint64 {
	left, right := uint32(n>>32), uint32(n)
	for i := range rounds {
		round := i
		if back {
			round = rounds - 1 - i
		}
		left, right = right, left^k.roundValue(t, round, right)
	}
	// The halves are swapped at the end, so that the same loop with the rounds reversed undoes it.
	return uint64(right)<<32 | uint64(left)
}

func (k *IDKey) roundValue(t *tagger, round int, half uint32) uint32 {
	t.block = [aes.BlockSize]byte{0: byte(round)}
	binary.BigEndian.PutUint32(t.block[4:], half)
	k.round.Encrypt(t.block[:], t.block[:])
	return binary.BigEndian.Uint32(t.block[:])
}

// tag returns 58 bits of an HMAC over the run id.
func (t *tagger) tag(run uint64) uint64 {
	t.mac.Reset()
	binary.BigEndian.PutUint64(t.block[:8], run)
	t.mac.Write(t.block[:8])
	return binary.BigEndian.Uint64(t.mac.Sum(t.sum[:0])) >> 6
}

// layout puts 64 bits of cipher text and 58 bits of tag around version and variant:
//
//	bytes 0-5   cipher bits 63..16
//	byte 6      1000, cipher bits 15..12
//	byte 7      cipher bits 11..4
//	byte 8      10, cipher bits 3..0, tag bits 57..56
//	bytes 9-15  tag bits 55..0
func layout(text, tag uint64) (b [16]byte) {
	var word [8]byte
	binary.BigEndian.PutUint64(word[:], text)
	copy(b[0:6], word[0:6])
	b[6] = 0x80 | byte(text>>12)&0x0f
	b[7] = byte(text >> 4)
	binary.BigEndian.PutUint64(word[:], tag)
	copy(b[9:], word[1:])
	b[8] = 0x80 | byte(text&0x0f)<<2 | byte(tag>>56)&0x03
	return b
}

// cipherOf reads the 64 bits of cipher text back.
func cipherOf(b [16]byte) uint64 {
	high := binary.BigEndian.Uint64(b[0:8])
	return high>>16<<16 | uint64(b[6]&0x0f)<<12 | uint64(b[7])<<4 | uint64(b[8]>>2)&0x0f
}
