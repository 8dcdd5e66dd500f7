package paceline_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// direct matches a direct requirement of a go.mod.
var direct = regexp.MustCompile(`(?m)^\s+(\S+) v\S+$`)

// tool matches a tool of tools/go.mod.
var tool = regexp.MustCompile(`(?m)^\s+(\S+/cmd/\S+)$`)

// listedModule matches the first column of a table row that names a module.
var listedModule = regexp.MustCompile(`(?m)^\| (\S+\.\S+) \|`)

// TestEveryDependencyHasAReason compares go.mod and tools/go.mod with docs/decisions/dependencies.md.
func TestEveryDependencyHasAReason(t *testing.T) {
	known := map[string]bool{}
	for _, m := range listedModule.FindAllStringSubmatch(readFile(t, "docs/decisions/dependencies.md"), -1) {
		known[m[1]] = false
	}
	use := func(module string) {
		if _, ok := known[module]; !ok {
			t.Errorf("%s has no line in docs/decisions/dependencies.md that says why it is here", module)
		}
		known[module] = true
	}
	for _, m := range direct.FindAllStringSubmatch(readFile(t, "go.mod"), -1) {
		use(m[1])
	}
	for _, m := range tool.FindAllStringSubmatch(readFile(t, "tools/go.mod"), -1) {
		module, _, _ := strings.Cut(m[1], "/cmd/")
		use(module)
	}
	for _, module := range slices.Sorted(maps.Keys(known)) {
		if !known[module] {
			t.Errorf("docs/decisions/dependencies.md explains %s, which is not used", module)
		}
	}
}

// TestPinnedDriver keeps the versions of the SQLite driver's parts together that were tried together: its C
// library is generated code, and another pair may compile and still be wrong (D-8).
func TestPinnedDriver(t *testing.T) {
	mod := readFile(t, "go.mod")
	for _, line := range []string{"zombiezen.com/go/sqlite v1.4.2", "modernc.org/sqlite v1.61.1", "modernc.org/libc v1.79.0"} {
		if !strings.Contains(mod, line) {
			t.Errorf("go.mod does not select %s: run the tests of store on both databases, then change it here as well", line)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)

// TestLinksOfDocumentsLead follows the links to files in all documents of the repository.
func TestLinksOfDocumentsLead(t *testing.T) {
	var documents []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "connectors/*/*.md", "templates/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, found...)
	}
	if len(documents) < 5 {
		t.Fatalf("found %d documents only", len(documents))
	}
	for _, document := range documents {
		for _, m := range link.FindAllStringSubmatch(readFile(t, document), -1) {
			target := m[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), target)); err != nil {
				t.Errorf("%s links to %s, which is not there", document, target)
			}
		}
	}
}

// TestEveryRoomStandsInTheArchitecture compares the packages with the table of docs/architecture.md.
func TestEveryRoomStandsInTheArchitecture(t *testing.T) {
	text := readFile(t, "docs/architecture.md")
	for _, p := range listed(t) {
		room := short(p.ImportPath)
		if r, ok := roomOf(p.ImportPath); ok && r.storey == apart {
			room = strings.Split(room, "/")[0] + "/..."
		}
		if strings.Count(room, "/") > 1 && !strings.HasSuffix(room, "/...") {
			continue // within a room, such as server/api/wire
		}
		if !strings.Contains(text, "`"+room+"`") {
			t.Errorf("%s is not in the table of docs/architecture.md", room)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// transitionOf matches a function that docs/state_machine.md names for an arrow.
var transitionOf = regexp.MustCompile("(?m)^\\|.*\\| `([A-Za-z]+)`(?:, `([A-Za-z]+)`)? \\|$")

// TestDrawnTransitionsExist finds the functions of the state machine's tables in engine/core, and in the store.
func TestDrawnTransitionsExist(t *testing.T) {
	var source strings.Builder
	for _, folder := range []string{"engine/core", "store"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source.WriteString(readFile(t, file))
		}
	}
	drawn := 0
	for _, m := range transitionOf.FindAllStringSubmatch(readFile(t, "docs/state_machine.md"), -1) {
		for _, function := range m[1:] {
			if function == "" {
				continue
			}
			drawn++
			if !regexp.MustCompile(`\) ` + function + `\(`).MatchString(source.String()) {
				t.Errorf("docs/state_machine.md names %s, which neither engine/core nor the store has", function)
			}
		}
	}
	if drawn < 10 {
		t.Errorf("found %d functions only", drawn)
	}
}
