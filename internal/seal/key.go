package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// KeySize is the length of every key in bytes.
const KeySize = 32

// ErrWrongKey says that a value was not sealed with this key, not for this place, or was changed.
var ErrWrongKey = errors.New("the value was sealed with another key, for another place, or was changed")

// InstallationKey is the outermost key. It prints as REDACTED; Encode gives
// its text.
type InstallationKey struct{ bytes [KeySize]byte }

// NewKey returns a random installation key.
func NewKey() InstallationKey {
	var k InstallationKey
	rand.Read(k.bytes[:])
	return k
}

// ParseKey reads 32 bytes in base64, standard or URL-safe, padded or not, with white space around. Its
// errors never show the text.
func ParseKey(text string) (InstallationKey, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	raw, err := encoding.DecodeString(text)
	if err != nil {
		return InstallationKey{}, errors.New("the key is not base64")
	}
	if len(raw) != KeySize {
		return InstallationKey{}, fmt.Errorf("the key has %d bytes, want %d in base64", len(raw), KeySize)
	}
	return InstallationKey{bytes: [KeySize]byte(raw)}, nil
}

// Encode returns the key in base64, as ParseKey reads it.
func (k InstallationKey) Encode() string { return base64.StdEncoding.EncodeToString(k.bytes[:]) }

// Format keeps the key out of every text, whatever the verb.
func (k InstallationKey) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue keeps the key out of logs.
func (k InstallationKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// The kinds of wrapped keys. A key of one kind does not unwrap as another.
const (
	kindAccount byte = 1
	kindPartner byte = 2
	kindID      byte = 3

	wrapVersion byte = 1
	nonceSize        = 12
	tagSize          = 16
	wrappedSize      = 2 + nonceSize + KeySize + tagSize
)

// Sealer wraps and unwraps the keys of one installation. It is safe for concurrent use.
type Sealer struct {
	wrap  cipher.AEAD
	check [sha256.Size]byte
}

// New returns the Sealer of an installation key.
func New(key InstallationKey) *Sealer {
	s := &Sealer{wrap: newAEAD(derive(key.bytes[:], "paceline wrap 1"))}
	copy(s.check[:], derive(key.bytes[:], "paceline check value 1"))
	return s
}

// CheckValue returns bytes that the database keeps to recognise the key; they don't help to find it.
func (s *Sealer) CheckValue() []byte { return append([]byte{wrapVersion}, s.check[:]...) }

// VerifyCheckValue reports whether stored came from the same installation key.
func (s *Sealer) VerifyCheckValue(stored []byte) bool { return hmac.Equal(stored, s.CheckValue()) }

// NewAccountKey returns a new data key for an account, and its wrapped form for the store.
func (s *Sealer) NewAccountKey() (wrapped []byte, key *Key) { return s.newKey(kindAccount) }

// NewPartnerKey returns a new data key for what belongs to a partner and to none of its accounts.
func (s *Sealer) NewPartnerKey() (wrapped []byte, key *Key) { return s.newKey(kindPartner) }

func (s *Sealer) newKey(kind byte) ([]byte, *Key) {
	raw := make([]byte, KeySize)
	rand.Read(raw)
	return s.wrapKey(kind, raw), newDataKey(raw)
}

// NewMemoryKey returns a key for what this process keeps in its memory; it is never stored.
func NewMemoryKey() *Key {
	raw := make([]byte, KeySize)
	rand.Read(raw)
	return newDataKey(raw)
}

// Unwrap opens the wrapped data key of an account or a partner. It returns ErrWrongKey otherwise.
func (s *Sealer) Unwrap(wrapped []byte) (*Key, error) {
	kind, raw, err := s.unwrapKey(wrapped)
	if err != nil {
		return nil, err
	}
	if kind != kindAccount && kind != kindPartner {
		return nil, fmt.Errorf("key kind %d is no data key: %w", kind, ErrWrongKey)
	}
	return newDataKey(raw), nil
}

// Rewrap opens a wrapped key of any kind and wraps it again with the key of next: what rotating the
// installation key does to each stored key. The key inside stays the same.
func (s *Sealer) Rewrap(wrapped []byte, next *Sealer) ([]byte, error) {
	kind, raw, err := s.unwrapKey(wrapped)
	if err != nil {
		return nil, err
	}
	return next.wrapKey(kind, raw), nil
}

// wrapKey writes version, kind, nonce and the sealed key; version and kind are authenticated.
func (s *Sealer) wrapKey(kind byte, raw []byte) []byte {
	out := make([]byte, 2+nonceSize, wrappedSize)
	out[0], out[1] = wrapVersion, kind
	rand.Read(out[2:])
	return s.wrap.Seal(out, out[2:2+nonceSize], raw, out[:2])
}

func (s *Sealer) unwrapKey(wrapped []byte) (kind byte, raw []byte, err error) {
	if len(wrapped) != wrappedSize || wrapped[0] != wrapVersion {
		return 0, nil, fmt.Errorf("not a wrapped key: %w", ErrWrongKey)
	}
	raw, err = s.wrap.Open(nil, wrapped[2:2+nonceSize], wrapped[2+nonceSize:], wrapped[:2])
	if err != nil {
		return 0, nil, ErrWrongKey
	}
	return wrapped[1], raw, nil
}

// derive returns a subkey for one purpose, so that no key serves two.
func derive(key []byte, purpose string) []byte {
	out, err := hkdf.Key(sha256.New, key, nil, purpose, KeySize)
	if err != nil {
		panic("seal: derive a key: " + err.Error()) // 32 bytes of SHA-256 are always to be had
	}
	return out
}

func newAEAD(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("seal: " + err.Error()) // the key always has 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: " + err.Error())
	}
	return aead
}
