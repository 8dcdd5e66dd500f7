package connectortest_test

import (
	"flag"
	"os"
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
