package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"paceline"
)

// TestAccountSearch: what few accounts have is found by account_part, what many have in the order of the list, and both
// ways find the same, for every part of every name, of any length, also after a name was changed and an account deleted.
func TestAccountSearch(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		scope := paceline.Scope{Partner: 1}
		long := strings.Repeat("long name ", 20) + "end"
		named := [][2]string{{"Northwind GmbH", "nw-1"}, {"Ångström & Söhne", "Ä1"}, {"100% _real_", `back\slash`}, {long, "x"}, {"aaaa", "aaa"}, {"Renamed", "was"}, {"Gone", "gone-1"}}
		err := s.InTx(t.Context(), scope, func(tx *Tx) error {
			for i, n := range named {
				a := paceline.Account{ID: paceline.NewID(tx.now), Name: n[0], APIID: n[1], CreatedAt: paceline.Micros(i)}
				a.Timezone = "UTC"
				a, err := tx.InsertAccount(scope, a, []byte("key"))
				if err != nil {
					return err
				}
				switch n[0] {
				case "Renamed":
					a.Name, a.APIID = "Fabrikam", "is"
					err = tx.UpdateAccount(scope, a)
				case "Gone":
					err = tx.EraseAccount(scope, a.Num)
				}
				if err != nil {
					return err
				}
			}
			other := paceline.Account{ID: paceline.NewID(tx.now), Name: "Northwind", APIID: "nw-1"}
			other.Timezone = "UTC"
			_, err := tx.InsertAccount(paceline.Scope{Partner: 2}, other, []byte("key"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		find := func(text string, few bool) (names []string, total int) {
			t.Helper()
			err := s.Read(t.Context(), func(tx *Tx) error {
				list, err := tx.accounts(scope, AccountFilter{Search: text, IncludeSub: true}, few, paceline.Page{})
				for _, a := range list.Items {
					names = append(names, a.Name)
				}
				total = list.Total
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return names, total
		}
		texts := []string{"nowhere", "ANGSTRÖM", "ß", "%", `\`, "_", "gone", "renamed", "was", "fabrikam", "end", "d", long + "x", strings.ToUpper(long), long[30:80], "nw-1"}
		for _, n := range named {
			for _, text := range n {
				letters := []rune(text)
				for from := 0; from < len(letters); from += 3 {
					texts = append(texts, string(letters[from:min(from+1+from%30, len(letters))]))
				}
			}
		}
		for _, text := range texts {
			scanned, n := find(text, false)
			found, m := find(text, true)
			if !slices.Equal(scanned, found) || n != m || n != len(found) {
				t.Errorf("search for %q: by parts %q of %d, in order %q of %d", text, found, m, scanned, n)
			}
		}
		for text, want := range map[string]string{"wind g": "[Northwind GmbH]", "SÖHNE": "[Ångström & Söhne]", "gone": "[]", "fabri": "[Fabrikam]", "Renamed": "[]", "%": "[100% _real_]"} {
			if got, _ := find(text, true); fmt.Sprint(got) != want {
				t.Errorf("search for %q: %v, want %v", text, got, want)
			}
		}
	})
}

// TestRareTexts: the search by parts is for what few accounts have.
func TestRareTexts(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store) {
		scope := paceline.Scope{Partner: 1}
		err := s.InTx(t.Context(), scope, func(tx *Tx) error {
			_, err := tx.exec(`WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $2)
				INSERT INTO account_part (partner_id, account_id, part) SELECT CAST($1 AS BIGINT), n.i, 'customer' FROM n`, scope.Partner, rareAccounts)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		rare := func(text string) (few bool) {
			t.Helper()
			err := s.InTx(t.Context(), scope, func(tx *Tx) (err error) {
				few, err = tx.rarely(scope, text)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return few
		}
		if !rare("Customer") || !rare("other") {
			t.Error("a text that few have is not rare")
		}
		if err := s.InTx(t.Context(), scope, func(tx *Tx) error { return tx.addParts(scope, 1<<40, "Customers", "x") }); err != nil {
			t.Fatal(err)
		}
		if rare("Cust") || !rare("customers") {
			t.Error("one account more makes a text common, and only that one")
		}
	})
}
