package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"paceline"
)

// TestListsOfCycles: pages by number and pages by cursor are the same list in every order, with and without filters, and
// whether few or very many cycles match; nothing of another account is in them.
func TestListsOfCycles(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		newFixture(t, s, 2)
		scope := paceline.Scope{Partner: 1, Account: 1}
		template := paceline.NewID(paceline.SystemClock{}.Now())
		live := paceline.NewID(paceline.SystemClock{}.Now())
		connector := func(i int) paceline.ID { return paceline.ID(fmt.Sprintf("00000000-0000-7000-8000-%012d", i)) }
		err := s.InTx(t.Context(), scope, func(tx *Tx) error {
			if _, err := tx.nextNums("cycle", 2); err != nil { // the fixture's
				return err
			}
			if err := tx.InsertTemplate(scope, paceline.Template{ID: template, Name: "T", Published: true}, "", ""); err != nil {
				return err
			}
			if _, err := tx.InsertTemplateRelease(scope, paceline.TemplateRelease{ID: live, Template: template, Status: paceline.ReleaseLive}); err != nil {
				return err
			}
			for i := range 23 {
				c := paceline.Cycle{ID: paceline.NewID(tx.now), Partner: 1, Account: 1, Root: 1, Name: fmt.Sprint("Cycle ", i*7%23/2), CreatedAt: paceline.Micros(i / 3)}
				if i%2 == 0 {
					c.Tags = []string{"even"}
				}
				switch i % 4 {
				case 1:
					c.Template, c.TemplateRelease = template, live
				case 2:
					c.Template, c.TemplateRelease = template, paceline.ID(strings.Repeat("0", 36))
				case 3:
					c.Template, c.TemplateRelease = template, paceline.ID(strings.Repeat("f", 36))
				}
				if err := tx.InsertCycle(&c); err != nil {
					return err
				}
				// Eight cycles use the first connector; one of them uses all.
				uses := 0
				if i < 8 {
					uses = 1
				}
				if i == 7 {
					uses = 2 * namedConnectors
				}
				for n := range uses {
					if _, err := tx.exec(`INSERT INTO cycle_connector (partner_id, account_id, cycle_num, account_connector_id, connector_uid)
						VALUES (1, 1, $1, $2, $3)`, c.Num, 1000+n, connector(n)); err != nil {
						return err
					}
				}
			}
			for i := range 2 * namedConnectors {
				rel := ConnectorRelease{Partner: 1, Name: fmt.Sprint("Application ", i), APIVersion: "7", Document: []byte("{}")}
				rel.Key.UID, rel.Key.Version, rel.ConnectorID = connector(i), "1", int32(1000+i)
				if err := tx.PutConnectorRelease(rel); err != nil {
					return err
				}
			}
			other := paceline.Cycle{ID: paceline.NewID(tx.now), Partner: 1, Account: 2, Root: 1, Name: "Of another", Tags: []string{"even"}, Template: template, TemplateRelease: "x"}
			return tx.InsertCycle(&other)
		})
		if err != nil {
			t.Fatal(err)
		}
		read := func(call func(tx *Tx) error) {
			t.Helper()
			if err := s.Read(t.Context(), call); err != nil {
				t.Fatal(err)
			}
		}
		names := func(list []paceline.Cycle) (all []string) {
			for _, c := range list {
				all = append(all, c.Name+" "+string(c.ID))
			}
			return all
		}
		for _, c := range []struct {
			filter CycleFilter
			want   int
		}{{CycleFilter{}, 24}, {CycleFilter{Tag: "even"}, 12}, {CycleFilter{Tag: "odd"}, 0}, {CycleFilter{ConnectorName: "None"}, 0}, {CycleFilter{Tag: "even", ConnectorVersion: "9"}, 0},
			{CycleFilter{ConnectorName: "application 0"}, 8}, {CycleFilter{ConnectorName: "Application 0", ConnectorVersion: "7"}, 8}, {CycleFilter{ConnectorName: "Application 0", ConnectorVersion: "8"}, 0},
			{CycleFilter{ConnectorVersion: "7"}, 8}, {CycleFilter{ConnectorName: "Application 99"}, 1}, {CycleFilter{Tag: "even", ConnectorName: "Application 0"}, 4}} {
			for _, page := range []paceline.Page{{}, {Descending: true}, {OrderBy: "id"}, {OrderBy: "Id", Descending: true}, {OrderBy: "createdonutc"}, {OrderBy: "CreatedOnUtc", Descending: true}} {
				what := fmt.Sprintf("%+v by %q, descending %v", c.filter, page.OrderBy, page.Descending)
				var whole, paged, walked []string
				read(func(tx *Tx) error {
					list, err := tx.Cycles(scope, c.filter, page)
					if whole = names(list.Items); list.Total != c.want || len(whole) != c.want || list.Next != "" {
						t.Errorf("%s: %d of %d, next %q, want %d", what, len(whole), list.Total, list.Next, c.want)
					}
					return err
				})
				for n := 1; n <= 4; n++ {
					page.Number, page.Size = n, 7
					read(func(tx *Tx) error {
						list, err := tx.Cycles(scope, c.filter, page)
						paged = append(paged, names(list.Items)...)
						return err
					})
				}
				page.Number = 0
				for range 4 {
					read(func(tx *Tx) error {
						list, err := tx.Cycles(scope, c.filter, page)
						walked, page.After = append(walked, names(list.Items)...), list.Next
						return err
					})
					if page.After == "" {
						break
					}
				}
				if !slices.Equal(paged, whole) || !slices.Equal(walked, whole) {
					t.Errorf("%s:\nwhole  %q\npaged  %q\nwalked %q", what, whole, paged, walked)
				}
				page.Number, page.Size, page.After = 1, 100, ""
				read(func(tx *Tx) error {
					matching, args, err := tx.matching(scope, c.filter)
					if err != nil || matching == "" {
						return err
					}
					many, _, err := tx.pageOfCycles(chosenCycles(matching, -1), cycleOrder(page.OrderBy), args, page)
					if got := names(many); !slices.Equal(got, whole) {
						t.Errorf("%s, as for very many:\n%q\n%q", what, got, whole)
					}
					return err
				})
			}
		}
		read(func(tx *Tx) error {
			list, err := tx.UpgradeableCycles(scope, paceline.Page{})
			if len(list.Items) != 11 || list.Total != 11 {
				t.Errorf("%d of %d cycles have another live release than theirs, want 11", len(list.Items), list.Total)
			}
			for _, c := range list.Items {
				if c.Template != template || c.TemplateRelease == live || c.Latest != live || c.Account != 1 {
					t.Errorf("%+v is listed as upgradeable to %s", c.Cycle, c.Latest)
				}
			}
			if err != nil {
				return err
			}
			chosen, args := upgradeable(scope, nil, -1)
			many, _, err := tx.pageOfCycles(chosen, "c.name_fold", args, paceline.Page{})
			if len(many) != 11 {
				t.Errorf("%d cycles, as for very many, want 11", len(many))
			}
			return err
		})
		read(func(tx *Tx) error {
			for _, foreign := range []paceline.Scope{{Partner: 2, Account: 1}, {Partner: 1, Account: 3}} {
				list, err := tx.Cycles(foreign, CycleFilter{}, paceline.Page{})
				if err != nil || len(list.Items) > 0 || list.Total != 0 {
					t.Errorf("%+v sees %d of %d cycles, %v", foreign, len(list.Items), list.Total, err)
				}
			}
			return nil
		})
	})
}

