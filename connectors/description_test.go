package connectors

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paceline/connector/openapi"
)

// TestConnectorsFitTheirVendorsDescriptions compares every method with what scripts/facts took from the vendor's OpenAPI
// document: paths, verbs, parameters, and the names and types of bodies.
func TestConnectorsFitTheirVendorsDescriptions(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/openapi/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		key := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			document, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			report, err := openapi.Verify(definition(t, key), document)
			if err != nil || !report.OK() || len(report.Methods) < 30 {
				t.Error(report, err)
			}
		})
	}
}
