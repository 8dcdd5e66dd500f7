package connector_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"paceline/connector"
)

// base gives the examples of the documentation what they don't say themselves, by top-level key.
var base = []struct{ key, text string }{
	{"apiVersion", "apiVersion: connectors/v1\n"},
	{"kind", "kind: Connector\n"},
	{"metadata", "metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}\n"},
	{"allowedHosts", "allowedHosts: [\"*.api.acme.example\"]\n"},
	{"server", "server: {baseUrl: https://eu.api.acme.example}\n"},
	{"auth", "auth: [{id: key, type: api_key}]\n"},
	{"methods", "methods: []\n"},
}

// TestFormatDocumentation lints every YAML example of the pages and demands one for each key of the schema.
func TestFormatDocumentation(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/connectors/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(err, pages)
	}
	var page []byte
	for _, file := range pages {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		page = append(page, text...)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	if len(examples) < 7 {
		t.Fatalf("%d examples", len(examples))
	}
	seen := map[string]bool{}
	for _, e := range examples {
		text := string(e[1])
		for _, m := range regexp.MustCompile(`(?m)([A-Za-z]+):( |$)`).FindAllStringSubmatch(text, -1) {
			seen[m[1]] = true
		}
		var doc strings.Builder
		utility := strings.Contains(text, "transport: utility")
		for _, b := range base {
			if utility && slices.Contains([]string{"allowedHosts", "server", "auth"}, b.key) {
				continue // what only calls over HTTP have
			}
			if !regexp.MustCompile(`(?m)^` + b.key + `:`).MatchString(text) {
				doc.WriteString(b.text)
			}
		}
		for _, p := range connector.Lint("example", []byte(doc.String()+text)) {
			t.Errorf("%s\nin the example\n%s", p, text)
		}
	}
	for _, key := range schemaKeys(t) {
		if !seen[key] {
			t.Errorf("no example shows the key %q", key)
		}
	}
}

// schemaKeys returns the name of every property in the schema.
func schemaKeys(t *testing.T) []string {
	var keys []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				if properties, ok := inner.(map[string]any); ok && name == "properties" {
					if _, isKeyword := properties["type"].(string); !isKeyword {
						for key := range properties {
							keys = append(keys, key)
						}
					}
				}
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	var doc any
	if err := json.Unmarshal(connector.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	walk(doc)
	slices.Sort(keys)
	return slices.Compact(keys)
}
