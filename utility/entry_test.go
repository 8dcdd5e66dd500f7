package utility_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"paceline/connector"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/utility"
)

// TestChangesSideBySide: of many changes of one entry at once, none is lost.
func TestChangesSideBySide(t *testing.T) {
	t.Parallel()
	eachStore(t, utility.Limits{}, func(t *testing.T, h *house) {
		const workers, each = 8, 10
		var group sync.WaitGroup
		for w := range workers {
			group.Go(func() {
				for i := range each {
					key := fmt.Sprint(w, " ", i)
					if _, err := h.call(t.Context(), "cycle-counter-storage/increment", map[string]string{"Key": "n"}, nil, 0, 1, key); err != nil {
						t.Error(err)
					}
					if _, err := h.call(t.Context(), "cycle-data-storage/append", map[string]string{"Key": "t"}, map[string]any{"Value": "x"}, 0, 2, key+"t"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		for what, want := range map[string]string{"cycle-counter-storage": "80", "cycle-data-storage": `"` + strings.Repeat("x", 80) + `"`} {
			cycle, key := int64(1), "n"
			if what == "cycle-data-storage" {
				cycle, key = 2, "t"
			}
			got, err := h.call(t.Context(), what+"/get", map[string]string{"Key": key}, nil, 0, cycle, "")
			if err != nil || !strings.Contains(string(got), `"Value":`+want) {
				t.Errorf("%s: %s, %v", what, got, err)
			}
		}
	})
}

// TestImportsSideBySide: a file that is loaded several times at once adds its rows once, and a file that is too long none.
func TestImportsSideBySide(t *testing.T) {
	t.Parallel()
	eachStore(t, utility.Limits{}, func(t *testing.T, h *house) {
		const most, times = 5000, 3
		text := "Entity1.Id,Entity2.Id\n"
		for i := range most {
			text += fmt.Sprintf("a%d,b%d\n", i, i)
		}
		load := func(text string) (json.RawMessage, error) {
			return h.call(t.Context(), "entity-cross-ref-storage/import-rows", nil, map[string]any{"Text": text}, 0, 0, "")
		}
		_, err := load(text + "one,more\n")
		if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Detail != "One import takes 5000 rows." {
			t.Errorf("a file that is too long: %v", err)
		}
		var group sync.WaitGroup
		var created, updated atomic.Int64
		for range times {
			group.Go(func() {
				var answer struct{ Created, Updated int64 }
				got, err := load(text)
				if err == nil {
					err = json.Unmarshal(got, &answer)
				}
				if err != nil {
					t.Error(err)
				}
				created.Add(answer.Created)
				updated.Add(answer.Updated)
			})
		}
		group.Wait()
		if created.Load() != most || updated.Load() != most*(times-1) {
			t.Errorf("%d created, %d updated", created.Load(), updated.Load())
		}
	})
}

// TestImportsAreWrittenInParts: a large file holds up nobody until its last row is written, and each part of it is there for
// others. One that finds no room for all of its rows, also not those behind the first part, writes none.
func TestImportsAreWrittenInParts(t *testing.T) {
	t.Parallel()
	eachStore(t, utility.Limits{Entries: 1400}, func(t *testing.T, h *house) {
		load := func(from, to int, key string) (string, error) {
			text := "Entity1.Id,Entity2.Id\n"
			for i := from; i < to; i++ {
				text += fmt.Sprintf("a%d,b%d\n", i, i)
			}
			got, err := h.call(t.Context(), "entity-cross-ref-storage/import-rows", nil, map[string]any{"Text": text}, 0, 0, key)
			return string(got), err
		}
		rows := func() (n int64) {
			err := h.store.Read(t.Context(), func(tx *store.Tx) (err error) {
				n, _, err = tx.EntrySize(h.accounts[0].Scope(), store.EntryStore{Connector: 1})
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return n
		}
		if got, err := load(0, 200, "first"); err != nil || got != `{"Rows":200,"Created":200,"Updated":0}` {
			t.Fatal(got, err)
		}
		// 500 rows that are there, or have room, and more behind them than there is room for.
		_, err := load(0, 1401, "too many")
		if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Code != "storage_full" || rows() != 200 {
			t.Errorf("%v, %d rows", err, rows())
		}
	})
	// Loads that find no room leave nothing, however often they try.
	eachStore(t, utility.Limits{Entries: 10}, func(t *testing.T, h *house) {
		var size int64
		for try := range 6 {
			_, err := h.call(t.Context(), "lookup-table/load-table", nil, map[string]any{"Text": longTable(450)}, 0, 0, "")
			if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Code != "storage_full" {
				t.Fatal(err)
			}
			var n, bytes int64
			err = h.store.Read(t.Context(), func(tx *store.Tx) (err error) {
				n, bytes, err = tx.EntrySize(h.accounts[0].Scope(), store.EntryStore{Connector: 1})
				return err
			})
			if try == 1 {
				size = bytes
			}
			if err != nil || n != 1 || try > 1 && bytes != size {
				t.Fatalf("after %d loads: %d entries of %d bytes, %d before; %v", try+1, n, bytes, size, err)
			}
		}
	})
	// Others see it coming in parts; cut off after one of them, the call writes the rest when it is made again.
	eachStore(t, utility.Limits{}, func(t *testing.T, h *house) {
		const each = 2000
		rows := func() (n int64) {
			h.store.Read(t.Context(), func(tx *store.Tx) (err error) {
				n, _, err = tx.EntrySize(h.accounts[0].Scope(), store.EntryStore{Connector: 1})
				return err
			})
			return n
		}
		seen := false
		for try := 0; try < 20 && !seen; try++ {
			text := "Entity1.Id,Entity2.Id\n"
			for i := range each {
				text += fmt.Sprintf("a%d,b%d\n", try, i)
			}
			load := func(ctx context.Context) (answer struct{ Rows, Created, Updated int64 }, err error) {
				got, err := h.call(ctx, "entity-cross-ref-storage/import-rows", nil, map[string]any{"Text": text}, 0, 0, fmt.Sprint(try))
				if err == nil {
					err = json.Unmarshal(got, &answer)
				}
				return answer, err
			}
			before := rows()
			ctx, cut := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				load(ctx)
			}()
			for running := true; running; {
				select {
				case <-ended:
					running = false
				default:
				}
				if n := rows() - before; n > 0 && n < each {
					seen = true
					cut()
				}
			}
			cut()
			if answer, err := load(t.Context()); err != nil || answer.Rows != each || answer.Created+answer.Updated != each || rows()-before != each {
				t.Fatalf("the call made again gave %+v, %v; there are %d rows more", answer, err, rows()-before)
			}
		}
		if !seen {
			t.Error("nobody has seen a part of an import")
		}
	})
}

// TestOneCallSideBySide: a call that comes twice at once counts once.
func TestOneCallSideBySide(t *testing.T) {
	t.Parallel()
	eachStore(t, utility.Limits{}, func(t *testing.T, h *house) {
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				got, err := h.call(t.Context(), "cycle-counter-storage/increment", map[string]string{"Key": "n"}, nil, 0, 1, "one")
				if err != nil || !strings.Contains(string(got), `"Value":1`) {
					t.Errorf("%s, %v", got, err)
				}
			})
		}
		group.Wait()
	})
}

// TestValuesAreSealed looks for what was stored in the file of the database.
func TestValuesAreSealed(t *testing.T) {
	t.Parallel()
	o := storetest.SQLite(t)
	clock := &clock{}
	o.Clock = clock
	h := newHouse(t, storetest.Open(t, o), clock, utility.Limits{})
	for i := range 20 {
		_, err := h.call(t.Context(), "global-data-storage/set", map[string]string{"Key": fmt.Sprint("key", i)}, map[string]any{"Value": "grasshopper"}, 0, 0, fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
	}
	var all []byte
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(o.Path + suffix)
		if err != nil && suffix == "" {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	if bytes.Contains(all, []byte("grasshopper")) || !bytes.Contains(all, []byte("key1")) {
		t.Error("a value lies in the database as it is, or the search finds nothing")
	}
}

// TestErase removes what utilities keep: of a cycle, of an account.
func TestErase(t *testing.T) {
	t.Parallel()
	eachStore(t, utility.Limits{}, func(t *testing.T, h *house) {
		for cycle := range int64(3) {
			what := "cycle-data-storage/set"
			if cycle == 0 {
				what = "global-data-storage/set"
			}
			for i := range 3 {
				if _, err := h.call(t.Context(), what, map[string]string{"Key": fmt.Sprint(i)}, map[string]any{"Value": "x"}, 0, cycle, fmt.Sprint(cycle, i)); err != nil {
					t.Fatal(err)
				}
			}
		}
		scope := h.accounts[0].Scope()
		size := func() (n, bytes int64) {
			err := h.store.Read(t.Context(), func(tx *store.Tx) (err error) {
				for _, in := range []store.EntryStore{{Connector: 1}, {Connector: 1, Cycle: 1}, {Connector: 1, Cycle: 2}} {
					list, err := tx.Entries(scope, in, "", "", 0, 10)
					if err != nil {
						return err
					}
					n += int64(len(list))
				}
				_, bytes, err = tx.EntrySize(scope, store.EntryStore{})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n, bytes
		}
		n, all := size()
		if n != 9 {
			t.Fatalf("there are %d entries", n)
		}
		if err := h.store.EraseCycleEntries(t.Context(), scope, 1); err != nil {
			t.Fatal(err)
		}
		if n, bytes := size(); n != 6 || bytes != all/3*2 {
			t.Errorf("without those of a cycle there are %d entries, %d bytes of %d", n, bytes, all)
		}
		if err := h.store.InTx(t.Context(), scope, func(tx *store.Tx) error { return tx.EraseEntries(scope) }); err != nil {
			t.Fatal(err)
		}
		if n, bytes := size(); n != 0 || bytes != 0 {
			t.Errorf("without those of the account there are %d entries, %d bytes", n, bytes)
		}
	})
}

// TestSwapsSideBySide: of many who compare and set at once, each swap follows another, and one alone takes what is free.
func TestSwapsSideBySide(t *testing.T) {
	t.Parallel()
	eachStore(t, utility.Limits{}, func(t *testing.T, h *house) {
		const workers, each = 6, 4
		swap := func(key, expected, value string) (bool, string) {
			fields := map[string]any{"Value": value}
			if expected != "" {
				fields["Expected"] = expected
			}
			got, err := h.call(t.Context(), "global-data-storage/compare-and-set", map[string]string{"Key": key}, fields, 0, 1, "")
			if err != nil {
				t.Error(err)
			}
			var answer struct {
				Value   string
				Swapped bool
			}
			if err := json.Unmarshal(got, &answer); err != nil {
				t.Error(err)
			}
			return answer.Swapped, answer.Value
		}
		swap("n", "", "0")
		var taken atomic.Int32
		var group sync.WaitGroup
		for w := range workers {
			group.Go(func() {
				if first, _ := swap("lock", "", fmt.Sprint(w)); first {
					taken.Add(1)
				}
				is := "0"
				for done := 0; done < each; {
					n, _ := strconv.Atoi(is)
					swapped, value := swap("n", is, fmt.Sprint(n+1))
					if is = value; swapped {
						done++
					}
				}
			})
		}
		group.Wait()
		got, err := h.call(t.Context(), "global-data-storage/get", map[string]string{"Key": "n"}, nil, 0, 1, "")
		if want := fmt.Sprintf(`"Value":"%d"`, workers*each); err != nil || !strings.Contains(string(got), want) || taken.Load() != 1 {
			t.Errorf("%s (%v), want %s; %d took the lock", got, err, want, taken.Load())
		}
	})
}
