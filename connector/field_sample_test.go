package connector_test

import (
	"encoding/json"
	"testing"

	"paceline/connector"
	"paceline/mapping"
)

// FuzzSample: whatever the document, its fields have locations that can be read, each once, and find a value in it.
func FuzzSample(f *testing.F) {
	for _, s := range []string{`{"a":{"b":[{"c.d":1},{"e":null}]},"[x]":true,"":2}`, `[[1],[2,{"y":"2026-01-01T00:00:00Z"}]]`, `3`, `{"a\\b":1,"a":[],"b":[[]]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if !json.Valid(doc) {
			return
		}
		seen := map[string]bool{}
		for _, field := range connector.FieldsOfSample(doc) {
			l, err := mapping.ParseLocation(field.Location)
			if err != nil || seen[l.String()] || field.DisplayName == "" {
				t.Fatalf("%s gives the field %+v: %v", doc, field, err)
			}
			seen[l.String()] = true
		}
	})
}