// TestUsesAreCountedSoFar: the cycles that use an account connector are counted as far as MaxUses, however many there are.
func TestUsesAreCountedSoFar(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		newFixture(t, s, 1)
		scope := paceline.Scope{Partner: 1, Account: 1}
		c := paceline.Cycle{ID: paceline.NewID(paceline.SystemClock{}.Now()), Partner: 1, Account: 1, Root: 1, Name: "Uses it"}
		do := func(call func(tx *Tx) error) {
			t.Helper()
			if err := s.InTx(t.Context(), scope, call); err != nil {
				t.Fatal(err)
			}
		}
		do(func(tx *Tx) error {
			if _, err := tx.nextNums("cycle", 1); err != nil { // the fixture's
				return err
			}
			if err := tx.InsertCycle(&c); err != nil {
				return err
			}
			for _, of := range []string{"x", "y"} { // two steps of it
				if _, err := tx.exec(`INSERT INTO cycle_connector (partner_id, account_id, cycle_num, account_connector_id, connector_uid)
					VALUES (1, 1, $1, 7, $2)`, c.Num, of); err != nil {
					return err
				}
			}
			return nil
		})
		for copies, from := range []int{0, 4, MaxUses} {
			if copies > 0 {
				do(func(tx *Tx) error { return tx.MultiplyCycle(scope, c.Num, copies*10_000, from) })
			}
			want := min(1+from+[]int{0, 0, 4}[copies], MaxUses+1)
			do(func(tx *Tx) error {
				n, err := tx.CyclesWith(scope, 7)
				if n != want {
					t.Errorf("%d uses are told, want %d", n, want)
				}
				return err
			})
		}
	})
}
