package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"paceline"
)

func TestParseKey(t *testing.T) {
	t.Parallel()
	key := NewKey()
	raw := bytes.Repeat([]byte{0xfb}, KeySize)
	for _, c := range []struct {
		name, text, err string
	}{
		{"own text", key.Encode(), ""},
		{"a line", "  " + key.Encode() + "\r\n", ""},
		{"no padding", strings.TrimRight(key.Encode(), "="), ""},
		{"url alphabet", base64.URLEncoding.EncodeToString(raw), ""},
		{"empty", "", "0 bytes"},
		{"short", base64.StdEncoding.EncodeToString(raw[1:]), "31 bytes"},
		{"long", base64.StdEncoding.EncodeToString(append(raw, 1)), "33 bytes"},
		{"hex", hex.EncodeToString(raw), "48 bytes"},
		{"not base64", "hunter2!", "not base64"},
	} {
		_, err := ParseKey(c.text)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.err)
		}
		if err != nil && c.text != "" && strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: the error shows the key: %v", c.name, err)
		}
	}
	if back, _ := ParseKey(key.Encode()); back != key {
		t.Error("a key did not come back")
	}
	if NewKey() == key {
		t.Error("two keys are equal")
	}
	_, data := New(key).NewAccountKey()
	for _, verb := range []string{"%v", "%s", "%+v", "%#v", "%d", "%x"} {
		for _, value := range []any{key, &key, data} {
			if got := fmt.Sprintf(verb, value); got != redacted {
				t.Errorf("%s of %T prints %q", verb, value, got)
			}
		}
	}
}

func TestWrappedKeys(t *testing.T) {
	t.Parallel()
	s, other := New(NewKey()), New(NewKey())
	ad := AD{Account: 7, Run: 8, Seq: 9, Part: 1}
	for name, create := range map[string]func() ([]byte, *Key){"account": s.NewAccountKey, "partner": s.NewPartnerKey} {
		wrapped, key := create()
		sealed := key.Seal(nil, []byte("text"), ad)
		back, err := s.Unwrap(wrapped)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := back.Open(nil, sealed, ad); err != nil || string(got) != "text" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if _, err := other.Unwrap(wrapped); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s under another key: got %v", name, err)
		}
		if _, err := s.UnwrapID(wrapped); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s as id key: got %v", name, err)
		}
		moved, err := s.Rewrap(wrapped, other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Unwrap(moved); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s rotated, under the old key: got %v", name, err)
		}
		back, err = other.Unwrap(moved)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := back.Open(nil, sealed, ad); err != nil || string(got) != "text" {
			t.Errorf("%s rotated: got %q, %v", name, got, err)
		}
		for i := range wrapped {
			bad := bytes.Clone(wrapped)
			bad[i] ^= 1
			if _, err := s.Unwrap(bad); !errors.Is(err, ErrWrongKey) {
				t.Errorf("%s with byte %d changed: got %v", name, i, err)
			}
		}
	}
	wrapped, id := s.NewIDKey()
	if _, err := s.Unwrap(wrapped); !errors.Is(err, ErrWrongKey) {
		t.Errorf("id key as data key: got %v", err)
	}
	moved, err := s.Rewrap(wrapped, other)
	if err != nil {
		t.Fatal(err)
	}
	back, err := other.UnwrapID(moved)
	if err != nil || back.Encode(5) != id.Encode(5) {
		t.Errorf("rotating changed public ids: %v", err)
	}
	for _, bad := range [][]byte{nil, {}, {1}, wrapped[:wrappedSize-1], append(bytes.Clone(wrapped), 0)} {
		if _, err := s.UnwrapID(bad); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%x: got %v", bad, err)
		}
	}
}

func TestCheckValue(t *testing.T) {
	t.Parallel()
	key := NewKey()
	s := New(key)
	if !New(key).VerifyCheckValue(s.CheckValue()) {
		t.Error("the same key is not recognised")
	}
	if New(NewKey()).VerifyCheckValue(s.CheckValue()) || s.VerifyCheckValue(nil) {
		t.Error("another key passes")
	}
	if bytes.Contains(s.CheckValue(), key.bytes[:]) {
		t.Error("the check value holds the key")
	}
}

