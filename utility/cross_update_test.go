package utility_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"paceline/utility"
)

// preventer is what two cycles ask before they pass a change on.
type preventer interface {
	UpdateOK(outward bool, data string) bool
	Store(outward bool, data string)
}

// world says how two applications behave whose record two cycles keep the same.
type world struct {
	told      int  // how often an application tells of each change
	unordered bool // in any order
	current   bool // what is told is read when the cycle handles it, as a poll or a call for the record does
	twice     bool // a cycle handles several of what it was told at once
}

// applications are the two, number 0 on the outbound cycle's side; each has a cycle that passes its changes on.
type applications struct {
	world
	random  *rand.Rand
	p       preventer
	is      [2]string
	events  [2][]string
	working [2][]*work
	passes  int
	story   []string
}

// work is an event in a cycle, which asks, stores and sends one after the other.
type work struct {
	data  string
	steps int
}

func (a *applications) tell(format string, values ...any) {
	a.story = append(a.story, fmt.Sprintf(format, values...))
}

func (a *applications) set(side int, data string) {
	a.is[side] = data
	for range a.told {
		a.events[side] = append(a.events[side], data)
	}
}

// step does one thing of a side, and reports whether there was one.
func (a *applications) step(side int) bool {
	events, working := &a.events[side], &a.working[side]
	if len(*events) > 0 && (len(*working) == 0 || a.twice && a.random.IntN(3) == 0) {
		i := 0
		if a.unordered {
			i = a.random.IntN(len(*events))
		}
		w := &work{data: (*events)[i]}
		if a.current {
			w.data = a.is[side]
		}
		*events = slices.Delete(*events, i, i+1)
		if a.p.UpdateOK(side == 0, w.data) {
			*working = append(*working, w)
			a.tell("%d tells %s", side, w.data)
		} else {
			a.tell("%d tells %s: an echo", side, w.data)
		}
		return true
	}
	if len(*working) == 0 {
		return false
	}
	i := 0
	if a.twice {
		i = a.random.IntN(len(*working))
	}
	w := (*working)[i]
	if w.steps++; w.steps == 1 {
		a.p.Store(side == 0, w.data)
		return true
	}
	*working = slices.Delete(*working, i, i+1)
	a.passes++
	a.tell("%d gets %s", 1-side, w.data)
	a.set(1-side, w.data)
	return true
}

// play makes edits on both sides while the cycles work, and then lets them come to an end.
func (a *applications) play(t *testing.T, edits int) {
	t.Helper()
	for n := 0; n < edits; {
		side := a.random.IntN(2)
		if a.random.IntN(4) > 0 {
			a.step(side)
			continue
		}
		data := string(rune('a' + a.random.IntN(4))) // few, so that a record goes back to what it was
		if data == a.is[side] {
			continue
		}
		a.tell("%d becomes %s", side, data)
		a.set(side, data)
		n++
	}
	most := 200 * edits * a.told * a.told
	for n := 0; ; n++ {
		side := a.random.IntN(2)
		if !a.step(side) && !a.step(1-side) {
			return
		}
		if n > most {
			t.Fatalf("%+v: no end after %d changes that were passed on for %d edits:\n%s", a.world, a.passes, edits, strings.Join(a.story[:min(len(a.story), 60)], "\n"))
		}
	}
}

// TestCrossUpdatesEnd plays edits of both sides and what follows of them in many orders: it ends, and where the
// applications tell their changes in order, with the same data on both sides.
func TestCrossUpdatesEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world world
		same  bool
	}{
		"in order":                  {world{told: 1}, true},
		"in order, twice each":      {world{told: 2}, true},
		"in order, thrice each":     {world{told: 3}, true},
		"the record is read":        {world{told: 1, current: true}, false},
		"in any order":              {world{told: 1, unordered: true}, false},
		"side by side":              {world{told: 1, twice: true}, false},
		"side by side in any order": {world{told: 1, twice: true, unordered: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(10_000) {
				a := &applications{world: c.world, random: rand.New(rand.NewPCG(seed, 1)), p: &utility.Preventer{}, is: [2]string{"-", "-"}}
				edits := 1 + a.random.IntN(6)
				a.play(t, edits)
				if c.same && a.is[0] != a.is[1] {
					t.Fatalf("seed %d: the sides have %s and %s:\n%s", seed, a.is[0], a.is[1], strings.Join(a.story, "\n"))
				}
			}
		})
	}
}

// TestNothingIsLostByThePreventer: changes that do not cross each other all arrive, whatever values come again, and each costs
// one pass.
func TestNothingIsLostByThePreventer(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5_000) {
		a := &applications{world: world{told: 1 + int(seed%3)}, random: rand.New(rand.NewPCG(seed, 2)), p: &utility.Preventer{}, is: [2]string{"-", "-"}}
		for n := 1; n <= 8; n++ {
			side, was := a.random.IntN(2), a.is[0]
			for a.is[side] == was {
				a.is[side] = string(rune('a' + a.random.IntN(3)))
			}
			a.tell("%d becomes %s", side, a.is[side])
			a.set(side, a.is[side])
			for a.step(side) || a.step(1-side) {
			}
			if a.is[0] != a.is[1] || a.told == 1 && a.passes != n {
				t.Fatalf("seed %d: %v after %d passes of %d changes:\n%s", seed, a.is, a.passes, n, strings.Join(a.story, "\n"))
			}
		}
	}
}

// asked is the preventer by its methods.
type asked struct {
	t *testing.T
	h *house
	n int
}

func (a *asked) call(method string, outward bool, data string) string {
	if method += "-inbound"; outward {
		method = strings.TrimSuffix(method, "-inbound") + "-outbound"
	}
	a.n++
	got, err := a.h.call(a.t.Context(), "cross-updating-preventer/"+method, map[string]string{"Key": "ada"}, map[string]any{"Data.Name": data}, 0, 1, fmt.Sprint(a.n))
	if err != nil {
		a.t.Fatal(err)
	}
	return string(got)
}

func (a *asked) UpdateOK(outward bool, data string) bool {
	return strings.Contains(a.call("update-ok", outward, data), `"UpdateOK":true`)
}

func (a *asked) Store(outward bool, data string) { a.call("store-data", outward, data) }

// TestCrossUpdatesEndInTheStore plays some of the same with the methods themselves.
func TestCrossUpdatesEndInTheStore(t *testing.T) {
	t.Parallel()
	eachStore(t, utility.Limits{}, func(t *testing.T, h *house) {
		for seed := range uint64(15) {
			p := &asked{t, h, int(seed) * 100_000}
			a := &applications{world: world{told: 1}, random: rand.New(rand.NewPCG(seed, 3)), p: p, is: [2]string{"-", "-"}}
			a.play(t, 4)
			if a.is[0] != a.is[1] {
				t.Fatalf("seed %d: the sides have %s and %s:\n%s", seed, a.is[0], a.is[1], strings.Join(a.story, "\n"))
			}
		}
	})
}

// TestPreventerReadsEarlierReleases: what the release before has kept of a record goes on to count.
func TestPreventerReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	for doc, outward := range map[string]bool{`{"Outbound":"ada"}`: false, `{"Inbound":"ada"}`: true} {
		p, err := utility.ReadPreventer(doc)
		if err != nil || p.UpdateOK(outward, "ada") || !p.UpdateOK(outward, "eve") || !p.UpdateOK(!outward, "ada") {
			t.Errorf("%s: %+v, %v", doc, p, err)
		}
	}
}
