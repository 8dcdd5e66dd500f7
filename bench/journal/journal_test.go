package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestEveryAppendedRecordComesBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	j := open(t, path, nil)
	var writers sync.WaitGroup
	for n := range 50 {
		writers.Go(func() {
			for k := range 20 {
				if err := j.Append(Record{Kind: 'A', Number: uint64(n*100 + k), Data: fmt.Appendf(nil, "%d/%d", n, k)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(Record{}); err != ErrClosed {
		t.Errorf("append after close: %v, want ErrClosed", err)
	}
	seen := map[uint64]string{}
	open(t, path, func(r Record) { seen[r.Number] = string(r.Data) }).Close()
	if len(seen) != 1000 {
		t.Fatalf("%d records came back, want 1000", len(seen))
	}
	for number, data := range seen {
		if want := fmt.Sprintf("%d/%d", number/100, number%100); data != want {
			t.Errorf("record %d holds %q, want %q", number, data, want)
		}
	}
}

func TestATornTailIsCutOff(t *testing.T) {
	t.Parallel()
	whole := Record{Kind: 'A', Number: 1, Data: []byte("first")}.appendTo(nil)
	second := Record{Kind: 'S', Number: 2, Data: []byte("second")}.appendTo(nil)
	damaged := append([]byte(nil), second...)
	damaged[len(damaged)-1] ^= 1
	tails := map[string][]byte{
		"nothing": nil, "half a head": second[:5], "half the data": second[:len(second)-2], "a flipped bit": damaged,
		"an absurd length": {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 'A', 0, 0, 0, 0, 0, 0, 0, 0, 0},
	}
	for name, tail := range tails {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(path, append(append([]byte(nil), whole...), tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			count := 0
			j := open(t, path, func(Record) { count++ })
			if err := j.Append(Record{Kind: 'D', Number: 3}); err != nil {
				t.Fatal(err)
			}
			j.Close()
			var kinds string
			open(t, path, func(r Record) { kinds += string(r.Kind) }).Close()
			if count != 1 || kinds != "AD" {
				t.Errorf("replayed %d records, then kinds %q; want 1 and \"AD\"", count, kinds)
			}
		})
	}
}

func open(t *testing.T, path string, visit func(Record)) *Journal {
	t.Helper()
	j, err := Open(path, visit)
	if err != nil {
		t.Fatal(err)
	}
	return j
}
