package connectortest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// compareBody compares a JSON text with the text, and any other JSON with the values of the document.
func compareBody(fail *failures, what string, want json.RawMessage, got []byte) {
	if len(want) > 0 && want[0] == '"' {
		if text := bytesOf(want); !bytes.Equal(text, got) {
			fail.add("%s: got %q, expected %q", what, got, text)
		}
		return
	}
	if string(bytes.TrimSpace(want)) == "null" {
		if len(got) > 0 {
			fail.add("%s: got %s, expected nothing", what, got)
		}
		return
	}
	a, errA := decode(got)
	b, errB := decode(want)
	switch {
	case errA != nil:
		fail.add("%s: got %q, which is not JSON", what, got)
	case errB != nil:
		fail.add("%s: the fixture's value is not JSON: %v", what, errB)
	default:
		compareValues(fail, what, b, a)
	}
}

func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func compareValues(fail *failures, at string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		for _, name := range sortedKeys(w) {
			if v, ok := g[name]; ok {
				compareValues(fail, at+"."+name, w[name], v)
			} else {
				fail.add("%s.%s: missing, expected %s", at, name, text(w[name]))
			}
		}
		for _, name := range sortedKeys(g) {
			if _, ok := w[name]; !ok {
				fail.add("%s.%s: got %s, expected nothing", at, name, text(g[name]))
			}
		}
		return
	case []any:
		g, ok := got.([]any)
		if !ok {
			break
		}
		if len(g) != len(w) {
			fail.add("%s: got %d items, expected %d", at, len(g), len(w))
			return
		}
		for i := range w {
			compareValues(fail, fmt.Sprintf("%s[%d]", at, i), w[i], g[i])
		}
		return
	}
	if a, b := text(want), text(got); a != b {
		fail.add("%s: got %s, expected %s", at, b, a)
	}
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