func TestSealedPayloadOpensAtItsPlaceOnly(t *testing.T) {
	t.Parallel()
	_, key := New(NewKey()).NewAccountKey()
	_, foreign := New(NewKey()).NewAccountKey()
	ad := AD{Account: 1, Run: 2, Seq: 3, Part: 4}
	for _, plain := range [][]byte{nil, []byte("{}"), payload(minCompress - 1), payload(minCompress), payload(1024), payload(smallValue), payload(300_000)} {
		sealed := key.Seal([]byte("before"), plain, ad)
		if !bytes.HasPrefix(sealed, []byte("before")) {
			t.Fatal("Seal does not append")
		}
		sealed = sealed[len("before"):]
		if len(plain) > 40 && bytes.Contains(sealed, plain[:40]) {
			t.Fatal("the plain text stands in the sealed value")
		}
		got, err := key.Open([]byte("x"), sealed, ad)
		if err != nil || !bytes.Equal(got, append([]byte("x"), plain...)) {
			t.Fatalf("%d bytes: got %d, %v", len(plain), len(got), err)
		}
		for _, wrong := range []AD{{2, 2, 3, 4}, {1, 3, 3, 4}, {1, 2, 4, 4}, {1, 2, 3, 5}, {}} {
			if _, err := key.Open(nil, sealed, wrong); !errors.Is(err, ErrWrongKey) {
				t.Errorf("%+v: got %v", wrong, err)
			}
		}
		if _, err := foreign.Open(nil, sealed, ad); !errors.Is(err, ErrWrongKey) {
			t.Errorf("another account's key: got %v", err)
		}
		if again := key.Seal(nil, plain, ad); bytes.Equal(again, sealed) {
			t.Error("two seals are equal: the nonce does not change")
		}
	}
}

func TestCodecs(t *testing.T) {
	t.Parallel()
	_, key := New(NewKey()).NewAccountKey()
	noise := []byte(NewKey().Encode() + NewKey().Encode() + NewKey().Encode() + NewKey().Encode())
	for _, c := range []struct {
		name  string
		plain []byte
		codec byte
	}{
		{"tiny", []byte("{}"), CodecSealed},
		{"small", payload(1024), CodecS2Sealed},
		{"large", payload(smallValue), CodecZstdSealed},
		{"noise", noise, CodecSealed},
	} {
		if got := key.Seal(nil, c.plain, AD{})[0]; got != c.codec {
			t.Errorf("%s: got codec %d, want %d", c.name, got, c.codec)
		}
	}
	// Bytes that nobody sealed never open, whatever codec they claim.
	for codec := range 256 {
		value := append([]byte{byte(codec)}, bytes.Repeat([]byte{'x'}, 60)...)
		if _, err := key.Open(nil, value, AD{}); !errors.Is(err, ErrWrongKey) {
			t.Errorf("codec %d: got %v", codec, err)
		}
	}
}

func TestTamperedPayload(t *testing.T) {
	t.Parallel()
	_, key := New(NewKey()).NewAccountKey()
	for _, plain := range [][]byte{[]byte("{}"), payload(300), payload(smallValue)} {
		sealed := key.Seal(nil, plain, AD{})
		for i := 0; i < len(sealed); i += 1 + len(sealed)/200 {
			for bit := range 8 {
				bad := bytes.Clone(sealed)
				bad[i] ^= 1 << bit
				if _, err := key.Open(nil, bad, AD{}); !errors.Is(err, ErrWrongKey) {
					t.Fatalf("byte %d bit %d changed: got %v", i, bit, err)
				}
			}
		}
		for _, n := range []int{0, 1, Overhead - 1, Overhead, len(sealed) - 1} {
			if _, err := key.Open(nil, sealed[:n], AD{}); !errors.Is(err, ErrWrongKey) {
				t.Errorf("cut to %d: got %v", n, err)
			}
		}
	}
}

func TestSecretsAndChunks(t *testing.T) {
	t.Parallel()
	_, key := New(NewKey()).NewAccountKey()
	sealed := key.SealSecret([]byte("hunter2"), "AuthValue", 1, 2, 3)
	if got, err := key.openSecret(sealed, "AuthValue", []int64{1, 2, 3}); err != nil || string(got) != "hunter2" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, c := range []struct {
		field string
		owner []int64
	}{{"AuthValue", []int64{1, 2, 4}}, {"AuthValue", []int64{1, 2}}, {"AuthValue2", []int64{1, 2, 3}}, {"AuthValu", []int64{1, 2, 3}}, {"", nil}} {
		if _, err := key.openSecret(sealed, c.field, c.owner); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%v: got %v", c, err)
		}
	}
	blob := paceline.ID("0190d2c4-0000-7000-8000-000000000001")
	chunk := key.SealChunk(nil, payload(1<<20), ChunkAD{Account: 1, Blob: blob, Chunk: 4, Last: true})
	got, err := key.OpenChunk(nil, chunk, ChunkAD{Account: 1, Blob: blob, Chunk: 4, Last: true})
	if err != nil || !bytes.Equal(got, payload(1<<20)) {
		t.Errorf("chunk: got %d bytes, %v", len(got), err)
	}
	for _, wrong := range []ChunkAD{{1, blob, 4, false}, {1, blob, 5, true}, {2, blob, 4, true}, {1, paceline.ZeroID, 4, true}} {
		if _, err := key.OpenChunk(nil, chunk, wrong); !errors.Is(err, ErrWrongKey) {
			t.Errorf("chunk at %+v: got %v", wrong, err)
		}
	}
	if _, err := key.Open(nil, sealed, AD{}); !errors.Is(err, ErrWrongKey) {
		t.Errorf("a secret opened as a payload: %v", err)
	}
}

