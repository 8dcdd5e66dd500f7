package embed_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"paceline"
	"paceline/cycle"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/storefront"
)

// TestInstallAtOnce: of clicks at the same time one installs; of what can be there once, whichever comes first.
func TestInstallAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		s := open(t)
		h := newHouse(t, s)
		template := h.desks()
		m, err := h.shop.CreateMarketplace(t.Context(), h.p, storefront.Marketplace{Name: "Shop", Content: storefront.Content{Cards: []storefront.Card{
			{ID: "once", Kind: storefront.PackageCard, Title: "One desk", Templates: []paceline.ID{template}, Single: true},
		}}})
		h.must(err)
		const n = 8
		at := func(install func(i int) (paceline.ID, error)) (made, refused []paceline.ID) {
			t.Helper()
			ids, failed := make([]paceline.ID, n), make([]error, n)
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() { ids[i], failed[i] = install(i) })
			}
			all.Wait()
			for i, err := range failed {
				if paceline.CodeOf(err) == paceline.CodeInstalledAlready {
					refused = append(refused, ids[i])
					continue
				}
				h.must(err)
				made = append(made, ids[i])
			}
			return slices.Compact(made), refused
		}
		there := func() (list []paceline.EmbedInstall) {
			t.Helper()
			h.must(s.Read(t.Context(), func(tx *store.Tx) (err error) {
				list, err = tx.EmbedInstalls(h.a.Scope(), "", 100)
				return err
			}))
			return list
		}
		made, refused := at(func(int) (paceline.ID, error) {
			return h.shop.Install(t.Context(), h.p, h.a, template, "", false)
		})
		if len(made) != 1 || len(refused) != 0 || len(there()) != 1 {
			t.Fatalf("%d clicks made %v and %v, and %d installs", n, made, refused, len(there()))
		}
		h.must(h.shop.Cancel(t.Context(), h.p, h.a, made[0]))
		// In two ways, each of which finds what it has begun itself.
		made, refused = at(func(i int) (paceline.ID, error) {
			if i%2 == 0 {
				return h.shop.Install(t.Context(), h.p, h.a, template, "", true)
			}
			return h.shop.InstallPackage(t.Context(), h.p, h.a, int(m.ID), "once", "")
		})
		if len(made) != 1 || len(refused) != n/2 || len(there()) != 1 {
			t.Errorf("what is there once was made as %v, refused %d times, and is there %d times", made, len(refused), len(there()))
		}
	})
}

// heard does something when a cycle was changed.
type heard func()

func (f heard) CycleChanged(context.Context, paceline.Cycle) { f() }

// TestToldInPart: what was started in part is told as it is, and what was told before it was known is put right.
func TestToldInPart(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		s := open(t)
		h := newHouse(t, s)
		template := h.desks()
		m, err := h.shop.CreateMarketplace(t.Context(), h.p, storefront.Marketplace{Name: "Shop", NotifyURL: "https://app.example.com/told", Content: storefront.Content{Cards: []storefront.Card{
			{ID: "pack", Kind: storefront.PackageCard, Title: "Two desks", Templates: []paceline.ID{template, template}}}}})
		h.must(err)
		queue := store.DeliveryQueue{Scope: h.a.Scope(), Marketplace: m.ID}
		rows := func() (rows []store.Delivery) {
			h.must(s.Read(t.Context(), func(tx *store.Tx) error {
				rows, err = tx.Deliveries(queue, 100)
				return err
			}))
			slices.SortFunc(rows, func(a, b store.Delivery) int { return cmp.Compare(a.ID, b.ID) })
			return rows
		}
		told := func() (list []string) {
			t.Helper()
			key, err := h.tenants.KeyOf(t.Context(), h.a.Num)
			h.must(err)
			for _, row := range rows() {
				body, err := engine.OpenNotification(key, h.a.Num, row.Detail)
				h.must(err)
				n := gjson.ParseBytes(body)
				list = append(list, n.Get("Status").String()+" "+n.Get("MarketplaceInstallDetails.#.CycleStatus").Raw+" "+n.Get("Errors.#").Raw)
			}
			return list
		}
		b := h.browser()
		b.expect("the link", 303, "GET", h.entry("northwind", ""))
		install := b.ask("install", 200, "POST", "install", object{"Marketplace": int(m.ID), "Card": "pack"}).Get("Install").String()
		setup := b.ask("its set-up", 200, "GET", "setup/"+install, nil)
		connector := setup.Get("Connectors.0.ID").String()
		form := b.ask("its form", 200, "GET", "setup/"+install+"/connector/"+connector, nil)
		b.ask("a key", 200, "POST", "setup/"+install+"/connector/"+connector, object{"Credential": object{form.Get("Fields.0.Name").String(): "k"}})
		text := func(part int, value string) {
			t.Helper()
			of := setup.Get("Cycles." + strconv.Itoa(part))
			b.ask("its text", 204, "POST", "setup/"+install+"/values", object{"Cycle": of.Get("Cycle").String(), "Values": object{of.Get("Groups.1.Inputs.1.Key").String(): object{"Value": value}}})
		}
		text(0, "x")
		text(1, "x")

		// The sender comes while vendors are still asked: it has posted what there was then.
		var waits time.Duration
		h.cycles.Attach(heard(func() {
			err := s.InTx(t.Context(), h.a.Scope(), func(tx *store.Tx) error {
				rows, err := tx.Deliveries(queue, 100)
				for _, row := range rows {
					waits = row.DueAt.Time().Sub(h.clock.Now())
					err = errors.Join(err, tx.DeleteDelivery(h.a.Scope(), row.ID))
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}))
		b.ask("the end", 200, "POST", "setup/"+install+"/finish", object{"Start": true})
		h.cycles.Attach(heard(func() {}))
		if got, want := told(), []string{`installed ["Active","Active"] 0`}; !slices.Equal(got, want) {
			t.Errorf("told %q after it was told too early, want %q", got, want)
		}
		if waits < 2*cycle.RegisterWithin {
			t.Errorf("it waited %s for two cycles", waits)
		}

		b.ask("pause", 204, "POST", "integration/"+install+"/pause", object{})
		text(1, "")
		b.ask("start, in part", 400, "POST", "integration/"+install+"/start", object{})
		if got, want := told()[2:], []string{`started ["Active","Stopped"] 1`}; !slices.Equal(got, want) {
			t.Errorf("told %q of a start in part, want %q", got, want)
		}
		b.ask("pause", 204, "POST", "integration/"+install+"/pause", object{})
		// At the end of a change what is empty is refused, unless it becomes so meanwhile.
		text(1, "x")
		second, key := paceline.ID(setup.Get("Cycles.1.Cycle").String()), setup.Get("Cycles.1.Groups.1.Inputs.1.Key").String()
		h.cycles.Attach(heard(func() {
			h.cycles.Attach(heard(func() {}))
			if err := h.shop.Save(t.Context(), h.p, h.a, paceline.ID(install), second, map[string]storefront.Value{key: {}}); err != nil {
				t.Error(err)
			}
		}))
		b.ask("the end of a change, in part", 200, "POST", "setup/"+install+"/finish", object{"Start": true})
		got := told()
		if last := got[len(got)-1]; last != `started ["Active","Stopped"] 1` {
			t.Errorf("told %q of a change in part", got)
		}
	})
}
