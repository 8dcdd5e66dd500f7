package openapi_test

import (
	"strings"
	"testing"

	"paceline/connector"
	"paceline/connector/openapi"
)

// FuzzDocument holds that no document breaks the check, and that each method gets an answer.
func FuzzDocument(f *testing.F) {
	for _, c := range foreign {
		f.Add(strings.TrimPrefix(c.document, "\n"))
	}
	f.Add(vendor2)
	f.Add(vendor3)
	f.Add(`{"openapi":"3.0.0","paths":{"/things":{"post":{"requestBody":{"content":{"*/*":{"schema":{"allOf":[{"$ref":"#/paths"}]}}}}}}}}`)
	def, problems := connector.Parse("acme", []byte(definition2))
	if connector.Failed(problems) {
		f.Fatal(problems)
	}
	f.Fuzz(func(t *testing.T, document string) {
		report, err := openapi.Verify(def, []byte(document))
		if err == nil && len(report.Methods) != len(def.Methods) {
			t.Errorf("%d methods of %d", len(report.Methods), len(def.Methods))
		}
	})
}