func TestIDKeyIsABijection(t *testing.T) {
	t.Parallel()
	_, key := New(NewKey()).NewIDKey()
	_, other := New(NewKey()).NewIDKey()
	rapid.Check(t, func(t *rapid.T) {
		run := rapid.Int64().Draw(t, "run")
		id := key.Encode(run)
		if back, ok := key.Decode(id); !ok || back != run {
			t.Fatalf("%d went to %s and came back as %d, %v", run, id, back, ok)
		}
		if len(id) != 36 || id[14] != '8' || !strings.Contains("89ab", string(id[19])) {
			t.Fatalf("%s is no version 8 UUID", id)
		}
		if _, ok := other.Decode(id); ok {
			t.Fatalf("%s decodes under another key", id)
		}
		b, _ := id.Bytes()
		bit := rapid.IntRange(0, 127).Draw(t, "bit")
		b[bit/8] ^= 1 << (bit % 8)
		if _, ok := key.Decode(paceline.FormatID(b)); ok {
			t.Fatalf("%s still decodes with bit %d changed", id, bit)
		}
		a, c := key.feistel(&tagger{}, uint64(run), false), key.feistel(&tagger{}, uint64(run)+1, false)
		if a == c {
			t.Fatalf("%d and its neighbour encipher alike", run)
		}
	})
	for _, id := range []paceline.ID{"", "x", paceline.ZeroID, "0190d2c4-0000-7000-8000-000000000001"} {
		if _, ok := key.Decode(id); ok {
			t.Errorf("%q decodes", id)
		}
	}
}

// Public ids and stored values outlive releases: what a fixed key makes must never change.
func TestVectors(t *testing.T) {
	t.Parallel()
	raw := make([]byte, KeySize)
	for i := range raw {
		raw[i] = byte(i)
	}
	ids := newIDKey(raw)
	for run, want := range map[int64]paceline.ID{
		1: "5392db14-bba0-83f7-be28-2665f893d2ba", 2: "6d4924b8-5310-8f6c-9908-2f90db9481a9", 1 << 40: "de5eba67-3f26-8c5b-b9e9-5a8cf397b491", -1: "c7d4ec1b-45b3-8a54-bb8a-a4570e346223",
	} {
		if got := ids.Encode(run); got != want {
			t.Errorf("run %d: got %s, want %s", run, got, want)
		}
	}
	key := newDataKey(raw)
	sealed, _ := hex.DecodeString("03f569aee1e233345d29e2723a67cf108e287983c6d61703a2a7a8e20b8cb6e294cb68a04e")
	if got, err := key.Open(nil, sealed, AD{Account: 1, Run: 2, Seq: 3, Part: 4}); err != nil || string(got) != "paceline" {
		t.Errorf("got %q, %v; sealed now: %x", got, err, key.Seal(nil, []byte("paceline"), AD{Account: 1, Run: 2, Seq: 3, Part: 4}))
	}
	check := hex.EncodeToString(New(InstallationKey{bytes: [KeySize]byte(raw)}).CheckValue())
	if want := "01781c6328b51ffc354607a300a224c2a3799613cec5aa0b44a353a2a54e2ad009"; check != want {
		t.Errorf("check value: got %s, want %s", check, want)
	}
}

func FuzzOpen(f *testing.F) {
	_, key := New(NewKey()).NewAccountKey()
	f.Add(key.Seal(nil, []byte("{}"), AD{}))
	f.Add([]byte{CodecZstdSealed})
	f.Add(append([]byte{CodecPlain}, payload(100)...))
	f.Fuzz(func(t *testing.T, value []byte) {
		if _, err := New(InstallationKey{}).Unwrap(value); err == nil {
			t.Error("a made-up key unwrapped")
		}
		if _, err := key.Open(nil, value, AD{Account: 1}); err == nil {
			t.Error("a made-up value opened")
		}
		// What stands behind the seal must not crash either, should a key ever leak.
		for _, codec := range []byte{CodecZstdSealed, CodecS2Sealed} {
			if out, err := unpack(nil, value, codec); err == nil && len(out) > MaxPlain {
				t.Errorf("codec %d gave %d bytes", codec, len(out))
			}
		}
	})
}

// What one bubble of tests made must not be what the next one uses: a channel of another bubble ends the process.
func TestBubblesShareNoChannels(t *testing.T) {
	_, key := New(NewKey()).NewPartnerKey()
	plain := bytes.Repeat([]byte("a value that shrinks "), 2*smallValue/20)
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			sealed := key.Seal(nil, plain, AD{Account: 1, Run: 2})
			if opened, err := key.Open(nil, sealed, AD{Account: 1, Run: 2}); err != nil || !bytes.Equal(opened, plain) {
				t.Error("the value did not come back: ", err)
			}
		})
	}
}
