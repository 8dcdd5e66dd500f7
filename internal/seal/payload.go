package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"paceline"
)

// The codec byte is the first of every stored value.
//
//	0  plain                     only for values that hold nothing of a tenant; a Key never opens it
//	1  zstd                      likewise
//	2  zstd, then AES-256-GCM
//	3  AES-256-GCM               for values that would not shrink, and for secrets
//	4  S2, then AES-256-GCM      for values below smallValue: on 1 KB of JSON zstd takes about 10 µs to
//	                             save a sixth more, S2 takes 1 µs; larger values gain more from zstd
//
// After codecs 2 to 4 come a random nonce of 12 bytes, the cipher text and its tag of 16 bytes.
const (
	CodecPlain      byte = 0
	CodecZstd       byte = 1
	CodecZstdSealed byte = 2
	CodecSealed     byte = 3
	CodecS2Sealed   byte = 4
)

// Overhead is how many bytes longer than the (compressed) text a sealed value is.
const Overhead = 1 + nonceSize + tagSize

// MaxPlain bounds what Open will decompress to, in bytes: a stored value is at most a blob's chunk.
const MaxPlain = 64 << 20

// Below minCompress bytes compressing saves less than it costs; from smallValue on zstd does it.
const (
	minCompress = 128
	smallValue  = 16 << 10
)

// AD is the place of a payload. A sealed payload opens at its own place only.
type AD struct {
	Account, Run int64
	Seq          int32
	Part         byte
}

// ChunkAD is the place of one chunk of a blob; the last chunk is marked, so that none can be cut off.
type ChunkAD struct {
	Account int64
	Blob    paceline.ID
	Chunk   int32
	Last    bool
}

// Key is a data key. It is safe for concurrent use. One key may seal 2^32 values.
type Key struct{ aead cipher.AEAD }

func newDataKey(raw []byte) *Key { return &Key{aead: newAEAD(derive(raw, "paceline payload 1"))} }

// Format keeps the key out of every text, whatever the verb.
func (k *Key) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// Seal appends the sealed payload to dst. It compresses what is worth it.
func (k *Key) Seal(dst, plain []byte, ad AD) []byte {
	w := workPool.Get().(*work)
	w.ad = ad.append(w.ad[:0])
	dst = k.seal(w, dst, plain, len(plain) >= minCompress)
	workPool.Put(w)
	return dst
}

// Open appends the payload to dst. It returns ErrWrongKey for another key or place, or a changed value.
func (k *Key) Open(dst, sealed []byte, ad AD) ([]byte, error) {
	w := workPool.Get().(*work)
	w.ad = ad.append(w.ad[:0])
	out, err := k.open(w, dst, sealed)
	workPool.Put(w)
	return out, err
}

// SealChunk appends a sealed chunk of a blob to dst.
func (k *Key) SealChunk(dst, plain []byte, ad ChunkAD) []byte {
	w := workPool.Get().(*work)
	w.ad = ad.append(w.ad[:0])
	dst = k.seal(w, dst, plain, true)
	workPool.Put(w)
	return dst
}

// OpenChunk appends the chunk to dst. It returns ErrWrongKey as Open does.
func (k *Key) OpenChunk(dst, sealed []byte, ad ChunkAD) ([]byte, error) {
	w := workPool.Get().(*work)
	w.ad = ad.append(w.ad[:0])
	out, err := k.open(w, dst, sealed)
	workPool.Put(w)
	return out, err
}

func (k *Key) seal(w *work, dst, plain []byte, compress bool) []byte {
	codec := CodecSealed
	if compress {
		packer := CodecS2Sealed
		if len(plain) < smallValue {
			w.text = s2.Encode(w.text[:cap(w.text)], plain)
		} else {
			packer = CodecZstdSealed
			w.text = encoder.EncodeAll(plain, w.text[:0])
		}
		if len(w.text) < len(plain) {
			codec, plain = packer, w.text
		}
	}
	w.ad = append(w.ad, codec) // so that nobody can turn one codec into another
	dst = append(dst, codec)
	dst = append(dst, w.nonce()...)
	dst = k.aead.Seal(dst, dst[len(dst)-nonceSize:], plain, w.ad)
	w.trim()
	return dst
}

