package connector_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

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
	var documents []any
	for _, e := range examples {
		text := string(e[1])
		var doc strings.Builder
		utility := strings.Contains(text, "transport: utility")
		wire := strings.Contains(text, "transport: sql") || strings.Contains(text, "transport: sftp")
		for _, b := range base {
			if utility && slices.Contains([]string{"allowedHosts", "server", "auth"}, b.key) {
				continue // what only calls over HTTP have
			}
			if wire && b.key == "allowedHosts" {
				continue
			}
			if !regexp.MustCompile(`(?m)^` + b.key + `:`).MatchString(text) {
				doc.WriteString(b.text)
			}
		}
		def, problems := connector.ParseIn(scriptFiles, "example", []byte(doc.String()+text))
		for _, p := range problems {
			t.Errorf("%s\nin the example\n%s", p, text)
		}
		if def != nil {
			var parsed any
			if err := json.Unmarshal(def.JSON(), &parsed); err != nil {
				t.Fatal(err)
			}
			documents = append(documents, asWritten(parsed))
		}
	}
	var root any
	if err := json.Unmarshal(connector.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	w := &exampleWalk{root: root, shown: map[string]bool{}}
	for _, doc := range documents {
		w.walk("#", doc)
	}
	for _, key := range w.keys() {
		if !w.shown[key] {
			t.Errorf("no example shows the key %s", key)
		}
	}
}

// scriptFiles is the folder of the examples.
var scriptFiles = fstest.MapFS{"scripts/tickets.js": {Data: []byte("function after_action() { return true; }")}}

// asWritten names the files again whose scripts stand in a document.
func asWritten(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, f := range scriptFiles {
			if v["source"] == string(f.Data) {
				delete(v, "source")
				v["file"] = name
			}
		}
		for key := range v {
			v[key] = asWritten(v[key])
		}
	case []any:
		for i := range v {
			v[i] = asWritten(v[i])
		}
	}
	return v
}

// exampleWalk notes which keys of the schema documents have, by their place in the schema.
type exampleWalk struct {
	root  any
	shown map[string]bool
}

// at returns what stands at a place of the schema, and the place that a reference there leads to.
func (w *exampleWalk) at(place string) (map[string]any, string) {
	for {
		var v any = w.root
		for _, step := range strings.Split(place, "/")[1:] {
			switch inner := v.(type) {
			case map[string]any:
				v = inner[step]
			case []any:
				n, _ := strconv.Atoi(step)
				v = inner[n]
			}
		}
		m, _ := v.(map[string]any)
		ref, ok := m["$ref"].(string)
		if !ok {
			return m, place
		}
		place = ref
	}
}

func (w *exampleWalk) walk(place string, doc any) {
	schema, place := w.at(place)
	for _, word := range []string{"anyOf", "oneOf", "allOf"} {
		branches, _ := schema[word].([]any)
		for i := range branches {
			w.walk(place+"/"+word+"/"+strconv.Itoa(i), doc)
		}
	}
	switch doc := doc.(type) {
	case []any:
		for _, item := range doc {
			w.walk(place+"/items", item)
		}
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		for key, inner := range doc {
			if properties[key] != nil {
				w.shown[place+"/properties/"+key] = true
				w.walk(place+"/properties/"+key, inner)
			} else if _, object := schema["additionalProperties"].(map[string]any); object {
				w.walk(place+"/additionalProperties", inner)
			}
		}
	}
}

// keys returns the places of all keys of the schema.
func (w *exampleWalk) keys() (places []string) {
	var walk func(place string, v any)
	walk = func(place string, v any) {
		switch v := v.(type) {
		case map[string]any:
			properties, _ := v["properties"].(map[string]any)
			for key := range properties {
				if _, word := properties["type"].(string); !word {
					places = append(places, place+"/properties/"+key)
				}
			}
			for name, inner := range v {
				if name != "if" && name != "then" && name != "else" { // conditions, whose keys stand elsewhere
					walk(place+"/"+name, inner)
				}
			}
		case []any:
			for i, inner := range v {
				walk(place+"/"+strconv.Itoa(i), inner)
			}
		}
	}
	walk("#", w.root)
	slices.Sort(places)
	return places
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
