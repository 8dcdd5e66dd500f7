package connector_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
)

var update = flag.Bool("update", false, "write the golden files")

// TestLintGolden lints files with planted mistakes; the golden file lists each with line and remedy.
func TestLintGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/lint/*.*ml")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	more, _ := filepath.Glob("testdata/lint/*.json")
	for _, file := range append(files, more...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, p := range connector.Lint(filepath.Base(file), text) {
				b.WriteString(p.String() + "\n")
				if p.Line < 1 || p.Message == "" || p.Remedy == "" {
					t.Errorf("a problem lacks its line or remedy: %+v", p)
				}
			}
			golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLintFindsEveryPlantedMistake counts the lines that say "# wrong" and expects a problem at each.
func TestLintFindsEveryPlantedMistake(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/lint/*.yaml")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := map[int]bool{}
		for _, p := range connector.Lint(file, text) {
			found[p.Line] = true
		}
		for i, line := range strings.Split(string(text), "\n") {
			if planted := strings.Contains(line, "# wrong"); planted != found[i+1] {
				t.Errorf("%s:%d: planted %t, found %t: %s", file, i+1, planted, found[i+1], line)
			}
		}
	}
}
