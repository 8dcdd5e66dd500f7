package connector

import (
	"crypto/sha1"

	"paceline"
)

// nameUID returns the UUID version 5 of name in the space of uid: the same everywhere and for ever.
func nameUID(space paceline.ID, name string) paceline.ID {
	base, _ := space.Bytes()
	h := sha1.New()
	h.Write(base[:])
	h.Write([]byte(name))
	var b [16]byte
	copy(b[:], h.Sum(nil))
	b[6] = b[6]&0x0f | 0x50
	b[8] = b[8]&0x3f | 0x80
	return paceline.FormatID(b)
}
