package utility_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"paceline/connector"
	"paceline/internal/seal"
	"paceline/utility"
)

// storageCalls follow each other in one installation. The account connector belongs to the first account.
var storageCalls = []struct {
	call    string // "family.function arguments"
	account int
	cycle   int64
	other   bool // with another account connector
	want    string
	code    string
}{
	{call: "cyclr.get a", want: "null"},
	{call: `cyclr.set a {"n":[1,2]}`, want: "null"},
	{call: "cyclr.get a", want: `{"n":[1,2]}`},
	{call: "cyclr.get a", cycle: 2, want: `{"n":[1,2]}`},
	{call: "cycle.get a", cycle: 1, want: "null"},
	{call: `cycle.set a "of cycle 1"`, cycle: 1, want: "null"},
	{call: "cycle.get a", cycle: 1, want: `"of cycle 1"`},
	{call: "cycle.get a", cycle: 2, want: "null"},
	{call: "cycle.get a", code: "utility_input"}, // no cycle runs
	// Values belong to the account that runs and to the account connector.
	{call: "cyclr.get a", account: 1, want: "null"},
	{call: "cyclr.delete a", account: 1, want: "false"},
	{call: "cyclr.list_keys", account: 1, want: "[]"},
	{call: "cyclr.get a", other: true, want: "null"},
	{call: "cyclr.delete_all", other: true, want: "0"},
	{call: `cyclr.append t "x"`, want: `"x"`},
	{call: "cyclr.append t 7", want: `"x7"`},
	{call: "cyclr.increment n 1", want: "1"},
	{call: "cyclr.increment n 9223372036854775806", want: "9223372036854775807"},
	{call: "cyclr.increment n 1", code: "storage_number"},
	{call: "cyclr.decrement n 9223372036854775807", want: "0"},
	{call: "cyclr.decrement n -9223372036854775808", code: "storage_number"},
	{call: "cyclr.increment n 0.5", code: "storage_number"},
	{call: "cyclr.increment t 1", code: "storage_number"},
	{call: "cyclr.list_keys", want: `["a","n","t"]`},
	{call: "cyclr.list_values", want: `[{"n":[1,2]},0,"x7"]`},
	{call: "cyclr.set nothing null", want: "null"},
	{call: "cyclr.set fifth 1", code: "storage_full"},
	{call: "cyclr.delete t", want: "true"},
	{call: "cyclr.delete t", want: "false"},
	{call: "cyclr.set long " + `"` + strings.Repeat("x", 99) + `"`, code: "storage_value"},
	{call: "cyclr.append n " + `"` + strings.Repeat("x", 98) + `"`, code: "storage_value"},
	{call: "cyclr.set " + strings.Repeat("k", 129) + " 1", code: "storage_key"},
	{call: `cyclr.set "" 1`, code: "storage_key"},
	{call: "cyclr.set", code: "utility_input"},
	{call: "cyclr.set a", code: "utility_input"},
	{call: "cyclr.rename a 1", code: "utility_input"},
	{call: "cyclr.delete_all", want: "3"},
	{call: "cyclr.list_values", want: "[]"},
	{call: "cycle.get a", cycle: 1, want: `"of cycle 1"`},
}

// TestScriptStorage makes all functions on both databases.
func TestScriptStorage(t *testing.T) {
	t.Parallel()
	eachStore(t, utility.Limits{Object: 100, Entries: 4}, func(t *testing.T, h *house) {
		storage := h.storage(utility.Limits{Object: 100, Entries: 4})
		for _, c := range storageCalls {
			words := strings.SplitN(c.call, " ", 3)
			family, function, _ := strings.Cut(words[0], ".")
			var args []json.RawMessage
			for i, word := range words[1:] {
				if i == 0 && word != `""` {
					word = `"` + word + `"`
				}
				args = append(args, json.RawMessage(word))
			}
			id := int32(1)
			if c.other {
				id = 2
			}
			got, err := storage.Do(t.Context(), connector.StorageCall{
				Behalf:   connector.Behalf{Partner: h.partner, Account: h.accounts[c.account].Num, Root: h.accounts[0].Root, Cycle: c.cycle},
				Instance: &connector.Instance{Account: h.accounts[0].Num, Partner: h.partner, ID: id},
				OfCycle:  family == "cycle", Function: function, Args: args,
			})
			code := ""
			if failed, ok := errors.AsType[*connector.Error](err); ok {
				code = string(failed.Code)
			} else if err != nil {
				t.Fatal(err)
			}
			if code != c.code || string(got) != c.want {
				t.Errorf("%.80s (account %d, cycle %d): %s, %q (%v); want %s, %q", c.call, c.account, c.cycle, got, code, err, c.want, c.code)
			}
		}
	})
}

// TestScriptStorageSideBySide: of many functions at once that change one entry, none is lost.
func TestScriptStorageSideBySide(t *testing.T) {
	t.Parallel()
	eachStore(t, utility.Limits{}, func(t *testing.T, h *house) {
		storage := h.storage(utility.Limits{})
		do := func(function string, args ...json.RawMessage) json.RawMessage {
			got, err := storage.Do(t.Context(), connector.StorageCall{
				Behalf:   connector.Behalf{Partner: h.partner, Account: h.accounts[0].Num, Root: h.accounts[0].Root},
				Instance: &connector.Instance{ID: 1}, Function: function, Args: append([]json.RawMessage{json.RawMessage(`"n"`)}, args...),
			})
			if err != nil {
				t.Error(err)
			}
			return got
		}
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				for range 5 {
					do("increment", json.RawMessage("2"))
				}
			})
		}
		group.Wait()
		if got := do("get"); string(got) != "60" {
			t.Errorf("%s, want 60", got)
		}
	})
}

func (h *house) storage(limits utility.Limits) connector.ScriptStorage {
	return utility.ScriptStorage(utility.Config{Store: h.store, Clock: h.clock, Limits: limits,
		Keys: func(_ context.Context, account int64) (*seal.Key, error) { return h.keys[account], nil }})
}