func (k *Key) open(w *work, dst, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, fmt.Errorf("sealed value of %d bytes: %w", len(sealed), ErrWrongKey)
	}
	codec, nonce, text := sealed[0], sealed[1:1+nonceSize], sealed[1+nonceSize:]
	w.ad = append(w.ad, codec)
	switch codec {
	case CodecSealed:
		out, err := k.aead.Open(dst, nonce, text, w.ad)
		if err != nil {
			return nil, ErrWrongKey
		}
		return out, nil
	case CodecZstdSealed, CodecS2Sealed:
		packed, err := k.aead.Open(w.text[:0], nonce, text, w.ad)
		if err != nil {
			return nil, ErrWrongKey
		}
		w.text = packed
		out, err := unpack(dst, packed, codec)
		w.trim()
		if err != nil {
			return nil, fmt.Errorf("decompress: %w", err)
		}
		return out, nil
	}
	return nil, fmt.Errorf("codec %d is not a sealed one: %w", codec, ErrWrongKey)
}

// unpack appends the decompressed text to dst. What it reads is authentic; its bounds are for our own errors.
func unpack(dst, packed []byte, codec byte) ([]byte, error) {
	if codec == CodecZstdSealed {
		return decoder.DecodeAll(packed, dst)
	}
	n, err := s2.DecodedLen(packed)
	if err != nil {
		return nil, err
	}
	if n > smallValue {
		return nil, fmt.Errorf("%d bytes, want at most %d", n, smallValue)
	}
	dst = slices.Grow(dst, n)
	if _, err := s2.Decode(dst[len(dst):len(dst)+n], packed); err != nil {
		return nil, err
	}
	return dst[:len(dst)+n], nil
}

// work is what one seal or open needs; pooled, because slices that cross an interface would each be allocated.
type work struct {
	text   []byte
	ad     []byte
	random [64 * nonceSize]byte
	used   int
}

var workPool = sync.Pool{New: func() any {
	w := &work{ad: make([]byte, 0, 128)}
	w.used = len(w.random)
	return w
}}

// encoder works for everybody, as many at once as there are processors. It is made at the start, with what it makes at
// its first use: a channel, which a test in a bubble of its own must not leave to the next.
var encoder = func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false),
		zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20))
	if err != nil {
		panic("seal: zstd encoder: " + err.Error()) // the options are constants
	}
	e.EncodeAll([]byte{0}, nil)
	return e
}()

// nonce returns 12 random bytes, valid until the next call. The system is asked once for 64 of them.
func (w *work) nonce() []byte {
	if w.used == len(w.random) {
		rand.Read(w.random[:])
		w.used = 0
	}
	n := w.random[w.used : w.used+nonceSize]
	w.used += nonceSize
	return n
}

// trim lets go of a buffer that one large value has blown up.
func (w *work) trim() {
	if cap(w.text) > 1<<20 {
		w.text = nil
	}
}

var decoder = func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(MaxPlain))
	if err != nil {
		panic("seal: zstd decoder: " + err.Error()) // the options are constants
	}
	return d
}()

// The first byte of associated data keeps the three kinds of places apart.
const (
	adPayload byte = 'p'
	adChunk   byte = 'b'
	adSecret  byte = 's'
)

func (ad AD) append(b []byte) []byte {
	b = append(b, adPayload)
	b = binary.BigEndian.AppendUint64(b, uint64(ad.Account))
	b = binary.BigEndian.AppendUint64(b, uint64(ad.Run))
	b = binary.BigEndian.AppendUint32(b, uint32(ad.Seq))
	return append(b, ad.Part)
}

func (ad ChunkAD) append(b []byte) []byte {
	b = append(b, adChunk)
	b = binary.BigEndian.AppendUint64(b, uint64(ad.Account))
	b = binary.BigEndian.AppendUint32(b, uint32(ad.Chunk))
	last := byte(0)
	if ad.Last {
		last = 1
	}
	b = append(b, last)
	return append(b, ad.Blob...)
}
