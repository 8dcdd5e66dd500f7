package mapping_test

import (
	"slices"
	"testing"

	"paceline/mapping"
)

func TestOuterList(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"[data].id": {"data"}, "a.[b].[c]": {"a", "b"}, "[]": {}, "[].x": {}, `a.\x.y\.[z]`: {"a", "x.y", "z"},
	} {
		names, ok := mapping.MustLocation(text).Outer()
		if !ok || !slices.Equal(names, want) {
			t.Errorf("%s: %q, %t", text, names, ok)
		}
	}
	if _, ok := mapping.MustLocation("a.b").Outer(); ok {
		t.Error("a.b goes through a list")
	}
}
