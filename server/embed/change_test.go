package embed_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"paceline"
	"paceline/cycle"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/storefront"
)

// TestChangeIsNotLeft: what is paused to be changed runs again afterwards: with its new values at the end, with those before when it is
// taken back, and also when nobody comes back to it. What is installed in part says so, and is started and stopped as a whole.
func TestChangeIsNotLeft(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		h.other()
		template := h.desks()
		m, err := h.shop.CreateMarketplace(t.Context(), h.p, storefront.Marketplace{Name: "Shop", Content: storefront.Content{Cards: []storefront.Card{
			{ID: "pack", Kind: storefront.PackageCard, Title: "Two desks", Templates: []paceline.ID{template, template}}}}})
		h.must(err)
		b, theirs := h.browser(), h.browser()
		b.expect("the link", 303, "GET", h.entry("northwind", ""))
		theirs.expect("another's link", 303, "GET", h.entry("southwind", ""))
		install := b.ask("install", 200, "POST", "install", object{"Marketplace": int(m.ID), "Card": "pack"}).Get("Install").String()
		setup := func() gjson.Result { return b.ask("its set-up", 200, "GET", "setup/"+install, nil) }
		first := setup()
		connector := first.Get("Connectors.0.ID").String()
		form := b.ask("its form", 200, "GET", "setup/"+install+"/connector/"+connector, nil)
		b.ask("a key", 200, "POST", "setup/"+install+"/connector/"+connector, object{"Credential": object{form.Get("Fields.0.Name").String(): "k"}})
		text := func(part int) (key string, value gjson.Result) {
			in := setup().Get("Cycles." + strconv.Itoa(part) + ".Groups.1.Inputs.1")
			return in.Get("Key").String(), in.Get("Value")
		}
		put := func(part int, value string) {
			t.Helper()
			key, _ := text(part)
			b.ask("its text", 204, "POST", "setup/"+install+"/values", object{"Cycle": first.Get("Cycles." + strconv.Itoa(part) + ".Cycle").String(), "Values": object{key: object{"Value": value}}})
		}
		turn := func(what string, want int) {
			t.Helper()
			b.ask(what, want, "POST", "integration/"+install+"/"+what, object{})
		}
		is := func(when, state string, texts ...string) {
			t.Helper()
			if got := b.ask("ORBIT", 200, "GET", "orbit", nil).Get("Integrations.0.State").String(); got != state {
				t.Fatalf("%s it is %s, want %s", when, got, state)
			}
			for i, want := range texts {
				if _, got := text(i); got.String() != want {
					t.Fatalf("%s part %d has %q, want %q", when, i, got.String(), want)
				}
			}
		}
		end := func(when string) gjson.Result {
			return b.ask(when, 200, "POST", "setup/"+install+"/finish", object{})
		}
		put(0, "one")
		put(1, "two")
		b.ask("the end", 200, "POST", "setup/"+install+"/finish", object{"Start": true})
		is("installed,", "Running", "one", "two")

		for _, what := range []string{"change", "keep", "restore"} {
			theirs.ask("another's "+what, 404, "POST", "integration/"+install+"/"+what, object{})
		}
		turn("keep", 204) // of what nobody changes
		if setup().Get("Changing").Bool() {
			t.Error("nobody changes it")
		}

		turn("change", 204)
		is("changed,", "Changing")
		if !setup().Get("Changing").Bool() {
			t.Error("the set-up does not say that it is changed")
		}
		put(0, "three")
		h.must(h.shop.SweepOnce(t.Context()))
		is("a moment later", "Changing", "three", "two")
		turn("restore", 204)
		is("taken back,", "Running", "one", "two")
		turn("restore", 204)

		turn("change", 204)
		put(0, "four")
		if got := end("the end of the change").Get("cycles.#.status").Raw; got != `["Active","Active"]` {
			t.Errorf("at the end they are %s", got)
		}
		is("at the end of the change", "Running", "four", "two")

		// A part of it alone.
		second := paceline.ID(first.Get("Cycles.1.Cycle").String())
		_, err = h.cycles.Deactivate(t.Context(), h.p, h.a, second, false)
		h.must(err)
		is("one is stopped elsewhere,", "Partly")
		turn("change", 204)
		put(1, "five")
		if got := end("the end of the change").Get("cycles.#.status").Raw; got != `["Active","Stopped"]` {
			t.Errorf("at the end they are %s", got)
		}
		is("what stood before stands;", "Partly", "four", "five")
		turn("start", 204)
		is("all of it started,", "Running")
		_, err = h.cycles.Deactivate(t.Context(), h.p, h.a, second, false)
		h.must(err)
		turn("pause", 204)
		is("all of it paused,", "Paused")
		turn("change", 204) // nothing ran
		is("what is paused is changed:", "Paused")
		turn("start", 204)

		// Of several that cannot all be started the others are.
		turn("pause", 204)
		put(0, "")
		turn("start", 400)
		is("the first cannot be started:", "Partly")
		put(0, "four")
		turn("start", 204)

		// The page is closed, and nobody comes back.
		turn("change", 204)
		put(0, "six")
		put(1, "")
		h.clock.offset.Add(int64(9 * time.Minute))
		h.must(h.shop.SweepOnce(t.Context()))
		is("after nine minutes", "Changing")
		h.clock.offset.Add(int64(2 * time.Minute))
		h.must(h.shop.SweepOnce(t.Context()))
		is("after eleven minutes", "Running", "four", "five")
		if setup().Get("Changing").Bool() {
			t.Error("it is still changed")
		}
		view, err := h.cycles.Get(t.Context(), h.p, h.a, second)
		h.must(err)
		_, err = h.cycles.Deactivate(t.Context(), h.p, h.a, view.ID, false)
		h.must(err)
		h.must(h.shop.SweepOnce(t.Context()))
		is("the change is over:", "Partly")
	})
}

