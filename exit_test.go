package paceline_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"paceline"
)

// TestExitNumbers: every exit has a number of its own, which the store gives back. Those that rows have can never change.
func TestExitNumbers(t *testing.T) {
	t.Parallel()
	for exit, want := range map[paceline.EdgeType]int{
		"": 0, paceline.EdgeForward: 0, paceline.EdgeTrue: 1, paceline.EdgeFalse: 2, paceline.ExitSplit: 3, paceline.ExitSeveral: 4,
		paceline.EdgeDefault: 5, paceline.ExitWaits: 8, paceline.ExitGathered: 9, paceline.CaseExit(1): 101, paceline.CaseExit(50): 150, paceline.CaseExit(999): 1099,
	} {
		got := exit.Number()
		if back := paceline.ExitOf(got); got != want || back != exit && exit != "" {
			t.Errorf("%q has number %d, want %d, which is read as %q", exit, got, want, back)
		}
	}
	for _, text := range []paceline.EdgeType{"Case", "Case0", "Case01", "Case-1", "Case1000", "case1", "Case1x"} {
		if text.Case() != 0 {
			t.Errorf("%q is taken for case %d", text, text.Case())
		}
	}
}

// TestPartition: each item is kept by the exit that it took and by no other, before and after it was written.
func TestPartition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		exits := []paceline.EdgeType{paceline.EdgeTrue, paceline.EdgeFalse}
		if rapid.Bool().Draw(t, "switch") {
			exits = nil
			for n := range rapid.IntRange(1, 6).Draw(t, "cases") {
				exits = append(exits, paceline.CaseExit(n+1))
			}
			exits = append(exits, paceline.EdgeDefault)
		}
		of := rapid.SliceOfN(rapid.IntRange(0, len(exits)-1), 1, 40).Draw(t, "items")
		p, err := paceline.ParsePartition(paceline.NewPartition(exits, of).Encode())
		if err != nil {
			t.Fatal(err)
		}
		for e, exit := range exits {
			if p.Takes(exit) != slices.Contains(of, e) {
				t.Fatalf("%v: %s is taken: %t", of, exit, p.Takes(exit))
			}
			for i := range of {
				if p.Keeps(exit, i) != (of[i] == e) {
					t.Fatalf("%v: item %d left by %s: %t", of, i, exit, p.Keeps(exit, i))
				}
			}
			if p.Keeps(exit, len(of)) {
				t.Fatalf("%v: there is an item more", of)
			}
		}
	})
}

// FuzzPartition: whatever a row holds, reading it ends without harm.
func FuzzPartition(f *testing.F) {
	f.Add(paceline.NewPartition([]paceline.EdgeType{paceline.EdgeTrue, paceline.EdgeFalse}, []int{0, 1, 1}).Encode())
	f.Add([]byte{255, 255, 255, 255, 15})
	f.Fuzz(func(_ *testing.T, b []byte) {
		if p, err := paceline.ParsePartition(b); err == nil {
			p.Keeps(paceline.EdgeTrue, 0)
			p.Keeps(paceline.EdgeFalse, 1<<20)
		}
	})
}
