package connectors

import (
	"io/fs"
	"testing"

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
