package connectortest_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline/connector/connectortest"
)

var update = flag.Bool("update", false, "write the golden files")

func TestRunFolder(t *testing.T) {
	t.Parallel()
	good := connectortest.RunFolder("testdata/good")
	if !good.Passed() || len(good.Cases) != 7 {
		t.Errorf("the good folder failed:\n%s", good)
	}
	bad := connectortest.RunFolder("testdata/bad")
	if bad.Passed() {
		t.Error("the bad folder passed")
	}
	if *update {
		if err := os.WriteFile("testdata/bad.golden", []byte(bad.String()+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/bad.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), bad.String()+"\n"); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestRunFolderWithoutDefinition(t *testing.T) {
	t.Parallel()
	report := connectortest.RunFolder(t.TempDir())
	if report.Passed() || !strings.Contains(report.String(), "can not be read") {
		t.Errorf("got:\n%s", report)
	}
}

func TestRunFolderReadsJSON(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text := `{"apiVersion":"connectors/v1","kind":"Connector","metadata":{"key":"j","uid":"0b8e3b52-6a37-4a0f-9b0c-6f8f6d0c6a12","name":"J","version":"1.0.0"},
		"server":{"baseUrl":"https://j.example"},"methods":[{"id":"get","name":"Get","request":{"method":"GET","path":"/"}}]}`
	if err := os.WriteFile(filepath.Join(folder, "connector.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if report := connectortest.RunFolder(folder); !report.Passed() || len(report.Untested) != 1 {
		t.Errorf("got:\n%s", report)
	}
}
