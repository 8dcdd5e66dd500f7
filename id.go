package paceline

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// ID is a UUID in its lower-case text form. Accounts, templates, releases, cycles, steps, edges and
// users have version 7, which sorts by time; transactions have version 8 (see internal/seal).
type ID string

// ZeroID is the all-zero UUID, which clients send for "none".
const ZeroID ID = "00000000-0000-0000-0000-000000000000"

// NewID returns a version 7 UUID for the time now.
func NewID(now time.Time) ID {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[:6], ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return FormatID(b)
}

// FormatID writes the 16 bytes of a UUID as text.
func FormatID(b [16]byte) ID {
	var t [36]byte
	hex.Encode(t[0:8], b[0:4])
	hex.Encode(t[9:13], b[4:6])
	hex.Encode(t[14:18], b[6:8])
	hex.Encode(t[19:23], b[8:10])
	hex.Encode(t[24:36], b[10:16])
	t[8], t[13], t[18], t[23] = '-', '-', '-', '-'
	return ID(t[:])
}

// ParseID reads a UUID in any letter case, with hyphens, and says whether it is one.
func ParseID(s string) (ID, bool) {
	b, ok := ID(s).Bytes()
	if !ok {
		return "", false
	}
	return FormatID(b), true
}

// Bytes returns the 16 bytes of the UUID and whether the text is one.
func (id ID) Bytes() (b [16]byte, ok bool) {
	if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return b, false
	}
	compact := id[0:8] + id[9:13] + id[14:18] + id[19:23] + id[24:36]
	_, err := hex.Decode(b[:], []byte(compact))
	return b, err == nil
}

// NewSecret returns n random bytes as unpadded base64url text, for tokens and webhook identifiers.
func NewSecret(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// typed is the alphabet of secrets that people type: no letter in it is taken for a digit.
var typed = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// NewTypedSecret returns 80 random bits as sixteen letters and digits in groups of four.
func NewTypedSecret() string {
	b := make([]byte, 10)
	rand.Read(b)
	t := typed.EncodeToString(b)
	return t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:]
}

// ReadTypedSecret undoes what people do to such a secret: small letters, spaces, a letter for the digit that it
// looks like. The result is the form of NewTypedSecret if the text can be one.
func ReadTypedSecret(text string) string {
	t := make([]byte, 0, 20)
	for _, c := range strings.ToUpper(text) {
		switch c {
		case 'O':
			c = '0'
		case 'I', 'L':
			c = '1'
		}
		if !strings.ContainsRune("0123456789ABCDEFGHJKMNPQRSTVWXYZ", c) || len(t) == 19 {
			continue
		}
		if len(t)%5 == 4 {
			t = append(t, '-')
		}
		t = append(t, byte(c))
	}
	return string(t)
}

// NewHexSecret returns n random bytes as lower-case hex.
func NewHexSecret(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}
