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

// TestRunFolderCompletesDeliveries: a fixture of a trigger says what is asked about its rows, and what comes of the answers.
func TestRunFolderCompletesDeliveries(t *testing.T) {
	t.Parallel()
	const definition = `{"apiVersion":"connectors/v1","kind":"Connector","metadata":{"key":"j","uid":"0b8e3b52-6a37-4a0f-9b0c-6f8f6d0c6a12","name":"J","version":"1.0.0"},
		"server":{"baseUrl":"https://j.example"},
		"methods":[{"id":"get","name":"Get","params":[{"name":"Id","in":"query","required":true}],"request":{"method":"GET","path":"/"}}],
		"triggers":[{"id":"hook","name":"Hook","type":"webhook","verify":{"type":"none"},"payload":{"rows":"[items]"},"enrich":{"method":"get","map":{"Id":"row.id"}}}],
		"tests":[{"trigger":"hook","fixture":"hook.json"}]}`
	for fixture, want := range map[string]string{
		`{"delivery":{"body":{"items":[{"id":"a"},{"id":2}]}},"answers":[{"n":1},null],"expect":{"asked":[{"Id":"a"},{"Id":2}],"output":{"items":[{"id":"a","enriched":{"n":1}},{"id":2}]}}}`: "",
		`{"delivery":{"body":{"items":[{"id":"a"}]}},"expect":{"asked":[{"Id":"b"}]}}`:                                                                                                        `asked[0].Id: got "a", expected "b"`,
		`{"delivery":{"body":{"items":[{"id":"a"}]}},"expect":{"asked":[]}}`:                                                                                                                  "got 1 calls, expected 0",
		`{"delivery":{"body":{"items":[{"id":"a"}]}},"answers":[],"expect":{}}`:                                                                                                               "fewer answers than rows",
		`{"delivery":{"body":{"items":[{"id":"a"}]}},"answers":[1],"expect":{"output":{"items":[{"id":"a","enriched":2}]}}}`:                                                                  "output",
	} {
		folder := t.TempDir()
		for name, text := range map[string]string{"connector.json": definition, "hook.json": fixture} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		report := connectortest.RunFolder(folder)
		if report.Passed() != (want == "") || !strings.Contains(report.String(), want) {
			t.Errorf("%s gives\n%s\nwant %q", fixture, report, want)
		}
	}
}
