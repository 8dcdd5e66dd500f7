package connectors

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/connector/connectortest"
)

func TestEveryShippedConnectorIsCleanAndTested(t *testing.T) {
	t.Parallel()
	folders, err := fs.ReadDir(Files, ".")
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) < 2 {
		t.Errorf("only %d folders are embedded", len(folders))
	}
	for _, folder := range folders {
		t.Run(folder.Name(), func(t *testing.T) {
			t.Parallel()
			report := connectortest.RunFolder(folder.Name())
			if !report.Passed() || len(report.Untested) > 0 {
				t.Error(report)
			}
			for _, name := range []string{"icon.svg", "connector.yaml"} {
				if _, err := fs.Stat(Files, folder.Name()+"/"+name); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestLabelsHaveNoValues: choices of a field stand in its values, where people are offered them.
func TestLabelsHaveNoValues(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(Files, "*/connector.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no connectors: %v", err)
	}
	labels := 0
	for _, file := range files {
		text, err := fs.ReadFile(Files, file)
		if err != nil {
			t.Fatal(err)
		}
		def, problems := connector.Parse(file, text)
		if def == nil {
			t.Fatalf("%s: %v", file, problems)
		}
		written, err := json.Marshal(def)
		if err != nil {
			t.Fatal(err)
		}
		var all any
		if err := json.Unmarshal(written, &all); err != nil {
			t.Fatal(err)
		}
		eachLabel(all, func(label string) {
			labels++
			if strings.Contains(label, "=") {
				t.Errorf("%s: a value stands in the label %q", file, label)
			}
		})
	}
	if labels < 1000 {
		t.Errorf("only %d labels were found", labels)
	}
}

func eachLabel(node any, do func(string)) {
	switch v := node.(type) {
	case []any:
		for _, inner := range v {
			eachLabel(inner, do)
		}
	case map[string]any:
		for key, inner := range v {
			if label, ok := inner.(string); ok && key == "label" {
				do(label)
			}
			eachLabel(inner, do)
		}
	}
}