// TestChangeThatCannotBeTakenBack: what lets us in no more stays paused, and nobody tries again and again.
func TestChangeThatCannotBeTakenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	template := h.desks()
	b := h.browser()
	b.expect("the link", 303, "GET", h.entry("northwind", ""))
	install := b.ask("install", 200, "POST", "install", object{"Template": template}).Get("Install").String()
	setup := b.ask("its set-up", 200, "GET", "setup/"+install, nil)
	connector := setup.Get("Connectors.0.ID").String()
	form := b.ask("its form", 200, "GET", "setup/"+install+"/connector/"+connector, nil)
	b.ask("a key", 200, "POST", "setup/"+install+"/connector/"+connector, object{"Credential": object{form.Get("Fields.0.Name").String(): "k"}})
	of := paceline.ID(setup.Get("Cycles.0.Cycle").String())
	b.ask("its text", 204, "POST", "setup/"+install+"/values", object{"Cycle": of, "Values": object{setup.Get("Cycles.0.Groups.1.Inputs.1.Key").String(): object{"Value": "x"}}})
	b.ask("the end", 200, "POST", "setup/"+install+"/finish", object{"Start": true})
	b.ask("change", 204, "POST", "integration/"+install+"/change", object{})
	number, err := strconv.Atoi(connector)
	h.must(err)
	_, err = h.rooms.DeauthenticateConnector(t.Context(), h.p, h.a, int32(number))
	h.must(err)
	h.clock.offset.Add(int64(11 * time.Minute))
	h.must(h.shop.SweepOnce(t.Context()))
	if o := b.ask("ORBIT", 200, "GET", "orbit", nil).Get("Integrations.0"); o.Get("State").String() != "Paused" || o.Get("SignIn").Raw != `["Desk"]` {
		t.Errorf("ORBIT has %s", o.Raw)
	}
	b.ask("a key again", 200, "POST", "setup/"+install+"/connector/"+connector, object{"Credential": object{form.Get("Fields.0.Name").String(): "k"}})
	h.must(h.shop.SweepOnce(t.Context()))
	view, err := h.cycles.Get(t.Context(), h.p, h.a, of)
	h.must(err)
	if view.State != paceline.CyclePaused {
		t.Errorf("a change that is over was taken back again: %v", view.State)
	}
	_, err = h.cycles.Activate(t.Context(), h.p, h.a, of, cycle.Activation{})
	h.must(err)
}
