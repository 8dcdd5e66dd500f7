package seal

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// payload returns about n bytes of the JSON that connectors exchange; seeded, so that figures compare.
func payload(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	out := []byte(`{"contacts":[`)
	for len(out) < n-2 {
		out = fmt.Appendf(out, `{"id":%d,"email":"user%d@example.test","country":"%c%c","score":%.3f,"name":"Person %x"},`,
			r.IntN(1e9), r.IntN(1e6), 'A'+r.IntN(26), 'A'+r.IntN(26), r.Float64(), r.Uint64())
	}
	return append(out[:n-2], `]}`...)
}

func BenchmarkSeal(b *testing.B) {
	_, key := New(NewKey()).NewAccountKey()
	for _, n := range []int{64, 256, 512, 1024, 4096, 16384} {
		plain := payload(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, n+Overhead)
			size := 0
			for b.Loop() {
				size = len(key.Seal(buf, plain, AD{Account: 1, Run: 2, Seq: 3, Part: 1}))
			}
			b.ReportMetric(float64(size)/float64(n), "ratio")
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	_, key := New(NewKey()).NewAccountKey()
	plain := payload(1024)
	ad := AD{Account: 1, Run: 2, Seq: 3, Part: 1}
	sealed := key.Seal(nil, plain, ad)
	buf := make([]byte, 0, len(plain))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := key.Open(buf, sealed, ad); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIDKey(b *testing.B) {
	_, key := New(NewKey()).NewIDKey()
	b.ReportAllocs()
	for b.Loop() {
		key.Encode(12345)
	}
}

// BenchmarkBroker is what a call pays for a credential that nobody holds open.
func BenchmarkBroker(b *testing.B) {
	key := NewMemoryKey()
	broker := NewBroker(twoKeys{key, key}, nil)
	sealed := key.SealSecret([]byte("github_pat_11AAAAAAA0000000000000"), "018f3b1c-7e5f-7abc-8def-000000000001/auth/", 1, 7)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := broker.Open(b.Context(), sealed, "018f3b1c-7e5f-7abc-8def-000000000001/auth/", 1, 7); err != nil {
			b.Fatal(err)
		}
	}
}
