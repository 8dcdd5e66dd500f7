package paceline_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paceline/connector"
)

//go:generate go test -count=1 -run ^TestShippedReleasesStand$ . -update

var update = flag.Bool("update", false, "add new releases of shipped connectors to connectors/releases.txt")

const releasesFile = "connectors/releases.txt"

// TestShippedReleasesStand compares the connectors that come with Paceline with the list of their releases: an
// installation that has published a version must find the same content under it, so a changed file needs a new
// version. Old versions stay in the list. Before a version has left the house, its line may be removed and made anew.
func TestShippedReleasesStand(t *testing.T) {
	known := map[string]string{} // uid and version -> the rest of the line
	for line := range strings.Lines(readFile(t, releasesFile)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		uid, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		version, rest, _ := strings.Cut(rest, " ")
		known[uid+" "+version] = rest
	}
	files, err := filepath.Glob("connectors/*/connector.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no connectors: %v", err)
	}
	for _, file := range files {
		def, problems := connector.Parse(file, []byte(readFile(t, file)))
		if def == nil {
			t.Fatalf("%s: %v", file, problems)
		}
		key := fmt.Sprintf("%s %s", def.Metadata.UID, def.Metadata.Version)
		is := def.Hash() + " " + def.Metadata.Key
		switch was, ok := known[key]; {
		case !ok && *update:
			known[key] = is
		case !ok:
			t.Errorf("%s: version %s is not in %s: run make generate", file, def.Metadata.Version, releasesFile)
		case was != is:
			t.Errorf("%s was changed, but its version is still %s: give it a new version", file, def.Metadata.Version)
		}
	}
	if !*update || t.Failed() {
		return
	}
	text := "# The releases of the connectors that come with Paceline: uid, version, SHA-256 of the content, key.\n"
	for _, key := range slices.Sorted(maps.Keys(known)) {
		text += key + " " + known[key] + "\n"
	}
	if err := os.WriteFile(releasesFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
