package utility_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"paceline"
	"paceline/connector"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/utility"
)

// killShared is what both processes of a kill test know.
type killShared struct {
	Partner  int64
	Accounts [2]paceline.Account
}

// killUtilities are the connectors that the calls are of.
var killUtilities = []string{"cycle-counter-storage", "cycle-data-storage", "entity-cross-ref-storage", "lookup-table"}

func furnishKill(t *testing.T, s *store.Store) string {
	h, err := utilities(nil)
	if err == nil {
		err = h.people(t.Context(), s)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(killShared{h.partner, h.accounts})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func openKill(s *store.Store, text string) *house {
	var shared killShared
	h, err := utilities(nil, killUtilities...)
	if err == nil {
		err = json.Unmarshal([]byte(text), &shared)
	}
	if err != nil {
		panic(err)
	}
	h.partner, h.accounts = shared.Partner, shared.Accounts
	err = s.Read(context.Background(), func(tx *store.Tx) error {
		for _, a := range h.accounts {
			sealed, _, err := tx.AccountKey(a.Num)
			if err != nil {
				return err
			}
			if h.keys[a.Num], err = sealer().Unwrap(sealed); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	h.provide(s, utility.Limits{})
	return h
}

type killRequest = storetest.Request[*house]

// calls is a call that answers with a text in it.
func calls(what string, params map[string]string, fields map[string]any, key, want string) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) error {
		got, err := h.call(ctx, what, params, fields, 0, 1, key)
		if failed, ok := errors.AsType[*connector.Error](err); ok {
			return fmt.Errorf("%s: %s", what, failed.Detail)
		}
		if err == nil && !strings.Contains(string(got), want) {
			err = fmt.Errorf("%s answers %s, want %s", what, got, want)
		}
		return err
	}
}

// loads loads a table of more rows than one transaction takes.
var loads = calls("lookup-table/load-table", nil, map[string]any{"Text": longTable(450)}, "load", `"Count":450`)

func longTable(rows int) string {
	text := "code,name\n"
	for i := range rows {
		text += fmt.Sprintf("c%d,Country\n", i)
	}
	return text
}

// killRequests are a call for each way in which utilities commit. Whatever of it was done, its repeat leaves what one call leaves.
var killRequests = storetest.Kill[*house]{Furnish: furnishKill, Open: openKill, Requests: []killRequest{
	{By: "utility.keeper.end", Name: "of a counter", Same: true, Do: calls("cycle-counter-storage/increment", map[string]string{"Key": "n"}, nil, "increment", `"Value":1`)},
	{By: "utility.keeper.end", Name: "of a text", Same: true, Do: calls("cycle-data-storage/append", map[string]string{"Key": "t"}, map[string]any{"Value": "x"}, "append", `"Value":"x"`)},
	{By: "utility.keeper.end", Name: "of an import", Same: true, Ahead: true,
		Do: calls("entity-cross-ref-storage/import-rows", nil, map[string]any{"Text": "Entity1.Id,Entity2.Id\na,b\nc,d\n"}, "import", "")},
	{By: "utility.keeper.writeRows", Behind: true, Same: true, Do: loads},
	{By: "utility.keeper.clear", Name: "of the table before", Behind: true, Same: true, Do: loads},
	{By: "utility.keeper.clear", Name: "of a deleted table", Behind: true, Same: true, Do: calls("lookup-table/delete-table", nil, nil, "delete", "Deleted")},
}}

// TestKillRequests kills a server on both sides of these commits.
func TestKillRequests(t *testing.T) {
	t.Parallel()
	killRequests.Run(t)
}

// TestEveryCommitIsKilledAt reads the sources of the utilities.
func TestEveryCommitIsKilledAt(t *testing.T) {
	storetest.Covered(t, ".", nil, killRequests.By())
}
