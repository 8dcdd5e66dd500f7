package web

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"testing"
)

func TestSectionsAreThoseOfTheRoutes(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("src/console/router.tsx")
	if err != nil {
		t.Fatal(err)
	}
	var used []string
	for _, m := range regexp.MustCompile(`(?:route\(|path: )'/([a-z]+)`).FindAllSubmatch(source, -1) {
		used = append(used, string(m[1]))
	}
	slices.Sort(used)
	if used = slices.Compact(used); !slices.Equal(used, Sections) {
		t.Errorf("the routes begin with %v, Sections are %v", used, Sections)
	}
}

func TestThereIsAlwaysAPage(t *testing.T) {
	t.Parallel()
	if _, err := fs.Stat(Dist(), "index.html"); err != nil {
		t.Error(err)
	}
}
